"""Questions that every payment asks: bound by the server, and planned once for a connection.

Django binds on the client, so the server reads and plans each statement anew; for a statement of
one row that costs more than running it. What is asked through here goes with its values apart,
and from the fifth time on a connection by its name. Each value stands with its cast, because the
server no longer sees what it looks like.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

Told = list[tuple[str, Sequence[Any]]]

_waiting: ContextVar[Told | None] = ContextVar("troco_told", default=None)


def ask(question: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """Run one statement and return its first row, or None where it returns none.

    It takes part in the transaction that is open, and is counted like any other. What was told
    before is done before.

    Args:
        question: SQL with ``%s::type`` for each value.
        values: In their order; a list is an array.
    """
    _catch_up()
    connection = connections[DEFAULT_DB_ALIAS]
    if _is_watched(connection):
        with connection.cursor() as cursor:
            cursor.execute(question, values)
            return cursor.fetchone() if cursor.description else None
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        bound = psycopg.Cursor(connection.connection)
        written = _written(values)
        try:
            bound.execute(question, written)
        except psycopg.errors.FeatureNotSupported:
            # A migration changed the type of what is returned, and the server refuses the plan that
            # was kept. Within a transaction it is over; the rollback makes the driver forget it.
            if connection.in_atomic_block:
                raise
            bound.execute(question, written, prepare=False)
        result = bound.pgresult
        return bound.fetchone() if result is not None and result.nfields else None


def tell(statement: str, values: Sequence[Any]) -> None:
    """Run one statement whose answer nobody needs, within ``together`` a little later.

    Args:
        statement: SQL with ``%s::type`` for each value.
        values: In their order.
    """
    waiting = _waiting.get()
    if waiting is None:
        _run([(statement, values)])
    else:
        waiting.append((statement, values))


@contextmanager
def together() -> Iterator[None]:
    """Send what is told inside at the end, in one round trip, in the order in which it was told.

    It must stand inside the transaction it is about, and around nothing that asks the query
    builder for what was just told: only ``ask`` knows that something waits.
    """
    token = _waiting.set([])
    try:
        yield
        _catch_up()
    finally:
        _waiting.reset(token)


def _catch_up() -> None:
    waiting = _waiting.get()
    if waiting:
        told, waiting[:] = list(waiting), []
        _run(told)


def _run(told: Told) -> None:
    """Run statements, several of them without waiting for each other's answer."""
    connection = connections[DEFAULT_DB_ALIAS]
    if len(told) == 1 or _is_watched(connection):
        for statement, values in told:
            ask(statement, values)
        return
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, connection.connection.pipeline():
        for statement, values in told:
            psycopg.Cursor(connection.connection).execute(statement, _written(values))


def _is_watched(connection: Any) -> bool:
    """Tell whether somebody looks at each statement: then it goes Django's way.

    That binds on the client, so what is seen is what was asked.
    """
    return bool(connection.queries_logged or connection.execute_wrappers)


def _written(values: Sequence[Any]) -> list[Any]:
    """Return values as they are sent: an array as its text, which its cast reads.

    The driver would look for one type that fits all elements, which takes longer than the
    statement's other values together.
    """
    return [array_text(value) if isinstance(value, list) else value for value in values]


def array_text(values: list[Any]) -> str:
    """Write an array of one dimension as Postgres reads it."""
    return "{" + ",".join([_WRITERS.get(type(value), _quoted)(value) for value in values]) + "}"


def _digits(value: bytes) -> str:
    return f'"\\\\x{value.hex()}"'


def _quoted(value: object) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


_WRITERS: Mapping[type, Callable[[Any], str]] = MappingProxyType(
    {
        int: str,
        bool: {True: "t", False: "f"}.__getitem__,
        bytes: _digits,
        type(None): {None: "NULL"}.__getitem__,
    }
)
