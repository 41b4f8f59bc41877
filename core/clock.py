"""The one place that reads the time.

Two clocks exist, because two kinds of rule exist (ruling 15):

- ``business_now`` rules what people and banks agreed on: quotes, limit windows, cutoffs,
  dispute clocks. In the sandbox it runs ahead of the wall clock by an offset kept in the
  database, so that a developer can see tomorrow's settlement today. It never goes backwards.
- ``wall_now`` rules machinery: leases, retries, tokens, one-time passwords, signatures.
  Moving the sandbox's clock must not expire a lease or a sign-in.

Everywhere else time is a parameter: a service reads the clock once, at its top, and hands
the moment down, so that every fact of one commit carries one moment.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

from core.prepared import ask

_remembered: int | None = None
_of_transaction: ContextVar[list[int] | None] = ContextVar("troco_clock_offset", default=None)


def wall_now() -> datetime:
    """Return the machine's time, aware, in UTC."""
    return datetime.now(UTC)


def business_now() -> datetime:
    """Return the time that business rules go by, aware, in UTC.

    In live mode it is the wall clock and costs nothing. In the sandbox it costs one
    primary-key read for each transaction, so that every process sees a moved clock at once.
    """
    if settings.TROCO_MODE != "sandbox":
        return wall_now()
    return wall_now() + timedelta(seconds=offset_seconds())


@contextmanager
def alone() -> Iterator[None]:
    """Remember the offset instead of reading it, while nobody else can move the clock.

    Seeding asks for the time a hundred times for each sale, in a process that has the
    sandbox to itself: no other has been started yet.
    """
    global _remembered  # noqa: PLW0603 - One clock for the process, whatever its threads.
    _remembered = offset_seconds()
    try:
        yield
    finally:
        _remembered = None


@contextmanager
def one_offset() -> Iterator[None]:
    """Read the offset once at most for the lines inside: one transaction, one clock."""
    token = _of_transaction.set([])
    try:
        yield
    finally:
        _of_transaction.reset(token)


def offset_seconds() -> int:
    """Return by how many whole seconds the sandbox's business clock is ahead."""
    if _remembered is not None:
        return _remembered
    kept = _of_transaction.get()
    if kept:
        return kept[0]
    row = ask("SELECT offset_seconds FROM core_clockoffset WHERE id = 1")
    offset = int(row[0]) if row else 0
    if kept is not None:
        kept.append(offset)
    return offset


def begin(seconds_ago: int) -> bool:
    """Let a new sandbox's business clock begin in the past; tell whether it did.

    A sandbox that has a clock already keeps it: the history it is given later runs forward
    from there to today by ``advance``.

    Args:
        seconds_ago: How far back; 0 or more.

    Raises:
        ValueError: The beginning lies ahead, or the instance is not a sandbox.

    Transaction: none (one atomic statement).
    """
    if seconds_ago < 0 or settings.TROCO_MODE != "sandbox":
        raise ValueError("Only a sandbox's clock begins in the past.")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_clockoffset (id, offset_seconds) VALUES (1, %s)"
            " ON CONFLICT (id) DO NOTHING",
            [-seconds_ago],
        )
        return bool(cursor.rowcount == 1)


def advance(seconds: int) -> int:
    """Move the sandbox's business clock forward and return the new offset in seconds.

    Args:
        seconds: How far to move; 0 or more. The clock never goes backwards, because quotes,
            limits and batches already written would then lie in the future.

    Raises:
        ValueError: The move is negative, or the instance is not a sandbox.

    Transaction: none (one atomic statement).
    """
    global _remembered  # noqa: PLW0603 - One clock for the process, whatever its threads.
    if seconds < 0 or settings.TROCO_MODE != "sandbox":
        raise ValueError("Only a sandbox's clock moves, and only forward.")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_clockoffset (id, offset_seconds) VALUES (1, %s)"
            " ON CONFLICT (id) DO UPDATE"
            " SET offset_seconds = core_clockoffset.offset_seconds + EXCLUDED.offset_seconds"
            " RETURNING offset_seconds",
            [seconds],
        )
        offset = int(cursor.fetchone()[0])
    if _remembered is not None:
        _remembered = offset
    if (kept := _of_transaction.get()) is not None:
        kept[:] = [offset]
    return offset
