"""Across a block nobody hears how far the other has read, then or later."""

import random
from typing import Any

import pytest
from django.db import connection

from messaging.models import Conversation, FeedRow, Member, Message
from messaging.queries import conversation_for, inbox, unread_of
from messaging.services.conversations import open_conversation
from messaging.services.quick import deliver_sql, deliver_values
from messaging.services.reading import Delivered, mark_delivered, mark_read
from people.queries import PartyFacts
from people.services.blocks import block, unblock
from tests.messaging.cast import Phone
from tests.messaging.test_answers_read import ANSWERED
from tests.messaging.test_events import heard
from tests.messaging.test_groups import make_group
from tests.messaging.test_unread import say, show

__all__ = ["heard"]

pytestmark = pytest.mark.django_db


def told(talk: str) -> list[tuple[str, int, int]]:
    """Return the receipts that both sides hear."""
    rows = FeedRow.objects.filter(kind="receipt", conversation__public_id=talk).order_by("id")
    return [
        (row.payload["party"], row.payload["read_seq"], row.payload["delivered_seq"])
        for row in rows
    ]


def seen(writer: Phone, talk: str) -> tuple[int, int, list[str]]:
    """Return what the writer can see of how far the other is, by each door."""
    (row,) = writer.get("conversations").json()["data"]
    other = next(m for m in row["members"] if m["party"] != writer.party.public_id)
    said = writer.get(f"conversations/{talk}/messages").json()["data"]
    states = [each["state"] for each in sorted(said, key=lambda each: each["seq"])]
    counts = [
        writer.get(f"messages/{each['id']}/receipts").json() for each in said if each["state"]
    ]
    assert sum(each["read"] for each in counts) == states.count("read")
    return other["read_seq"], other["delivered_seq"], states


def unread(reader: Phone) -> int:
    return int(reader.get("conversations").json()["data"][0]["unread"])


@pytest.mark.parametrize("who", ["the reader", "the writer"])
def test_whoever_blocks_nothing_is_told_and_nothing_taken_back(
    ana: Phone, bruno: Phone, talk: str, who: str
) -> None:
    for number in range(4):
        ana.say(talk, "oi", f"{number}")
    path, key = f"conversations/{talk}/read", Conversation.objects.get().pk
    bruno.post(path, {"seq": 1})
    one, other = (bruno, ana) if who == "the reader" else (ana, bruno)
    block(party_id=one.party.id, other_public_id=other.party.public_id)
    before = (1, 1, ["read", "sent", "sent", "sent"])
    assert seen(ana, talk) == before
    assert bruno.post(path, {"seq": 3}).json() == {"read_seq": 3}
    assert bruno.post(path, {"seq": 3}).json() == {"read_seq": 3}
    bruno.post(path, {"seq": 2})
    assert unread(bruno) == 1
    assert mark_delivered(marks=[Delivered(key, bruno.party.id, 4)]) == 0
    with connection.cursor() as cursor:
        cursor.execute(deliver_sql(), deliver_values({(key, bruno.party.id): 4}))
        assert cursor.fetchall() == [(key, bruno.party.id, False)]
    assert seen(ana, talk) == before
    assert told(talk) == [(bruno.party.public_id, 1, 1)]
    # The reader's own devices hear of it, once.
    own = FeedRow.objects.filter(kind="receipt", party_id=bruno.party.id)
    assert [row.payload["read_seq"] for row in own] == [3]
    # Nor is it told when nobody is blocked any more, until they read on.
    unblock(party_id=one.party.id, other_public_id=other.party.public_id)
    bruno.post(path, {"seq": 1})
    assert seen(ana, talk) == before
    assert unread(bruno) == 1
    bruno.post(path, {"seq": 4})
    assert seen(ana, talk) == (4, 4, ["read"] * 4)
    assert told(talk) == [(bruno.party.public_id, 1, 1), (bruno.party.public_id, 4, 4)]
    assert unread(bruno) == 0


