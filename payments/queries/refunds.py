"""Reading refunds: what both sides of a payment and the shop's portal show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.money import Money
from payments.models import Refund


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """A refund; ``fee`` is the part of the operator's fee that goes back with it."""

    id: str
    payment_id: str
    state: str
    amount: Money
    fee: Money
    origin: str
    reason: str
    note: str
    created_at: datetime
    closed_at: datetime | None


def refunds_of(payment_id: str) -> list[RefundFacts]:
    """Return the refunds of a payment, oldest first; one query."""
    rows = Refund.objects.filter(payment__public_id=payment_id).select_related("payment")
    return refund_facts(list(rows.order_by("id")))


def is_asked_for(party_id: int, payment_id: str, key: str) -> bool:
    """Tell whether a party has asked for a refund under a key already; one query."""
    known = Refund.objects.filter(payment__public_id=payment_id, request_key=key)
    return known.filter(payment__payee_id=party_id).exists()


def refund_facts(rows: Sequence[Refund]) -> list[RefundFacts]:
    """Return the facts of refunds whose payment is loaded."""
    return [
        RefundFacts(
            id=row.public_id,
            payment_id=row.payment.public_id,
            state=row.state,
            amount=Money(row.amount_minor, row.currency),
            fee=Money(row.fee_minor, row.currency),
            origin=row.origin,
            reason=row.reason,
            note=row.note,
            created_at=row.created_at,
            closed_at=row.closed_at,
        )
        for row in rows
    ]
