"""Every event, who hears it within the same commit, and who afterwards.

TOGETHER handlers write as a part of the publisher's transaction and only join. AFTERWARDS
handlers run from the outbox, at least once, and only call services that own their own.
"""

from core.events import Handler
from merchants import handlers as merchants
from messaging import handlers as messaging
from payments import handlers as payments

# Messaging comes last: conversations are locked after everything else (ruling 5).
TOGETHER: dict[str, list[Handler]] = {
    "person.signed_in": [],
    "device.added": [messaging.show_device],
    "device.removed": [messaging.show_device],
    "identity.verified": [],
    "pin.changed": [messaging.show_pin_changed],
    "pin.reset": [messaging.show_pin_reset],
    "recovery.started": [messaging.show_recovery_started],
    "recovery.cancelled": [messaging.show_recovery_cancelled],
    "passkey.added": [messaging.show_passkey_added],
    "passkey.removed": [messaging.show_passkey_removed],
    "person.frozen": [messaging.show_frozen],
    "person.unfrozen": [messaging.show_unfrozen],
    "source.verified": [],
    "capability.changed": [],
    "hold.imposed": [],
    "hold.lifted": [],
    "batch.submitted": [],
    "batch.acknowledged": [],
    "statement.imported": [],
    "payout.settled": [],
    "payout.rejected": [],
    "payment.authorized": [messaging.show_payment],
    "payment.processing": [messaging.refresh_payment],
    "payment.completed": [
        payments.issue_receipt,
        merchants.mark_paid,
        payments.note_request_paid,
        messaging.refresh_payment,
    ],
    "payment.failed": [merchants.note_failed, messaging.refresh_payment],
    "payment.unknown": [merchants.note_unknown, messaging.refresh_payment],
    "payment.pending_claim": [messaging.refresh_payment],
    "payment.claimed": [],
    "payment.turned_back": [messaging.refresh_payment],
    "payment.cancelled": [messaging.refresh_payment],
    "payment.returned": [merchants.note_returned, messaging.refresh_payment],
    "request.opened": [messaging.show_request],
    "request.paid": [messaging.refresh_request],
    "request.declined": [messaging.refresh_request],
    "request.cancelled": [messaging.refresh_request],
    "request.expired": [messaging.refresh_request],
    "request.reminded": [messaging.refresh_request],
    "payment.partially_refunded": [messaging.refresh_payment],
    # The refund tells of it: its news comes right after, in the same commit.
    "payment.refunded": [],
    "payment.cleared": [messaging.refresh_payment],
    "payment.disputed": [merchants.note_disputed, messaging.refresh_payment],
    "dispute.opened": [],
    "dispute.evidence_due": [],
    "dispute.under_review": [],
    "dispute.won": [],
    "dispute.lost": [],
    "dispute.withdrawn": [],
    "dispute.expired": [],
    "refund.awaiting_second": [],
    "refund.declined": [],
    "refund.approved": [messaging.refresh_refund],
    "refund.processing": [],
    "refund.unknown": [messaging.refresh_refund],
    "refund.completed": [merchants.note_refunded, messaging.refresh_refund],
    "refund.failed": [merchants.note_refund_failed, messaging.refresh_refund],
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
    "refund.approved": [payments.carry_refund],
    "payment.pending_claim": [payments.invite_payee],
    "payment.claimed": [payments.charge],
    "payment.turned_back": [payments.charge],
    "identity.verified": [payments.claim_for_person],
    "pin.changed": [payments.claim_for_person],
    "source.verified": [payments.claim_for_party],
}
