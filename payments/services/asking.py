"""Asking a bank about money, keeping its answer, and leaving a bank alone that does not answer.

Payments and refunds speak to banks through this one door, outside of any transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from core.clock import business_now
from core.events import Later
from core.transactions import owns, refuse_owner
from payments.enums import AnswerKind, LegKind
from payments.models import Attempt, Leg, Payment
from payments.rails import Instruction, Outcome, rail_named
from payments.services.breakers import note_call, pause_before, pause_of

DEFINITIVE = frozenset({AnswerKind.EXECUTED.value, AnswerKind.REJECTED.value})


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask a bank next.

    Attributes:
        attempt_id: The attempt's row, committed before.
        verb: ``debit``, ``credit``, or ``look_up`` for an instruction sent before.
        rail: The rail's name.
        instruction: What to send, or what to ask about.
        look_ups: How many look-ups were made before.
        sent_at: Wall-clock time of the sending.
    """

    attempt_id: int
    verb: str
    rail: str
    instruction: Instruction
    look_ups: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing can be asked now: the connection's breaker is open for so many seconds yet."""

    seconds: float


@owns
def write_answer(*, ask: Ask, outcome: Outcome) -> None:
    """Write what a bank said on the attempt's row, and nothing else.

    A definitive answer is never overwritten; an answer that is not definitive sets the time of
    the next look-up by the rail's policy, or none when it has no more: then the statement
    closes it.

    Transaction: owns.
    """
    kind = _answer_kind(outcome)
    changes: dict[str, object] = {
        "outcome": kind.value,
        "answered_at": business_now(),
        "reason": outcome.reason[:140],
        "bank_reference": outcome.bank_reference[:64],
        "look_up_at": None,
    }
    if ask.verb == "look_up":
        changes["look_ups"] = ask.look_ups + 1
    if kind == AnswerKind.UNKNOWN:
        done = ask.look_ups + (ask.verb == "look_up")
        policy = rail_named(ask.rail).look_up_policy
        changes["look_up_at"] = policy.next_at(asked_at=ask.sent_at, done=done)
    Attempt.objects.filter(id=ask.attempt_id).exclude(outcome__in=DEFINITIVE).update(**changes)


def ask_bank(ask: Ask) -> Outcome:
    """Ask a bank, keep its answer, and count how the call went for the connection's breaker.

    Transaction: owns (two, after the bank has answered).
    """
    outcome = call_bank(ask)
    write_answer(ask=ask, outcome=outcome)
    is_failure = outcome.kind in {"unknown", "not_sent"}
    note_call(
        bank=ask.instruction.bank, rail=ask.rail, is_failure=is_failure, reason=outcome.reason
    )
    return outcome


def call_bank(ask: Ask) -> Outcome:
    """Speak to the bank, outside of any transaction."""
    refuse_owner("payments.services.asking.call_bank")
    rail = rail_named(ask.rail)
    if ask.verb == "look_up":
        return rail.look_up(ask.instruction.instruction_id, ask.instruction.bank)
    if ask.verb == LegKind.DEBIT:
        return rail.debit(ask.instruction)
    return rail.credit(ask.instruction)


def _answer_kind(outcome: Outcome) -> AnswerKind:
    """Return what is kept of an outcome: whatever is not definitive is unknown."""
    if outcome.is_definite:
        return AnswerKind(outcome.kind)
    return AnswerKind.UNKNOWN


def wait_if_open(payment: Payment) -> None:
    """Leave a payer's bank alone while the breaker of its connection is open.

    Raises:
        Later: It is open for so long yet.
    """
    seconds = pause_of(payment_id=payment.pk)
    if seconds is not None:
        raise Later(seconds)


def pause_for(leg: Leg) -> Pause | None:
    """Return how long the breaker of a leg's connection keeps a call back, or None: go."""
    seconds = pause_before(bank=leg.bank, rail=leg.rail)
    return Pause(seconds) if seconds is not None else None


def asked(step: Ask | Pause | None) -> Ask | None:
    """Return what is to be asked, once everything that is known was committed.

    Raises:
        Later: Nothing may be asked yet.
    """
    if isinstance(step, Pause):
        raise Later(step.seconds)
    return step
