"""Reading receipts: by their code, with what became of the payment since."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.enums import PaymentState
from payments.models import Receipt, ReceiptKey
from payments.queries.countries import country_by_iso2
from payments.receipt_codes import read_code, shown_code


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """A receipt, and how the payment stands now.

    Attributes:
        code: The code, in its one form.
        state: The payment's state at this moment; not signed.
        state_words: The same as a sentence.
        content: What was signed, read from ``signed_text``.
        signed_text: The signed bytes as a text.
        signature: Ed25519 over them, base64url.
        key_id: With which key.
        issued_at: When it was signed.
        completed_at: When the payment was completed.
        timezone: Of the payment's country.
        payee_id: The payee's party; for pages of ours only.
    """

    code: str
    state: str
    state_words: str
    content: dict[str, Any]
    signed_text: str
    signature: str
    key_id: str
    issued_at: datetime
    completed_at: datetime | None
    timezone: str
    payee_id: int


def receipt_link(code: str | None) -> dict[str, str] | None:
    """Return where a receipt is, or None while there is none."""
    if code is None:
        return None
    return {"code": shown_code(code), "url": f"{settings.TROCO_PUBLIC_URL}/r/{code}"}


def receipt_by_code(text: str) -> ReceiptFacts | None:
    """Return the receipt of a code as somebody typed it, or None; two queries."""
    code = read_code(text)
    if code is None:
        return None
    row = Receipt.objects.select_related("payment", "key").filter(code=code).first()
    if row is None:
        return None
    country = country_by_iso2(row.payment.country)
    return ReceiptFacts(
        code=row.code,
        state=row.payment.state,
        state_words=str(_WORDS.get(row.payment.state, _WORDS[PaymentState.COMPLETED.value])),
        content=json.loads(row.signed_text),
        signed_text=row.signed_text,
        signature=row.signature,
        key_id=row.key.key_id,
        issued_at=row.issued_at,
        completed_at=row.payment.completed_at,
        timezone=country.timezone if country else "UTC",
        payee_id=row.payment.payee_id,
    )


def published_keys() -> list[dict[str, Any]]:
    """Return every key that receipts were signed with as a JWK, the newest first; one query."""
    return [_jwk(key) for key in ReceiptKey.objects.order_by("-valid_from", "-id")]


def _jwk(key: ReceiptKey) -> dict[str, Any]:
    """Return a key with its validity in seconds, as JWT writes moments (RFC 7519)."""
    written: dict[str, Any] = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": key.public_x,
        "kid": key.key_id,
        "use": "sig",
        "alg": "EdDSA",
        "nbf": int(key.valid_from.timestamp()),
    }
    if key.valid_to is not None:
        written["exp"] = int(key.valid_to.timestamp())
    return written


_WORDS: Mapping[str, Promise | str] = {
    PaymentState.COMPLETED.value: _("Paid. The money has arrived."),
    PaymentState.PARTIALLY_REFUNDED.value: _("Paid. A part was refunded later."),
    PaymentState.REFUNDED.value: _("Paid, and later refunded in full."),
    PaymentState.RETURNED.value: _("Paid, and later returned to the payer."),
    PaymentState.DISPUTED.value: _("Paid. The payment is disputed and being looked into."),
}
"""How a payment that was completed may stand, for whoever holds its receipt."""
