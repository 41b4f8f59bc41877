"""Many idle streams in one process of its own: what each keeps, and that all hear in the end.

The ordinary run holds two hundred, the long one five thousand.
"""

import os
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from benchmarks.talk.ears import Ears, allow_files
from benchmarks.talk.idle import private_kb
from benchmarks.talk.world import Phone, gather, talk_of
from messaging.services.messages import Sender, send_message
from tests.front.own import own_front

pytestmark = pytest.mark.django_db(transaction=True)

MOST_KB = 16.0
BACK_SECONDS = 10.0
WARM = 50
COUNTS = pytest.mark.parametrize("count", [200, pytest.param(5000, marks=pytest.mark.long)])


@pytest.fixture
def front(transactional_db: None) -> Iterator[tuple[int, int]]:
    """Yield the port and the process id of a front over the test's database."""
    allow_files()
    with own_front() as found:
        yield found


@COUNTS
def test_idle_streams_are_small_and_all_hear_after_the_database_was_away(
    front: tuple[int, int], count: int
) -> None:
    port, process_id = front
    ana, bruno = gather(2)
    talk = talk_of(ana, bruno)
    heard: set[int] = set()
    everybody = threading.Event()

    def hear(stream: int, data: bytes) -> None:
        if b"message.created" in data:
            heard.add(stream)
            if len(heard) == WARM + count:
                everybody.set()

    ears = Ears(("127.0.0.1", port), hear)
    ears.open([bruno] * WARM)
    before = private_kb(process_id)
    ears.open([bruno] * count)
    time.sleep(0.5)
    each = (private_kb(process_id) - before) / count
    ears.listen()
    cut_everybody_off()
    say(ana, talk)
    is_whole = everybody.wait(BACK_SECONDS)
    ears.close()
    assert each <= MOST_KB
    assert is_whole, len(heard)


def cut_everybody_off() -> None:
    """End every connection to the database but this one, as a restart of the server does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()[0]
    with psycopg.connect(os.environ["TROCO_TEST_SUPERUSER_URL"], autocommit=True) as superuser:
        row = superuser.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> %s",
            [connection.settings_dict["NAME"], ours],
        ).fetchone()
    # The streams' two listeners at least: otherwise nothing was cut off.
    assert row is not None
    assert row[0] >= 2


def say(who: Phone, talk: str) -> None:
    send_message(
        sender=Sender(who.party_id, None),
        conversation_id=talk,
        client_id="one",
        kind="text",
        content={"text": "oi"},
    )
