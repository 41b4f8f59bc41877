"""What messaging does when news comes from below; each calls one service."""

from messaging.services import bubbles, devices


def show_payment(*, payment_id: str) -> None:
    """A payment was authorized: its bubble appears in the same commit."""
    bubbles.show_payment(payment_id=payment_id)


def refresh_payment(*, payment_id: str) -> None:
    """A payment has a new state: its bubble shows it in the same commit."""
    bubbles.show_payment(payment_id=payment_id)


def show_device(*, device_id: str) -> None:
    """A device was added or removed: the person's other devices hear of it."""
    devices.show_device(device_id=device_id)
