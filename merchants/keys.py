"""Secrets that have to be read again: sealed at rest, signed with in transit.

The secret that a webhook is signed with is needed in the clear each time, so a hash will not do.
It is kept sealed by a key that is derived from the instance's own secret: the table alone, or a
copy of it, signs nothing.

The signatures are written out here, in a few lines each, and not taken from a library, so that
the tests can hold them against one.
"""

import base64
import hashlib
import hmac
import secrets
from functools import cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

SECRET_PREFIX = "whsec_"  # noqa: S105 - How such a secret begins, not one.
_SECRET_BYTES = 32


def new_signing_secret() -> str:
    """Return a fresh secret of an endpoint, as its owner gets it.

    Source: Standard Webhooks 1.0.0: 24 to 64 random bytes, base64, after ``whsec_``.
    """
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def new_app_secret() -> str:
    """Return a fresh secret of the Cloud dialect: 32 hexadecimal characters."""
    return secrets.token_hex(16)


def seal(secret: str) -> str:
    """Return a secret as it is stored."""
    return _box(str(settings.SECRET_KEY)).encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Return a secret in the clear.

    Raises:
        cryptography.fernet.InvalidToken: It was sealed under another instance's secret.
    """
    return _box(str(settings.SECRET_KEY)).decrypt(sealed.encode()).decode()


def sign_standard(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of Standard Webhooks 1.0.0: ``v1,`` and base64.

    Args:
        secret: With or without ``whsec_``.
        message_id: The event's id.
        timestamp: Seconds of the epoch, of this try.
        body: The exact bytes that are sent.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def sign_cloud(secret: str, body: bytes) -> str:
    """Return the signature of the Cloud dialect: ``sha256=`` and hexadecimals."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@cache
def _box(instance_secret: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"troco webhook secrets 1")
    return Fernet(base64.urlsafe_b64encode(derived.derive(instance_secret.encode())))
