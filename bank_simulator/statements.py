"""The day's book of the clearing account: what a statement says, and how faults spoil it.

A statement exists once its day is closed: by a cutoff, or because the bank's local date has
passed it. Days without movements have an empty statement, so the chain of balances has no gap.
A spoiled statement keeps its true balances; only its lines lie.
"""

import sqlite3
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bank_simulator import chance, clock, faults
from bank_simulator.banks import Bank, business_date, close_day, last_closed
from bank_simulator.errors import Refusal, not_found

LONGEST_CHANGE_MINOR = 100
MOST_DAYS_LISTED = 400


@dataclass(frozen=True)
class Line:
    """One movement seen from the clearing account; the amount is in minor units."""

    kind: str
    amount_minor: int
    bank_reference: str
    instruction_id: str
    end_to_end_id: str
    message_id: str | None
    payment_information_id: str | None
    remittance: str
    executed_at: str

    @property
    def is_credit(self) -> bool:
        """Tell whether the clearing account gained: a customer was debited."""
        return self.kind == "debit"


@dataclass(frozen=True)
class Statement:
    """A closed day; balances are in minor units and may be negative."""

    bank: Bank
    day: date
    number: int
    closed_at: str
    opening_minor: int
    closing_minor: int
    lines: list[Line]


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
    opening = _balance_before(connection, bank, day)
    statement = Statement(
        bank=bank,
        day=day,
        number=(day - bank.opened_on).days + 1,
        closed_at=_closed_at(connection, bank, day),
        opening_minor=opening,
        closing_minor=_balance_before(connection, bank, day + timedelta(days=1)),
        lines=_lines(connection, bank, day),
    )
    return _spoil(connection, statement)


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


def _lines(connection: sqlite3.Connection, bank: Bank, day: date) -> list[Line]:
    names = tuple(Line.__dataclass_fields__)
    rows = connection.execute(
        f"SELECT {', '.join(names)} FROM movements"  # noqa: S608  # names of our own fields
        " WHERE bank = ? AND booking_date = ? ORDER BY id",
        (bank.slug, day.isoformat()),
    )
    return [Line(*row) for row in rows]


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


def _spoil(connection: sqlite3.Connection, statement: Statement) -> Statement:
    """Let each statement fault that struck this day change one line."""
    if not statement.lines:
        return statement
    marks = ", ".join("?" * len(faults.STATEMENT_FAULTS))
    rows = connection.execute(
        f"SELECT * FROM faults WHERE bank = ? AND fault IN ({marks}) ORDER BY id",  # noqa: S608
        (statement.bank.slug, *faults.STATEMENT_FAULTS),
    ).fetchall()
    lines = list(statement.lines)
    for row in rows:
        number = _spoiling_draw(connection, row, statement.day)
        if number is not None and lines:
            place = int(chance.fraction(row["seed"], -number) * len(lines))
            lines = _changed(lines, row["fault"], place, 1 + number % LONGEST_CHANGE_MINOR)
    return replace(statement, lines=lines)


def _spoiling_draw(connection: sqlite3.Connection, row: sqlite3.Row, day: date) -> int | None:
    """Decide once per fault and day whether it strikes; return the number of its draw."""
    key = (row["id"], day.isoformat())
    query = "SELECT * FROM spoiled_days WHERE fault = ? AND date = ?"
    known = connection.execute(query, key).fetchone()
    if known is None and row["remaining"] == 0:
        return None
    if known is None:
        fired = faults.try_fault(connection, row)
        number = fired.draw if fired else 0
        connection.execute(
            "INSERT INTO spoiled_days VALUES (?, ?, ?, ?)", (*key, fired is not None, number)
        )
        return number or None
    return int(known["draw"]) if known["is_spoiled"] else None


def _changed(lines: list[Line], fault: str, place: int, change_minor: int) -> list[Line]:
    line = lines[place]
    instead = {
        faults.MISSING_LINE: [],
        faults.DOUBLED_LINE: [line, line],
        faults.CHANGED_AMOUNT: [replace(line, amount_minor=line.amount_minor + change_minor)],
    }
    return [*lines[:place], *instead[fault], *lines[place + 1 :]]
