"""Carrying refunds to the payers' banks, as safely as payments are.

The same three rules as in ``services.charging`` hold, and the same door to the banks is used: the
attempt is committed before the call, the call is made outside any transaction, and the bank's
answer commits alone before anything follows from it. An unknown outcome is held, looked up, and
closed by the statement at the latest; nothing is ever sent twice.

A bank that cannot be reached is tried again for as long as it takes: the payer's money waits in
flight, where nobody else can have it. What a bank refuses goes back to where it was taken from.
"""

from datetime import datetime

from django.db.models import F

from core.clock import business_now, wall_now
from core.errors import NotFound
from core.events import Later
from core.money import Money
from core.transactions import owns, refuse_owner
from payments import ledger
from payments.enums import (
    BOOKS,
    AnswerKind,
    Capability,
    EntryKind,
    LedgerKind,
    LegKind,
    LegState,
    PaymentState,
    RefundState,
    TransferKind,
)
from payments.ledger import Line, Owned
from payments.models import Attempt, Dispute, Leg, Payment, Refund
from payments.queries.bank_words import bank_words
from payments.services.asking import DEFINITIVE, Ask, Pause, ask_bank, asked, pause_for
from payments.services.availability import may_go_on
from payments.services.breakers import left_alone
from payments.services.charging import (
    ASK_AGAIN_SECONDS,
    STOPPED_ASK_AGAIN_SECONDS,
    Closing,
    try_step,
)
from payments.services.finishing import LEFT_ALONE_FOR, attempt_of
from payments.services.instructions import instruction_of, write_attempt
from payments.services.moving import BANK, Why, move_payment
from payments.services.payables import write_entry
from payments.services.refund_moves import is_chargeback, lock_refund, move_refund, source_of
from payments.states import PAYMENT_MOVES

_UNDER_WAY = (RefundState.APPROVED, RefundState.PROCESSING, RefundState.UNKNOWN)


def carry_refund(*, refund_id: str) -> None:
    """Carry a refund as far as its bank's answer goes; may be called at any time and again.

    Changes: its leg and attempt, the books, the refund and its payment with their histories.
    Publishes: ``refund.processing``, then ``refund.completed``, ``refund.failed`` or
    ``refund.unknown``; with ``refund.completed`` also the payment's new state.

    Args:
        refund_id: Public id.

    Raises:
        NotFound: There is no such refund.
        Later: The bank could not be reached and nothing was sent, its breaker is open, or a
            hold stops refunds.

    Transaction: owns (several, one after another; none while the bank is called).
    """
    refuse_owner("payments.services.refunding.carry_refund")
    ask = asked(_go_on(refund_id=refund_id))
    while ask is not None:
        if ask_bank(ask).kind == "not_sent":
            raise Later(ASK_AGAIN_SECONDS)
        ask = asked(_go_on(refund_id=refund_id))


def look_up_refund(*, refund_id: str) -> None:
    """Ask the bank about a refund whose outcome is unknown, and go on from its answer.

    Raises:
        NotFound: There is no such refund.
        Later: As for ``carry_refund``.

    Transaction: owns (several; none while the bank is called).
    """
    refuse_owner("payments.services.refunding.look_up_refund")
    ask = asked(_unknown_step(refund_id=refund_id))
    if ask is not None:
        ask_bank(ask)
    carry_refund(refund_id=refund_id)


def look_up_due_refunds(*, limit: int = 100) -> int:
    """Look up the refunds whose time has come, and finish those a process died on.

    Args:
        limit: At most so many of each.

    Returns:
        How many refunds were looked at.

    Transaction: owns (several for each refund).
    """
    now = wall_now()
    refunds = Attempt.objects.filter(leg__refund__isnull=False)
    due = refunds.filter(~left_alone(now), look_up_at__lte=now).order_by("look_up_at", "id")
    ids = list(due.values_list("leg__refund__public_id", flat=True)[:limit])
    left = refunds.filter(
        leg__refund__state__in=_UNDER_WAY,
        leg__state__in=[LegState.PENDING.value, LegState.UNKNOWN.value],
        sent_at__lte=now - LEFT_ALONE_FOR,
    ).exclude(outcome=AnswerKind.UNKNOWN)
    stuck = list(left.order_by("id").values_list("leg__refund__public_id", flat=True)[:limit])
    for work, refund_id in [(look_up_refund, i) for i in ids] + [(carry_refund, i) for i in stuck]:
        try_step(work, refund_id=refund_id)
    return len(ids) + len(stuck)


