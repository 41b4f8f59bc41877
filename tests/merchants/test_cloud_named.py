"""By what programs are told who speaks, who is spoken to, and who is answered."""

from typing import Any

import pytest

from merchants.services.talk import send_text
from messaging.services.groups import create_group
from messaging.services.messages import send_message
from messaging.services.reading import mark_read
from tests.merchants.bot import Bot, digits, open_conversation, write_to
from tests.merchants.cast import Caller
from tests.merchants.test_cloud_rules import messages, said, sender, told


@pytest.fixture
def bot(shop: Any) -> Bot:
    return Bot(shop)


def test_a_number_is_told_to_a_shop_that_its_owner_talks_with(
    bot: Bot, ana: Caller, carla: Caller
) -> None:
    bot.listen("https://padaria.example/hook")
    others = [bot.shop.party.public_id, carla.person.party.public_id]  # type: ignore[union-attr]
    group = create_group(actor=sender(ana), title="Festa", others=others)
    send_message(
        sender=sender(ana),
        conversation_id=group.public_id,
        client_id="g1",
        kind="text",
        content={"text": "Quem traz o pão?"},
    )
    (value,) = told(bot, "troco_group")
    assert digits(ana) not in str(value)
    write_to(bot.shop, ana)
    assert said(bot)[0]["from"] == digits(ana)


def test_who_has_read_it_in_a_group_is_no_status_of_the_shapes(
    bot: Bot, ze: Caller, ana: Caller, carla: Caller
) -> None:
    bot.listen("https://padaria.example/hook")
    others = [bot.shop.party.public_id, carla.person.party.public_id]  # type: ignore[union-attr]
    group = create_group(actor=sender(ana), title="Festa", others=others).public_id
    send_text(
        shop_id=bot.shop.pk,
        person=ze.person,
        conversation_id=group,
        client_id="z1",
        text="Eu trago o pão.",
    )
    mark_read(party_id=ana.person.party_id or 0, conversation_id=group, seq=2)
    values = told(bot, "troco_group")
    statuses = [(each["group"], each["group_statuses"][0]["status"]) for each in values]
    assert statuses == [(group, "delivered"), (group, "read")]
    assert told(bot) == []


def test_statuses_name_somebody_who_has_never_written(bot: Bot, ze: Caller, carla: Caller) -> None:
    bot.listen("https://padaria.example/hook")
    talk = open_conversation(bot.shop, carla)
    send_text(
        shop_id=bot.shop.pk,
        person=ze.person,
        conversation_id=talk,
        client_id="z1",
        text="Seu pão está pronto.",
    )
    mark_read(party_id=carla.person.party_id or 0, conversation_id=talk, seq=1)
    _delivered, value = told(bot)
    (contact,), (status,) = value["contacts"], value["statuses"]
    assert (contact["wa_id"], status["recipient_id"]) == (digits(carla), digits(carla))
    assert contact["user_id"] == status["recipient_user_id"]
    assert (
        bot.call("POST", f"{bot.phone}/messages", {"recipient": contact["user_id"]}).json()[
            "error"
        ]["code"]
        == 131047
    )


def test_nobody_is_blocked_where_one_of_them_is_unknown(
    bot: Bot, ana: Caller, carla: Caller
) -> None:
    write_to(bot.shop, ana)
    named = [{"user": digits(ana)}, {"user": digits(carla)}]
    path = f"{bot.phone}/block_users"
    reply = bot.call("POST", path, {"block_users": named})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 139100)
    assert bot.call("GET", path).json()["data"] == []
    assert bot.call("POST", path, {"block_users": named[:1]}).status_code == 200
    assert len(bot.call("GET", path).json()["data"]) == 1


def test_an_answer_names_whom_it_answers(bot: Bot, ana: Caller) -> None:
    talk = write_to(bot.shop, ana)
    bot.listen("https://padaria.example/hook")
    assert bot.say(digits(ana), "text", {"body": "Pois não?"}).status_code == 200
    for turn, answered in enumerate(messages(bot, talk)):
        send_message(
            sender=sender(ana),
            conversation_id=talk,
            client_id=f"a{turn}",
            kind="text",
            content={"text": "Isto"},
            reply_to=answered.public_id,
        )
    assert [each["context"]["from"] for each in said(bot)] == [digits(ana), bot.line.address]
