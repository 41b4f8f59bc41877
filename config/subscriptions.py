"""Every event, who hears it within the same commit, and who afterwards.

TOGETHER handlers write as a part of the publisher's transaction and only join. AFTERWARDS
handlers run from the outbox, at least once, and only call services that own their own.
"""

from core.events import Handler
from payments import handlers as payments

TOGETHER: dict[str, list[Handler]] = {
    "person.signed_in": [],
    "device.added": [],
    "device.removed": [],
    "identity.verified": [],
    "pin.changed": [],
    "capability.changed": [],
    "hold.imposed": [],
    "hold.lifted": [],
    "batch.submitted": [],
    "batch.acknowledged": [],
    "statement.imported": [],
    "payout.settled": [],
    "payout.rejected": [],
    "payment.authorized": [],
    "payment.processing": [],
    "payment.completed": [],
    "payment.failed": [],
    "payment.unknown": [],
    "payment.cancelled": [],
    "payment.returned": [],
    "shop.opened": [],
    "order.placed": [],
    "order.accepted": [],
    "order.awaiting_payment": [],
    "order.external_pending": [],
    "order.paid": [],
    "order.preparing": [],
    "order.ready": [],
    "order.shipped": [],
    "order.completed": [],
    "order.declined": [],
    "order.cancelled": [],
    "order.expired": [],
}

AFTERWARDS: dict[str, list[Handler]] = {
    "payment.authorized": [payments.charge],
}
