"""Finding money that nobody is at: approved, and no bank was ever asked.

Usually a duty asks within a second. A duty that was parked, or lost by an operator's hand, would
leave the payment standing for ever, with its limits taken and its demand closed to any other
payment. So the clock looks for such payments and refunds by their own rows, whatever became of
their duties, and takes the step itself: a step may be taken twice and does nothing twice.

A debit that nobody has asked for within an hour is not asked for any more. Its payer has long
stopped waiting and may have paid otherwise; nothing was sent, so nothing can be executed.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from core.clock import business_now, wall_now
from core.errors import NotFound
from core.events import is_owed
from core.transactions import owns
from payments.enums import LegKind, LegState, PaymentState, RefundState
from payments.models import Leg, Payment, Refund
from payments.queries.countries import payments_stopped
from payments.services import finishing
from payments.services.charging import charge_payment, try_step
from payments.services.payments import cancel_unasked
from payments.services.refunding import carry_refund

LEFT_FOR = timedelta(minutes=5)
"""Far longer than a duty waits for a worker that is alive."""

GIVEN_UP_AFTER = timedelta(hours=1)

_UNBEGUN = (PaymentState.AUTHORIZED, PaymentState.PROCESSING)
_REFUNDS = (RefundState.APPROVED, RefundState.PROCESSING)


def carry_forgotten(*, limit: int = 100) -> int:
    """Take the step of every payment and refund that no bank was asked about; by the clock.

    Args:
        limit: At most so many of each.

    Returns:
        How many were looked at.

    Transaction: owns (several for each).
    """
    moment = business_now()
    old, older = moment - LEFT_FOR, moment - GIVEN_UP_AFTER
    claims = (PaymentState.PENDING_CLAIM,)
    looked_at = _sweep(give_up_debit, _unasked(_UNBEGUN, older, limit, kind=LegKind.DEBIT))
    looked_at += _sweep(charge_payment, _unasked(_UNBEGUN, old, limit))
    looked_at += _sweep(charge_payment, _unasked(claims, old, limit))
    for refund_id in _unasked_refunds(old, limit):
        try_step(carry_refund, refund_id=refund_id)
        looked_at += 1
    return looked_at


@owns
def give_up_debit(*, payment_id: str) -> bool:
    """End a payment whose debit nobody has asked for; its payer may pay anew.

    Changes: what ``cancel_unasked`` changes.

    Args:
        payment_id: Public id.

    Returns:
        Whether it was ended; not when somebody was faster and asked, nor while a hold stops
        everything, nor while a duty not an hour old will ask: then it stays where it is.

    Raises:
        NotFound: There is no such payment.

    Transaction: owns.
    """
    payment, legs = finishing.lock_payment(payment_id)
    if not legs:
        raise NotFound
    is_unasked = legs[0].state == LegState.PENDING and finishing.attempt_of(legs[0]) is None
    if payment.state not in _UNBEGUN or not is_unasked:
        return False
    if not finishing.may_move(payment=payment):
        return False
    if is_owed({"payment_id": payment_id}, since=wall_now() - GIVEN_UP_AFTER):
        # Only the sandbox's clock has moved: the duty is young, and asks in a moment.
        return False
    cancel_unasked(payment=payment, moment=business_now())
    return True


def _sweep(work: Callable[..., object], payment_ids: list[str]) -> int:
    for payment_id in payment_ids:
        try_step(work, payment_id=payment_id)
    return len(payment_ids)


def _unasked(
    states: Sequence[PaymentState], before: datetime, limit: int, **leg: LegKind
) -> list[str]:
    """Return payments in some states with a leg, written before, that no bank was asked about.

    What a hold stops is left out: it may be more than the limit, and no step could be taken.
    """
    legs = Leg.objects.filter(
        payment=OuterRef("pk"),
        state=LegState.PENDING,
        refund__isnull=True,
        attempt__isnull=True,
        created_at__lte=before,
        **leg,
    )
    rows = Payment.objects.filter(Exists(legs), ~payments_stopped(), state__in=states)
    return list(rows.order_by("id").values_list("public_id", flat=True)[:limit])


def _unasked_refunds(before: datetime, limit: int) -> list[str]:
    """Return refunds under way, begun before, that no bank was asked about."""
    rows = Refund.objects.filter(
        state__in=_REFUNDS, leg__attempt__isnull=True, leg__created_at__lte=before
    )
    return list(rows.order_by("id").values_list("public_id", flat=True)[:limit])
