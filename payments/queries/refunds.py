"""Reading refunds: what both sides of a payment and the shop's portal show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.api import keyset_page
from core.money import Money
from payments.models import Refund


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """A refund; ``fee`` is the part of the operator's fee that goes back with it.

    ``failure_code`` says why one failed; empty elsewhere.
    """

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
    failure_code: str = ""


def refunds_of(payment_id: str) -> list[RefundFacts]:
    """Return the refunds of a payment, oldest first; one query."""
    rows = Refund.objects.filter(payment__public_id=payment_id).select_related("payment")
    return refund_facts(list(rows.order_by("id")))


@dataclass(frozen=True, slots=True)
class RefundFilter:
    """What a list of refunds is narrowed to; empty asks for all.

    Attributes:
        payment_id: Of this payment only.
        state: A ``RefundState``.
    """

    payment_id: str = ""
    state: str = ""


def refunds_to_payers(
    party_id: int, wanted: RefundFilter, cursor: str | None, limit: int
) -> tuple[list[RefundFacts], str | None]:
    """Return one page of the refunds of what a party was paid, newest first; one query.

    Args:
        party_id: The shop's party.
        wanted: What they are narrowed to.
        cursor: What the page before gave; None for the first.
        limit: How many at most.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    rows = Refund.objects.filter(payee_id=party_id).select_related("payment")
    if wanted.payment_id:
        rows = rows.filter(payment__public_id=wanted.payment_id)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    found, following = keyset_page(rows, cursor, limit)
    return refund_facts(found), following


def refund_to_payer(party_id: int, public_id: str) -> RefundFacts | None:
    """Return a refund of what a party was paid, or None where it is another's; one query."""
    rows = Refund.objects.filter(payee_id=party_id, public_id=public_id)
    found = refund_facts(list(rows.select_related("payment")))
    return found[0] if found else None


def is_asked_for(party_id: int, payment_id: str, key: str) -> bool:
    """Tell whether a party has asked for a refund under a key already; one query."""
    known = Refund.objects.filter(payment__public_id=payment_id, request_key=key)
    return known.filter(payee_id=party_id).exists()


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
            failure_code=row.failure_code,
        )
        for row in rows
    ]
