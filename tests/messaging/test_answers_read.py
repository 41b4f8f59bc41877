"""Whoever answers has read: a business hears of it, and so does its customer."""

from typing import Any

import pytest

from messaging.models import FeedRow, Member
from messaging.services.conversations import open_conversation
from messaging.services.messages import Sender, send_message
from people.queries import PartyFacts
from tests.messaging.cast import Phone
from tests.messaging.test_events import heard
from tests.messaging.test_reading import receipts

__all__ = ["heard"]

pytestmark = pytest.mark.django_db

ANSWERED = ("message.delivered", "message.read", "message.created")


def say(who: PartyFacts, talk: str, name: str, *, person: int | None = None) -> None:
    send_message(
        sender=Sender(who.id, person),
        conversation_id=talk,
        client_id=name,
        kind="text",
        content={"text": name},
    )


@pytest.fixture
def shop_talk(ana: Phone, padaria: PartyFacts) -> str:
    """Return a conversation in which Ana asked and a program answered twice."""
    talk = open_conversation(party_id=ana.party.id, other=padaria.public_id).public_id
    ana.say(talk, "Tem pão?", "a1")
    say(padaria, talk, "b1")
    say(padaria, talk, "b2")
    return talk


def test_a_customers_answer_tells_that_they_read_before_it_is_told(
    ana: Phone, padaria: PartyFacts, shop_talk: str, heard: list[Any]
) -> None:
    answer = ana.say(shop_talk, "Dois, por favor", "a2").message
    marks = {
        "conversation_id": shop_talk,
        "reader_id": ana.party.id,
        "after_seq": 1,
        "seq": 4,
        "recipients": f"{padaria.id}",
    }
    created = {
        "message_id": answer.public_id,
        "conversation_id": shop_talk,
        "recipients": f"{padaria.id}",
    }
    assert heard == [
        ("message.delivered", marks),
        ("message.read", marks),
        ("message.created", created),
    ]
    assert receipts() == [(ana.party.public_id, 4, 4)]
    place = Member.objects.get(party_id=ana.party.id)
    assert (place.read_seq, place.delivered_seq) == (4, 4)


def test_what_was_read_before_the_answer_is_told_once(
    ana: Phone, shop_talk: str, heard: list[Any]
) -> None:
    ana.post(f"conversations/{shop_talk}/read", {"seq": 3})
    ana.say(shop_talk, "Dois", "a2")
    ana.say(shop_talk, "por favor", "a3")
    ana.say(shop_talk, "por favor", "a3")
    names = [name for name, _ids in heard]
    assert names == ["message.delivered", "message.read", "message.created", "message.created"]
    assert receipts() == [(ana.party.public_id, 3, 3)]


def test_a_clerks_answer_tells_the_customer_and_a_programs_does_not(
    ana: Phone, padaria: PartyFacts, shop_talk: str, heard: list[Any]
) -> None:
    assert receipts() == []
    say(padaria, shop_talk, "c1", person=ana.party.person_id)
    assert receipts() == [(padaria.public_id, 4, 4)]
    assert heard == []


def test_a_business_in_a_group_is_told_as_its_members_are(
    ana: Phone, bruno: Phone, padaria: PartyFacts, heard: list[Any]
) -> None:
    body = {"title": "Festa", "with": [bruno.party.public_id, padaria.public_id]}
    group = ana.post("conversations", body).json()["id"]
    say(padaria, group, "b1")
    del heard[:]
    told = FeedRow.objects.filter(kind="receipt").count()
    bruno.say(group, "oi", "1")
    assert [name for name, _ids in heard] == [
        "message.delivered",
        "message.read",
        "message.created",
    ]
    assert FeedRow.objects.filter(kind="receipt").count() == told + 1


def test_between_people_the_message_says_it(
    ana: Phone, bruno: Phone, talk: str, heard: list[Any]
) -> None:
    ana.say(talk, "oi", "1")
    bruno.say(talk, "oi", "2")
    assert (receipts(), heard) == ([], [])
    said = ana.get(f"conversations/{talk}/messages").json()["data"]
    assert {each["seq"]: each["state"] for each in said} == {1: "read", 2: None}
    assert Member.objects.get(party_id=bruno.party.id).read_seq == 2
