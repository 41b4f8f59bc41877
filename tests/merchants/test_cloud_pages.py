"""Lists of the Cloud shapes go on where a page ended, by the whole address of the next one."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from merchants.services.line_talk import make_link
from people.services.blocks import block
from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller, join


@pytest.fixture
def bot(shop: Any) -> Bot:
    return Bot(shop)


def walk(bot: Bot, path: str) -> list[list[dict[str, Any]]]:
    """Return the pages of a list, two rows each, as a program follows them."""
    answer = bot.call("GET", f"{bot.phone}/{path}", limit="2").json()
    pages = [answer["data"]]
    while "next" in answer["paging"]:
        headers = {"Authorization": f"Bearer {bot.token}"}
        url = answer["paging"]["next"]
        answer = Client().get(url[url.index("/cloud/") :], headers=headers).json()
        pages.append(answer["data"])
    return pages


def test_links_are_listed_to_the_last(bot: Bot) -> None:
    made = [make_link(shop_id=bot.shop.pk, words=f"Nr. {each}").code for each in range(5)]
    pages = walk(bot, "message_qrdls")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [each["code"] for page in pages for each in page] == list(reversed(made))


def test_whom_the_shop_blocks_is_listed_to_the_last(bot: Bot) -> None:
    people = [join(name) for name in ("Ana", "Bruno", "Carla")]
    for each in people:
        talk_and_block(bot, each)
    pages = walk(bot, "block_users")
    assert [len(page) for page in pages] == [2, 1]
    assert [each["wa_id"] for page in pages for each in page] == [digits(each) for each in people]
    strange = bot.call("GET", f"{bot.phone}/block_users", after="pty_unknown").json()
    assert (strange["data"], strange["paging"]) == ([], {})


def talk_and_block(bot: Bot, caller: Caller) -> None:
    write_to(bot.shop, caller)
    assert caller.person.party is not None
    block(party_id=bot.shop.party_id, other_public_id=caller.person.party.public_id)


def test_one_link_costs_as_much_as_three(bot: Bot) -> None:
    counts = []
    bot.call("GET", f"{bot.phone}/message_qrdls")  # The first use of a key is written down.
    for many in (1, 3):
        for _more in range(many):
            make_link(shop_id=bot.shop.pk, words="Oi")
        with CaptureQueriesContext(connection) as asked:
            bot.call("GET", f"{bot.phone}/message_qrdls")
        counts.append(len(asked))
    assert counts[0] == counts[1]
