"""Holding the books against the banks' statements, line by line and in sum.

A statement is imported once (see ``storing``), and its lines are matched in one pass (see
``matching``). Nothing is dropped: banks do repeat their ids, so a repeated line is flagged and
kept.

Then the statement has its say. A payout that it shows is settled, one that it shows to have come
back is owed again; an attempt whose outcome was unknown is closed by the line that shows it. What
nobody explains is in suspense, in the books too (see ``suspense``). At the end the day is proven
(see ``proving``), and what two proven days in a row do not show was not executed.

Each step finds its work by what is written, so a process that died is followed by the next one.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from django.db import connection

from core.clock import business_now
from core.errors import NotFound
from core.transactions import owns, refuse_owner
from payments.enums import BankWork, BatchState, PayoutState
from payments.models import (
    Bank,
    Payout,
    SettlementBatch,
    Statement,
    StatementLine,
)
from payments.plans import joined_by_hash
from payments.rails import (
    RailUnavailable,
    StatementMissing,
    StatementNotReady,
    StatementUnreadable,
    rail_named,
)
from payments.services.batches import lock_batch, move_batch
from payments.services.chargeback_lines import book_shown
from payments.services.chargebacks import hear_shown
from payments.services.matching import match_lines
from payments.services.proving import prove_day, unproven_before
from payments.services.shown import (
    CAME_TO_SHOP,
    close_absent,
    close_shown_attempts,
    load_statement,
    return_shown_payouts,
    settle_shown_payouts,
)
from payments.services.storing import store_statement
from payments.services.suspense import book_open_lines
from payments.services.taken_back import find_in_statement
from payments.services.troubles import clear_trouble, note_trouble
from payments.statement_enums import StatementStage

logger = structlog.get_logger(__name__)

_SQL = Path(__file__).resolve().parents[1] / "sql" / "matching"
_UNSHOWN = (_SQL / "find_unshown.sql").read_text(encoding="utf-8")

PAYOUTS_AT_ONCE = 500
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

    An import that a process did not finish is gone on with first. A bank that does not answer,
    or sends what cannot be read or followed, stops only its own.

    Args:
        moment: The business moment.

    Returns:
        Public ids of the statements that were imported, oldest first for each bank.

    Transaction: none (each import owns its own).
    """
    imported: list[str] = []
    for bank in Bank.objects.order_by("slug"):
        try:
            imported.extend(_import_bank(bank, moment))
        except Exception as error:
            logger.exception("bank_not_imported", bank=bank.slug)
            note_trouble(bank_id=bank.pk, work=BankWork.STATEMENT, error=error)
    return imported


def import_statement(*, bank: str, day: date) -> str:
    """Fetch, import, match and prove one statement; importing it again changes nothing.

    Changes: the statement with its lines, payouts and attempts that it closes, the books, the
    day's proof, batches that it completes. Publishes ``statement.imported``,
    ``payout.settled``, ``payout.returned`` and what closing a payment publishes.

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


def finish_statement(*, statement_id: str) -> None:
    """Match a statement's lines, let it close what it shows, and prove the day.

    Done again it changes nothing, so a process that died on the way is followed by the next.

    Changes: as ``import_statement`` says.

    Args:
        statement_id: The statement's public id; all its lines are kept.

    Raises:
        NotFound: There is no such statement.

    Transaction: none (several of its own).
    """
    hear_shown(statement_id=statement_id)
    match_lines(statement_id=statement_id)
    find_in_statement(statement_id=statement_id)
    settle_shown_payouts(statement_id=statement_id)
    return_shown_payouts(statement_id=statement_id)
    close_shown_attempts(statement_id=statement_id)
    book_shown(statement_id=statement_id)
    book_open_lines(statement_id=statement_id)
    prove_days(statement_id=statement_id)
    close_absent(statement_id=statement_id)
    _reconcile_batches(statement_id)
    _finish(statement_id=statement_id)
    logger.info("statement_finished", statement=statement_id)


def follow_line(*, line_id: int) -> None:
    """Let a line that people decided about have its say, and prove the days anew.

    Changes: the payout or attempt that it shows, the books, proofs, batches.

    Args:
        line_id: The line's key.

    Transaction: owns (several; refuses to run inside another).
    """
    refuse_owner("payments.services.reconciliation.follow_line")
    line = StatementLine.objects.select_related("statement").filter(pk=line_id).first()
    if line is None:
        raise NotFound
    statement_id = line.statement.public_id
    settle_shown_payouts(statement_id=statement_id)
    return_shown_payouts(statement_id=statement_id)
    close_shown_attempts(statement_id=statement_id)
    prove_days(statement_id=statement_id)
    _reconcile_batches(statement_id)


def prove_days(*, statement_id: str) -> None:
    """Prove a statement's day, and again the recent days that are not proven.

    Transaction: none (one for each day).
    """
    prove_day(statement_id=statement_id)
    for earlier in unproven_before(statement_id=statement_id):
        prove_day(statement_id=earlier)


@owns
def _finish(*, statement_id: str) -> None:
    """Note that nothing of a statement's import is left to do."""
    Statement.objects.filter(public_id=statement_id, stage=StatementStage.MATCHING).update(
        stage=StatementStage.FINISHED
    )


