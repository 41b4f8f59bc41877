"""Questions that every payment asks: bound by the server, and planned once for a connection.

Django binds on the client, so the server reads and plans each statement anew; for a statement of
one row that costs more than running it. What is asked through here goes with its values apart,
and from the fifth time on a connection by its name. Each value stands with its cast, because the
server no longer sees what it looks like.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
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
        values: In their order.
    """
    _catch_up()
    with _cursor() as cursor:
        cursor.execute(question, values)
        row: tuple[Any, ...] | None = cursor.fetchone() if cursor.description else None
    return row


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
    if len(told) == 1 or connection.queries_logged or connection.execute_wrappers:
        for statement, values in told:
            with _cursor() as cursor:
                cursor.execute(statement, values)
        return
    with connection.wrap_database_errors, connection.connection.pipeline():
        for statement, values in told:
            psycopg.Cursor(connection.connection).execute(statement, values)


def _cursor() -> Any:
    """Return a cursor that binds on the server, in Django's wrapper that names its errors.

    Where queries are logged it binds on the client, so that the log shows what was asked.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if connection.queries_logged:
        return connection.cursor()
    connection.ensure_connection()
    bound = psycopg.Cursor(connection.connection)
    return connection._prepare_cursor(bound)  # noqa: SLF001 - There is no other door to it.
