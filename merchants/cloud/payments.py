"""What became of the money of an order, by the program's own reference."""

from datetime import datetime
from typing import Any, Final

from django.http import JsonResponse

from core.money import Money, exponent
from merchants.cloud.calls import Call
from merchants.enums import KeyScope
from merchants.queries.lines import line_order_by_reference
from merchants.queries.orders import order_of_shop
from payments.queries import PaymentSnapshot
from payments.queries.payments import payments_of_demand
from payments.queries.refunds import RefundFacts, refunds_of

_SUCCESS: Final = frozenset({"completed", "partially_refunded", "refunded", "disputed"})
_FAILED: Final = frozenset({"failed", "cancelled", "returned"})
_REFUND: Final = {"completed": "success", "failed": "failed", "declined": "failed"}


def look_up(call: Call, configuration: str, reference: str) -> dict[str, Any] | JsonResponse:
    """Tell whether an order was paid, and by what tries."""
    call.need(KeyScope.PAYMENTS)
    known = line_order_by_reference(call.line.shop_id, reference)
    detail = order_of_shop(call.line.shop_id, known.order) if known is not None else None
    if known is None or detail is None or known.configuration not in {"", configuration}:
        told = {
            "code": 2040,
            "title": "No such payment",
            "details": "There is no order of this reference and configuration.",
        }
        return JsonResponse({"errors": [told]}, status=404)
    order = detail.order
    payment: dict[str, Any] = {
        "reference_id": reference,
        "status": "captured" if order.payment_ref else "pending",
        "currency": order.total.currency,
        "amount": amount(order.total),
    }
    tries = payments_of_demand("order", order.public_id)
    if tries:
        payment["transactions"] = [transaction(each, order.total) for each in tries]
    return {"payments": [payment]}


def transaction(payment: PaymentSnapshot, total: Money) -> dict[str, Any]:
    """Return one try to pay, with the refunds of it."""
    told: dict[str, Any] = {
        "id": payment.id,
        "pg_transaction_id": payment.id,
        "type": "troco",
        "status": state_of(payment),
        "created_timestamp": epoch(payment.created_at),
        "updated_timestamp": epoch(payment.completed_at or payment.created_at),
        "amount": amount(payment.amount),
        "order_amount": amount(total),
        "currency": payment.amount.currency,
        "method": {"type": "troco"},
    }
    if payment.failure_code:
        told["error"] = {"code": payment.failure_code, "reason": payment.failure_code}
    refunds = refunds_of(payment.id)
    if refunds:
        told["refunds"] = [_refund(each) for each in refunds]
    return told


def state_of(payment: PaymentSnapshot) -> str:
    """Return what a payment is in these words: success, failed, or still pending."""
    if payment.state in _SUCCESS:
        return "success"
    return "failed" if payment.state in _FAILED else "pending"


def amount(money: Money) -> dict[str, int]:
    """Return an amount as these shapes have it."""
    return {"value": money.amount_minor, "offset": int(10 ** exponent(money.currency))}


def epoch(moment: datetime) -> int:
    """Return a moment in seconds."""
    return int(moment.timestamp())


def _refund(refund: RefundFacts) -> dict[str, Any]:
    return {
        "id": refund.id,
        "amount": amount(refund.amount),
        "speed_processed": "normal",
        "status": _REFUND.get(refund.state, "pending"),
        "created_timestamp": epoch(refund.created_at),
        "updated_timestamp": epoch(refund.closed_at or refund.created_at),
    }
