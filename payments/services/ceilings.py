"""How long a device is held to a new one's ceiling."""

from datetime import datetime
from typing import TYPE_CHECKING

from payments.limits import ceiling_ends
from people.queries import pin_reset_at

if TYPE_CHECKING:
    from people.models import Device


def ceiling_of(device: "Device") -> datetime:
    """Return until when a device may send no more than a new one.

    A device is new for 24 hours of business time after its first sign-in, and again after its
    person's forgotten PIN was replaced. Nothing that a caller sends can change either. One query.

    Transaction: none.
    """
    return ceiling_ends(device.created_at, pin_reset_at(device.person))
