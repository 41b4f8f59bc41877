"""The one door through which money on its way back to a sender changes its state."""

from core.clock import business_now
from core.errors import NotFound
from core.transactions import joins
from payments.models import StatementLine, WayBack
from payments.statement_enums import WayBackState
from payments.states import WAY_BACK_MOVES
from people.services.audit import record


@joins
def move_way_back(*, row: WayBack, to: WayBackState, **changes: object) -> None:
    """Move a way back: its row, and its history in the audit trail, together.

    Changes: the ``WayBack``; an audit entry where the state is another.

    Args:
        row: Locked, with its line.
        to: The state; the same again keeps only the changes.
        **changes: Other fields.

    Raises:
        StateConflict: It may not follow.

    Transaction: joins.
    """
    before = row.state
    for name, value in changes.items():
        setattr(row, name, value)
    if before != to:
        WAY_BACK_MOVES.check(before, to)
        row.state = to
        record(
            actor=None,
            action=f"way_back.{to.value}",
            object_ref=row.line.reference,
            before={"state": before},
            after={"state": to.value, "name": row.return_id, "bank": row.bank_reference},
            reason=row.reason,
        )
    row.save()


@joins
def lock_way_back(*, return_id: str) -> WayBack:
    """Lock a way back, after its line, as everybody does who changes lines.

    Raises:
        NotFound: There is none of that name.

    Transaction: joins.
    """
    found = WayBack.objects.filter(return_id=return_id).values_list("line_id", flat=True).first()
    if found is None:
        raise NotFound
    lines = StatementLine.objects.select_for_update(of=("self",)).select_related("bank__country")
    line = lines.get(pk=found)
    row = WayBack.objects.select_for_update().get(return_id=return_id)
    row.line = line
    return row


@joins
def note_shown(*, line: StatementLine) -> None:
    """Note that the bank's statement shows a line's money gone: the last word of its way back.

    Changes: the ``WayBack``, an audit entry; nothing where nobody had asked for it.

    Args:
        line: The line that brought the money, locked.

    Transaction: joins.
    """
    rows = WayBack.objects.select_for_update().filter(line=line)
    row = rows.exclude(state__in=[WayBackState.REFUSED, WayBackState.SHOWN]).first()
    if row is not None:
        row.line = line
        move_way_back(row=row, to=WayBackState.SHOWN, answered_at=business_now(), look_up_at=None)


def brought_by(*, line: StatementLine) -> int | None:
    """Return the line whose money goes back by the instruction that a line names, or None.

    Transaction: none (one query).
    """
    if not line.instruction_id:
        return None
    rows = WayBack.objects.filter(return_id=line.instruction_id, line__bank=line.bank_id)
    return rows.values_list("line_id", flat=True).first()
