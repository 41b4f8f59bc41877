"""What shops do when others tell news; ``config/subscriptions.py`` says when."""

from merchants.enums import NoteKind
from merchants.services import order_payments


def mark_paid(*, payment_id: str) -> None:
    """TOGETHER on ``payment.completed``: the order is paid in the same commit."""
    order_payments.mark_paid(payment_id=payment_id)


def note_failed(*, payment_id: str) -> None:
    """TOGETHER on ``payment.failed``: the order's timeline says so."""
    order_payments.note_payment(payment_id=payment_id, kind=NoteKind.PAYMENT_FAILED)


def note_unknown(*, payment_id: str) -> None:
    """TOGETHER on ``payment.unknown``: the order's timeline says that the bank is asked."""
    order_payments.note_payment(payment_id=payment_id, kind=NoteKind.PAYMENT_UNKNOWN)


def note_returned(*, payment_id: str) -> None:
    """TOGETHER on ``payment.returned``: the order's timeline says that money went back."""
    order_payments.note_payment(payment_id=payment_id, kind=NoteKind.PAYMENT_RETURNED)
