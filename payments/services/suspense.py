"""Money that a bank booked and that no fact of ours explains: in suspense, in the books too.

A statement whose lines make its closing balance is the bank's true account of the day. What it
shows and nobody here can explain has moved all the same, so the books follow it: the amount goes
between the bank's clearing account and ``suspense``, until a person finds out what it was. So the
clearing account is what the bank holds, and the balance of suspense is the sum of the lines that
wait.

A statement that contradicts itself (its lines do not make its balance) proves nothing about any
single line, and the books do not follow it: its lines wait beside the books, and the daily proof
says by how much they are off. When the bank issues it again, and it adds up, what it still shows
is followed.

Two kinds of line end here without a person. A charge that the bank took out of a movement and
declared itself, at most a twentieth of it, is ``bank_charges``. And where a line and a later one
that the bank marks as its reversal or return name the same movement, neither needs anybody.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from core.clock import business_now
from core.money import Money
from core.transactions import joins, owns
from payments.enums import LedgerKind, TransferKind
from payments.ledger import Owned, Transfer, accounts, make_journal, make_transfer_id, post
from payments.models import Statement, StatementLine
from payments.services.way_back_moves import brought_by, note_shown
from payments.statement_enums import LineDirection, LineKind, LineResolution, LineState

if TYPE_CHECKING:
    from django.db.models import QuerySet

OPEN = (LineState.EXCEPTION, LineState.SUSPENSE)
LARGEST_SHARE = 20
"""A charge of more than one in so many parts of its movement is looked at by a person."""

_LINES_AT_ONCE = 2000
_UNDOING = (LineKind.REVERSAL, LineKind.RETURN)


def read_gap(statement: Statement) -> int:
    """Return by how much a statement's lines miss its closing balance.

    A statement that overlaps another shows lines of it again. Its opening balance may lie
    before them or behind them; it adds up when either way does.

    Transaction: none (one statement).
    """
    moved = statement.closing_minor - statement.opening_minor
    own, shown = read_moved(statement)
    return 0 if moved == shown else moved - own


def read_moved(statement: Statement) -> tuple[int, int]:
    """Return what a statement's lines come to, signed: those that no other showed, and all.

    Transaction: none (one statement).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM statements_moved_v1(%s)", [statement.pk])
        own, shown = cursor.fetchone()
    return int(own), int(shown)


def newer_issues(statement: Statement) -> "QuerySet[Statement]":
    """Return what the bank issued instead of a statement."""
    return Statement.objects.filter(
        bank=statement.bank_id,
        date=statement.date,
        sequence=statement.sequence,
        issue__gt=statement.issue,
    )


def book_open_lines(*, statement_id: str) -> int:
    """Let the books follow what a statement shows and nobody explains.

    Changes: the books (``suspend``, ``bank_charge``), the lines. Nothing when the statement's
    lines do not make its balance, or the bank issued it again.

    Args:
        statement_id: The statement's public id; its lines have been matched.

    Returns:
        How many lines are in suspense or resolved by it.

    Transaction: none (several of its own, some thousand lines in each).
    """
    statement = Statement.objects.select_related("bank").get(public_id=statement_id)
    if newer_issues(statement).exists() or read_gap(statement) != 0:
        return 0
    booked = _book_charges(statement=statement)
    while count := _suspend_some(statement=statement):
        booked += count
    _offset_undone(statement=statement)
    return booked


@owns
def _book_charges(*, statement: Statement) -> int:
    """Write down the charges that the bank declared and that are small beside their movement."""
    movement = StatementLine.objects.filter(
        statement=OuterRef("statement"),
        entry=OuterRef("entry"),
        kind=LineKind.MOVEMENT,
        amount_minor__gte=OuterRef("amount_minor") * LARGEST_SHARE,
    )
    charges = unbooked_lines(statement).filter(Exists(movement), kind=LineKind.CHARGE)
    lines = list(charges.select_for_update(of=("self",)).order_by("id"))
    moment = business_now()
    post_lines(lines=lines, kind=TransferKind.BANK_CHARGE, moment=moment)
    StatementLine.objects.filter(pk__in=[line.pk for line in lines]).update(
        state=LineState.RESOLVED,
        resolution=LineResolution.CHARGE,
        note="the bank's charge, as it declared it",
        resolved_at=moment,
    )
    return len(lines)


@owns
def _suspend_some(*, statement: Statement) -> int:
    """Put the next of a statement's open lines into suspense."""
    rows = unbooked_lines(statement).select_for_update(of=("self",)).order_by("id")
    lines = list(rows[:_LINES_AT_ONCE])
    suspend_lines(lines=lines, moment=business_now())
    return len(lines)


@joins
def suspend_lines(*, lines: Sequence[StatementLine], moment: datetime) -> None:
    """Put open lines into suspense: the books follow the bank.

    Changes: the books (``suspend``), the lines.

    Args:
        lines: Locked, open, of one bank and currency.
        moment: The business moment.

    Transaction: joins.
    """
    post_lines(lines=lines, kind=TransferKind.SUSPEND, moment=moment)
    StatementLine.objects.filter(pk__in=[line.pk for line in lines]).update(suspended_at=moment)
    for line in lines:
        line.suspended_at = moment


