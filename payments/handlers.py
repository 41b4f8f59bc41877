"""What payments do when they hear news: load ids, call one service."""

from payments.services import charging


def charge(*, payment_id: str) -> None:
    """Carry an authorized payment out (AFTERWARDS ``payment.authorized``)."""
    charging.charge_payment(payment_id=payment_id)