def test_in_a_group_both_go_on_reading(ana: Phone, bruno: Phone) -> None:
    group = make_group(ana, bruno)
    ana.say(group, "oi", "1")
    block(party_id=bruno.party.id, other_public_id=ana.party.public_id)
    last = Conversation.objects.get().last_seq
    bruno.post(f"conversations/{group}/read", {"seq": last})
    assert told(group)[-1] == (bruno.party.public_id, last, last)


def test_a_mention_that_was_read_across_a_block_speaks_to_nobody_any_more(
    ana: Phone, bruno: Phone, talk: str
) -> None:
    body = {"client_id": "1", "type": "text", "text": "oi", "mentions": [bruno.party.public_id]}
    ana.post(f"conversations/{talk}/messages", body)
    assert bruno.get("conversations").json()["data"][0]["mentions"] == 1
    block(party_id=bruno.party.id, other_public_id=ana.party.public_id)
    bruno.post(f"conversations/{talk}/read", {"seq": 1})
    assert bruno.get("conversations").json()["data"][0]["mentions"] == 0


@pytest.mark.parametrize("who", ["the customer", "the shop"])
def test_a_shops_program_hears_nothing_across_a_block(
    ana: Phone, padaria: PartyFacts, heard: list[Any], who: str
) -> None:
    talk = open_conversation(party_id=ana.party.id, other=padaria.public_id)
    say(padaria, talk.public_id, "b1")
    sides = (ana.party, padaria) if who == "the customer" else (padaria, ana.party)
    block(party_id=sides[0].id, other_public_id=sides[1].public_id)
    ana.post(f"conversations/{talk.public_id}/read", {"seq": 1})
    mark_delivered(marks=[Delivered(talk.pk, ana.party.id, 1)])
    assert heard == []
    unblock(party_id=sides[0].id, other_public_id=sides[1].public_id)
    ana.say(talk.public_id, "Oi", "a1")
    assert tuple(name for name, _ids in heard) == ANSWERED


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_unread_is_exact_whatever_was_read_across_blocks(
    ana: Phone, padaria: PartyFacts, seed: int
) -> None:
    """Each side's own way down is kept apart from what the other sees, which never passes it."""
    chance = random.Random(seed)
    talk = open_conversation(party_id=ana.party.id, other=padaria.public_id).public_id
    far = {ana.party.id: 0, padaria.id: 0}
    is_blocked = False
    for number in range(60):
        last = Message.objects.count()
        what = chance.choice(["says", "bot", "shows", "reads", "reads", "she reads", "turns"])
        if what == "turns":
            turn = unblock if is_blocked else block
            turn(party_id=ana.party.id, other_public_id=padaria.public_id)
            is_blocked = not is_blocked
        elif what == "shows":
            show(ana.party.id, talk, f"o-{number}")
        elif what in {"reads", "she reads"}:
            reader = padaria.id if what == "reads" else ana.party.id
            seq = chance.randint(0, last)
            mark_read(party_id=reader, conversation_id=talk, seq=seq)
            far[reader] = max(far[reader], seq)
        elif not is_blocked and what == "bot":
            say(padaria, talk, f"b-{number}")
        elif not is_blocked:
            ana.say(talk, "oi", f"a-{number}")
            far[ana.party.id] = last + 1
        for party_id, seq in far.items():
            assert_exact(party_id, talk, seq)


def assert_exact(party_id: int, talk: str, seq: int) -> None:
    """See that everything past a number is unread, and that the marker is not past it."""
    left = Message.objects.filter(seq__gt=seq).exclude(sender_id=party_id).count()
    (row,), _more = inbox(party_id)
    assert row.conversation.unread == left
    assert conversation_for(party_id, talk).unread == left
    assert sum(unread_of(party_id)) == left
    place = Member.objects.get(party_id=party_id)
    shown = Message.objects.filter(seq__gt=seq, seq__lte=place.read_seq)
    assert not shown.exclude(sender_id=party_id).exists()