@joins
def release_lines(*, lines: Sequence[StatementLine], moment: datetime) -> None:
    """Take lines out of suspense again: a fact of ours stands for them, or they never were.

    Changes: the books (``unsuspend``), the lines. Lines that are not in suspense are left.

    Args:
        lines: Locked, of one bank and currency.
        moment: The business moment.

    Transaction: joins.
    """
    suspended = [line for line in lines if line.suspended_at is not None]
    post_lines(lines=suspended, kind=TransferKind.UNSUSPEND, moment=moment)
    StatementLine.objects.filter(pk__in=[line.pk for line in suspended]).update(suspended_at=None)
    for line in suspended:
        line.suspended_at = None


@joins
def release_withdrawn(*, statement: Statement) -> None:
    """Take out of suspense what earlier issues of a statement showed and this one does not.

    Changes: the books (``unsuspend``), the lines.

    Args:
        statement: The newest issue, its lines linked to the earlier ones.

    Transaction: joins.
    """
    again = StatementLine.objects.filter(statement=statement, same_as=OuterRef("pk"))
    gone = StatementLine.objects.filter(
        ~Exists(again),
        statement__bank=statement.bank_id,
        statement__date=statement.date,
        statement__sequence=statement.sequence,
        statement__issue__lt=statement.issue,
        suspended_at__isnull=False,
    ).exclude(split_of__shown_again__statement=statement)
    rows = gone.select_for_update(of=("self",)).select_related("bank")
    release_lines(lines=list(rows.order_by("id")), moment=business_now())


@owns
def _offset_undone(*, statement: Statement) -> int:
    """Close each line that the bank undid, together with the line that undoes it."""
    undoing = StatementLine.objects.filter(
        statement=statement, kind__in=_UNDOING, suspended_at__isnull=False
    )
    closed = 0
    for line in undoing.select_for_update(of=("self",)).order_by("id"):
        undone = _undone_by(line)
        if undone is None:
            continue
        note_shown(line=undone)
        for each, other in ((undone, line), (line, undone)):
            each.offset_by = other
            each.note = f"undone by line {line.pk}" if each == undone else f"undoes {undone.pk}"
            each.state = LineState.RESOLVED
            each.resolution = LineResolution.OFFSET
            each.suspended_at = None
            each.resolved_at = business_now()
            each.save()
        closed += 1
    return closed


def _undone_by(line: StatementLine) -> StatementLine | None:
    """Return the oldest open line that a reversal or return names, locked.

    What we had sent back is named by our instruction; what the bank undoes, by the names it had.
    """
    names = Q()
    ours = brought_by(line=line)
    if ours is not None:
        names = Q(pk=ours)
    for name in ("bank_reference", "end_to_end_id", "instruction_id"):
        value = getattr(line, name)
        if value and ours is None:
            names |= Q(**{name: value})
    if not names:
        return None
    rows = StatementLine.objects.filter(
        names,
        bank=line.bank_id,
        currency=line.currency,
        amount_minor=line.amount_minor,
        kind=LineKind.MOVEMENT,
        state__in=OPEN,
        suspended_at__isnull=False,
    ).exclude(direction=line.direction)
    return rows.select_for_update(of=("self",)).order_by("id").first()


def unbooked_lines(statement: Statement) -> "QuerySet[StatementLine]":
    """Return the open lines that a statement shows, itself or again, and the books do not.

    Transaction: none.
    """
    shown = Q(statement=statement) | Q(shown_again__statement=statement)
    shown |= Q(split_of__shown_again__statement=statement)
    wanted = StatementLine.objects.filter(
        shown, bank=statement.bank_id, state__in=OPEN, resolution="", suspended_at__isnull=True
    )
    rows = StatementLine.objects.filter(pk__in=wanted.values("pk"), currency=statement.currency)
    return rows.select_related("bank")


@joins
def post_lines(
    *,
    lines: Iterable[StatementLine],
    kind: TransferKind,
    moment: datetime,
    account: LedgerKind = LedgerKind.SUSPENSE,
) -> None:
    """Write one kind of transfer for lines of one bank and currency.

    Args:
        lines: Any number.
        kind: ``suspend``, ``unsuspend``, ``bank_charge``, ``chargeback`` or ``write_off``.
        moment: The business moment.
        account: Of the house, for a ``write_off``: where it goes.

    Transaction: joins.
    """
    moved = list(lines)
    if not moved:
        return
    bank = Owned(LedgerKind.BANK_CLEARING, bank=moved[0].bank.slug)
    held, gave = {
        TransferKind.SUSPEND: (bank, Owned(LedgerKind.SUSPENSE)),
        TransferKind.UNSUSPEND: (Owned(LedgerKind.SUSPENSE), bank),
        TransferKind.BANK_CHARGE: (bank, Owned(LedgerKind.BANK_CHARGES)),
        TransferKind.CHARGEBACK: (bank, Owned(LedgerKind.CHARGEBACKS)),
        TransferKind.WRITE_OFF: (Owned(LedgerKind.SUSPENSE), Owned(account)),
    }[kind]
    ids = accounts([held, gave], moved[0].currency)
    post(
        [
            Transfer(
                id=make_transfer_id(line.reference, kind),
                journal=make_journal(line.reference, kind.value),
                kind=kind.value,
                debit=ids[0] if line.direction == LineDirection.INTO else ids[1],
                credit=ids[1] if line.direction == LineDirection.INTO else ids[0],
                amount=Money(line.amount_minor, line.currency),
                payment_ref=line.reference,
            )
            for line in moved
        ],
        moment,
    )
