"""What a bank's statement shows of chargebacks, followed by the books.

A line of a chargeback that is known needs nobody: its amount goes between the bank's clearing
account and ``chargebacks``, on the line's day.
"""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.clock import business_now
from core.events import publish
from core.transactions import joins, owns
from payments.enums import TransferKind
from payments.models import Chargeback, Statement, StatementLine
from payments.services.suspense import (
    newer_issues,
    post_lines,
    read_gap,
    release_lines,
    unbooked_lines,
)
from payments.statement_enums import LineDirection, LineResolution, LineState


def book_shown(*, statement_id: str) -> int:
    """Let the books follow a statement's lines of chargebacks that are known.

    Changes: the books (``chargeback``), the lines. Nothing when the statement's lines do not make
    its balance, or the bank issued it again.

    Args:
        statement_id: The statement's public id; its lines have been judged.

    Returns:
        How many lines.

    Transaction: owns.
    """
    statement = Statement.objects.select_related("bank").get(public_id=statement_id)
    if newer_issues(statement).exists() or read_gap(statement) != 0:
        return 0
    return _book_shown(statement=statement)


@joins
def book_told(*, bank: str, names: Sequence[str]) -> None:
    """Take lines out of suspense that a chargeback explains which was told after them.

    Changes: the books (``unsuspend``, ``chargeback``), the lines. Publishes: ``line.decided``.

    Args:
        bank: The bank's slug.
        names: The processor's names of the chargeback and of its way back; empty ones are none.

    Transaction: joins.
    """
    rows = StatementLine.objects.filter(
        bank__slug=bank,
        instruction_id__in=[name for name in names if name],
        state=LineState.SUSPENSE,
        suspended_at__isnull=False,
    )
    lines = _of_chargebacks(rows)
    _book(lines)
    for line in lines:
        publish("line.decided", line_id=line.pk)


@owns
def _book_shown(*, statement: Statement) -> int:
    """Book those of a statement, in one commit."""
    lines = _of_chargebacks(unbooked_lines(statement).filter(state=LineState.SUSPENSE))
    _book(lines)
    return len(lines)


def _of_chargebacks(rows: "QuerySet[StatementLine]") -> list[StatementLine]:
    """Return, locked, those lines that show a known chargeback or its way back, to the amount."""
    told = Chargeback.objects.filter(
        bank=OuterRef("bank__slug"),
        amount_minor=OuterRef("amount_minor"),
        currency=OuterRef("currency"),
    )
    taken = told.filter(chargeback_id=OuterRef("instruction_id"))
    back = told.filter(reversal_id=OuterRef("instruction_id"))
    shown = rows.filter(
        Q(Exists(taken), direction=LineDirection.OUT_OF)
        | Q(Exists(back), direction=LineDirection.INTO)
    ).exclude(instruction_id="")
    locked = shown.select_for_update(of=("self",)).select_related("bank")
    return list(locked.order_by("id"))


def _book(lines: Sequence[StatementLine]) -> None:
    moment = business_now()
    release_lines(lines=lines, moment=moment)
    post_lines(lines=lines, kind=TransferKind.CHARGEBACK, moment=moment)
    StatementLine.objects.filter(pk__in=[line.pk for line in lines]).update(
        state=LineState.RESOLVED,
        resolution=LineResolution.CHARGEBACK,
        note="a chargeback of a card's issuer",
        resolved_at=moment,
    )
