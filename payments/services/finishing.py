"""From what the banks said to what is so: the books, the state and the news, in one commit.

``finish`` is a pure consequence of rows: it reads what each leg's attempt knows, posts what
follows, moves the payment, and names the leg that must be asked next. Called again with the
same rows it finds that everything is done. That is what makes a payment restartable anywhere.

What is posted, by leg (``docs/ledger.md`` has the whole table):

- debit executed: ``collect`` from the bank's clearing account into the payer's money in flight;
  of a purchase at once ``deliver`` to what is owed to the shop, and the ``fee`` out of it;
- credit executed: ``deliver`` out of flight into the other bank's clearing account, or into the
  payee's balance where the operator may hold it;
- credit refused after an executed debit: a leg back along the debit, ``return`` when executed;
- no credit leg, because the payee has to enrol first: the payment waits (``services.claims``).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from core.clock import business_now, wall_now
from core.errors import NotFound
from core.money import Money
from core.transactions import joins
from payments import ledger
from payments.enums import (
    BOOKS,
    AnswerKind,
    LedgerKind,
    LegKind,
    LegState,
    PaymentKind,
    PaymentState,
    TransferKind,
)
from payments.ledger import Line, Owned
from payments.models import Attempt, Leg, Payment
from payments.queries.countries import claim_time, payments_stopped
from payments.services.availability import may_go_on
from payments.services.limits import release_limits
from payments.services.moving import BANK, SYSTEM, Why, move_payment

GIVE_UP_CREDIT_AFTER = timedelta(minutes=10)
"""A credit whose bank cannot be reached at all for this long goes back to the payer."""

LEFT_ALONE_FOR = timedelta(minutes=2)
"""Longer than a duty's lease and a bank's time-out together: whoever was at it is gone."""

_ORDER = {LegKind.DEBIT: 0, LegKind.CREDIT: 1, LegKind.RETURN: 2}
_CLOSED = {LegState.EXECUTED, LegState.REFUSED}
_UNDER_WAY = {PaymentState.PROCESSING, PaymentState.UNKNOWN, PaymentState.PENDING_CLAIM}
# ISO 20022 external status reasons (ExternalStatusReason1Code) that a payer can act on.
_FAILURES = {
    "AM04": "insufficient_funds",
    "AC01": "account_unknown",
    "AC04": "account_closed",
    "AC06": "account_blocked",
    "AM02": "bank_limit_reached",
}


def lock_payment(payment_id: str) -> tuple[Payment, list[Leg]]:
    """Lock a payment's row and return it with its legs in the order in which they happen.

    Raises:
        NotFound: There is no such payment.
    """
    payment = Payment.objects.select_for_update(no_key=True).filter(public_id=payment_id).first()
    if payment is None:
        raise NotFound
    own = Leg.objects.filter(payment=payment, refund__isnull=True)
    legs = list(own.select_related("attempt"))
    for leg in legs:
        leg.payment = payment
    return payment, sorted(legs, key=lambda leg: (_ORDER[LegKind(leg.kind)], leg.id))


def attempt_of(leg: Leg) -> Attempt | None:
    """Return what was asked of the leg's bank, or None when nothing was asked yet."""
    return getattr(leg, "attempt", None)


@joins
def begin(*, payment: Payment, moment: datetime) -> None:
    """Take an authorized payment in hand; from here on it can no longer be cancelled.

    Publishes: ``payment.processing``.

    Transaction: joins.
    """
    if payment.state == PaymentState.AUTHORIZED:
        move_payment(payment=payment, to=PaymentState.PROCESSING, why=Why(moment, SYSTEM))


@joins
def finish(*, payment: Payment, legs: Sequence[Leg], moment: datetime) -> Leg | None:
    """Write what follows from the answers that are known.

    Changes: legs, the books, the payment's state and history, limits of a failed payment.
    Publishes: ``payment.completed``, ``payment.failed``, ``payment.unknown`` or
    ``payment.returned`` when it comes to that.

    Args:
        payment: Locked by the caller.
        legs: Its legs, in order, as ``lock_payment`` gave them.
        moment: The business moment.

    Returns:
        The leg whose bank must be asked next, or one within the books that a hold stops; or None.

    Transaction: joins.
    """
    if payment.state not in _UNDER_WAY:
        return None
    for leg in legs:
        if leg.state in _CLOSED:
            continue
        waits = leg.rail == BOOKS and not may_move(payment=payment)
        known = LegState.PENDING if waits else _known(leg)
        if known == LegState.UNKNOWN:
            _hold(payment, leg, moment)
            return None
        if known == LegState.REFUSED:
            return _refuse(payment, legs, leg, moment)
        if known == LegState.PENDING:
            return leg
        _execute(payment, leg, moment)
    _close(payment, legs, moment)
    return None


