"""Carrying a payment out: asking the banks, and writing down what they say.

The order of three things is the whole safety of this module:

1. An attempt is written and committed *before* its bank is called. Whatever dies afterwards,
   there is a row that says: this was asked.
2. The bank is called with no transaction open and no lock held.
3. The bank's answer is committed *alone* on the attempt's row. Only then does the next step
   read it and write the books, the state and the news, in one transaction.

So a process may die between any two lines and the payment goes on from what is written:

- before 1: nothing was asked; the duty comes back and asks.
- between 1 and 3: an attempt without an answer. Nobody knows whether the bank heard it, so it
  is never sent again: the bank is *asked about it*, and what stays unknown stays ``unknown``.
- after 3: the answer is there; the next step takes it from the row.

``take_step`` is that restartable step. It is called after each answer and again whenever a
duty, a sweep or a statement comes along, and it does nothing twice: it holds the payment's row,
looks at what its legs know, and returns the one thing to ask a bank next, or None.

Source: of five retry policies tried against a simulated bank with 12 % unknown answers only
"hold, never resend, ask late, let the statement close it" made neither a double payment nor a
false failure (domain.md, "Rails and settlement").
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import structlog

from core.clock import business_now, wall_now
from core.errors import NotFound
from core.events import Later
from core.transactions import owns, refuse_owner
from payments.enums import BOOKS, AnswerKind, LegKind, PaymentState
from payments.models import Attempt, Leg, Payment
from payments.queries.bank_words import bank_words
from payments.services import finishing
from payments.services.asking import (
    DEFINITIVE,
    Ask,
    Pause,
    ask_bank,
    asked,
    pause_for,
    wait_if_open,
)
from payments.services.breakers import left_alone
from payments.services.giving_up import give_up_if_old, is_old
from payments.services.instructions import instruction_of, write_attempt
from payments.services.taken_back import stands

ASK_AGAIN_SECONDS = 15
"""A bank that could not be reached at all is tried again after this long."""

STOPPED_ASK_AGAIN_SECONDS = 300
"""What a hold keeps waiting looks again after this long; lifting the hold hastens it."""

_SUFFIX = {LegKind.DEBIT: "D", LegKind.CREDIT: "C", LegKind.RETURN: "R"}

logger = structlog.get_logger(__name__)

Closing = Literal["closed", "known", "contradicted"]


def charge_payment(*, payment_id: str) -> None:
    """Carry a payment out as far as its banks' answers go.

    May be called at any time and again: it goes on from what is written. An attempt that was
    sent and has no answer is looked up, never sent again.

    Changes: legs, attempts, the books, the payment and its history; gives back limits when it
    fails. Publishes: ``payment.processing``, then ``payment.completed``, ``payment.failed``,
    ``payment.unknown`` or ``payment.returned``.

    Args:
        payment_id: Public id of the payment.

    Raises:
        NotFound: There is no such payment.
        Later: Nothing was sent, as a bank is not reached, its breaker is open or a hold stops all:
            to be called again.

    Transaction: owns (several, one after another; none while a bank is called).
    """
    refuse_owner("payments.services.charging.charge_payment")
    ask = take_step(payment_id=payment_id)
    while ask is not None:
        outcome = ask_bank(ask)
        if outcome.kind == "not_sent" and ask.verb != LegKind.DEBIT:
            raise Later(ASK_AGAIN_SECONDS)
        ask = take_step(payment_id=payment_id)


def look_up_payment(*, payment_id: str) -> None:
    """Ask the bank about a payment whose outcome is unknown, and go on from its answer.

    An answer that is not definitive changes nothing but the number of look-ups.

    Changes: the attempt; with a definitive answer all that ``charge_payment`` changes.

    Args:
        payment_id: Public id of the payment.

    Raises:
        NotFound: There is no such payment.
        Later: As for ``charge_payment``.

    Transaction: owns (several; none while the bank is called).
    """
    refuse_owner("payments.services.charging.look_up_payment")
    ask = asked(_unknown_step(payment_id=payment_id))
    if ask is not None:
        ask_bank(ask)
    charge_payment(payment_id=payment_id)


def look_up_due(*, limit: int = 100) -> int:
    """Look up the payments whose time has come, and finish those a process died on.

    Args:
        limit: At most so many of each.

    Returns:
        How many payments were looked at.

    Transaction: owns (several for each payment).
    """
    now = wall_now()
    due = Attempt.objects.filter(~left_alone(now), look_up_at__lte=now, leg__refund__isnull=True)
    due = due.order_by("look_up_at", "id")
    ids = list(due.values_list("leg__payment__public_id", flat=True)[:limit])
    for payment_id in ids:
        try_step(look_up_payment, payment_id=payment_id)
    stuck = finishing.left_behind(now, limit)
    for payment_id in stuck:
        try_step(charge_payment, payment_id=payment_id)
    return len(ids) + len(stuck)


def settle_by_statement(*, instruction_id: str, executed: bool, moment: datetime) -> Closing:
    """Close an attempt by what the bank's statement says, the last word there is.

    Changes: the attempt if it had no definitive answer; then all that ``charge_payment``
    changes. A definitive answer is never overwritten: if the statement contradicts it, a person
    has to look.

    Args:
        instruction_id: The attempt's.
        executed: Whether the statement has a line for it.
        moment: Business moment of the statement's import.

    Returns:
        ``closed`` when this closed it, ``known`` when the same was known before,
        ``contradicted`` when the opposite was known.

    Raises:
        NotFound: No attempt has that instruction.
        Later: As for ``charge_payment``.

    Transaction: owns (several; refuses to run inside another, because a credit may follow).
    """
    refuse_owner("payments.services.charging.settle_by_statement")
    payment_id, closing = _close_by_statement(
        instruction_id=instruction_id, executed=executed, moment=moment
    )
    if closing != "contradicted":
        charge_payment(payment_id=payment_id)
    return closing


@owns
def _close_by_statement(
    *, instruction_id: str, executed: bool, moment: datetime
) -> tuple[str, Closing]:
    """Write a statement's word on an attempt; return the payment's id and what it was."""
    attempt = (
        Attempt.objects.select_for_update(no_key=True, of=("self",))
        .select_related("leg__payment")
        .filter(instruction_id=instruction_id)
        .first()
    )
    if attempt is None:
        raise NotFound
    payment_id = attempt.leg.payment.public_id
    wanted = AnswerKind.EXECUTED if executed else AnswerKind.REJECTED
    if attempt.outcome in DEFINITIVE:
        return payment_id, "known" if attempt.outcome == wanted else "contradicted"
    attempt.outcome = wanted.value
    attempt.answered_at = moment
    attempt.look_up_at = None
    attempt.reason = "statement"
    attempt.save(update_fields=["outcome", "answered_at", "look_up_at", "reason"])
    return payment_id, "closed"


def take_step(*, payment_id: str) -> Ask | None:
    """Go as far as what is known allows, and return what to ask a bank next, or None.

    Taking the payment in hand commits on its own: its news locks the conversation, which comes
    last in the order of locks, and a payment from a balance posts to the books right after.

    Raises:
        NotFound: There is no such payment.
        Later: A hold stops everything, or the breaker of the bank that would be asked is open.
            What is known is written all the same; a payment that nobody has begun stays so, and
            can be cancelled.

    Transaction: owns (two, one after the other).
    """
    return asked(_take_in_hand(payment_id=payment_id) or _go_on(payment_id=payment_id))


@owns
def _take_in_hand(*, payment_id: str) -> Pause | None:
    """Begin a payment that nobody has begun, unless a hold or an open breaker keeps it.

    One that has waited for an hour is given up instead, by the sweep's own rule.

    Transaction: owns.
    """
    waiting = Payment.objects.filter(public_id=payment_id, state=PaymentState.AUTHORIZED)
    payment = waiting.select_for_update(no_key=True).first()
    if payment is None:
        return None
    if not finishing.may_move(payment=payment):
        return Pause(STOPPED_ASK_AGAIN_SECONDS)
    moment = business_now()
    if is_old(payment, moment):
        _payment, legs = finishing.lock_payment(payment_id)
        if give_up_if_old(payment=payment, legs=legs, moment=moment):
            return None
    wait_if_open(payment)
    finishing.begin(payment=payment, moment=moment)
    return None


@owns
def _go_on(*, payment_id: str) -> Ask | Pause | None:
    """Write what follows from what is known, and the attempt of what is asked next.

    While a hold stops everything, what is known is written, and what was sent before is asked
    about; only what would move more money waits.

    Transaction: owns.
    """
    moment = business_now()
    payment, legs = finishing.lock_payment(payment_id)
    if give_up_if_old(payment=payment, legs=legs, moment=moment):
        return None
    leg = finishing.finish(payment=payment, legs=legs, moment=moment)
    if leg is None:
        return None
    attempt = finishing.attempt_of(leg)
    if leg.rail == BOOKS or not _may_ask(payment, leg, attempt):
        return Pause(STOPPED_ASK_AGAIN_SECONDS)
    pause = pause_for(leg)
    if pause is not None:
        if attempt is None and leg.kind == LegKind.CREDIT:
            # From now on counts how long the collected money waits before it goes back.
            attempt = _write_attempt(payment, leg, moment)
            attempt.outcome = AnswerKind.NOT_SENT.value
            attempt.save(update_fields=["outcome"])
        return pause
    return _ask(leg, *_sent_attempt(payment, leg, moment))


def _may_ask(payment: Payment, leg: Leg, attempt: Attempt | None) -> bool:
    """Tell whether a leg's bank may be asked now: what was sent is asked about in any case.

    Nothing is sent again, or back to the payer, that the bank's papers show to be executed.
    """
    if attempt is not None and attempt.outcome != AnswerKind.NOT_SENT:
        return True
    is_another = leg.kind == LegKind.RETURN or (attempt is not None and leg.kind != LegKind.DEBIT)
    if is_another and stands(payment=payment):
        return False
    return finishing.may_move(payment=payment, bank=leg.bank)


def _sent_attempt(payment: Payment, leg: Leg, moment: datetime) -> tuple[Attempt, str]:
    """Return a leg's attempt, noted as sent from this commit on, and what is asked of its bank."""
    attempt = finishing.attempt_of(leg)
    if attempt is None:
        return _write_attempt(payment, leg, moment), _verb(leg)
    if attempt.outcome != AnswerKind.NOT_SENT:
        return attempt, "look_up"
    # It is about to be sent: from this commit on nobody may take it for unsent, or money
    # that a dead process has just paid out would go back to the payer as well.
    attempt.outcome, attempt.asked_at = "", moment
    attempt.save(update_fields=["outcome", "asked_at"])
    return attempt, _verb(leg)


