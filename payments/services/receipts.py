"""Issuing receipts: once for each payment, in the commit that completes it."""

from typing import Any

from django.conf import settings

from core.clock import wall_now
from core.transactions import joins
from payments.models import Payment, Receipt, ReceiptKey
from payments.queries.payments import PaymentSnapshot, snapshots_of
from payments.services.receipt_keys import key_in_use, sign
from payments.services.signed_text import canonical, rfc3339
from people.queries import PartyFacts

VERSION = 1


@joins
def issue_receipt(*, payment_id: str) -> None:
    """Write the signed receipt of a payment that was completed; again changes nothing.

    Changes: one ``Receipt``, and the ``ReceiptKey`` when the secret is new.

    Args:
        payment_id: ``pay_…``, completed.

    Transaction: joins.
    """
    row = Payment.objects.select_related("demand").get(public_id=payment_id)
    payment = snapshots_of([row])[0]
    if payment.receipt_code is None:
        return
    now = wall_now()
    key = key_in_use(now=now)
    text = canonical(_content(payment, key, rfc3339(now)))
    receipt = Receipt(
        code=payment.receipt_code,
        payment=row,
        key=key,
        signed_text=text,
        signature=sign(text),
        issued_at=now,
    )
    Receipt.objects.bulk_create([receipt], ignore_conflicts=True)


def _content(payment: PaymentSnapshot, key: ReceiptKey, issued_at: str) -> dict[str, Any]:
    """Return what a receipt says: enough to know the payment by, too little to know a person."""
    completed_at = payment.completed_at
    return {
        "amount": {
            "amount_minor": payment.amount.amount_minor,
            "currency": payment.amount.currency,
        },
        "code": payment.receipt_code,
        "completed_at": rfc3339(completed_at) if completed_at else "",
        "issued_at": issued_at,
        "issuer": {"name": settings.TROCO_OPERATOR_NAME, "url": settings.TROCO_PUBLIC_URL},
        "key_id": key.key_id,
        "kind": payment.kind,
        "payee": _party(payment.payee),
        "payer": _party(payment.payer),
        "payment": payment.id,
        "type": "troco.receipt",
        "version": VERSION,
    }


def _party(party: PartyFacts) -> dict[str, str]:
    return {"kind": party.kind, "name": party.masked_legal_name or party.display_name}
