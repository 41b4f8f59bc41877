"""The clearing account's lines, read from the book page by page so that a long day stays small."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from bank_simulator.movements import TAKES_FROM_CUSTOMER
from bank_simulator.store import Store

LINES_PER_PAGE = 1000


@dataclass(frozen=True)
class Line:
    """One movement seen from the clearing account; amounts are in minor units.

    `fee_minor` is what the bank kept of it; the amount is what is left.
    """

    id: int
    kind: str
    amount_minor: int
    bank_reference: str
    instruction_id: str
    end_to_end_id: str
    message_id: str | None
    payment_information_id: str | None
    remittance: str
    executed_at: str
    booking_date: str
    return_reason: str | None
    fee_minor: int = field(default=0, kw_only=True)

    @property
    def is_credit(self) -> bool:
        """Tell whether the clearing account gained: a customer was debited."""
        return self.kind in TAKES_FROM_CUSTOMER


@dataclass(frozen=True)
class Span:
    """Some of a bank's movements: ids and days from first to last, both included."""

    slug: str
    first_id: int
    last_id: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Group:
    """Lines that the bank booked as one; without `lines` it keeps the parts to itself."""

    first: Line
    count: int
    total_minor: int
    lines: Iterator[Line] | None


_NAMES = tuple(name for name in Line.__dataclass_fields__ if name != "fee_minor")
_WITHIN = "bank = ? AND id > ? AND id <= ? AND booking_date BETWEEN ? AND ?"


def days_span(connection: sqlite3.Connection, slug: str, first: date, last: date) -> Span:
    """Return the movements booked on the days from `first` to `last`."""
    lowest, highest = connection.execute(
        "SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM movements"
        " WHERE bank = ? AND booking_date BETWEEN ? AND ?",
        (slug, first.isoformat(), last.isoformat()),
    ).fetchone()
    return Span(slug, lowest, highest, first, last)


def count(connection: sqlite3.Connection, span: Span) -> int:
    """Return how many lines the span has."""
    query = f"SELECT count(*) FROM movements WHERE {_WITHIN}"  # noqa: S608  # our own words
    found: int = connection.execute(query, _bounds(span, span.first_id - 1)).fetchone()[0]
    return found


def read(store: Store, span: Span) -> Iterator[Line]:
    """Yield the span's lines in the book's order; for a thread, not for the event loop."""
    yield from _pages(store, span, "", ())


def group_of(store: Store, span: Span, member: Line, *, with_lines: bool) -> Group:
    """Return what the bank would book together with `member`: the same file, the same kind."""
    also = " AND kind = ? AND message_id IS ?"
    values = (member.kind, member.message_id)
    words = f"SELECT count(*), sum(amount_minor) FROM movements WHERE {_WITHIN}{also}"  # noqa: S608

    def job(connection: sqlite3.Connection) -> tuple[int, int]:
        row = connection.execute(words, (*_bounds(span, span.first_id - 1), *values)).fetchone()
        return row[0], row[1]

    number, total = store.call(job)
    lines = _pages(store, span, also, values) if with_lines else None
    return Group(member, number, total, lines)


def _pages(store: Store, span: Span, also: str, values: tuple[str | None, ...]) -> Iterator[Line]:
    query = (
        f"SELECT {', '.join(_NAMES)} FROM movements WHERE {_WITHIN}{also}"  # noqa: S608
        f" ORDER BY id LIMIT {LINES_PER_PAGE}"
    )
    after = span.first_id - 1
    while True:
        parameters = (*_bounds(span, after), *values)

        def job(
            connection: sqlite3.Connection, parameters: tuple[object, ...] = parameters
        ) -> list[Line]:
            return [Line(*row) for row in connection.execute(query, parameters)]

        page = store.call(job)
        yield from page
        if len(page) < LINES_PER_PAGE:
            return
        after = page[-1].id


def _bounds(span: Span, after: int) -> tuple[object, ...]:
    return (
        span.slug,
        after,
        span.last_id,
        span.first_day.isoformat(),
        span.last_day.isoformat(),
    )
