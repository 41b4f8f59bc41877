"""Web Push: a message that only one browser can read, and who sends it.

Sources: RFC 8291 (message encryption), RFC 8188 (``aes128gcm``), RFC 8292 (VAPID), read 2026-11.
Nothing here calls anybody.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LONGEST_TEXT: Final = 2_000
"""Push services take 4,096 bytes of everything; what is said is shorter by far."""

_RECORD_SIZE: Final = 4_096
_SALT_BYTES: Final = 16
_POINT_BYTES: Final = 65
_AUTH_BYTES: Final = 16
_KEY_BYTES: Final = 32
_TOPIC_LENGTH: Final = 32
_LAST_RECORD: Final = b"\x02"


class PushKeyBroken(ValueError):
    """A key that is none, of a browser or of this instance."""


def new_private_key() -> str:
    """Return a new key of an instance, as its setting keeps it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _encode(number.to_bytes(_KEY_BYTES))


def public_key_of(private_key: str) -> str:
    """Return what browsers know an instance by.

    Raises:
        PushKeyBroken: It is no such key.
    """
    return _encode(_point(_private(private_key).public_key()))


def check_browser_key(p256dh: str, auth: str) -> None:
    """Refuse what no message can be encrypted for.

    Raises:
        PushKeyBroken: The point is not on the curve, or a length is wrong.
    """
    _public(p256dh)
    if len(_decode(auth)) != _AUTH_BYTES:
        raise PushKeyBroken("auth")


def encrypt(text: bytes, p256dh: str, auth: str) -> bytes:
    """Return a message for one browser, as the body of a push.

    Args:
        text: At most ``LONGEST_TEXT`` bytes.
        p256dh: The browser's public key.
        auth: The secret that it shares with us.

    Raises:
        PushKeyBroken: A key is none.
        ValueError: The text is too long.
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError("too long to be pushed")
    own, salt = ec.generate_private_key(ec.SECP256R1()), os.urandom(_SALT_BYTES)
    theirs, ours = _public(p256dh), _point(own.public_key())
    shared = own.exchange(ec.ECDH(), theirs)
    who = b"WebPush: info\0" + _point(theirs) + ours
    keying = _derive(_decode(auth), shared, who, _KEY_BYTES)
    key = _derive(salt, keying, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(salt, keying, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(key).encrypt(nonce, text + _LAST_RECORD, None)
    head = salt + _RECORD_SIZE.to_bytes(4) + bytes([len(ours)]) + ours
    return head + sealed


def authorization(endpoint: str, private_key: str, contact: str, until: int) -> str:
    """Return the header that says who sends a push.

    Args:
        endpoint: Where it goes; the token is good for its origin only.
        private_key: The instance's.
        contact: ``mailto:`` or https, for the push service's people.
        until: Unix time, at most a day ahead.

    Raises:
        PushKeyBroken: It is no such key.
    """
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": until, "sub": contact}
    signed = f"{_encode_json({'typ': 'JWT', 'alg': 'ES256'})}.{_encode_json(claims)}"
    key = _private(private_key)
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    signature = _encode(r.to_bytes(_KEY_BYTES) + s.to_bytes(_KEY_BYTES))
    return f"vapid t={signed}.{signature}, k={_encode(_point(key.public_key()))}"


def push_topic(tag: str) -> str:
    """Return what a push service replaces an undelivered push by, which tells it nothing.

    Args:
        tag: Whose pushes replace one another.
    """
    # RFC 8030 has up to 32 characters of base64url.
    return _encode(hashlib.sha256(tag.encode()).digest())[:_TOPIC_LENGTH]


def _derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def _private(text: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(_decode(text))
    try:
        return ec.derive_private_key(number, ec.SECP256R1())
    except ValueError as error:
        raise PushKeyBroken("private") from error


def _public(text: str) -> ec.EllipticCurvePublicKey:
    point = _decode(text)
    if len(point) != _POINT_BYTES:
        raise PushKeyBroken("p256dh")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise PushKeyBroken("p256dh") from error


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _encode_json(value: Mapping[str, object]) -> str:
    return _encode(json.dumps(value, separators=(",", ":")).encode())


def _decode(text: str) -> bytes:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        # Strictly: what is passed over here would be kept all the same.
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except ValueError as error:
        raise PushKeyBroken("base64") from error
