"""When nobody asks the payer's bank any more, and what a payment that no bank heard of gives back.

A debit that nobody has asked for within an hour is not asked for any more. Its payer has long
stopped waiting and may have paid otherwise; nothing was sent, so nothing can be executed. Whoever
comes first, the payment's own duty, the sweep, or a hold that is lifted after hours, goes by this
one rule, under the payment's lock: so they all come to the same end.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.clock import wall_now
from core.events import is_owed
from core.money import Money
from core.transactions import joins
from payments import ledger
from payments.enums import BOOKS, LedgerKind, LegKind, LegState, PaymentState, TransferKind
from payments.models import Leg, Payment
from payments.services import finishing
from payments.services.limits import release_limits
from payments.services.moving import SYSTEM, Why, move_payment

GIVEN_UP_AFTER = timedelta(hours=1)

UNBEGUN = (PaymentState.AUTHORIZED, PaymentState.PROCESSING)


def is_old(payment: Payment, moment: datetime) -> bool:
    """Tell whether a payment is so old that its debit may have to be given up.

    Transaction: none (no query).
    """
    return payment.created_at <= moment - GIVEN_UP_AFTER


@joins
def give_up_if_old(*, payment: Payment, legs: Sequence[Leg], moment: datetime) -> bool:
    """End a payment whose debit nobody has asked for within an hour.

    Changes: what ``cancel_unasked`` changes.

    Args:
        payment: Locked.
        legs: Its legs, in order, as ``finishing.lock_payment`` gave them.
        moment: The business moment.

    Returns:
        Whether it was ended; not when a bank was asked, nor while a hold stops everything, nor
        while a duty not an hour old will ask: then only the sandbox's clock has moved.

    Transaction: joins.
    """
    if payment.state not in UNBEGUN or not is_old(payment, moment):
        return False
    debit = legs[0]
    if debit.state != LegState.PENDING or finishing.attempt_of(debit) is not None:
        return False
    if not finishing.may_move(payment=payment):
        return False
    if is_owed({"payment_id": payment.public_id}, since=wall_now() - GIVEN_UP_AFTER):
        return False
    cancel_unasked(payment=payment, moment=moment)
    return True


@joins
def cancel_unasked(*, payment: Payment, moment: datetime) -> None:
    """End a payment that waited too long for anybody to ask its payer's bank.

    Changes: the payment, its history; gives back limits and, for a balance, the money. One that
    was taken in hand already has failed: ``bank_unavailable``.
    Publishes: ``payment.cancelled`` or ``payment.failed``.

    Args:
        payment: Locked; no bank was asked.
        moment: The business moment.

    Raises:
        StateConflict: It is over.

    Transaction: joins.
    """
    give_back(payment=payment, moment=moment)
    is_begun = payment.state == PaymentState.PROCESSING
    to = PaymentState.FAILED if is_begun else PaymentState.CANCELLED
    code = "bank_unavailable" if is_begun else ""
    why = Why(moment, SYSTEM, "nobody asked the bank in time", failure_code=code)
    move_payment(payment=payment, to=to, why=why)


@joins
def give_back(*, payment: Payment, moment: datetime) -> None:
    """Give back what a payment took before any bank was asked: limits, then the balance.

    Transaction: joins.
    """
    release_limits(taken=payment.limits_taken)
    if not payment.legs.filter(kind=LegKind.DEBIT, rail=BOOKS).exists():
        return
    line = ledger.Line(
        TransferKind.RELEASE,
        debit=ledger.Owned(LedgerKind.IN_FLIGHT, payment.payer_id),
        credit=ledger.Owned(LedgerKind.BALANCE, payment.payer_id),
        amount=Money(payment.amount_minor, payment.currency),
    )
    ledger.post_journal(payment.public_id, [line], moment)
