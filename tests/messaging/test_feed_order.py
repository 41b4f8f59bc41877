"""Ruling 13: commits out of order, and a reader that still sees the table, in order.

Twenty writers open transactions, take their ids early, sleep, write into a few conversations, a
group among them, and for a few parties, and abort one time in ten. Readers come back every
100 ms with their cursor. What they read equals the table.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections

from config.asgi import make_front
from core.transactions import owns_block
from messaging.models import FeedRow
from messaging.queries import FeedCursor, FeedItem, read_cursor, updates
from messaging.queries.feed import PARTY_SQL, TAIL_SQL, page_of, tail_values
from messaging.services.feed import append_feed
from messaging.services.messages import post_message
from tests.front.serving import Ear, serve
from tests.messaging.cast import Phone, make_talk
from tests.messaging.test_groups import make_group

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 20
TURNS = 12


class Abort(Exception):
    """The writer changes its mind after it has written."""


def take_xid() -> None:
    """Become a transaction that writes, before the conversation's lock is taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")


def write(chance: random.Random, who: Phone, talks: list[str], name: str) -> None:
    """Write as a payment does: the id early, the conversation late."""
    with owns_block():
        take_xid()
        time.sleep(chance.uniform(0, 0.02))
        post_message(
            conversation=chance.choice(talks),
            sender_party_id=who.party.id,
            kind="product",
            content={"product": name, "name": "", "price": {}, "shop": "", "available": True},
            content_ref=name,
        )
        time.sleep(chance.uniform(0, 0.02))
        append_feed(party_id=who.party.id, kind="order", payload={"order": name})
        time.sleep(chance.uniform(0, 0.02))
        if chance.random() < 0.1:
            raise Abort


def make_writer(number: int, who: Phone, talks: list[str]) -> Callable[[], None]:
    def run() -> None:
        chance = random.Random(number)
        for turn in range(TURNS):
            try:
                write(chance, who, talks, f"{number}-{turn}")
            except Abort:
                continue

    return run


def run_writers(ana: Phone, talks: list[str]) -> list[threading.Thread]:
    def closing(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=closing, args=(make_writer(number, ana, talks),))
        for number in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    return threads


def table() -> list[tuple[int, int]]:
    return list(
        FeedRow.objects.exclude(kind="device").order_by("xid", "id").values_list("xid", "id")
    )


def settle(read: Callable[[], bool]) -> None:
    """Read on until the last transaction of anybody in the cluster lies behind."""
    until = time.monotonic() + 20
    while not read():
        assert time.monotonic() < until
        time.sleep(0.02)


def seqs_of(items: list[FeedItem]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for item in items:
        if item.kind == "message.created":
            found.setdefault(item.payload["conversation"], []).append(item.payload["seq"])
    return found


class Reader:
    """Reads a party's feed, each time on a new connection; what signing in told is left out."""

    def __init__(self, party_id: int, limit: int) -> None:
        self.items: list[FeedItem] = []
        self.cursor: FeedCursor | None = None
        self._party_id = party_id
        self._limit = limit

    def has_read(self, count: int) -> bool:
        """Read on, and say whether there are so many by now."""
        self.read()
        return len(self.items) >= count

    def read(self) -> None:
        connection.close()
        page = updates(self._party_id, self.cursor, self._limit)
        self.items += [item for item in page.items if item.kind != "device"]
        self.cursor = page.next


@pytest.fixture
def talks(ana: Phone, bruno: Phone, carla: Phone) -> list[str]:
    """Two conversations and a group, all with Ana in them."""
    return [make_talk(ana, bruno), make_talk(ana, carla), make_group(ana, bruno, carla)]


def test_what_readers_of_updates_see_is_the_table_in_order(ana: Phone, talks: list[str]) -> None:
    wide, narrow = Reader(ana.party.id, 500), Reader(ana.party.id, 7)
    threads = run_writers(ana, talks)
    while any(thread.is_alive() for thread in threads):
        wide.read()
        narrow.read()
        time.sleep(0.1)
    for reader in (wide, narrow):
        settle(partial(reader.has_read, len(table())))
    for reader in (wide, narrow):
        seen = [tuple(item.cursor) for item in reader.items]
        assert seen == table()
        assert seqs_of(reader.items) == {
            talk: list(range(1, len(seqs) + 1)) for talk, seqs in seqs_of(reader.items).items()
        }
    assert len(table()) > WRITERS * TURNS


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    with serve(make_front("")) as port:
        yield port


def test_what_a_stream_tells_is_the_table_in_order(port: int, ana: Phone, talks: list[str]) -> None:
    anas = Ear(port, {"Authorization": f"Bearer {ana.token}"})
    anas.stand()
    before = FeedRow.objects.latest("pk").pk
    threads = run_writers(ana, talks)
    while any(thread.is_alive() for thread in threads):
        anas.listen(0.1)

    def heard() -> list[dict[str, Any]]:
        return [
            each
            for each in anas.heard
            if each["kind"] in {"message.created", "order"}
            and read_cursor(each["id"]).row_id > before
        ]

    # What was told before she stood anywhere she may have heard or not.
    told = FeedRow.objects.filter(kind__in=["message.created", "order"], pk__gt=before)
    wanted = told.order_by("xid", "id")

    def has_heard() -> bool:
        anas.listen(0.3)
        return len(heard()) >= wanted.count()

    settle(has_heard)
    assert [(each["kind"], each["data"]) for each in heard()] == [
        (row.kind, row.payload) for row in wanted
    ]


def test_a_row_behind_an_older_transaction_waits(ana: Phone, talks: list[str]) -> None:
    """A committed row is held back while an older transaction may still write before it."""
    release, holding = threading.Event(), threading.Event()
    reader = Reader(ana.party.id, 100)
    # That the group was made.
    settle(partial(reader.has_read, 1))

    def hold() -> None:
        with owns_block():
            take_xid()
            holding.set()
            release.wait(10)
            append_feed(party_id=ana.party.id, kind="order", payload={"order": "older"})
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(10)
    ana.say(talks[0], "younger", "1")
    reader.read()
    held = [item.kind for item in reader.items]
    with connection.cursor() as cursor:
        cursor.execute(TAIL_SQL, tail_values(FeedCursor(0, 0), 10))
        waiting = cursor.fetchall()[0][-1]
    release.set()
    thread.join()
    settle(partial(reader.has_read, 3))
    assert (held, waiting) == (["message.created"], True)
    kinds = [item.kind for item in reader.items]
    assert kinds == ["message.created", "order", "message.created"]


def test_a_page_of_an_empty_feed_says_where_to_go_on(ana: Phone) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PARTY_SQL, {**tail_values(FeedCursor(0, 0), 10), "party_id": 0})
        page = page_of(cursor.fetchall(), FeedCursor(0, 0), 10)
    assert (page.items, page.is_complete) == ((), True)
    assert page.next.xid > 0
    assert ana.get("updates").json()["complete"] is True
