"""A bank that takes back its "no": found in its papers, told to staff, and never paid twice.

A refusal, a "not taken in" and two proven days without a line are definite, and what follows from
them is done: the payer is told, the shop is owed again. When the bank's statement or notification
then shows the movement all the same, the money is at two places in waiting. So it is written down
once, and from that commit on nothing is paid in its place: no new payout, no refund anew, no way
back, no file again. Only a person's finding that the bank's paper was wrong lets it go on.

What was merely to be sent again, because the bank had not taken it in, needs no second sending:
the statement closes it, and it is told to staff as well.
"""

from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import InputInvalid, NotFound, StateConflict
from core.transactions import joins, owns
from payments.enums import AnswerKind, PayoutState
from payments.models import (
    NotifiedEntry,
    Payment,
    Payout,
    SettlementBatch,
    StatementLine,
    TakenBack,
)
from payments.statement_enums import Evidence, LineDirection, LineKind, LineState
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

LONGEST_FINDING = 500
_DENIED = (AnswerKind.REJECTED, AnswerKind.NOT_SENT)
_NOT_PAID = (
    PayoutState.CLAIMED,
    PayoutState.REJECTED,
    PayoutState.NOT_EXECUTED,
    PayoutState.REISSUED,
)

logger = structlog.get_logger(__name__)


class BankTookBack(StateConflict):
    """What would be paid again was executed, as the bank's papers show now."""

    words = _(
        "The bank had refused this, and its papers now show that it was executed. Nothing is paid"
        " in its place before somebody has found that the papers are wrong."
    )


@owns
def find_in_statement(*, statement_id: str) -> int:
    """Write down what a statement shows to be executed that its bank had denied.

    Changes: a ``TakenBack`` for each that is new.

    Args:
        statement_id: The statement's public id; its lines were judged, and close nothing yet.

    Returns:
        How many are new.

    Transaction: owns.
    """
    lines = StatementLine.objects.filter(
        statement__public_id=statement_id,
        state__in=[LineState.MATCHED, LineState.EXCEPTION],
        kind=LineKind.MOVEMENT,
    )
    return _write(lines, "statement", "bank_id")


@owns
def find_in_notification(*, bank_id: int, number: int) -> int:
    """Write down what a notification shows to be executed that its bank had denied.

    Changes: a ``TakenBack`` for each that is new.

    Returns:
        How many are new.

    Transaction: owns.
    """
    entries = NotifiedEntry.objects.filter(
        notification__bank=bank_id,
        notification__number=number,
        evidence__in=[Evidence.DIFFERS, Evidence.TOLD],
        kind=LineKind.MOVEMENT,
    )
    return _write(entries, "notification", "notification__bank_id")


@joins
def refuse_again(*, payment: Payment) -> None:
    """Refuse to pay again what a bank denied and executed for a payment.

    Raises:
        BankTookBack: It did, and nobody has found that its papers are wrong.

    Transaction: joins.
    """
    if stands(payment=payment):
        raise BankTookBack


@joins
def refuse_payout_again(*, payout: Payout) -> None:
    """Refuse to pay a payout again that its bank denied and executed.

    Raises:
        BankTookBack: It did, and nobody has found that its papers are wrong.

    Transaction: joins.
    """
    if TakenBack.objects.filter(payout=payout, is_mistaken=False).exists():
        raise BankTookBack


@joins
def stands(*, payment: Payment) -> bool:
    """Tell whether a bank's papers show something of a payment that is still taken for denied.

    Transaction: joins (one query).
    """
    rows = TakenBack.objects.filter(attempt__leg__payment=payment, is_mistaken=False)
    return rows.filter(attempt__outcome__in=_DENIED).exists()


@joins
def was_taken_in(*, batch: SettlementBatch) -> bool:
    """Tell whether the bank executed of a file that it said it had not taken in.

    Transaction: joins (one query).
    """
    mine = Payout.objects.filter(batch=batch)
    shown = Q(taken_back__isnull=False, taken_back__is_mistaken=False)
    return mine.filter(shown | ~Q(state=PayoutState.CLAIMED)).exists()


@owns
def note_finding(*, staff: "Person", key: int, is_mistaken: bool, finding: str) -> TakenBack:
    """Note what a person found out; a paper that was wrong lets what was refused go on.

    Changes: the ``TakenBack``, an audit entry.

    Args:
        staff: Who found it out.
        key: The row's key.
        is_mistaken: Whether the bank's paper is wrong and nothing was executed.
        finding: In words.

    Raises:
        NotFound: There is no such row.
        StateConflict: Somebody looked before.
        InputInvalid: Nothing is said.

    Transaction: owns.
    """
    if not 0 < len(finding.strip()) <= LONGEST_FINDING:
        raise InputInvalid
    row = TakenBack.objects.select_for_update(of=("self",)).filter(pk=key).first()
    if row is None:
        raise NotFound
    if row.looked_at is not None:
        raise StateConflict
    row.looked_by, row.looked_at, row.is_mistaken = staff, business_now(), is_mistaken
    row.finding = finding.strip()
    row.save()
    record(
        actor=staff,
        action="taken_back.looked_at",
        object_ref=row.reference,
        before={},
        after={"is_mistaken": is_mistaken},
        reason=row.finding,
    )
    return row


def _write(
    shown: "QuerySet[StatementLine] | QuerySet[NotifiedEntry]", shown_by: str, bank: str
) -> int:
    """Write a row for each movement shown, of the right amount, that was not to be executed."""
    moment = business_now()
    attempts = shown.filter(
        attempt__outcome__in=_DENIED, attempt__amount_minor=F("amount_minor")
    ).values_list(bank, "attempt_id", "attempt__outcome")
    payouts = shown.filter(
        payout__state__in=_NOT_PAID,
        payout__settled_at__isnull=True,
        payout__net_minor=F("amount_minor"),
        direction=LineDirection.OUT_OF,
    ).values_list(bank, "payout_id", "payout__state")
    rows = [_row(each, "attempt_id", shown_by, moment) for each in attempts]
    rows += [_row(each, "payout_id", shown_by, moment) for each in payouts]
    known = TakenBack.objects.filter(
        Q(attempt__in=[row.attempt_id for row in rows if row.attempt_id])
        | Q(payout__in=[row.payout_id for row in rows if row.payout_id])
    )
    met = set(known.values_list("attempt_id", "payout_id")) if rows else set()
    new = [row for row in rows if (row.attempt_id, row.payout_id) not in met]
    TakenBack.objects.bulk_create(new, ignore_conflicts=True)
    for row in new:
        logger.error("bank_took_back", said=row.said, shown_by=shown_by)
    return len(new)


def _row(found: tuple[int, int, str], field: str, shown_by: str, moment: datetime) -> TakenBack:
    bank_id, key, said = found
    return TakenBack(bank_id=bank_id, said=said, shown_by=shown_by, found_at=moment, **{field: key})
