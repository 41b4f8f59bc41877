"""What a statement shows of what nobody was sure of, and what it shows not to have been.

A payout that a matched line shows is settled, one that came back is owed again, an attempt is
closed as executed. What two proven days in a row do not show was not executed.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q

from core.clock import business_now
from core.errors import NotFound
from core.events import Later
from core.transactions import owns
from payments.enums import AnswerKind, PayoutState
from payments.models import Attempt, DayProof, Payout, Statement, StatementLine
from payments.plans import read_in_order
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

LINES_AT_ONCE = 500
_READ = ("position", "part", "payout", "attempt", "bank_reference", "reason")
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
    return _in_pages(_settle_page, load_statement(statement_id), came_back=False)


def return_shown_payouts(*, statement_id: str) -> int:
    """Owe the shops again whose settled payouts a statement shows to have come back.

    Changes: payouts, the books. Publishes ``payout.returned``.

    Returns:
        How many came back.

    Raises:
        NotFound: There is no such statement.

    Transaction: none (several of its own, some hundred payouts in each).
    """
    return _in_pages(_return_page, load_statement(statement_id), came_back=True)


def _in_pages(
    note: Callable[[dict[int, StatementLine]], int], statement: Statement, *, came_back: bool
) -> int:
    """Go through the matched lines of payouts: that they were made, or that they came back."""
    lines = _matched(statement).filter(payout__isnull=False)
    kinds = Q(kind__in=[LineKind.RETURN, LineKind.REVERSAL])
    return sum(
        note({line.payout_id: line for line in page if line.payout_id is not None})
        for page in _pages(lines.filter(kinds if came_back else ~kinds))
    )


def _pages(lines: "QuerySet[StatementLine]") -> Iterator[list[StatementLine]]:
    """Yield the lines of one statement in their order, some hundred at a time."""
    rows = lines.only(*_READ).order_by("position", "part")
    page = _read_page(rows)
    while page:
        yield page
        last = page[-1]
        behind = rows.filter(position__gte=last.position)
        page = _read_page(behind.exclude(position=last.position, part__lte=last.part))


@owns
def _read_page(rows: "QuerySet[StatementLine]") -> list[StatementLine]:
    """Read the first of these lines along their numbers, which have an index."""
    with connection.cursor() as cursor, read_in_order(cursor):
        return list(rows[:LINES_AT_ONCE])


def _matched(statement: Statement) -> "QuerySet[StatementLine]":
    """Return the lines of a statement that name what we asked for."""
    return StatementLine.objects.filter(statement=statement, state=LineState.MATCHED)


@owns
def _settle_page(shown: dict[int, StatementLine]) -> int:
    """Settle the payouts of a page of lines that nobody knew to be settled."""
    known = [*CAME_TO_SHOP, PayoutState.REISSUED]
    payouts = lock_payouts(rows=Payout.objects.filter(pk__in=shown).exclude(state__in=known))
    references = {each.public_id: shown[each.pk].bank_reference for each in payouts}
    settle_payouts(payouts=payouts, references=references, moment=business_now())
    return len(payouts)


@owns
def _return_page(shown: dict[int, StatementLine]) -> int:
    """Owe the shops again whose settled payouts a page of lines shows to have come back."""
    settled = Payout.objects.filter(pk__in=shown, state=PayoutState.SETTLED)
    payouts = lock_payouts(rows=settled)
    reasons = {each.public_id: shown[each.pk].reason for each in payouts}
    return_payouts(payouts=payouts, reasons=reasons, moment=business_now())
    return len(payouts)


def close_shown_attempts(*, statement_id: str) -> None:
    """Close the attempts whose outcome was unknown and that a matched line shows.

    Changes: as ``statement_closing.close_attempt`` says.

    Transaction: none (several for each attempt).
    """
    lines = _matched(load_statement(statement_id)).filter(attempt__isnull=False)
    for page in _pages(lines):
        attempts = Attempt.objects.filter(pk__in=[line.attempt_id for line in page])
        open_ones = attempts.exclude(outcome=AnswerKind.EXECUTED).order_by("id")
        for instruction_id in list(open_ones.values_list("instruction_id", flat=True)):
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