def settle_refund_by_statement(*, instruction_id: str, executed: bool, moment: datetime) -> Closing:
    """Close a refund's attempt by what the bank's statement says, the last word there is.

    Args:
        instruction_id: The attempt's.
        executed: Whether the statement has a line for it.
        moment: Business moment of the statement's import.

    Returns:
        As ``charging.settle_by_statement``: a definitive answer is never overwritten.

    Raises:
        NotFound: No refund has that instruction.
        Later: As for ``carry_refund``.

    Transaction: owns (several; refuses to run inside another).
    """
    refuse_owner("payments.services.refunding.settle_refund_by_statement")
    refund_id, closing = _close_by_statement(
        instruction_id=instruction_id, executed=executed, moment=moment
    )
    if closing != "contradicted":
        carry_refund(refund_id=refund_id)
    return closing


@owns
def _close_by_statement(
    *, instruction_id: str, executed: bool, moment: datetime
) -> tuple[str, Closing]:
    """Write a statement's word on a refund's attempt; return the refund's id and what it was."""
    attempt = (
        Attempt.objects.select_for_update(no_key=True, of=("self",))
        .select_related("leg__refund")
        .filter(instruction_id=instruction_id, leg__refund__isnull=False)
        .first()
    )
    if attempt is None or attempt.leg.refund is None:
        raise NotFound
    refund_id = attempt.leg.refund.public_id
    wanted = AnswerKind.EXECUTED if executed else AnswerKind.REJECTED
    if attempt.outcome in DEFINITIVE:
        return refund_id, "known" if attempt.outcome == wanted else "contradicted"
    attempt.outcome, attempt.reason = wanted.value, "statement"
    attempt.answered_at, attempt.look_up_at = moment, None
    attempt.save(update_fields=["outcome", "answered_at", "look_up_at", "reason"])
    return refund_id, "closed"


@owns
def _go_on(*, refund_id: str) -> Ask | Pause | None:
    """Write what follows from what is known, and the attempt of what is asked next.

    Transaction: owns.
    """
    refund = lock_refund(refund_id=refund_id)
    if refund.state not in _UNDER_WAY:
        return None
    moment = business_now()
    leg = Leg.objects.select_related("attempt", "payment").get(refund=refund)
    attempt = attempt_of(leg)
    if leg.rail == BOOKS:
        _wait_while_stopped(refund, leg)
    if leg.rail != BOOKS and (attempt is None or attempt.outcome in {"", AnswerKind.NOT_SENT}):
        return _ask_bank(refund, leg, attempt, moment)
    if refund.state == RefundState.APPROVED:
        move_refund(refund=refund, to=RefundState.PROCESSING, moment=moment)
    if leg.rail == BOOKS or (attempt and attempt.outcome == AnswerKind.EXECUTED):
        _complete(refund, leg, moment)
    elif attempt and attempt.outcome == AnswerKind.REJECTED:
        _fail(refund, leg, attempt.reason, moment)
    elif refund.state == RefundState.PROCESSING:
        _close_leg(leg, LegState.UNKNOWN, None)
        reason = attempt.reason if attempt else ""
        move_refund(refund=refund, to=RefundState.UNKNOWN, moment=moment, actor=BANK, reason=reason)
    return None


@owns
def _unknown_step(*, refund_id: str) -> Ask | Pause | None:
    """Return the look-up of a refund's unknown attempt, or None when nothing is unknown.

    Transaction: owns.
    """
    refund = lock_refund(refund_id=refund_id)
    leg = Leg.objects.select_related("attempt", "payment").filter(refund=refund).first()
    attempt = attempt_of(leg) if leg else None
    if leg is None or attempt is None or attempt.outcome != AnswerKind.UNKNOWN:
        return None
    return pause_for(leg) or _ask(leg, attempt, "look_up")


def _ask_bank(refund: Refund, leg: Leg, attempt: Attempt | None, moment: datetime) -> Ask | Pause:
    """Return what to ask: the credit, for the first time or as nothing was sent; else about it.

    Raises:
        Later: A hold stops refunds; nothing new is sent.
    """
    is_sent = attempt is not None and not attempt.outcome
    if not is_sent:
        _wait_while_stopped(refund, leg)
    pause = pause_for(leg)
    if pause is not None:
        return pause
    if attempt is not None and is_sent:
        return _ask(leg, attempt, "look_up")
    if refund.state == RefundState.APPROVED:
        move_refund(refund=refund, to=RefundState.PROCESSING, moment=moment)
    if attempt is None:
        wanted = f"{refund.public_id.removeprefix('rfn_')}-F"
        attempt = write_attempt(
            leg=leg, wanted=wanted, amount_minor=refund.amount_minor, moment=moment
        )
    else:
        # About to be sent: from this commit on nobody may take it for unsent.
        attempt.outcome, attempt.asked_at = "", moment
        attempt.save(update_fields=["outcome", "asked_at"])
    return _ask(leg, attempt, LegKind.CREDIT.value)


