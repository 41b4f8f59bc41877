"""Proving the books: every invariant of the money, each as one pass of SQL.

A check is a file of an app's ``sql/checks``: its first line says what must hold, its query
returns the ids of whatever breaks it. Nothing returned means that it holds. Each check is one
statement and sees one snapshot, so payments may go on meanwhile. The numbers I1 to I17 are
those of the security programme.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.apps import apps
from django.db import connection

from payments.states import PAYMENT_MOVES

MOST_SHOWN = 20
"""At most so many offending ids are named for each check."""

ROOM = "256MB"
"""What one sort or hash of a check may take of memory."""

_SET_WORK_MEM = "SELECT set_config('work_mem', %s, false)"


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: a name, what it says, and the query for what breaks it."""

    name: str
    says: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: the ids of the first offenders, none if it holds."""

    check: Check
    offenders: tuple[str, ...]


@cache
def all_checks() -> tuple[Check, ...]:
    """Return every check of every app, in the order of the files' names."""
    folders = [Path(app.path) / "sql" / "checks" for app in apps.get_app_configs()]
    files = [path for folder in folders for path in folder.glob("*.sql")]
    return tuple(_read(path) for path in sorted(files, key=lambda path: path.name))


def run_checks() -> Iterator[Finding]:
    """Run every check in turn and yield what it found as soon as it is known.

    Transaction: none (reads only).
    """
    with _room_to_sort():
        yield from _run_checks()


@contextmanager
def _room_to_sort() -> Iterator[None]:
    """Let this session sort a few million lines in memory: on disk it takes twice as long."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('work_mem')")
        before = cursor.fetchone()[0]
        cursor.execute(_SET_WORK_MEM, [ROOM])
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute(_SET_WORK_MEM, [before])


def _run_checks() -> Iterator[Finding]:
    moves = [">authorized", *(f"{old}>{new}" for old, new in PAYMENT_MOVES)]
    for check in all_checks():
        with connection.cursor() as cursor:
            cursor.execute(check.sql, {"moves": moves})
            offenders = tuple(str(row[0]) for row in cursor.fetchmany(MOST_SHOWN))
        yield Finding(check, offenders)


def _read(path: Path) -> Check:
    first, sql = path.read_text(encoding="utf-8").split("\n", 1)
    return Check(path.stem.partition("_")[2], first.removeprefix("-- "), sql)
