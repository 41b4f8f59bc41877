"""Businesses hear by events of what is written to them; between people nothing is published."""

from collections.abc import Iterator
from typing import Any

import pytest

from config import subscriptions
from core import events
from messaging.services.conversations import open_conversation
from messaging.services.messages import Sender, send_message
from messaging.services.reading import Delivered, mark_delivered, mark_read
from people.queries import PartyFacts
from tests.messaging.cast import Phone
from tests.messaging.test_groups import make_group

pytestmark = pytest.mark.django_db

NAMES = ("message.created", "message.delivered", "message.read")


@pytest.fixture
def heard() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Listen to the three events, beside whoever listens already."""
    found: list[tuple[str, dict[str, Any]]] = []

    def listener(name: str) -> events.Handler:
        return lambda **ids: found.append((name, ids))

    together = {**subscriptions.TOGETHER, **{name: [listener(name)] for name in NAMES}}
    events.subscribe(together, {})
    yield found
    events.subscribe(subscriptions.TOGETHER, subscriptions.AFTERWARDS)


def test_between_people_nothing_is_published(
    ana: Phone, bruno: Phone, talk: str, heard: list[Any]
) -> None:
    ana.say(talk, "oi", "1")
    bruno.post(f"conversations/{talk}/read", {"seq": 1})
    group = make_group(ana, bruno)
    ana.say(group, "oi", "2")
    assert heard == []


def test_a_business_hears_of_messages_and_of_markers(
    ana: Phone, padaria: PartyFacts, heard: list[Any]
) -> None:
    talk = open_conversation(party_id=ana.party.id, other=padaria.public_id)
    sent = ana.say(talk.public_id, "Tem pão?", "1").message
    assert heard == [
        (
            "message.created",
            {
                "message_id": sent.public_id,
                "conversation_id": talk.public_id,
                "recipients": f"{padaria.id}",
            },
        )
    ]
    ana.say(talk.public_id, "Tem pão?", "1")
    send_message(
        sender=Sender(padaria.id, None),
        conversation_id=talk.public_id,
        client_id="z1",
        kind="text",
        content={"text": "Tem!"},
    )
    mark_read(party_id=padaria.id, conversation_id=talk.public_id, seq=1)
    del heard[:]
    mark_delivered(marks=[Delivered(talk.pk, ana.party.id, 2)])
    ana.post(f"conversations/{talk.public_id}/read", {"seq": 2})
    marks = {"conversation_id": talk.public_id, "reader_id": ana.party.id, "after_seq": 1, "seq": 2}
    marks["recipients"] = f"{padaria.id}"
    assert heard == [("message.delivered", marks), ("message.read", marks)]


def test_a_business_in_a_group_hears_too_and_not_after_it_left(
    ana: Phone, bruno: Phone, padaria: PartyFacts, heard: list[Any]
) -> None:
    body = {"title": "Festa", "with": [bruno.party.public_id, padaria.public_id]}
    group = ana.post("conversations", body).json()["id"]
    ana.say(group, "oi", "1")
    assert [(name, ids["recipients"]) for name, ids in heard] == [
        ("message.created", f"{padaria.id}")
    ]
    ana.client.delete(f"/v1/conversations/{group}/members/{padaria.public_id}")
    ana.say(group, "oi", "2")
    assert len(heard) == 1
