"""A marker that passes many of a shop's messages tells of each of them, once and in order."""

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connections

from core.tasks import drain
from core.transactions import watched_by
from merchants.models import MarksOwed, WebhookEvent
from merchants.services.talk_news import MOST_MARKED, tell_owed_marks
from messaging.models import Conversation, Message
from messaging.services.messages import Sender, send_message
from messaging.services.reading import mark_read
from tests.merchants.bot import Bot, write_to
from tests.merchants.cast import Caller

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 2 * MOST_MARKED + 5


class Died(Exception):
    """The worker died."""


@pytest.fixture
def bot(shop: Any) -> Bot:
    return Bot(shop)


@pytest.fixture
def said(bot: Bot, ana: Caller) -> list[str]:
    """Return the names of what the shop said to Ana; the first part of it is told already."""
    bot.listen("https://padaria.example/hook")
    talk = Conversation.objects.get(public_id=write_to(bot.shop, ana))
    rows = Message.objects.bulk_create(
        Message(
            public_id=f"msg_many{number}",
            conversation=talk,
            seq=talk.last_seq + 1 + number,
            sender_id=bot.shop.party_id,
            client_id=f"b-{number}",
            kind="text",
            content={"text": str(number)},
            created_at=talk.last_at,
        )
        for number in range(MANY)
    )
    Conversation.objects.filter(pk=talk.pk).update(last_seq=rows[-1].seq)
    read(bot, ana, talk.public_id, rows[-1].seq)
    return [each.public_id for each in rows]


def read(bot: Bot, ana: Caller, talk: str, seq: int) -> None:
    mark_read(party_id=ana.person.party_id or 0, conversation_id=talk, seq=seq)


def told(kind: str) -> list[str]:
    rows = WebhookEvent.objects.filter(kind=kind).order_by("id")
    return [each.ref for each in rows]


def test_each_is_told_once_and_in_order(said: list[str]) -> None:
    assert len(said) == MANY
    assert told("message.read") == told("message.delivered") == said[:MOST_MARKED]
    drain(seconds=20)
    assert told("message.read") == told("message.delivered") == said
    assert MarksOwed.objects.count() == 0


def test_a_worker_that_dies_between_two_parts_repeats_none(said: list[str]) -> None:
    owed = MarksOwed.objects.get(kind="message.read")

    def die(boundary: str, _name: str) -> None:
        if boundary == "committed":
            raise Died

    with watched_by(die), pytest.raises(Died):
        tell_owed_marks(owed_id=owed.pk)
    assert told("message.read") == said[: 2 * MOST_MARKED]
    tell_owed_marks(owed_id=owed.pk)
    tell_owed_marks(owed_id=owed.pk)
    assert told("message.read") == said


def test_two_workers_at_once_tell_each_once(said: list[str]) -> None:
    owed = MarksOwed.objects.get(kind="message.read").pk
    gate = threading.Barrier(2)

    def work() -> None:
        gate.wait()
        tell_owed_marks(owed_id=owed)
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert Counter(told("message.read")) == Counter(said)


def test_where_nobody_listens_nothing_is_owed(bot: Bot, ana: Caller) -> None:
    talk = write_to(bot.shop, ana)
    for number in range(60):
        send_message(
            sender=Sender(bot.shop.party_id, None),
            conversation_id=talk,
            client_id=f"b-{number}",
            kind="text",
            content={"text": str(number)},
        )
    read(bot, ana, talk, 61)
    assert (MarksOwed.objects.count(), WebhookEvent.objects.count()) == (0, 0)