@owns
def _unknown_step(*, payment_id: str) -> Ask | Pause | None:
    """Return the look-up of a payment's unknown attempt, or None when nothing is unknown.

    Transaction: owns.
    """
    _payment, legs = finishing.lock_payment(payment_id)
    for leg in legs:
        attempt = finishing.attempt_of(leg)
        if attempt is not None and attempt.outcome == AnswerKind.UNKNOWN:
            return pause_for(leg) or _ask(leg, attempt, "look_up")
    return None


def _write_attempt(payment: Payment, leg: Leg, moment: datetime) -> Attempt:
    """Write the attempt of a leg; it commits before the bank is called."""
    wanted = instruction_id_of(payment.public_id, LegKind(leg.kind), _ordinal(leg))
    return write_attempt(leg=leg, wanted=wanted, amount_minor=payment.amount_minor, moment=moment)


def instruction_id_of(payment_id: str, kind: LegKind, ordinal: int = 1) -> str:
    """Return our name for a payment's leg: 28 characters or 29, plain in any rail.

    Args:
        payment_id: The payment's public id.
        kind: The leg's kind.
        ordinal: Which leg of its kind: only a refused way back is followed by another.
    """
    counted = str(ordinal) if ordinal > 1 else ""
    return f"{payment_id.removeprefix('pay_')}-{_SUFFIX[kind]}{counted}"


def _ordinal(leg: Leg) -> int:
    """Return which leg of its kind a leg is, counted from 1."""
    if leg.kind != LegKind.RETURN:
        return 1
    before = Leg.objects.filter(payment_id=leg.payment_id, kind=leg.kind, id__lt=leg.id)
    return before.count() + 1


def _verb(leg: Leg) -> str:
    """Return how a leg is sent: money goes back to a payer as a credit."""
    return "debit" if leg.kind == LegKind.DEBIT else "credit"


def _ask(leg: Leg, attempt: Attempt, verb: str) -> Ask:
    remittance = bank_words(leg.payment.public_id)
    instruction = instruction_of(leg=leg, attempt=attempt, remittance=remittance)
    return Ask(attempt.id, verb, leg.rail, instruction, attempt.look_ups, attempt.sent_at)


def try_step(work: Callable[..., object], **ids: str) -> None:
    """Take one thing of a sweep a step further; it never stops those after it.

    What must come later is left to the next sweep; what fails is told to the log and tried again
    by the next sweep as well.

    Args:
        work: A service.
        **ids: Its one argument.

    Transaction: none (the service owns its own).
    """
    try:
        work(**ids)
    except Later:
        return
    except Exception:
        logger.exception("sweep_step_failed", **ids)
