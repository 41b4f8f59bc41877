"""One at a time: a person's tries wait for each other instead of racing.

Each try is counted before it is looked at. Without turns, six right PINs sent at once would
find five tries in flight and be refused like a sixth wrong one. With turns a hundred right PINs
are all accepted, and of a hundred wrong ones exactly five are looked at. The count does not
depend on the turn: it is one atomic statement, and a lost turn loses nothing but patience.

Within a process a lock makes the queue; between processes an advisory lock of the database
session does, which ends with the connection if the process dies.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from core.errors import TooManyRequests

_PATIENCE_SECONDS = 20.0
_PAUSE_SECONDS = 0.01
_LOCK_CLASS = 7_101
_GATES = tuple(threading.Lock() for _ in range(64))


@contextmanager
def take_turn(person_id: int) -> Iterator[None]:
    """Hold a person's turn for the lines inside.

    Raises:
        TooManyRequests: The turn did not come within twenty seconds.

    Transaction: none (the lock belongs to the session).
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    gate = _GATES[person_id % len(_GATES)]
    if not gate.acquire(timeout=_PATIENCE_SECONDS):
        raise TooManyRequests(retry_after_seconds=1)
    try:
        _lock(person_id, deadline)
        try:
            yield
        finally:
            _unlock(person_id)
    finally:
        gate.release()


def _lock(person_id: int, deadline: float) -> None:
    """Ask for the session's lock again and again; waiting in Postgres has a shorter limit."""
    while not _ask("SELECT pg_try_advisory_lock(%s, %s)", person_id):
        if time.monotonic() > deadline:
            raise TooManyRequests(retry_after_seconds=1)
        time.sleep(_PAUSE_SECONDS)


def _unlock(person_id: int) -> None:
    if connection.connection is not None and not connection.connection.closed:
        _ask("SELECT pg_advisory_unlock(%s, %s)", person_id)


def _ask(question: str, person_id: int) -> bool:
    with connection.cursor() as cursor:
        # The two-key form takes 32-bit keys; ids that fold to one key only wait for each other.
        cursor.execute(question, [_LOCK_CLASS, person_id % 2**31])
        return bool(cursor.fetchone()[0])