def _import_bank(bank: Bank, moment: datetime) -> list[str]:
    """Import what is due of one bank, as far as it is there; return the statements' public ids."""
    for statement in _unfinished(bank, StatementStage.MATCHING):
        finish_statement(statement_id=statement.public_id)
    half_read = [each.date for each in _unfinished(bank, StatementStage.READING)]
    imported = []
    for day in [*half_read, *_days_due(bank, moment)]:
        try:
            imported.append(import_statement(bank=bank.slug, day=day))
        except StatementMissing:
            continue
        except StatementNotReady:
            break
        except (RailUnavailable, StatementUnreadable) as trouble:
            logger.warning("statement_waits", bank=bank.slug, day=str(day), why=str(trouble))
            note_trouble(bank_id=bank.pk, work=BankWork.STATEMENT, error=trouble)
            return imported
    clear_trouble(bank_id=bank.pk, work=BankWork.STATEMENT)
    return imported


def _unfinished(bank: Bank, stage: StatementStage) -> list[Statement]:
    """Return the statements whose import somebody began and did not finish, oldest first."""
    return list(Statement.objects.filter(bank=bank, stage=stage).order_by("date", "id"))


def _days_due(bank: Bank, moment: datetime) -> list[date]:
    """Return the days after the newest imported one, up to today where the bank is."""
    zone = ZoneInfo(bank.timezone)
    newest = Statement.objects.filter(bank=bank).order_by("-date").first()
    first = newest.date + timedelta(days=1) if newest else bank.created_at.astimezone(zone).date()
    count = (moment.astimezone(zone).date() - first).days + 1
    return [first + timedelta(days=step) for step in range(min(count, MOST_DAYS_AT_ONCE))]


def _reconcile_batches(statement_id: str) -> None:
    """Try to close every batch of the statement's bank that was told of."""
    bank_id = load_statement(statement_id).bank_id
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
    if batch.state not in _TOLD or _has_unshown(batch):
        return False
    moment = business_now()
    if batch.state in {BatchState.SUBMITTED, BatchState.UNKNOWN}:
        settled = payouts.filter(state__in=CAME_TO_SHOP).count()
        told = _told_state(settled, batch.payout_count)
        move_batch(batch=batch, state=told, moment=moment, reason="told by the statement")
    batch.reconciled_at = moment
    batch.next_look_up_at = None
    move_batch(batch=batch, state=BatchState.RECONCILED, moment=moment)
    return True


def _has_unshown(batch: SettlementBatch) -> bool:
    """Tell whether a payout of a batch came to its shop and no statement shows it."""
    states = [state.value for state in CAME_TO_SHOP]
    with connection.cursor() as cursor, joined_by_hash(cursor):
        cursor.execute(_UNSHOWN, {"batch": batch.pk, "states": states})
        return bool(cursor.fetchone()[0])


def _told_state(settled: int, count: int) -> BatchState:
    """Return what the statement says of a batch nobody else told of."""
    if settled == 0:
        return BatchState.REJECTED
    return BatchState.ACKNOWLEDGED if settled == count else BatchState.PARTIAL
