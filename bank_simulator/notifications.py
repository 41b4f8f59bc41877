"""What moved today, told the same day: each notification goes on where the one before ended.

A notification is made when somebody asks and something has moved since the last. Its number and
its content are then fixed, so reading it again reads the same.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from bank_simulator import clock
from bank_simulator.banks import Bank
from bank_simulator.errors import not_found
from bank_simulator.lines import Span

MOST_LISTED = 1000
MOST_LINES = 100_000


@dataclass(frozen=True)
class Notification:
    """The movements that one notification tells of."""

    bank: Bank
    number: int
    made_at: str
    span: Span


def list_notifications(
    connection: sqlite3.Connection, bank: Bank, after: int, moment: datetime
) -> list[dict[str, object]]:
    """Make a notification of what is new, and return those numbered above `after`."""
    _make(connection, bank, moment)
    query = (
        "SELECT number, made_at FROM notifications WHERE bank = ? AND number > ?"
        " ORDER BY number LIMIT ?"
    )
    return [dict(row) for row in connection.execute(query, (bank.slug, after, MOST_LISTED))]


def read_notification(connection: sqlite3.Connection, bank: Bank, number: int) -> Notification:
    """Return a notification that was made.

    Raises:
        Refusal: `not_found`.
    """
    query = "SELECT * FROM notifications WHERE bank = ? AND number = ?"
    row = connection.execute(query, (bank.slug, number)).fetchone()
    if row is None:
        raise not_found("That notification")
    first, last = row["first_movement"], row["last_movement"]
    return Notification(
        bank, number, row["made_at"], Span(bank.slug, first, last, date.min, date.max)
    )


def _make(connection: sqlite3.Connection, bank: Bank, moment: datetime) -> None:
    number, told = connection.execute(
        "SELECT coalesce(max(number), 0), coalesce(max(last_movement), 0) FROM notifications"
        " WHERE bank = ?",
        (bank.slug,),
    ).fetchone()
    first, last = connection.execute(
        "SELECT min(id), max(id) FROM (SELECT id FROM movements WHERE bank = ? AND id > ?"
        " ORDER BY id LIMIT ?)",
        (bank.slug, told, MOST_LINES),
    ).fetchone()
    if first is not None:
        connection.execute(
            "INSERT INTO notifications VALUES (?, ?, ?, ?, ?)",
            (bank.slug, number + 1, first, last, clock.written(moment)),
        )
