"""C7: twenty writers in one conversation, one in ten changing its mind: no number is missing.

Each writes by the hot door; every tenth turn is a transaction that has taken its number by the
ordinary services and is rolled back. The ordinary run is short; the long one has the size of the
programme and tells its rate, which is a benchmark's business.
"""

import http.client
import json
import logging
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connections

from config.asgi import make_front
from core.transactions import owns_block
from messaging.models import Conversation, FeedRow, Message
from messaging.services.messages import post_message
from tests.front.serving import serve
from tests.messaging.cast import Phone

pytestmark = pytest.mark.django_db(transaction=True)

logger = logging.getLogger(__name__)

WRITERS = 20
SIZES = pytest.mark.parametrize("turns", [10, pytest.param(500, marks=pytest.mark.long)])


class Abort(Exception):
    """The writer changes its mind after it has written."""


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    with serve(make_front("")) as port:
        yield port


def give_up(who: Phone, talk: str, name: str) -> None:
    """Take a number, write, and roll back."""
    content = {"product": name, "name": "", "price": {}, "shop": "", "available": True}
    with owns_block():
        post_message(
            conversation=talk,
            sender_party_id=who.party.id,
            kind="product",
            content=content,
            content_ref=name,
        )
        raise Abort


def write(port: int, who: Phone, talk: str, names: list[str]) -> list[int]:
    """Say each name, and give up beside every tenth; return the numbers acknowledged."""
    seqs = []
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "application/json"}
    for number, name in enumerate(names):
        if number % 10 == 9:
            with pytest.raises(Abort):
                give_up(who, talk, name)
        body = json.dumps({"client_id": name, "type": "text", "text": name})
        while True:
            wire.request("POST", f"/v1/conversations/{talk}/messages", body, headers)
            answer = wire.getresponse()
            said = json.loads(answer.read())
            # Django's threads may want more connections at once than there are; a phone asks again.
            if answer.status != 503:
                break
        assert answer.status in {200, 201}, said
        seqs.append(int(said["seq"]))
    wire.close()
    connections.close_all()
    return seqs


@SIZES
def test_twenty_writers_leave_no_gap(
    port: int, ana: Phone, bruno: Phone, talk: str, turns: int
) -> None:
    told: list[list[int]] = [[] for _ in range(WRITERS)]

    def run(number: int) -> None:
        names = [f"{number}-{turn}" for turn in range(turns)]
        told[number] = write(port, (ana, bruno)[number % 2], talk, names)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(WRITERS)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    logger.info("%.0f messages/s", WRITERS * turns / (time.monotonic() - started))
    everything = list(range(1, WRITERS * turns + 1))
    assert sorted(seq for seqs in told for seq in seqs) == everything
    assert all(seqs == sorted(seqs) for seqs in told)
    conversation = Conversation.objects.get(public_id=talk)
    stored = Message.objects.filter(conversation=conversation).order_by("seq")
    assert list(stored.values_list("seq", flat=True)) == everything
    assert conversation.last_seq == len(everything)
    news = FeedRow.objects.filter(conversation=conversation, kind="message.created")
    assert [row.payload["seq"] for row in news.order_by("xid", "id")] == everything
