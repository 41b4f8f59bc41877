"""The key that receipts are signed with: derived from a secret, its public half published.

The secret is ``TROCO_RECEIPT_KEY``; the private key is derived from it and never stored. The
first receipt under a new secret publishes the new public key and lets the old one end a day
later, so that processes that still run with the old secret do no harm. To rotate, change the
secret and restart: nothing else.

Source: RFC 8032 (Ed25519), RFC 8037 (its JWK), RFC 7638 (thumbprint).
"""

import hashlib
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from core.transactions import joins
from payments.models import ReceiptKey
from people.keys import encode_base64url, read_key

OVERLAP = timedelta(days=1)
_PURPOSE = b"troco receipt signing key, version 1\n"


def private_key() -> Ed25519PrivateKey:
    """Return the private key that the instance's secret stands for.

    Transaction: none.
    """
    secret = str(settings.TROCO_RECEIPT_KEY).encode()
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(_PURPOSE + secret).digest())


def sign(text: str) -> str:
    """Return the signature over a text's UTF-8 bytes, in base64url without padding.

    Transaction: none.
    """
    return encode_base64url(private_key().sign(text.encode()))


@joins
def key_in_use(*, now: datetime) -> ReceiptKey:
    """Return the row of the key in use, published first if it is new.

    Changes: the ``ReceiptKey`` in use, and the end of those before it, when the secret changed.

    Args:
        now: Wall-clock time.

    Transaction: joins.
    """
    raw = private_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    public_x = encode_base64url(raw)
    key_id = read_key({"kty": "OKP", "crv": "Ed25519", "x": public_x}).thumbprint
    found = ReceiptKey.objects.filter(key_id=key_id).first()
    if found is not None and found.valid_to is None:
        return found
    ReceiptKey.objects.bulk_create(
        [ReceiptKey(key_id=key_id, public_x=public_x, valid_from=now)], ignore_conflicts=True
    )
    ReceiptKey.objects.filter(key_id=key_id).update(valid_to=None)
    others = ReceiptKey.objects.filter(valid_to__isnull=True).exclude(key_id=key_id)
    others.update(valid_to=now + OVERLAP)
    return ReceiptKey.objects.get(key_id=key_id)
