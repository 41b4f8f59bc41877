"""What payments do when they hear news: load ids, call one service."""

from payments.services import charging, refunding, requests


def charge(*, payment_id: str) -> None:
    """Carry an authorized payment out (AFTERWARDS ``payment.authorized``)."""
    charging.charge_payment(payment_id=payment_id)


def note_request_paid(*, payment_id: str) -> None:
    """TOGETHER on ``payment.completed``: the request it paid is paid in the same commit."""
    requests.note_paid(payment_id=payment_id)


def carry_refund(*, refund_id: str, payment_id: str) -> None:  # noqa: ARG001
    """Carry an approved refund to the payer's bank (AFTERWARDS ``refund.approved``)."""
    refunding.carry_refund(refund_id=refund_id)