@joins
def may_move(*, payment: Payment, bank: str = "") -> bool:
    """Tell whether more of a payment's money may move, and keep it so until the commit.

    Args:
        payment: Locked by the caller.
        bank: The slug of the bank that would be asked; empty within the books.

    Transaction: joins (``availability.may_go_on``).
    """
    return may_go_on(
        country=payment.country,
        capability=payment.kind,
        parties=(payment.payer_id, payment.payee_id),
        banks=[bank] if bank else [],
    )


def answered_and_open(now: datetime, limit: int) -> "QuerySet[Attempt, str]":
    """Return public ids of payments that a process left behind, oldest first.

    Their bank was asked, their leg is still open, and nobody has been at it for a while.

    Args:
        now: Wall-clock time.
        limit: At most so many.
    """
    # In two parts, because each has an index of its own; all payments are many more than these.
    at_a_bank = Q(leg__payment__state__in=[PaymentState.PROCESSING, PaymentState.UNKNOWN])
    waiting = Q(leg__payment__state=PaymentState.PENDING_CLAIM)
    left = Attempt.objects.filter(
        at_a_bank | waiting,
        leg__state__in=[LegState.PENDING.value, LegState.UNKNOWN.value],
        sent_at__lte=now - LEFT_ALONE_FOR,
    ).exclude(outcome=AnswerKind.UNKNOWN)
    return left.order_by("id").values_list("leg__payment__public_id", flat=True)[:limit]


def left_behind(now: datetime, limit: int) -> list[str]:
    """Return public ids of payments that a process left behind, or a hold, oldest first.

    A hold leaves a payment between two banks whose last answer came by a look-up or a statement:
    then no duty goes on to ask the next bank. While the hold stands it is left out.

    Args:
        now: Wall-clock time.
        limit: At most so many of each.
    """
    between = Payment.objects.filter(
        ~payments_stopped(),
        state__in=[PaymentState.PROCESSING, PaymentState.UNKNOWN],
        created_at__lte=business_now() - LEFT_ALONE_FOR,
        legs__state=LegState.PENDING,
        legs__attempt__isnull=True,
        legs__refund__isnull=True,
    )
    asked = between.order_by("id").distinct().values_list("public_id", flat=True)[:limit]
    return list(dict.fromkeys([*answered_and_open(now, limit), *asked]))


def _known(leg: Leg) -> LegState:
    """Return what a leg has come to, as far as anybody knows.

    ``pending`` means that its bank must be asked: for the first time, again because nothing was
    sent, or about an instruction that has no answer.
    """
    if leg.rail == BOOKS:
        return LegState.EXECUTED
    attempt = attempt_of(leg)
    if attempt is None or not attempt.outcome:
        return LegState.PENDING
    if attempt.outcome == AnswerKind.NOT_SENT:
        return _known_unsent(leg, attempt)
    return {
        AnswerKind.EXECUTED: LegState.EXECUTED,
        AnswerKind.REJECTED: LegState.REFUSED,
        AnswerKind.UNKNOWN: LegState.UNKNOWN,
    }[AnswerKind(attempt.outcome)]


def _known_unsent(leg: Leg, attempt: Attempt) -> LegState:
    """Return what follows when nothing reached the bank.

    A debit is refused at once: the person is waiting and can pay again. A credit is tried for a
    while, because the money was collected; the way back is tried for ever.
    """
    if leg.kind == LegKind.DEBIT:
        return LegState.REFUSED
    too_long = wall_now() - attempt.sent_at > GIVE_UP_CREDIT_AFTER
    if leg.kind == LegKind.CREDIT and too_long:
        return LegState.REFUSED
    return LegState.PENDING


def _hold(payment: Payment, leg: Leg, moment: datetime) -> None:
    """Keep what is unknown unknown: no money moves and nothing is sent again."""
    if leg.state != LegState.UNKNOWN:
        leg.state = LegState.UNKNOWN.value
        leg.save(update_fields=["state"])
    if payment.state == PaymentState.PROCESSING:
        move_payment(
            payment=payment,
            to=PaymentState.UNKNOWN,
            why=Why(moment, BANK, f"{leg.kind}: {leg.attempt.reason}"),
        )


def _execute(payment: Payment, leg: Leg, moment: datetime) -> None:
    """Close an executed leg and post what it moved.

    Limits are given back before the books are touched: everybody takes them in that order.
    """
    _close_leg(leg, LegState.EXECUTED, moment)
    if leg.kind == LegKind.RETURN:
        release_limits(taken=payment.limits_taken)
    ledger.post_journal(payment.public_id, _lines(payment, leg), moment)


