"""The day's book of the clearing account: which days there are, and what a statement says.

A statement exists once its day is closed: by a cutoff, or because the bank's local date has
passed it. Days without movements have an empty statement, so the chain of balances has no gap.
A spoiled statement keeps its true balances; only its lines lie (`spoiling`).
"""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bank_simulator import clock, lines, spoiling
from bank_simulator.banks import Bank, business_date, close_day, last_closed
from bank_simulator.errors import Refusal, not_found

MOST_DAYS_LISTED = 400


@dataclass(frozen=True)
class Statement:
    """A closed day; balances are in minor units and may be negative.

    Attributes:
        bank: Whose book.
        day: The day that it closes.
        number: Which statement since the bank's opening, from 1.
        closed_at: When the day was closed.
        opening_minor: The balance before its first line.
        closing_minor: The balance at the end of its day.
        span: The movements that it tells of.
        spoils: What is wrong with it.
    """

    bank: Bank
    day: date
    number: int
    closed_at: str
    opening_minor: int
    closing_minor: int
    span: lines.Span
    spoils: tuple[spoiling.Spoil, ...]


def read_statement(
    connection: sqlite3.Connection, bank: Bank, day: date, moment: datetime
) -> Statement:
    """Return the statement of a closed day, as the present faults leave it.

    Raises:
        Refusal: `statement_not_ready` before the day is closed, `not_found` before the bank
            was opened.
    """
    if day < bank.opened_on:
        raise not_found("A statement before the bank was opened")
    if day >= business_date(connection, bank, moment):
        raise Refusal(404, "statement_not_ready", "That day's book is not closed yet.")
    close_day(connection, bank, day, moment)
    span = lines.days_span(connection, bank.slug, day, day)
    spoils = spoiling.spoils_of(connection, bank.slug, day, lines.count(connection, span))
    first = day
    if spoiling.has(spoils, spoiling.OVERLAPPING) and day > bank.opened_on:
        first = day - timedelta(days=1)
        span = lines.days_span(connection, bank.slug, first, day)
    return Statement(
        bank=bank,
        day=day,
        number=(day - bank.opened_on).days + 1,
        closed_at=_closed_at(connection, bank, day),
        opening_minor=_balance_before(connection, bank, first),
        closing_minor=_balance_before(connection, bank, day + timedelta(days=1)),
        span=span,
        spoils=spoils,
    )


def closed_days(
    connection: sqlite3.Connection, bank: Bank, after: date | None, moment: datetime
) -> list[str]:
    """Return the days whose statements can be had, oldest first, at most 400."""
    first = max(bank.opened_on, after + timedelta(days=1)) if after else bank.opened_on
    count = min((business_date(connection, bank, moment) - first).days, MOST_DAYS_LISTED)
    return [(first + timedelta(days=step)).isoformat() for step in range(count)]


def describe_day(
    connection: sqlite3.Connection, bank: Bank, moment: datetime
) -> dict[str, str | None]:
    """Return the bank's calendar: its local date, its business date, the last closed day."""
    closed = last_closed(connection, bank.slug)
    return {
        "local_date": clock.local_date(moment, bank.timezone).isoformat(),
        "business_date": business_date(connection, bank, moment).isoformat(),
        "last_closed": closed.isoformat() if closed else None,
    }


def _balance_before(connection: sqlite3.Connection, bank: Bank, day: date) -> int:
    """Return the clearing balance with which `day` begins."""
    row = connection.execute(
        "SELECT clearing_after_minor FROM movements WHERE bank = ? AND booking_date < ?"
        " ORDER BY booking_date DESC, id DESC LIMIT 1",
        (bank.slug, day.isoformat()),
    ).fetchone()
    return int(row[0]) if row else bank.clearing_opening_minor


def _closed_at(connection: sqlite3.Connection, bank: Bank, day: date) -> str:
    query = "SELECT closed_at FROM closings WHERE bank = ? AND date = ?"
    return str(connection.execute(query, (bank.slug, day.isoformat())).fetchone()[0])
