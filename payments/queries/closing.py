"""What of a payee's money is not finished: nobody who is owed, or owes, closes the books."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Func, IntegerField, Q, QuerySet

from core.bundles import ask_together
from core.money import Money
from payments.enums import PaymentState, PayoutState, RefundState
from payments.models import Dispute, Payment, Payout, Refund
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


def unfinished(party_id: int, currency: str) -> Unfinished:
    """Return what of a payee's money is not finished; two queries.

    Args:
        party_id: The payee.
        currency: That it is paid in.
    """
    payouts = Payout.objects.filter(party_id=party_id)
    refunds = Refund.objects.filter(payment__payee_id=party_id)
    found = ask_together(
        payouts=_counted(payouts.filter(state__in=ON_THE_WAY)),
        came_back=_counted(payouts.filter(state__in=CAME_BACK)),
        payments=_counted(Payment.objects.filter(payee_id=party_id, state__in=UNDER_WAY)),
        refunds=_counted(refunds.filter(state__in=REFUNDS_UNDER_WAY)),
        disputes=_counted(Dispute.objects.filter(payee_id=party_id, closed_at=None)),
    )
    counts = {name: int(rows[0]["number"]) if rows else 0 for name, rows in found.items()}
    return Unfinished(owed=payable_now(party_id, currency), **counts)


def has_money_matters(payee_id: int, payer_id: int, since: datetime) -> bool:
    """Tell whether money between two moved since, or is about to; three queries at most.

    Args:
        payee_id: Who was paid.
        payer_id: Who paid.
        since: A business moment: of payments when they were made, of refunds and disputes when
            they began or ended.
    """
    lately = Q(closed_at__isnull=True) | Q(closed_at__gte=since) | Q(created_at__gte=since)
    paid = Payment.objects.filter(payee_id=payee_id, payer_id=payer_id)
    return (
        paid.filter(Q(state__in=UNDER_WAY) | Q(created_at__gte=since)).exists()
        or Refund.objects.filter(lately, payee_id=payee_id, payment__payer_id=payer_id).exists()
        or Dispute.objects.filter(lately, payee_id=payee_id, payer_id=payer_id).exists()
    )


def _counted(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    number = Func("pk", function="COUNT", output_field=IntegerField())
    return rows.order_by().values(number=number)
