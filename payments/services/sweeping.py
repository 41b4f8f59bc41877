"""Finding money that nobody is at: approved, and no bank was ever asked.

Usually a duty asks within a second. A duty that was parked, or lost by an operator's hand, would
leave the payment standing for ever, with its limits taken and its demand closed to any other
payment. So the clock looks for such payments and refunds by their own rows, whatever became of
their duties, and takes the step itself: a step may be taken twice and does nothing twice.

A debit that nobody has asked for within an hour is not asked for any more (``giving_up``).
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from core.clock import business_now
from core.transactions import owns
from payments.enums import LegKind, LegState, PaymentState, RefundState
from payments.models import Leg, Payment, Refund
from payments.queries.countries import payments_stopped
from payments.services import finishing
from payments.services.charging import charge_payment, try_step
from payments.services.giving_up import GIVEN_UP_AFTER, UNBEGUN, give_up_if_old
from payments.services.refunding import carry_refund

LEFT_FOR = timedelta(minutes=5)
"""Far longer than a duty waits for a worker that is alive."""

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
    looked_at = _sweep(give_up_debit, _unasked(UNBEGUN, older, limit, kind=LegKind.DEBIT))
    looked_at += _sweep(charge_payment, _unasked(UNBEGUN, old, limit))
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
    return give_up_if_old(payment=payment, legs=legs, moment=business_now())


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
