"""Holding the books against the banks' statements, line by line and in sum.

A statement is imported once, in one transaction, and its lines are matched in one pass (see
``matching``). Nothing is dropped: banks do repeat their ids, so a repeated line is flagged and
kept.

Then the statement has its say. A payout that it shows is settled; an attempt whose outcome was
unknown is closed by the line that shows it. At the end the day is proven (see ``proving``), and
what two proven days in a row do not show was not executed.

Each step finds its work by what is written, so a process that died is followed by the next one.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import structlog

from core.clock import business_now
from core.errors import NotFound
from core.events import Later, publish
from core.ids import new_id
from core.transactions import joins, owns, refuse_owner
from payments.enums import AnswerKind, BatchState, LineState, PayoutState
from payments.models import (
    Attempt,
    Bank,
    DayProof,
    Payout,
    SettlementBatch,
    Statement,
    StatementLine,
)
from payments.rails import (
    RailUnavailable,
    StatementEntry,
    StatementFile,
    StatementMissing,
    StatementNotReady,
    StatementUnreadable,
    rail_named,
)
from payments.services.batches import lock_batch, move_batch
from payments.services.calendar import end_of_day
from payments.services.matching import match_lines
from payments.services.payouts import lock_payouts, refuse_payouts, settle_payouts
from payments.services.proving import prove_day, unproven_before
from payments.services.statement_closing import close_attempt

logger = structlog.get_logger(__name__)

LINES_AT_ONCE = 5000
MOST_DAYS_AT_ONCE = 400
_PROVEN_DAYS = 2
_TOLD = frozenset(
    {BatchState.ACKNOWLEDGED, BatchState.PARTIAL, BatchState.SUBMITTED, BatchState.UNKNOWN}
)
_FINAL_PAYOUTS = frozenset(
    {
        PayoutState.SETTLED,
        PayoutState.REJECTED,
        PayoutState.NOT_EXECUTED,
        PayoutState.REISSUED,
        PayoutState.RETURNED,
    }
)


def import_due_statements(*, moment: datetime) -> list[str]:
    """Import, from every bank, the statements of the days that are closed and not imported.

    A bank that does not answer, or sends what cannot be read, stops only its own.

    Args:
        moment: The business moment.

    Returns:
        Public ids of the statements that were imported, oldest first for each bank.

    Transaction: none (each import owns its own).
    """
    imported = []
    for bank in Bank.objects.order_by("slug"):
        for day in _days_due(bank, moment):
            try:
                imported.append(import_statement(bank=bank.slug, day=day))
            except StatementMissing:
                continue
            except StatementNotReady:
                break
            except (RailUnavailable, StatementUnreadable) as trouble:
                logger.warning("statement_waits", bank=bank.slug, day=str(day), why=str(trouble))
                break
    return imported


def import_statement(*, bank: str, day: date) -> str:
    """Fetch, import, match and prove one statement; importing it again changes nothing.

    Changes: the statement with its lines, payouts and attempts that it closes, the books, the
    day's proof, batches that it completes. Publishes ``statement.imported``,
    ``payout.settled`` and what closing a payment publishes.

    Args:
        bank: The bank's slug.
        day: Which day's statement.

    Returns:
        The statement's public id.

    Raises:
        NotFound: The bank is not known.
        StatementNotReady, StatementMissing, StatementUnreadable, RailUnavailable: As their
            names say; nothing is written then.

    Transaction: none (several of its own).
    """
    refuse_owner("payments.services.reconciliation.import_statement")
    found = Bank.objects.filter(slug=bank).first()
    if found is None:
        raise NotFound
    file = rail_named(found.rail).statement(bank, day)
    statement_id = store_statement(bank_id=found.pk, file=file)
    finish_statement(statement_id=statement_id)
    return statement_id


@owns
def store_statement(*, bank_id: int, file: StatementFile) -> str:
    """Keep a statement with all its lines, unless these very bytes are kept already.

    Changes: the statement and its lines, all ``new``. Publishes ``statement.imported``.

    Args:
        bank_id: The bank's key.
        file: As read; its entries are read here, a few thousand at a time.

    Returns:
        The statement's public id, new or known.

    Raises:
        StatementUnreadable: An entry cannot be read; nothing is kept then.

    Transaction: owns.
    """
    bank = Bank.objects.select_for_update(no_key=True).get(pk=bank_id)
    known = Statement.objects.filter(bank=bank, sha256=file.sha256).first()
    if known is not None:
        return known.public_id
    head = file.head
    earlier = Statement.objects.filter(bank=bank, date=head.date, sequence=head.sequence)
    statement = Statement.objects.create(
        public_id=new_id("stm"),
        bank=bank,
        date=head.date,
        sequence=head.sequence,
        issue=earlier.count() + 1,
        statement_reference=head.reference,
        sha256=file.sha256,
        currency=head.currency or bank.currency,
        opening_minor=head.opening_minor,
        closing_minor=head.closing_minor,
        line_count=0,
        closed_at=head.made_at,
        imported_at=business_now(),
    )
    statement.line_count = _store_lines(statement, file.entries())
    statement.save(update_fields=["line_count"])
    publish("statement.imported", statement_id=statement.public_id)
    return statement.public_id


def finish_statement(*, statement_id: str) -> None:
    """Match a statement's lines, let it close what it shows, and prove the day.

    Args:
        statement_id: The statement's public id.

    Raises:
        NotFound: There is no such statement.

    Transaction: none (several of its own).
    """
    match_lines(statement_id=statement_id)
    settle_shown_payouts(statement_id=statement_id)
    _close_shown_attempts(statement_id)
    prove_day(statement_id=statement_id)
    for earlier in unproven_before(statement_id=statement_id):
        prove_day(statement_id=earlier)
    _close_absent(statement_id)
    _reconcile_batches(statement_id)


@owns
def settle_shown_payouts(*, statement_id: str) -> int:
    """Settle the payouts that a statement shows and that were not known to be settled.

    Changes: payouts, the books. Publishes ``payout.settled``.

    Returns:
        How many were settled.

    Raises:
        NotFound: There is no such statement.

    Transaction: owns.
    """
    statement = _statement(statement_id)
    shown = StatementLine.objects.filter(
        statement=statement, state=LineState.MATCHED, payout__isnull=False
    )
    open_ones = shown.exclude(payout__state=PayoutState.SETTLED)
    references = dict(open_ones.values_list("payout__public_id", "bank_reference"))
    payouts = lock_payouts(rows=Payout.objects.filter(public_id__in=references))
    settle_payouts(payouts=payouts, references=references, moment=business_now())
    return len(payouts)


def _days_due(bank: Bank, moment: datetime) -> list[date]:
    """Return the days after the newest imported one, up to today where the bank is."""
    zone = ZoneInfo(bank.timezone)
    newest = Statement.objects.filter(bank=bank).order_by("-date").first()
    first = newest.date + timedelta(days=1) if newest else bank.created_at.astimezone(zone).date()
    count = (moment.astimezone(zone).date() - first).days + 1
    return [first + timedelta(days=step) for step in range(min(count, MOST_DAYS_AT_ONCE))]


@joins
def _store_lines(statement: Statement, entries: Iterator[StatementEntry]) -> int:
    """Save the entries in the statement's order and return how many there were."""
    count = 0
    while chunk := list(islice(entries, LINES_AT_ONCE)):
        StatementLine.objects.bulk_create(
            [
                StatementLine(
                    statement=statement,
                    bank_id=statement.bank_id,
                    position=entry.position,
                    direction=entry.direction,
                    amount_minor=entry.amount_minor,
                    currency=entry.currency,
                    end_to_end_id=entry.end_to_end_id,
                    instruction_id=entry.instruction_id,
                    bank_reference=entry.bank_reference,
                    remittance=entry.remittance,
                    booked_date=entry.booked_date,
                )
                for entry in chunk
            ]
        )
        count += len(chunk)
    return count


