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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, connection

from core.errors import TooManyRequests
from core.idempotency import give_back_later
from core.prepared import ask

_PATIENCE_SECONDS = 20.0
_PAUSE_SECONDS = 0.01
_LOCK_CLASS = 7_101
_GATES = tuple(threading.Lock() for _ in range(64))


@dataclass(slots=True)
class Turn:
    """A person's turn; ``is_last`` may be taken back while it is held.

    Whoever goes on to slow work that is nobody's turn any more, such as the hash of a refusal,
    takes it back, so that the person's next call need not wait for that.
    """

    is_last: bool


@contextmanager
def take_turn(
    person_id: int,
    take: Callable[[int, int], bool] | None = None,
    *,
    is_last: bool = False,
    patience: float = _PATIENCE_SECONDS,
) -> Iterator[Turn]:
    """Hold a person's turn for the lines inside.

    Args:
        person_id: Whose turn.
        take: Asks for the advisory lock of a class and a key, without waiting, and tells whether
            it was given: for whoever asks something else in the same statement.
        is_last: The request takes no other turn. Then the lock goes back with its key's, a moment
            after the gate; with another turn to come the two would wait for each other.
        patience: For how many seconds the turn is waited for.

    Raises:
        TooManyRequests: The turn did not come in that time.

    Transaction: none (the lock belongs to the session).
    """
    deadline = time.monotonic() + patience
    gate = _GATES[person_id % len(_GATES)]
    if not gate.acquire(timeout=patience):
        raise TooManyRequests(retry_after_seconds=1)
    try:
        try:
            _lock(person_id, deadline, take or _take)
        except DatabaseError:
            # A statement that fails gives no lock of the session back.
            _unlock(person_id, is_last=False)
            raise
        turn = Turn(is_last)
        try:
            yield turn
        finally:
            _unlock(person_id, is_last=turn.is_last)
    finally:
        gate.release()


def _lock(person_id: int, deadline: float, take: Callable[[int, int], bool]) -> None:
    """Ask for the session's lock again and again; waiting in Postgres has a shorter limit."""
    while not take(*_name(person_id)):
        if time.monotonic() > deadline:
            raise TooManyRequests(retry_after_seconds=1)
        time.sleep(_PAUSE_SECONDS)


def _unlock(person_id: int, *, is_last: bool) -> None:
    """Give the lock back, or leave it to the key that the request runs under."""
    if connection.connection is None or connection.connection.closed:
        return
    if not (is_last and give_back_later(_name(person_id))):
        ask("SELECT pg_advisory_unlock(%s::int, %s::int)", _name(person_id))


def _take(lock_class: int, key: int) -> bool:
    row = ask("SELECT pg_try_advisory_lock(%s::int, %s::int)", [lock_class, key])
    return bool(row and row[0])


def _name(person_id: int) -> tuple[int, int]:
    """Name the lock by two numbers of 32 bits; ids that fold to one only wait for each other."""
    return _LOCK_CLASS, person_id % 2**31
