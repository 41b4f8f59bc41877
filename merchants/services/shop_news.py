"""What a shop's programs are told of its orders and its money, as it is at that moment.

Called by handlers inside the publisher's transaction; nothing here may refuse. Facts are read
only where the shop has an endpoint that wants them.
"""

from typing import Any

from core.api import moment_out, money_out
from core.transactions import joins
from merchants.models import Order, Shop
from merchants.services.steps import DEMAND_KIND
from merchants.services.webhooks import queue_event
from payments.queries import PaymentSnapshot, payment_snapshot
from payments.queries.disputes import DisputeFacts, disputes_of
from payments.queries.refunds import RefundFacts, refunds_of
from payments.queries.shop import PayoutFacts, payout_by_id
from people.enums import PartyKind
from people.queries import PartyFacts, parties_by_ids


@joins
def tell_order(*, order_id: str) -> None:
    """Owe the news of an order's new state to its shop.

    Args:
        order_id: Public id of the order, which its caller has locked.

    Transaction: joins.
    """
    order = Order.objects.select_related("line_order").filter(public_id=order_id).first()
    if order is not None:
        queue_event(
            shop_id=order.shop_id,
            kind=f"order.{order.state}",
            ref=order_id,
            payload_maker=lambda: order_facts(order),
        )


@joins
def tell_payment(*, payment_id: str) -> None:
    """Owe the news of a payment's new state to the shop that it is for, if it is for one.

    Args:
        payment_id: Public id of the payment.

    Transaction: joins.
    """
    payment = payment_snapshot(payment_id)
    shop_id = _shop_of(payment)
    if shop_id is not None:
        queue_event(
            shop_id=shop_id,
            kind=f"payment.{payment.state}",
            ref=payment_id,
            payload_maker=lambda: payment_facts(payment),
        )


@joins
def tell_refund(*, refund_id: str, payment_id: str) -> None:
    """Owe the news of a refund's end to the shop whose sale it gives back.

    Args:
        refund_id: Public id of the refund.
        payment_id: Public id of the payment.

    Transaction: joins.
    """
    payment = payment_snapshot(payment_id)
    shop_id = _shop_of(payment)
    refund = next((each for each in refunds_of(payment_id) if each.id == refund_id), None)
    if shop_id is not None and refund is not None:
        queue_event(
            shop_id=shop_id,
            kind=f"refund.{refund.state}",
            ref=refund_id,
            payload_maker=lambda: refund_facts(refund, payment),
        )


@joins
def tell_dispute(*, dispute_id: str, payment_id: str) -> None:
    """Owe the news of a dispute's new state to the shop whose sale it is about.

    Args:
        dispute_id: Public id of the dispute.
        payment_id: Public id of the payment.

    Transaction: joins.
    """
    payment = payment_snapshot(payment_id)
    shop_id = _shop_of(payment)
    dispute = next((each for each in disputes_of(payment_id) if each.id == dispute_id), None)
    if shop_id is not None and dispute is not None:
        queue_event(
            shop_id=shop_id,
            kind=f"dispute.{dispute.state}",
            ref=dispute_id,
            payload_maker=lambda: dispute_facts(dispute),
        )


@joins
def tell_payout(*, payout_id: str) -> None:
    """Owe the news of a payout's end to its shop.

    Args:
        payout_id: Public id of the payout.

    Transaction: joins.
    """
    party_id, payout = payout_by_id(payout_id)
    shop_id = Shop.objects.filter(party_id=party_id).values_list("pk", flat=True).first()
    if shop_id is not None:
        queue_event(
            shop_id=shop_id,
            kind=f"payout.{payout.state}",
            ref=payout_id,
            payload_maker=lambda: payout_facts(payout),
        )