def _wait_while_stopped(refund: Refund, leg: Leg) -> None:
    """Let more of a refund's money move only where no hold stops it, and keep it so.

    Raises:
        Later: A hold says ``stop_all``; nothing was written.
    """
    payment = refund.payment
    parties = (payment.payer_id, payment.payee_id)
    banks = [leg.bank] if leg.bank else []
    if not may_go_on(
        country=payment.country, capability=Capability.REFUND, parties=parties, banks=banks
    ):
        raise Later(STOPPED_ASK_AGAIN_SECONDS)


def _ask(leg: Leg, attempt: Attempt, verb: str) -> Ask:
    remittance = bank_words(leg.payment.public_id, is_refund=True)
    instruction = instruction_of(leg=leg, attempt=attempt, remittance=remittance)
    return Ask(attempt.id, verb, leg.rail, instruction, attempt.look_ups, attempt.sent_at)


def _complete(refund: Refund, leg: Leg, moment: datetime) -> None:
    """Post that the payer has the money, and move the payment where that brings it."""
    _close_leg(leg, LegState.EXECUTED, moment)
    payment = refund.payment
    there = Owned(LedgerKind.BANK_CLEARING, bank=leg.bank)
    if is_chargeback(refund):
        there = Owned(LedgerKind.CHARGEBACKS)
    elif leg.rail == BOOKS:
        there = Owned(LedgerKind.BALANCE, payment.payer_id)
    flight = Owned(LedgerKind.IN_FLIGHT, payment.payee_id)
    amount = Money(refund.amount_minor, refund.currency)
    line = Line(TransferKind.REFUND, flight, there, amount)
    ledger.post_journal(refund.public_id, [line], moment)
    _move_payment(refund, payment, moment)
    move_refund(refund=refund, to=RefundState.COMPLETED, moment=moment, actor=BANK)


def _move_payment(refund: Refund, payment: Payment, moment: datetime) -> None:
    """Move the payment to what its refunds make of it; a dispute keeps it until it is decided."""
    done = payment.refunded_minor + refund.amount_minor
    is_all = done == payment.amount_minor
    to = PaymentState.REFUNDED if is_all else PaymentState.PARTIALLY_REFUNDED
    is_kept = payment.state == PaymentState.DISPUTED and refund.origin != "dispute"
    if not is_kept and PAYMENT_MOVES.allows(payment.state, to):
        move_payment(payment=payment, to=to, why=Why(moment, BANK, refund.public_id))


def _fail(refund: Refund, leg: Leg, reason: str, moment: datetime) -> None:
    """Bring the money back to where it was taken from; the payment stays what it is."""
    _close_leg(leg, LegState.REFUSED, moment)
    shop, source = refund.payment.payee_id, source_of(refund)
    fee = Money(refund.fee_minor, refund.currency)
    net = Money(refund.amount_minor, refund.currency) - fee
    flight = Owned(LedgerKind.IN_FLIGHT, shop)
    if source == LedgerKind.PAYABLE:
        write_entry(
            party_id=shop, kind=EntryKind.REFUND_BACK, delta=net, moment=moment, cause=refund
        )
    ledger.post_journal(
        refund.public_id,
        [
            Line(TransferKind.REFUND_BACK, flight, Owned(source, shop), net),
            Line(TransferKind.REFUND_FEE_BACK, flight, Owned(LedgerKind.FEE_INCOME), fee),
        ],
        moment,
    )
    if refund.dispute_id is not None:
        held = F("held_minor") + net.amount_minor
        Dispute.objects.filter(pk=refund.dispute_id).update(held_minor=held)
    refund.failure_code = "bank_refused"
    move_refund(refund=refund, to=RefundState.FAILED, moment=moment, actor=BANK, reason=reason)


def _close_leg(leg: Leg, state: LegState, moment: datetime | None) -> None:
    leg.state, leg.closed_at = state.value, moment
    leg.save(update_fields=["state", "closed_at"])
