"""The daily proof: what the bank says it holds for us, against the books.

What a bank holds for the operator is the opposite of the balance of that bank's clearing
account. For one day the books' side is counted from the transfers of the facts that belong to
that day: a fact with a matched line belongs to the day of the line; a fact without one belongs
to every day that ended after the bank executed it, and is listed as missing from the statement.
So a cutoff in the middle of a day, after which the bank books on the next, makes no false
difference, and a movement that the bank forgot to list makes a true one. A line in suspense is
in the books as well, on its own day.

The proof says ``proven`` only when the two sums are the same and nothing is left open: no line
in exception or suspense, no fact missing, no gap between two days' balances. A difference is
listed item by item, never hidden in a sum: each item says what it does to the difference
(``effect_minor``), and together they come to it.

A day long proven is a number: a proof counts on from the newest proven day that is ten days older,
and reads only what was written into the books within the two months before that one ended. What is
older was in it, because nothing was missing then, and no payout is booked later than that.

When a day is proven although a payout or an attempt is still unknown, the bank has not executed
it: had it done so, its closing balance would differ. Two such days in a row close it.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q

from core.clock import business_now
from core.errors import NotFound
from core.transactions import joins, owns
from payments.models import DayProof, LedgerTransfer, Statement, StatementLine
from payments.plans import joined_by_hash
from payments.services.calendar import end_of_day
from payments.services.suspense import OPEN, read_gap, read_moved

MOST_LISTED = 200
LOOKED_BACK = timedelta(days=10)
LONGEST_BOOKING = timedelta(days=61)
"""Longer than any agreement lets pass between the cutoff and the day of booking."""

_SQL = Path(__file__).resolve().parents[1] / "sql" / "matching"
_COUNT = (_SQL / "count_books.sql").read_text(encoding="utf-8")
_FORGET = (_SQL / "forget_missing.sql").read_text(encoding="utf-8")


@owns
def prove_day(*, statement_id: str) -> DayProof:
    """Prove the day of a statement, or say in what it differs; may be done again.

    Changes: the proof of the statement, replaced when it is made again; the bank's missing
    lines.

    Args:
        statement_id: The statement's public id; its lines have been matched.

    Raises:
        NotFound: There is no such statement.

    Transaction: owns.
    """
    rows = Statement.objects.select_related("bank")
    statement = rows.select_for_update(of=("self",)).filter(public_id=statement_id).first()
    if statement is None:
        raise NotFound
    books_seq = last_seq()
    books_minor, missing = count_books(statement=statement, known=known_before(statement))
    difference = statement.closing_minor - books_minor
    differences = [
        *_broken_chain(statement),
        *_uneven_lines(statement),
        *missing,
        *_open_lines(statement),
    ]
    differences += _rest(difference, differences)
    proof, _ = DayProof.objects.update_or_create(
        statement=statement,
        defaults={
            "bank": statement.bank,
            "date": statement.date,
            "bank_closing_minor": statement.closing_minor,
            "books_minor": books_minor,
            "difference_minor": difference,
            "is_proven": difference == 0 and not differences,
            "differences": differences[:MOST_LISTED],
            "books_seq": books_seq,
            "made_at": business_now(),
        },
    )
    return proof


def unproven_before(*, statement_id: str) -> list[str]:
    """Return the statements of recent days that are not proven, oldest first.

    A later statement may show what an earlier one lacked: the bank booked it a day later. Of a
    day that was issued again only the newest issue counts.

    Args:
        statement_id: The later statement's public id.

    Transaction: none.
    """
    statement = Statement.objects.get(public_id=statement_id)
    newer = Statement.objects.filter(
        bank=OuterRef("bank"), sequence=OuterRef("sequence"), issue__gt=OuterRef("issue")
    )
    recent = Statement.objects.filter(
        ~Exists(newer),
        bank=statement.bank,
        proof__is_proven=False,
        date__lt=statement.date,
        date__gte=statement.date - LOOKED_BACK,
    )
    return list(recent.order_by("date", "id").values_list("public_id", flat=True))


@dataclass(frozen=True, slots=True)
class Known:
    """What a day long proven counted, and from which transfer on the books are read again.

    Attributes:
        minor: What the books said that the bank held at the end of ``day``.
        day: The proven day; everything booked up to then is in it.
        seq: The last transfer that the books had when it was proven.
        after_seq: All transfers up to this one are in it.
    """

    minor: int
    day: date
    seq: int
    after_seq: int


NOTHING_KNOWN = Known(0, date.min, 0, 0)


def known_before(statement: Statement) -> Known:
    """Return the day long proven from which a statement's day is counted on.

    Transaction: none (two queries).
    """
    proofs = DayProof.objects.filter(
        bank=statement.bank_id,
        is_proven=True,
        books_seq__isnull=False,
        statement__currency=statement.currency,
    )
    newest = proofs.filter(date__lte=statement.date - LOOKED_BACK).order_by("-date", "-id").first()
    if newest is None:
        return NOTHING_KNOWN
    begun = end_of_day(day=newest.date - LONGEST_BOOKING, timezone=statement.bank.timezone)
    earlier = DayProof.objects.filter(made_at__lt=begun, books_seq__isnull=False)
    found = earlier.filter(bank=statement.bank_id).order_by("-made_at").first()
    if found is None:
        return NOTHING_KNOWN
    return Known(
        newest.books_minor, newest.date, int(newest.books_seq or 0), int(found.books_seq or 0)
    )


@joins
def count_books(*, statement: Statement, known: Known) -> tuple[int, list[dict[str, Any]]]:
    """Return what the books say the bank holds, and the facts that no line shows.

    Those facts become, or stay, a ``MissingLine`` each.

    Args:
        statement: Whose day is counted.
        known: From which day on.

    Transaction: joins.
    """
    wanted: dict[str, Any] = {
        "known_minor": known.minor,
        "known_day": known.day,
        "known_seq": known.seq,
        "after_seq": known.after_seq,
        "bank": statement.bank.slug,
        "bank_id": statement.bank_id,
        "currency": statement.currency,
        "day": statement.date,
        "horizon": _horizon(statement),
        "moment": business_now(),
    }
    with connection.cursor() as cursor, joined_by_hash(cursor):
        cursor.execute(_FORGET, wanted)
        cursor.execute(_COUNT, wanted)
        total, missing = cursor.fetchone()
    listed = [
        {
            "kind": "missing_line",
            "reference": reference,
            "transfer": kind,
            "amount_minor": held,
            "effect_minor": -held,
        }
        for reference, kind, held in json.loads(missing)
    ]
    return int(total), listed


def last_seq() -> int:
    """Return the number of the newest transfer of the books.

    Transaction: none (one query of an index's end).
    """
    return int(LedgerTransfer.objects.aggregate(last=Max("seq"))["last"] or 0)


def _horizon(statement: Statement) -> datetime:
    """Return when the day ended for the bank: at its cutoff, or at its midnight."""
    midnight = end_of_day(day=statement.date, timezone=statement.bank.timezone)
    made_at = statement.closed_at
    return min(made_at, midnight) if made_at is not None else midnight


def _broken_chain(statement: Statement) -> list[dict[str, Any]]:
    """Tell when a day does not go on from what the statement before ended with.

    A statement that overlaps the one before begins earlier; then what is new in it must lead
    from the one's closing balance to its own.
    """
    earlier = Q(date=statement.date, sequence__lt=statement.sequence)
    earlier |= Q(date__lt=statement.date, date__gte=statement.date - timedelta(days=1))
    before = Statement.objects.filter(earlier, bank=statement.bank)
    known = before.order_by("-date", "-sequence", "-issue").first()
    if known is None or known.closing_minor == statement.opening_minor:
        return []
    new, _ = read_moved(statement)
    if known.closing_minor + new == statement.closing_minor:
        return []
    gap = statement.opening_minor - known.closing_minor
    return [
        {
            "kind": "balances_do_not_join",
            "reference": str(known.date),
            "amount_minor": gap,
            "effect_minor": gap,
        }
    ]


def _uneven_lines(statement: Statement) -> list[dict[str, Any]]:
    """Tell when opening balance and lines do not make the closing balance."""
    gap = read_gap(statement)
    if gap == 0:
        return []
    return [
        {
            "kind": "lines_do_not_add_up",
            "reference": "",
            "amount_minor": gap,
            "effect_minor": gap,
        }
    ]


def _open_lines(statement: Statement) -> list[dict[str, Any]]:
    """List the lines of the bank, up to this day, that wait for a person.

    Those in suspense are in the books too, and make no difference between the sums.
    """
    rows = StatementLine.objects.filter(
        bank=statement.bank,
        booked_date__lte=statement.date,
        state__in=OPEN,
    ).order_by("id")
    return [
        {
            "kind": row.state,
            "reference": row.end_to_end_id or row.bank_reference,
            "line": row.pk,
            "amount_minor": row.signed_minor,
            "effect_minor": 0 if row.suspended_at else row.signed_minor,
            "note": row.note,
        }
        for row in rows[:MOST_LISTED]
    ]


def _rest(difference: int, differences: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tell what of the difference none of the rows makes: earlier days left it."""
    rest = difference - sum(each["effect_minor"] for each in differences)
    if rest == 0:
        return []
    return [{"kind": "carried_over", "reference": "", "amount_minor": rest, "effect_minor": rest}]