def order_facts(order: Order) -> dict[str, Any]:
    """Return what a shop's programs see of an order.

    Transaction: none.
    """
    buyer = parties_by_ids([order.buyer_id])[order.buyer_id]
    own = getattr(order, "line_order", None)
    lines = order.lines.select_related("product").order_by("position")
    return {
        "id": order.public_id,
        "number": order.number,
        "reference": own.reference if own else "",
        "state": order.state,
        "buyer": _party(buyer),
        "lines": [
            {
                "product": line.product.public_id if line.product else None,
                "code": line.code,
                "name": line.name,
                "quantity": line.quantity,
                "unit": {"amount_minor": line.unit_minor, "currency": order.currency},
                "total": {"amount_minor": line.total_minor, "currency": order.currency},
            }
            for line in lines
        ],
        "total": {"amount_minor": order.total_minor, "currency": order.currency},
        "payment_kind": order.payment_kind,
        "payment": order.payment_ref or None,
        "conversation": order.conversation_ref,
        "note": order.note,
        "placed_at": moment_out(order.placed_at),
        "expires_at": moment_out(order.expires_at),
        "paid_at": moment_out(order.paid_at),
    }


def payment_facts(payment: PaymentSnapshot) -> dict[str, Any]:
    """Return what a shop's programs see of a payment.

    Transaction: none.
    """
    is_order = payment.demand_kind == DEMAND_KIND
    return {
        "id": payment.id,
        "kind": payment.kind,
        "state": payment.state,
        "payer": _party(payment.payer),
        "amount": money_out(payment.amount),
        "fee": money_out(payment.fee),
        "refunded": money_out(payment.refunded),
        "order": payment.demand_reference if is_order else None,
        "conversation": payment.conversation_ref,
        "note": payment.note,
        "failure_code": payment.failure_code,
        "receipt": payment.receipt_code,
        "created_at": moment_out(payment.created_at),
        "completed_at": moment_out(payment.completed_at),
    }


def refund_facts(refund: RefundFacts, payment: PaymentSnapshot) -> dict[str, Any]:
    """Return what a shop's programs see of a refund.

    Transaction: none.
    """
    is_order = payment.demand_kind == DEMAND_KIND
    return {
        "id": refund.id,
        "payment": refund.payment_id,
        "order": payment.demand_reference if is_order else None,
        "state": refund.state,
        "amount": money_out(refund.amount),
        "fee": money_out(refund.fee),
        "origin": refund.origin,
        "reason": refund.reason,
        "note": refund.note,
        "created_at": moment_out(refund.created_at),
        "closed_at": moment_out(refund.closed_at),
    }


def dispute_facts(dispute: DisputeFacts) -> dict[str, Any]:
    """Return what a shop's programs see of a dispute.

    Transaction: none.
    """
    return {
        "id": dispute.id,
        "payment": dispute.payment.id,
        "state": dispute.state,
        "kind": dispute.kind,
        "reason": dispute.reason,
        "amount": money_out(dispute.amount),
        "held": money_out(dispute.held),
        "answer_by": moment_out(dispute.answer_by),
        "created_at": moment_out(dispute.created_at),
        "closed_at": moment_out(dispute.closed_at),
    }


def payout_facts(payout: PayoutFacts) -> dict[str, Any]:
    """Return what a shop's programs see of a payout.

    Transaction: none.
    """
    return {
        "id": payout.id,
        "state": payout.state,
        "gross": money_out(payout.gross),
        "fee": money_out(payout.fee),
        "refunds": money_out(payout.refunds),
        "held": money_out(payout.held),
        "net": money_out(payout.net),
        "payments": payout.payment_count,
        "value_date": payout.value_date.isoformat() if payout.value_date else None,
        "bank_reference": payout.bank_reference,
        "reason": payout.reason,
        "settled_at": moment_out(payout.settled_at),
    }


def _party(party: PartyFacts) -> dict[str, str]:
    return {"id": party.public_id, "name": party.display_name}


def _shop_of(payment: PaymentSnapshot) -> int | None:
    """Return the shop that a payment is for; people who pay each other have none."""
    if payment.payee.kind != PartyKind.BUSINESS:
        return None
    shops = Shop.objects.filter(party_id=payment.payee.id)
    return shops.values_list("pk", flat=True).first()
