"""What is unread is what others said past the marker, however one's own words got there."""

import random
from typing import Any

import pytest

from core.transactions import owns_block
from messaging.models import Member, Message
from messaging.queries import conversation_for, inbox, unread_of
from messaging.services.conversations import open_conversation
from messaging.services.messages import Sender, post_message, send_message
from messaging.services.reading import mark_read
from people.queries import PartyFacts
from tests.messaging.cast import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop_talk(ana: Phone, padaria: PartyFacts) -> str:
    return open_conversation(party_id=ana.party.id, other=padaria.public_id).public_id


def say(who: PartyFacts, talk: str, name: str, *, person: int | None = None) -> None:
    send_message(
        sender=Sender(who.id, person),
        conversation_id=talk,
        client_id=name,
        kind="text",
        content={"text": name},
    )


def told(party_id: int, talk: str) -> tuple[int, int, int, int]:
    """Return what each way to ask says: the inbox, one conversation, all, and the narrowed list."""
    (row,), _more = inbox(party_id)
    narrowed, _more = inbox(party_id, is_unread=True)
    return (
        row.conversation.unread,
        conversation_for(party_id, talk).unread,
        sum(unread_of(party_id)),
        sum(each.conversation.unread for each in narrowed),
    )


def exact(party_id: int, talk: str) -> int:
    place = Member.objects.get(party_id=party_id, conversation__public_id=talk)
    rows = Message.objects.filter(conversation_id=place.conversation_id, seq__gt=place.read_seq)
    return rows.exclude(sender_id=party_id).count()


def test_what_a_shops_program_says_is_not_unread_to_the_shop(
    ana: Phone, padaria: PartyFacts, shop_talk: str
) -> None:
    ana.say(shop_talk, "Tem pão?", "a")
    for number in range(3):
        say(padaria, shop_talk, f"bot-{number}")
    ana.say(shop_talk, "E bolo?", "b")
    assert told(padaria.id, shop_talk) == (2, 2, 2, 2)
    assert Member.objects.get(party_id=padaria.id).read_seq == 0
    mark_read(party_id=padaria.id, conversation_id=shop_talk, seq=1)
    assert told(padaria.id, shop_talk) == (1, 1, 1, 1)
    mark_read(party_id=padaria.id, conversation_id=shop_talk, seq=5)
    say(padaria, shop_talk, "bot-last")
    assert told(padaria.id, shop_talk) == (0, 0, 0, 0)
    assert inbox(padaria.id, is_unread=True)[0] == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_way_to_ask_is_exact_after_every_step(
    ana: Phone, padaria: PartyFacts, shop_talk: str, seed: int
) -> None:
    chance = random.Random(seed)

    def act(number: int, last: int) -> None:
        what = chance.choice(["asks", "asks", "bot", "bot", "clerk", "reads", "shows", "she reads"])
        if what == "asks":
            ana.say(shop_talk, "oi", f"a-{number}")
        elif what == "bot":
            say(padaria, shop_talk, f"b-{number}")
        elif what == "clerk":
            say(padaria, shop_talk, f"c-{number}", person=ana.party.person_id)
        elif what == "shows":
            show(ana.party.id, shop_talk, f"o-{number}")
        else:
            reader = padaria.id if what == "reads" else ana.party.id
            mark_read(party_id=reader, conversation_id=shop_talk, seq=chance.randint(0, last))

    for number in range(40):
        act(number, Message.objects.count())
        for party_id in (padaria.id, ana.party.id):
            assert told(party_id, shop_talk) == (exact(party_id, shop_talk),) * 4, number


def show(party_id: int, talk: str, name: str) -> None:
    """Post what a service shows in somebody's name, as an order that they placed."""
    content: dict[str, Any] = dict.fromkeys(
        ("order", "number", "state", "lines", "total", "expires_at"), name
    )
    with owns_block():
        post_message(
            conversation=talk,
            sender_party_id=party_id,
            kind="order",
            content=content,
            content_ref=name,
        )
