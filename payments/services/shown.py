"""What a statement shows of what nobody was sure of, and what it shows not to have been.

A payout that a matched line shows is settled, one that came back is owed again, an attempt is
closed as executed. What two proven days in a row do not show was not executed.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

from core.clock import business_now
from core.errors import NotFound
from core.events import Later
from core.transactions import owns
from payments.enums import AnswerKind, PayoutState
from payments.models import Attempt, DayProof, Payout, Statement, StatementLine
from payments.services.calendar import end_of_day
from payments.services.payouts import (
    lock_payouts,
    refuse_payouts,
    return_payouts,
    settle_payouts,
)
from payments.services.statement_closing import close_attempt
from payments.statement_enums import LineKind, LineState

if TYPE_CHECKING:
    from django.db.models import QuerySet

PAYOUTS_AT_ONCE = 500
CAME_TO_SHOP = (PayoutState.SETTLED, PayoutState.RETURNED)
_PROVEN_DAYS = 2


def settle_shown_payouts(*, statement_id: str) -> int:
    """Settle the payouts that a statement shows and that were not known to be settled.

    Changes: payouts, the books. Publishes ``payout.settled``.

    Returns:
        How many were settled.

    Raises:
        NotFound: There is no such statement.

    Transaction: none (several of its own, some hundred payouts in each).
    """
    return _in_turns(_settle_some, load_statement(statement_id))


def return_shown_payouts(*, statement_id: str) -> int:
    """Owe the shops again whose settled payouts a statement shows to have come back.

    Changes: payouts, the books. Publishes ``payout.returned``.

    Returns:
        How many came back.

    Raises:
        NotFound: There is no such statement.

    Transaction: none (several of its own, some hundred payouts in each).
    """
    return _in_turns(_return_some, load_statement(statement_id))


def _in_turns(some: Callable[[Statement], int], statement: Statement) -> int:
    """Do some, until nothing is left."""
    done = 0
    while count := some(statement):
        done += count
    return done


@owns
def _settle_some(statement: Statement) -> int:
    lines = _shown(statement, returned=False)
    lines = lines.exclude(payout__state__in=[*CAME_TO_SHOP, PayoutState.REISSUED])
    references = dict(lines.values_list("payout__public_id", "bank_reference")[:PAYOUTS_AT_ONCE])
    payouts = lock_payouts(rows=Payout.objects.filter(public_id__in=references))
    settle_payouts(payouts=payouts, references=references, moment=business_now())
    return len(payouts)


@owns
def _return_some(statement: Statement) -> int:
    lines = _shown(statement, returned=True).filter(payout__state=PayoutState.SETTLED)
    reasons = dict(lines.values_list("payout__public_id", "reason")[:PAYOUTS_AT_ONCE])
    payouts = lock_payouts(rows=Payout.objects.filter(public_id__in=reasons))
    return_payouts(payouts=payouts, reasons=reasons, moment=business_now())
    return len(payouts)


def _shown(statement: Statement, *, returned: bool) -> "QuerySet[StatementLine]":
    """Return the matched lines of payouts: that they were made, or that they came back."""
    lines = StatementLine.objects.filter(
        statement=statement, state=LineState.MATCHED, payout__isnull=False
    )
    came_back = [LineKind.RETURN, LineKind.REVERSAL]
    kinds = lines.filter(kind__in=came_back) if returned else lines.exclude(kind__in=came_back)
    return kinds.order_by("id")


def close_shown_attempts(*, statement_id: str) -> None:
    """Close the attempts whose outcome was unknown and that a matched line shows.

    Changes: as ``statement_closing.close_attempt`` says.

    Transaction: none (several for each attempt).
    """
    lines = StatementLine.objects.filter(
        statement__public_id=statement_id, state=LineState.MATCHED, attempt__isnull=False
    ).exclude(attempt__outcome=AnswerKind.EXECUTED)
    for instruction_id in list(lines.values_list("attempt__instruction_id", flat=True)):
        with suppress(Later):  # The rest of the payment is tried again by its own sweep.
            close_attempt(instruction_id=instruction_id, executed=True, moment=business_now())


def close_absent(*, statement_id: str) -> None:
    """Declare not executed what is still unknown after two proven days without a line.

    Had the bank executed it, its closing balance would differ from the books, and the day
    would not be proven: a line that is only missing from the statement closes nothing.

    Changes: as ``refuse_absent_payouts`` and ``statement_closing.close_attempt`` say.

    Transaction: none (several of its own).
    """
    statement = load_statement(statement_id)
    before = statement.date - timedelta(days=1)
    days = DayProof.objects.filter(bank=statement.bank, is_proven=True)
    proven = set(days.filter(date__in=[before, statement.date]).values_list("date", flat=True))
    if len(proven) < _PROVEN_DAYS:
        return
    refuse_absent_payouts(bank_id=statement.bank_id, value_date=before)
    begun = end_of_day(day=before - timedelta(days=1), timezone=statement.bank.timezone)
    unknown = Attempt.objects.filter(
        leg__bank=statement.bank.slug,
        outcome=AnswerKind.UNKNOWN,
        look_up_at__isnull=True,
        asked_at__lt=begun,
    )
    for instruction_id in list(unknown.values_list("instruction_id", flat=True)):
        with suppress(Later):
            close_attempt(instruction_id=instruction_id, executed=False, moment=business_now())


@owns
def refuse_absent_payouts(*, bank_id: int, value_date: date) -> int:
    """Declare unknown payouts not executed; their merchants are owed again.

    Changes: payouts, the books. Publishes ``payout.rejected``.

    Args:
        bank_id: The bank's key.
        value_date: Those due until then.

    Returns:
        How many.

    Transaction: owns.
    """
    absent = Payout.objects.filter(
        bank_id=bank_id,
        state=PayoutState.UNKNOWN,
        batch__window__value_date__lte=value_date,
        batch__next_look_up_at__isnull=True,
    )
    payouts = lock_payouts(rows=absent)
    refuse_payouts(
        payouts=payouts,
        reasons={each.public_id: "not on the statement" for each in payouts},
        moment=business_now(),
        state=PayoutState.NOT_EXECUTED,
    )
    return len(payouts)


def load_statement(statement_id: str) -> Statement:
    """Return a statement by its public id.

    Raises:
        NotFound: There is no such statement.
    """
    found = Statement.objects.filter(public_id=statement_id).first()
    if found is None:
        raise NotFound
    return found
