"""Keeping a bank's statement, however long it is, piece by piece.

The file is read once to the end before anything is kept: what cannot be read is not kept at all.
Then its lines are copied in, some thousand in each transaction, and the statement says how many
there are so far: staff see it go on, and a process that died is followed by another that goes on
behind the last line kept. Two that do so at once take turns at the statement's row, and neither
keeps a line that is there.
"""

from collections.abc import Sequence
from itertools import islice

import structlog
from django.db import connection

from core.clock import business_now
from core.events import publish
from core.ids import new_id
from core.transactions import owns, refuse_owner
from payments.models import Bank, Statement, StatementLine
from payments.rails import StatementEntry, StatementFile, StatementUnreadable
from payments.statement_enums import LineState, StatementStage

logger = structlog.get_logger(__name__)

LINES_AT_ONCE = 5000

_COPIED = (
    "statement_id",
    "bank_id",
    "position",
    "entry",
    "kind",
    "direction",
    "amount_minor",
    "currency",
    "end_to_end_id",
    "instruction_id",
    "bank_reference",
    "remittance",
    "counterparty",
    "group_id",
    "reason",
    "booked_date",
    "state",
    "is_repeat",
    "note",
)
_COPY = f"COPY payments_statementline ({', '.join(_COPIED)}) FROM STDIN"


def store_statement(*, bank_id: int, file: StatementFile) -> str:
    """Keep a statement with all its lines, unless these very bytes are kept already.

    Changes: the statement and its lines, all ``new``; a half-read statement of the same number
    goes. Publishes ``statement.imported``.

    Args:
        bank_id: The bank's key.
        file: As read; its entries are read here, twice, a few thousand at a time.

    Returns:
        The statement's public id, new or known.

    Raises:
        StatementUnreadable: An entry cannot be read, or it is of another currency than the
            bank's account; nothing is kept then.

    Transaction: none (several of its own).
    """
    refuse_owner("payments.services.storing.store_statement")
    known = Statement.objects.filter(bank_id=bank_id, sha256=file.sha256).first()
    if known is not None and known.stage != StatementStage.READING:
        return known.public_id
    expected = sum(1 for _ in file.entries())
    statement_id = _begin(bank_id=bank_id, file=file, expected=expected)
    entries = file.entries()
    while chunk := list(islice(entries, LINES_AT_ONCE)):
        count = _keep(statement_id=statement_id, chunk=chunk)
        logger.info("statement_reading", statement=statement_id, lines=count, of=expected)
    _finish_reading(statement_id=statement_id)
    return statement_id


@owns
def _begin(*, bank_id: int, file: StatementFile, expected: int) -> str:
    """Note the statement before its lines; return its public id, new or known."""
    bank = Bank.objects.select_for_update(no_key=True).get(pk=bank_id)
    head = file.head
    if head.currency not in {"", bank.currency}:
        raise StatementUnreadable(f"it is in {head.currency}, not in {bank.currency}")
    known = Statement.objects.filter(bank=bank, sha256=file.sha256).first()
    if known is not None:
        return known.public_id
    earlier = Statement.objects.filter(bank=bank, date=head.date, sequence=head.sequence)
    for half_read in earlier.filter(stage=StatementStage.READING):
        _forget(half_read)
    statement = Statement.objects.create(
        public_id=new_id("stm"),
        bank=bank,
        date=head.date,
        sequence=head.sequence,
        issue=earlier.count() + 1,
        statement_reference=head.reference,
        sha256=file.sha256,
        currency=bank.currency,
        opening_minor=head.opening_minor,
        closing_minor=head.closing_minor,
        stage=StatementStage.READING,
        line_count=0,
        lines_expected=expected,
        closed_at=head.made_at,
        imported_at=business_now(),
    )
    return statement.public_id


def _forget(half_read: Statement) -> None:
    """Drop a statement whose bytes the bank replaced before all of them were kept.

    Nothing was done with it, and the rest of it cannot be had any more.
    """
    logger.warning("statement_replaced", statement=half_read.public_id, lines=half_read.line_count)
    StatementLine.objects.filter(statement=half_read).delete()
    half_read.delete()


@owns
def _keep(*, statement_id: str, chunk: Sequence[StatementEntry]) -> int:
    """Copy in what of the chunk is not kept yet; return how many lines are kept now."""
    statement = Statement.objects.select_for_update(no_key=True).get(public_id=statement_id)
    new = [entry for entry in chunk if entry.position > statement.line_count]
    if new and statement.stage == StatementStage.READING:
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for entry in new:
                copy.write_row(_row(statement, entry))
        statement.line_count = new[-1].position
        statement.save(update_fields=["line_count"])
    return statement.line_count


def _row(statement: Statement, entry: StatementEntry) -> tuple[object, ...]:
    """Return a line as it is copied, in the order of ``_COPIED``."""
    return (
        statement.pk,
        statement.bank_id,
        entry.position,
        entry.entry,
        entry.kind,
        entry.direction,
        entry.amount_minor,
        entry.currency,
        entry.end_to_end_id,
        entry.instruction_id,
        entry.bank_reference,
        entry.remittance,
        entry.counterparty,
        entry.group_id,
        entry.reason,
        entry.booked_date,
        LineState.NEW.value,
        False,
        "",
    )


@owns
def _finish_reading(*, statement_id: str) -> None:
    """Note that all lines are kept, once."""
    statement = Statement.objects.select_for_update(no_key=True).get(public_id=statement_id)
    if statement.stage != StatementStage.READING:
        return
    statement.stage = StatementStage.MATCHING
    statement.save(update_fields=["stage"])
    publish("statement.imported", statement_id=statement_id)
