"""The daily proof: what the bank says it holds for us, against the books.

What a bank holds for the operator is the opposite of the balance of that bank's clearing
account. For one day the books' side is counted from the transfers of the facts that belong to
that day: a fact with a matched line belongs to the day of the line; a fact without one belongs
to every day that ended after the bank executed it, and is listed as missing from the statement.
So a cutoff in the middle of a day, after which the bank books on the next, makes no false
difference, and a movement that the bank forgot to list makes a true one.

The proof says ``proven`` only when the two sums are the same and nothing is left open: no line
in exception or suspense, no fact missing, no gap between two days' balances. A difference is
listed item by item, never hidden in a sum.

When a day is proven although a payout or an attempt is still unknown, the bank has not executed
it: had it done so, its closing balance would differ. Two such days in a row close it.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Sum

from core.clock import business_now
from core.errors import NotFound
from core.transactions import owns
from payments.enums import LineDirection, LineState
from payments.models import DayProof, Statement, StatementLine
from payments.services.calendar import end_of_day

MOST_LISTED = 200
LOOKED_BACK = timedelta(days=10)

# Every transfer of the bank's clearing account with the fact behind it. A transfer of a payment
# is one of its legs, one of a refund is the refund's leg; a transfer of a payout is the payout.
_FACTS = """
WITH clearing AS (
    SELECT id FROM payments_ledgeraccount
     WHERE kind = 'bank_clearing' AND bank = %(bank)s AND currency = %(currency)s
), fact AS (
    SELECT transfer.payment_ref AS reference, transfer.kind,
           CASE WHEN transfer.debit_id = clearing.id THEN transfer.amount_minor
                ELSE -transfer.amount_minor END AS held_minor,
           line.booked_date, transfer.at,
           attempt.answered_at, settlement.value_date
      FROM clearing
      JOIN payments_ledgertransfer AS transfer
        ON transfer.debit_id = clearing.id OR transfer.credit_id = clearing.id
      LEFT JOIN payments_payment AS payment ON payment.public_id = transfer.payment_ref
      LEFT JOIN payments_leg AS leg
             ON leg.payment_id = payment.id
            AND leg.kind = CASE transfer.kind WHEN 'collect' THEN 'debit'
                                              WHEN 'deliver' THEN 'credit'
                                              WHEN 'return' THEN 'return' END
            AND leg.state <> 'refused'
      LEFT JOIN payments_refund AS refund ON refund.public_id = transfer.payment_ref
      LEFT JOIN payments_leg AS given ON given.refund_id = refund.id
      LEFT JOIN payments_attempt AS attempt ON attempt.leg_id = coalesce(leg.id, given.id)
      LEFT JOIN payments_payout AS payout ON payout.public_id = transfer.payment_ref
      LEFT JOIN payments_settlementbatch AS batch ON batch.id = payout.batch_id
      LEFT JOIN payments_settlementwindow AS settlement ON settlement.id = batch.window_id
      LEFT JOIN payments_statementline AS line
             ON line.state = 'matched'
            AND (line.attempt_id = attempt.id OR line.payout_id = payout.id)
)
SELECT reference, kind, held_minor, booked_date IS NULL AS is_missing
  FROM fact
 WHERE CASE WHEN booked_date IS NOT NULL THEN booked_date <= %(day)s
            WHEN value_date IS NOT NULL THEN value_date <= %(day)s
            ELSE coalesce(answered_at, at) < %(horizon)s END
"""
_SUMMED = f"""
SELECT coalesce(sum(held_minor), 0)::bigint,
       coalesce(jsonb_agg(jsonb_build_array(reference, kind, held_minor)
                          ORDER BY reference, kind) FILTER (WHERE is_missing), '[]')::text
  FROM ({_FACTS}) AS counted
"""  # noqa: S608 - Our own text; every value is a parameter.


@owns
def prove_day(*, statement_id: str) -> DayProof:
    """Prove the day of a statement, or say in what it differs; may be done again.

    Changes: the proof of the statement, replaced when it is made again.

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
    books_minor, missing = _count_books(statement)
    differences = [
        *_broken_chain(statement),
        *_uneven_lines(statement),
        *missing,
        *_open_lines(statement),
    ]
    difference = statement.closing_minor - books_minor
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


def _count_books(statement: Statement) -> tuple[int, list[dict[str, Any]]]:
    """Return what the books say the bank holds, and the facts that no line shows."""
    wanted: dict[str, Any] = {
        "bank": statement.bank.slug,
        "currency": statement.currency,
        "day": statement.date,
        "horizon": _horizon(statement),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUMMED, wanted)
        total, missing = cursor.fetchone()
    listed = [
        {"kind": "missing_line", "reference": reference, "transfer": kind, "amount_minor": amount}
        for reference, kind, amount in json.loads(missing)
    ]
    return int(total), listed


def _horizon(statement: Statement) -> datetime:
    """Return when the day ended for the bank: at its cutoff, or at its midnight."""
    midnight = end_of_day(day=statement.date, timezone=statement.bank.timezone)
    made_at = statement.closed_at
    return min(made_at, midnight) if made_at is not None else midnight


def _broken_chain(statement: Statement) -> list[dict[str, Any]]:
    """Tell when a day does not begin with what the day before ended with."""
    before = Statement.objects.filter(
        bank=statement.bank, date__lt=statement.date, date__gte=statement.date - timedelta(days=1)
    )
    known = before.order_by("-date", "-sequence", "-issue").first()
    if known is None or known.closing_minor == statement.opening_minor:
        return []
    gap = statement.opening_minor - known.closing_minor
    return [{"kind": "balances_do_not_join", "reference": str(known.date), "amount_minor": gap}]


def _uneven_lines(statement: Statement) -> list[dict[str, Any]]:
    """Tell when opening balance and lines do not make the closing balance."""
    lines = StatementLine.objects.filter(statement=statement)
    into = lines.filter(direction=LineDirection.INTO).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    out = (
        lines.filter(direction=LineDirection.OUT_OF).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    )
    gap = statement.closing_minor - (statement.opening_minor + into - out)
    if gap == 0:
        return []
    return [{"kind": "lines_do_not_add_up", "reference": "", "amount_minor": gap}]


def _open_lines(statement: Statement) -> list[dict[str, Any]]:
    """List the lines of the bank, up to this day, that wait for a person."""
    rows = StatementLine.objects.filter(
        bank=statement.bank,
        booked_date__lte=statement.date,
        state__in=[LineState.EXCEPTION, LineState.SUSPENSE],
    ).order_by("id")
    return [
        {
            "kind": row.state,
            "reference": row.end_to_end_id or row.bank_reference,
            "line": row.pk,
            "amount_minor": row.amount_minor if row.direction == "into" else -row.amount_minor,
            "note": row.note,
        }
        for row in rows[:MOST_LISTED]
    ]