def _refuse(payment: Payment, legs: Sequence[Leg], leg: Leg, moment: datetime) -> Leg | None:
    """Close a refused leg: the payment fails, or the money turns round."""
    _close_leg(leg, LegState.REFUSED, moment)
    attempt = leg.attempt
    if leg.kind == LegKind.DEBIT:
        release_limits(taken=payment.limits_taken)
        move_payment(
            payment=payment,
            to=PaymentState.FAILED,
            why=Why(moment, BANK, attempt.reason, failure_code=_failure_code(attempt)),
        )
        return None
    if leg.kind == LegKind.RETURN:
        # Collected money that cannot go back stays in flight, where check_ledger and staff see
        # it; a person finds the payer another account (``services.redirecting``).
        Payment.objects.filter(id=payment.id).update(failure_code="return_refused")
        return None
    return add_return_leg(payment=payment, debit=legs[0], moment=moment)


@joins
def add_return_leg(*, payment: Payment, debit: Leg, moment: datetime) -> Leg:
    """Turn the money of a collected payment round: back along its debit.

    Transaction: joins.
    """
    return Leg.objects.create(
        payment=payment,
        kind=LegKind.RETURN.value,
        rail=debit.rail,
        bank=debit.bank,
        account_token=debit.account_token,
        created_at=moment,
    )


def _close(payment: Payment, legs: Sequence[Leg], moment: datetime) -> None:
    """Move a payment whose legs are all closed to its end, or let it wait for its payee."""
    last = legs[-1]
    if last.kind == LegKind.DEBIT and payment.kind == PaymentKind.PERSON_TO_PERSON:
        _wait_for_claim(payment, moment)
    elif last.kind != LegKind.RETURN:
        move_payment(payment=payment, to=PaymentState.COMPLETED, why=Why(moment, BANK))
    elif last.state == LegState.EXECUTED:
        refused = next((leg for leg in legs if leg.kind == LegKind.CREDIT), None)
        code = "payee_bank_refused" if refused else payment.failure_code
        reason = refused.attempt.reason if refused else code
        why = Why(moment, BANK, reason, failure_code=code)
        move_payment(payment=payment, to=PaymentState.RETURNED, why=why)


def _wait_for_claim(payment: Payment, moment: datetime) -> None:
    """Let collected money wait for a payee who has to enrol first."""
    if payment.state != PaymentState.PENDING_CLAIM:
        until = moment + claim_time(payment.country)
        Payment.objects.filter(id=payment.id).update(claim_until=until)
        why = Why(moment, BANK, f"until {until.isoformat(timespec='minutes')}")
        move_payment(payment=payment, to=PaymentState.PENDING_CLAIM, why=why)


def _close_leg(leg: Leg, state: LegState, moment: datetime) -> None:
    leg.state = state.value
    leg.closed_at = moment
    leg.save(update_fields=["state", "closed_at"])


def _lines(payment: Payment, leg: Leg) -> list[Line]:
    """Return what an executed leg moves in the books."""
    amount = Money(payment.amount_minor, payment.currency)
    flight = Owned(LedgerKind.IN_FLIGHT, payment.payer_id)
    clearing = Owned(LedgerKind.BANK_CLEARING, bank=leg.bank)
    if leg.kind == LegKind.RETURN and leg.rail == BOOKS:
        balance = Owned(LedgerKind.BALANCE, payment.payer_id)
        return [Line(TransferKind.RELEASE, flight, balance, amount)]
    if leg.kind == LegKind.RETURN:
        return [Line(TransferKind.RETURN, flight, clearing, amount)]
    if leg.kind == LegKind.CREDIT:
        balance = Owned(LedgerKind.BALANCE, payment.payee_id)
        return [
            Line(TransferKind.DELIVER, flight, balance if leg.rail == BOOKS else clearing, amount)
        ]
    # A balance was reserved with the approval; there is nothing more to collect.
    lines = [] if leg.rail == BOOKS else [Line(TransferKind.COLLECT, clearing, flight, amount)]
    if payment.kind == PaymentKind.PURCHASE:
        payable = Owned(LedgerKind.PAYABLE, payment.payee_id)
        fee = Money(payment.fee_minor, payment.currency)
        lines.append(Line(TransferKind.DELIVER, flight, payable, amount))
        lines.append(Line(TransferKind.FEE, payable, Owned(LedgerKind.FEE_INCOME), fee))
    return lines


def _failure_code(attempt: Attempt) -> str:
    """Return what the payer is told about a refused debit."""
    if attempt.outcome == AnswerKind.NOT_SENT:
        return "bank_unavailable"
    return _FAILURES.get(attempt.reason, "bank_refused")
