"""Sending money back to whoever paid it in: told to its bank, and followed to its end.

Two people agreed that money which nobody here asked for goes back (``services.lines``). In their
commit the instruction is written with its name. The same rules hold as for payments: it is written
before the bank is called, no transaction is open meanwhile, nothing is sent twice, and what is
unknown is looked up by the rail's policy.

The books do not move by an answer. Until the bank's statement shows the money gone, it is in
suspense; that line names the instruction, and then both need nobody (``services.suspense``). What
the bank refuses waits for people again. What stays unknown is over when two later statements that
add up do not show it: had it been executed, their balances would.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.clock import business_now, wall_now
from core.events import Later, publish
from core.transactions import joins, owns, refuse_owner
from payments.enums import Capability
from payments.models import Statement, StatementLine, WayBack
from payments.rails import Original, Outcome, rail_named
from payments.rails.returns import SendBack, SendingBackRail, sending_back
from payments.services.availability import may_go_on
from payments.services.breakers import note_call, pause_before
from payments.services.charging import ASK_AGAIN_SECONDS, STOPPED_ASK_AGAIN_SECONDS, try_step
from payments.services.finishing import LEFT_ALONE_FOR
from payments.services.suspense import read_gap
from payments.services.way_back_moves import lock_way_back, move_way_back
from payments.statement_enums import StatementStage, WayBackState
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

STATEMENTS_WITHOUT = 2
"""So many later statements that add up end what is unknown, as two proven days end a payment."""

_DECIDED = (WayBackState.EXECUTED, WayBackState.REFUSED, WayBackState.SHOWN)
_SENT = (WayBackState.SENT, WayBackState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Call:
    """What to say to a bank: the instruction, or a question about it."""

    wanted: SendBack
    is_question: bool
    rail: str


@joins
def begin_way_back(*, line: StatementLine, moment: datetime) -> WayBack:
    """Write the instruction to send a line's money back; the bank is told after the commit.

    Changes: a ``WayBack``. Publishes ``line.going_back``.

    Args:
        line: Locked, with its bank; its money is in suspense.
        moment: The business moment.

    Transaction: joins.
    """
    earlier = WayBack.objects.filter(line=line).count()
    names = rail_named(line.bank.rail).names(
        f"{line.reference}-B{earlier + 1}",
        moment=moment,
        member_id=lambda: line.bank.national_id,
        gives_back=Original(line.instruction_id, line.end_to_end_id, moment),
    )
    row = WayBack.objects.create(
        line=line,
        return_id=names.instruction_id,
        amount_minor=line.amount_minor,
        currency=line.currency,
        asked_at=moment,
    )
    publish("line.going_back", return_id=row.return_id)
    return row


def carry_way_back(*, return_id: str) -> None:
    """Tell the bank to send money back, once; asked again, look up what became of it.

    Changes: the ``WayBack``, its line when the bank refuses, audit entries.

    Args:
        return_id: The instruction's name.

    Raises:
        NotFound: There is no such instruction.
        Later: The bank could not be reached and nothing was sent, its breaker is open, or a hold
            stops everything.

    Transaction: owns (several, one after another; none while the bank is called).
    """
    refuse_owner("payments.services.ways_back.carry_way_back")
    call = _go_on(return_id=return_id)
    if call is not None and _ask(call).kind == "not_sent":
        raise Later(ASK_AGAIN_SECONDS)


def look_up_way_back(*, staff: "Person", return_id: str, reason: str) -> WayBack:
    """Ask the bank about money on its way back, because a person wants to know.

    Changes: as ``carry_way_back``; an audit entry.

    Args:
        staff: Who asks.
        return_id: The instruction's name.
        reason: Why.

    Raises:
        NotFound: There is no such instruction.
        Later: The breaker of the connection is open.

    Transaction: owns (several; none while the bank is called).
    """
    refuse_owner("payments.services.ways_back.look_up_way_back")
    _note_asked(staff=staff, return_id=return_id, reason=reason)
    call = _question(return_id=return_id)
    if call is not None:
        _ask(call)
    return WayBack.objects.select_related("line").get(return_id=return_id)


def carry_due_ways_back(*, limit: int = 100) -> int:
    """Look up what is unknown and due, tell banks what they were not told; by the clock.

    Args:
        limit: At most so many.

    Returns:
        How many were looked at.

    Transaction: owns (several for each).
    """
    now = wall_now()
    rows = WayBack.objects.exclude(state__in=_DECIDED).order_by("id")
    steps = [(_next_step(row, now), row.return_id) for row in rows[:limit]]
    due = [(step, return_id) for step, return_id in steps if step is not None]
    for step, return_id in due:
        try_step(step, return_id=return_id)
    return len(due)


@owns
def end_unshown(*, return_id: str) -> bool:
    """Let what is unknown be over, when two later statements that add up do not show it.

    Changes: the ``WayBack``, its line, an audit entry.

    Returns:
        Whether it is over.

    Raises:
        NotFound: There is no such instruction.

    Transaction: owns.
    """
    row = lock_way_back(return_id=return_id)
    if row.state != WayBackState.UNKNOWN or row.look_up_at is not None:
        return False
    bank = row.line.bank
    asked_on = row.asked_at.astimezone(ZoneInfo(bank.timezone)).date()
    later = Statement.objects.filter(
        bank=bank, date__gt=asked_on, stage=StatementStage.FINISHED
    ).order_by("date", "id")
    whole = {each.date for each in later[:20] if read_gap(each) == 0}
    if len(whole) < STATEMENTS_WITHOUT:
        return False
    _refuse(row, "no statement shows it")
    return True


def _next_step(row: WayBack, now: datetime) -> Callable[..., object] | None:
    """Return what the clock does with a way back now, or None: it is too early for anything."""
    if row.state != WayBackState.UNKNOWN:
        is_alone = row.sent_at is None or row.sent_at <= now - LEFT_ALONE_FOR
        return carry_way_back if is_alone else None
    if row.look_up_at is None:
        return end_unshown
    return _look_up if row.look_up_at <= now else None


def _look_up(*, return_id: str) -> None:
    call = _question(return_id=return_id)
    if call is not None:
        _ask(call)


@owns
def _go_on(*, return_id: str) -> _Call | None:
    """Take an instruction for sent, in a commit of its own, and say what to tell its bank.

    Raises:
        Later: Nothing may be told yet.
    """
    row = lock_way_back(return_id=return_id)
    if row.state in _DECIDED:
        return None
    if row.state in _SENT:
        return _call(row, is_question=True)
    bank = row.line.bank
    if not may_go_on(country=bank.country.iso2, capability=Capability.REFUND, banks=[bank.slug]):
        raise Later(STOPPED_ASK_AGAIN_SECONDS)
    call = _call(row, is_question=False)
    move_way_back(row=row, to=WayBackState.SENT, sent_at=wall_now())
    return call


@owns
def _question(*, return_id: str) -> _Call | None:
    """Return the look-up of what was sent, or None where nothing is to be asked."""
    row = lock_way_back(return_id=return_id)
    return _call(row, is_question=True) if row.state in _SENT else None


def _call(row: WayBack, *, is_question: bool) -> _Call:
    """Return what to say.

    Raises:
        Later: The connection's breaker is open.
    """
    bank = row.line.bank
    seconds = pause_before(bank=bank.slug, rail=bank.rail)
    if seconds is not None:
        raise Later(seconds)
    wanted = SendBack(row.return_id, bank.slug, row.line.bank_reference, row.amount_minor)
    return _Call(wanted, is_question, bank.rail)


def _ask(call: _Call) -> Outcome:
    """Speak to the bank, outside of any transaction, and keep what it said."""
    refuse_owner("payments.services.ways_back._ask")
    rail = sending_back(call.rail)
    outcome = _said(rail, call) if rail is not None else Outcome("unknown", "not_offered")
    _write_answer(call=call, outcome=outcome)
    note_call(
        bank=call.wanted.bank,
        rail=call.rail,
        is_failure=outcome.kind in {"unknown", "not_sent"},
        reason=outcome.reason,
    )
    return outcome


def _said(rail: SendingBackRail, call: _Call) -> Outcome:
    if call.is_question:
        return rail.look_up_sent_back(call.wanted.return_id, call.wanted.bank)
    return rail.send_back(call.wanted)


@owns
def _write_answer(*, call: _Call, outcome: Outcome) -> None:
    """Keep an answer; a definitive one is never overwritten."""
    row = lock_way_back(return_id=call.wanted.return_id)
    if row.state in _DECIDED:
        return
    row.look_ups += call.is_question
    row.answered_at, row.reason = business_now(), outcome.reason[:140]
    if outcome.kind == "executed":
        reference = outcome.bank_reference[:64]
        move_way_back(row=row, to=WayBackState.EXECUTED, bank_reference=reference, look_up_at=None)
    elif outcome.kind == "rejected":
        _refuse(row, outcome.reason)
    elif outcome.kind == "not_sent":
        move_way_back(row=row, to=WayBackState.WAITING)
    else:
        policy = rail_named(call.rail).look_up_policy
        asked_at = row.sent_at or wall_now()
        row.look_up_at = policy.next_at(asked_at=asked_at, done=row.look_ups)
        move_way_back(row=row, to=WayBackState.UNKNOWN)


def _refuse(row: WayBack, reason: str) -> None:
    """End a way back without an execution: its line waits for people again."""
    move_way_back(row=row, to=WayBackState.REFUSED, reason=reason[:140], look_up_at=None)
    line = row.line
    line.going_back_since, line.note = None, f"not sent back: {reason}"[:200]
    line.save(update_fields=["going_back_since", "note"])


@owns
def _note_asked(*, staff: "Person", return_id: str, reason: str) -> None:
    row = lock_way_back(return_id=return_id)
    record(
        actor=staff,
        action="way_back.looked_up",
        object_ref=row.line.reference,
        before={},
        after={"state": row.state, "name": row.return_id},
        reason=reason,
    )
