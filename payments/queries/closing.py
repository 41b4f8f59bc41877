"""What of a payee's money is not finished: nobody who is owed, or owes, closes the books."""

from dataclasses import dataclass
from typing import Final

from core.money import Money
from payments.enums import PaymentState, PayoutState, RefundState
from payments.models import Payment, Payout, Refund
from payments.queries.disputes import open_disputes_against
from payments.queries.shop import ON_THE_WAY
from payments.queries.shop_figures import payable_now

UNDER_WAY: Final = (
    PaymentState.AUTHORIZED,
    PaymentState.PROCESSING,
    PaymentState.UNKNOWN,
    PaymentState.PENDING_CLAIM,
)
REFUNDS_UNDER_WAY: Final = (
    RefundState.AWAITING_SECOND,
    RefundState.APPROVED,
    RefundState.PROCESSING,
    RefundState.UNKNOWN,
)
CAME_BACK: Final = (PayoutState.NOT_EXECUTED, PayoutState.REJECTED, PayoutState.RETURNED)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is not finished.

    Attributes:
        owed: What the operator owes and no payout holds yet; below nothing where they owe it.
        payouts: How many payouts are on their way to the bank.
        came_back: How many did not arrive and wait for a decision.
        payments: How many payments to them are under way.
        refunds: How many refunds are.
        disputes: How many disputes are open; what they hold is held.
    """

    owed: Money
    payouts: int
    came_back: int
    payments: int
    refunds: int
    disputes: int


def unfinished(party_id: int) -> Unfinished:
    """Return what of a payee's money is not finished; six questions."""
    payouts = Payout.objects.filter(party_id=party_id)
    return Unfinished(
        owed=payable_now(party_id),
        payouts=payouts.filter(state__in=ON_THE_WAY).count(),
        came_back=payouts.filter(state__in=CAME_BACK).count(),
        payments=Payment.objects.filter(payee_id=party_id, state__in=UNDER_WAY).count(),
        refunds=Refund.objects.filter(
            payment__payee_id=party_id, state__in=REFUNDS_UNDER_WAY
        ).count(),
        disputes=len(open_disputes_against(party_id)),
    )
