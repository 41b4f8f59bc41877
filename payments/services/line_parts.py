"""The parts of a statement line: what each is said to be, and making it so.

Every function here is a part of somebody else's transaction, who holds the line's row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.clock import business_now
from core.transactions import joins
from payments.enums import LedgerKind, TransferKind
from payments.models import StatementLine
from payments.services.line_facts import find_fact
from payments.services.suspense import post_lines, release_lines, suspend_lines
from payments.statement_enums import LineDirection, LineKind, LineResolution, LineState
from payments.states import LINE_MOVES


class PartKind(StrEnum):
    """What a part of a line is said to be: a fact, a write-off, or not known yet."""

    FACT = "fact"
    ACCOUNT = "account"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line.

    Attributes:
        signed_minor: Negative when money went out.
        kind: What it is said to be.
        name: A payout's public id or an attempt's instruction id; or an account of the house.
    """

    signed_minor: int
    kind: PartKind
    name: str = ""


@joins
def make_parts(*, line: StatementLine, parts: Sequence[Part]) -> None:
    """Let a line be what it is said to be: itself, or the lines of its parts in its place.

    Changes: the line and its parts, the books (``unsuspend``, ``suspend``, ``write_off``).

    Args:
        line: Locked, open, with the people who decided.
        parts: They come to its amount.

    Raises:
        FactUnfit: A part is no fact of ours that could be shown by it.

    Transaction: joins.
    """
    if len(parts) == 1:
        _apply(line, parts[0])
    else:
        _split(line, parts)


def _apply(line: StatementLine, part: Part) -> None:
    """Let a line, or the line made for a part of one, be what it is said to be."""
    moment = business_now()
    if part.kind == PartKind.WAIT:
        return
    if part.kind == PartKind.ACCOUNT:
        account = LedgerKind(part.name)
        post_lines(lines=[line], kind=TransferKind.WRITE_OFF, moment=moment, account=account)
        _move(line, LineState.RESOLVED, LineResolution.WRITTEN_OFF, account)
        return
    fact = find_fact(line=line, name=part.name, signed_minor=part.signed_minor)
    release_lines(lines=[line], moment=moment)
    line.attempt, line.payout, line.kind = fact.attempt, fact.payout, fact.kind
    _move(line, LineState.MATCHED, LineResolution.BY_HAND)


def _move(
    line: StatementLine, state: LineState, resolution: LineResolution, account: str = ""
) -> None:
    """Save a line in its new state, out of suspense."""
    LINE_MOVES.check(line.state, state)
    line.state, line.resolution, line.written_off_to = state, resolution, account
    line.suspended_at = None
    line.save()


def _split(line: StatementLine, parts: Sequence[Part]) -> None:
    """Put lines for its parts in a line's place; what was in suspense stays so, part by part."""
    was, followed = line.state, line.suspended_at is not None
    release_lines(lines=[line], moment=business_now())
    _move(line, LineState.SPLIT, LineResolution.PARTED)
    for number, part in enumerate(parts, start=1):
        made = _made(line, part, number, was)
        if followed and part.kind != PartKind.FACT:
            suspend_lines(lines=[made], moment=business_now())
        _apply(made, part)


def _made(line: StatementLine, part: Part, number: int, state: str) -> StatementLine:
    """Make the line of one part."""
    waits = part.kind == PartKind.WAIT
    return StatementLine.objects.create(
        statement_id=line.statement_id,
        bank=line.bank,
        position=line.position,
        part=number,
        split_of=line,
        entry=line.entry,
        kind=LineKind.REMAINDER if waits else line.kind,
        direction=LineDirection.INTO if part.signed_minor > 0 else LineDirection.OUT_OF,
        amount_minor=abs(part.signed_minor),
        currency=line.currency,
        bank_reference=line.bank_reference,
        remittance=line.remittance,
        counterparty=line.counterparty,
        booked_date=line.booked_date,
        state=state,
        note="a part that nobody can name yet" if waits else line.note,
        resolved_by=None if waits else line.resolved_by,
        approved_by=None if waits else line.approved_by,
        resolved_at=None if waits else line.resolved_at,
    )
