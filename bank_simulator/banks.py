"""Banks, their clearing accounts, and which business day it is for them.

Every calendar day is a business day here. The current business day is the bank's local date,
except after a cutoff has already closed that date: then it is the day after the last closed
one. A movement is booked on the current business day, so a closed day never changes.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bank_simulator import clock, faults
from bank_simulator.errors import Refusal, bank_unavailable, not_found

CLEARING = "clearing"


@dataclass(frozen=True)
class Bank:
    """What a bank is: fixed at its opening, but for the name."""

    slug: str
    name: str
    currency: str
    timezone: str
    ispb: str
    opened_on: date
    clearing_opening_minor: int


def put_bank(connection: sqlite3.Connection, wanted: Bank, *, names_balance: bool) -> bool:
    """Open the bank, or rename it; returns whether it is new.

    Args:
        connection: The store.
        wanted: The bank as asked for.
        names_balance: The caller named the clearing balance, so it must agree on a repeat.

    Raises:
        Refusal: `bank_conflict` when an open bank differs in more than its name.
    """
    try:
        known = find_bank(connection, wanted.slug)
    except Refusal:
        _insert(connection, wanted)
        return True
    same = (known.currency, known.timezone, known.ispb) == (
        wanted.currency,
        wanted.timezone,
        wanted.ispb,
    )
    agrees = not names_balance or known.clearing_opening_minor == wanted.clearing_opening_minor
    if not (same and agrees):
        raise Refusal(409, "bank_conflict", "The bank is open with other particulars.")
    connection.execute("UPDATE banks SET name = ? WHERE slug = ?", (wanted.name, wanted.slug))
    return False


def find_bank(connection: sqlite3.Connection, slug: str) -> Bank:
    """Return the bank, be it healthy or down.

    Raises:
        Refusal: `not_found`.
    """
    row = connection.execute("SELECT * FROM banks WHERE slug = ?", (slug,)).fetchone()
    if row is None:
        raise not_found("That bank")
    return Bank(**{**dict(row), "opened_on": date.fromisoformat(row["opened_on"])})


def serving_bank(connection: sqlite3.Connection, slug: str) -> Bank:
    """Return the bank for a call it shall serve.

    Raises:
        Refusal: `not_found`, or `bank_unavailable` or `maintenance` while that switch is on.
    """
    bank = find_bank(connection, slug)
    if faults.is_set(connection, slug, faults.DOWN):
        raise bank_unavailable()
    switch = faults.find_switch(connection, slug, faults.MAINTENANCE)
    if switch is not None:
        seconds = int(switch["delay_seconds"])
        raise Refusal(503, "maintenance", "The bank is being maintained.", retry_after=seconds)
    return bank


def paying_bank(connection: sqlite3.Connection, slug: str) -> Bank:
    """Return the bank for a call that moves money, which some take by day only.

    Raises:
        Refusal: As for `serving_bank`, or `bank_closed` at night.
    """
    bank = serving_bank(connection, slug)
    switch = faults.find_switch(connection, slug, faults.CLOSED_AT_NIGHT)
    if switch is None:
        return bank
    closes = faults.CLOSES_HOUR if switch["closes_hour"] is None else switch["closes_hour"]
    opens = faults.OPENS_HOUR if switch["opens_hour"] is None else switch["opens_hour"]
    local = clock.now(connection).astimezone(ZoneInfo(bank.timezone))
    is_night = (local.hour - closes) % 24 < (opens - closes) % 24
    if is_night:
        hours_left = (opens - local.hour) % 24
        seconds = hours_left * 3600 - local.minute * 60 - local.second
        raise Refusal(503, "bank_closed", "The bank is closed at night.", retry_after=seconds)
    return bank


def is_down(connection: sqlite3.Connection, slug: str) -> bool:
    """Tell whether the bank serves nobody."""
    return faults.is_set(connection, slug, faults.DOWN) or faults.is_set(
        connection, slug, faults.MAINTENANCE
    )


def health(connection: sqlite3.Connection) -> dict[str, dict[str, bool]]:
    """Return each bank's health by slug."""
    slugs = [row["slug"] for row in connection.execute("SELECT slug FROM banks ORDER BY slug")]
    return {slug: {"healthy": not is_down(connection, slug)} for slug in slugs}


def last_closed(connection: sqlite3.Connection, slug: str) -> date | None:
    """Return the latest day whose book is closed, if any was."""
    query = "SELECT max(date) FROM closings WHERE bank = ?"
    newest = connection.execute(query, (slug,)).fetchone()[0]
    return date.fromisoformat(newest) if newest else None


def business_date(connection: sqlite3.Connection, bank: Bank, moment: datetime) -> date:
    """Return the business day on which a movement at `moment` is booked."""
    today = clock.local_date(moment, bank.timezone)
    closed = last_closed(connection, bank.slug)
    return max(today, closed + timedelta(days=1)) if closed else today


def close_day(connection: sqlite3.Connection, bank: Bank, day: date, moment: datetime) -> None:
    """Close `day`'s book: nothing is booked on it any more."""
    connection.execute(
        "INSERT INTO closings VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (bank.slug, day.isoformat(), clock.written(moment)),
    )


def _insert(connection: sqlite3.Connection, bank: Bank) -> None:
    connection.execute(
        "INSERT INTO banks VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            bank.slug,
            bank.name,
            bank.currency,
            bank.timezone,
            bank.ispb,
            bank.opened_on.isoformat(),
            bank.clearing_opening_minor,
        ),
    )
    connection.execute(
        "INSERT INTO accounts (bank, token, kind, holder_name, holder_tax_id, last4,"
        " verification_code, balance_minor) VALUES (?, ?, 'clearing', '', '', '', '', ?)",
        (bank.slug, CLEARING, bank.clearing_opening_minor),
    )
