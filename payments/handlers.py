"""What payments do when they hear news: load ids, call one service."""

from payments.services import charging, requests


def charge(*, payment_id: str) -> None:
    """Carry an authorized payment out (AFTERWARDS ``payment.authorized``)."""
    charging.charge_payment(payment_id=payment_id)


def note_request_paid(*, payment_id: str) -> None:
    """TOGETHER on ``payment.completed``: the request it paid is paid in the same commit."""
    requests.note_paid(payment_id=payment_id)
