"""Signing the end of the audit chain with the key that receipts are signed with.

Its public half is published, so whoever keeps the file can check it without this house. The text
says its own type: a signature over a head is never one over a receipt.
"""

import json
from datetime import datetime

from django.conf import settings

from core.transactions import owns
from payments.models import ReceiptKey
from payments.services.receipt_keys import key_in_use, sign
from payments.services.signed_text import canonical, rfc3339
from people.keys import is_signed

HEAD_TYPE = "troco.audit_head"


@owns
def sign_head(*, seq: int, hash_hex: str, now: datetime) -> dict[str, str]:
    """Return a head of the audit chain as a signed text.

    Changes: the ``ReceiptKey`` when the secret is new.

    Args:
        seq: How many entries the chain has.
        hash_hex: The last one's hash.
        now: Wall-clock time.

    Returns:
        ``signed_text``, canonical JSON (RFC 8785); ``signature``, base64url; ``key_id``.

    Transaction: owns.
    """
    key = key_in_use(now=now)
    text = canonical(
        {
            "hash": hash_hex,
            "issuer": settings.TROCO_PUBLIC_URL,
            "key_id": key.key_id,
            "seq": seq,
            "signed_at": rfc3339(now),
            "type": HEAD_TYPE,
            "version": 1,
        }
    )
    return {"signed_text": text, "signature": sign(text), "key_id": key.key_id}


def read_head(*, signed_text: str, signature: str) -> tuple[int, str] | None:
    """Return what a kept head says: how many entries and the last one's hash.

    None where no key of this instance signed it, or it is no head.

    Transaction: none (one query).
    """
    try:
        said = json.loads(signed_text)
        key_id, seq, hash_hex = said["key_id"], int(said["seq"]), str(said["hash"])
    except (ValueError, TypeError, KeyError):
        return None
    key = ReceiptKey.objects.filter(key_id=key_id).first()
    if key is None or said.get("type") != HEAD_TYPE:
        return None
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": key.public_x}
    return (seq, hash_hex) if is_signed(jwk, signed_text.encode(), signature) else None