def _close_shown_attempts(statement_id: str) -> None:
    """Close the attempts whose outcome was unknown and that a matched line shows."""
    lines = StatementLine.objects.filter(
        statement__public_id=statement_id, state=LineState.MATCHED, attempt__isnull=False
    ).exclude(attempt__outcome=AnswerKind.EXECUTED)
    for instruction_id in list(lines.values_list("attempt__instruction_id", flat=True)):
        with suppress(Later):  # The rest of the payment is tried again by its own sweep.
            close_attempt(instruction_id=instruction_id, executed=True, moment=business_now())


def _close_absent(statement_id: str) -> None:
    """Declare not executed what is still unknown after two proven days without a line.

    Had the bank executed it, its closing balance would differ from the books, and the day
    would not be proven: a line that is only missing from the statement closes nothing.
    """
    statement = _statement(statement_id)
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


def _reconcile_batches(statement_id: str) -> None:
    """Try to close every batch of the statement's bank that was told of."""
    bank_id = _statement(statement_id).bank_id
    told = SettlementBatch.objects.filter(bank_id=bank_id, state__in=_TOLD).order_by("id")
    for batch_id in list(told.values_list("public_id", flat=True)):
        reconcile_batch(batch_id=batch_id)


@owns
def reconcile_batch(*, batch_id: str) -> bool:
    """Close a batch whose payouts are all final and, where settled, on a statement.

    Changes: the batch's state with its history.

    Args:
        batch_id: The batch's public id.

    Returns:
        Whether it is reconciled now.

    Raises:
        NotFound: There is no such batch.

    Transaction: owns.
    """
    batch = lock_batch(batch_id=batch_id)
    payouts = Payout.objects.filter(batch=batch)
    if payouts.exclude(state__in=_FINAL_PAYOUTS).exists():
        return False
    lines = StatementLine.objects.filter(state=LineState.MATCHED, payout__batch=batch)
    settled = payouts.filter(state=PayoutState.SETTLED)
    if settled.exclude(pk__in=lines.values("payout_id")).exists():
        return False
    if batch.state not in _TOLD:
        return False
    moment = business_now()
    if batch.state in {BatchState.SUBMITTED, BatchState.UNKNOWN}:
        told = _told_state(settled.count(), batch.payout_count)
        move_batch(batch=batch, state=told, moment=moment, reason="told by the statement")
    batch.reconciled_at = moment
    batch.next_look_up_at = None
    move_batch(batch=batch, state=BatchState.RECONCILED, moment=moment)
    return True


def _told_state(settled: int, count: int) -> BatchState:
    """Return what the statement says of a batch nobody else told of."""
    if settled == 0:
        return BatchState.REJECTED
    return BatchState.ACKNOWLEDGED if settled == count else BatchState.PARTIAL


def _statement(statement_id: str) -> Statement:
    found = Statement.objects.filter(public_id=statement_id).first()
    if found is None:
        raise NotFound
    return found
