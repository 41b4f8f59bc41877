"""Device keys: public JWKs of P-256 or Ed25519, and signatures by them.

A device keeps the private half and signs 32 bytes with it: the digest of what its person was
shown. The server keeps only what is needed to check, and refuses a key under which checking
would mean nothing: a point that is not on the curve, or one of Ed25519's eight points of small
order, under which anybody can make a signature.

Source: RFC 7517 and 8037 (JWK), RFC 7638 (thumbprint), W3C WebCrypto (ECDSA signatures are r
then s, 64 bytes), https://cr.yp.to/ecdh.html#validate (small order).
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.utils.translation import gettext_lazy as _

from core.errors import TrocoError

COORDINATE_BYTES = 32
SIGNATURE_BYTES = 64
DIGEST_BYTES = 32

_FIELD = 2**255 - 19
_EDWARDS_D = -121665 * pow(121666, -1, _FIELD) % _FIELD
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    }
)


class KeyInvalid(TrocoError):
    """The device's public key is not one that signatures can be checked with."""

    code = "key_invalid"
    http_status = 400
    words = _("Send the device's public key as a JWK: P-256 (EC) or Ed25519 (OKP).")


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A checked public key: only its required members, and its RFC 7638 thumbprint."""

    jwk: dict[str, str]
    thumbprint: str


def read_key(jwk: object) -> DeviceKey:
    """Check a public key and return it in its one form.

    Args:
        jwk: What a client sent. Members that only describe (``ext``, ``key_ops``, ``alg``)
            are dropped.

    Raises:
        KeyInvalid: It is no P-256 or Ed25519 key, its point is not on the curve or of small
            order, or it holds a private half, which must never leave the device.
    """
    if not isinstance(jwk, Mapping) or "d" in jwk:
        raise KeyInvalid
    if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256":
        members = {"crv": "P-256", "kty": "EC", "x": jwk.get("x"), "y": jwk.get("y")}
    elif jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519":
        members = {"crv": "Ed25519", "kty": "OKP", "x": jwk.get("x")}
    else:
        raise KeyInvalid
    plain = {name: value for name, value in members.items() if isinstance(value, str)}
    if len(plain) != len(members):
        raise KeyInvalid
    try:
        _load(plain)
    except ValueError as error:
        raise KeyInvalid from error
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return DeviceKey(plain, encode_base64url(hashlib.sha256(text.encode()).digest()))


def is_signed(jwk: Mapping[str, str], digest: bytes, signature: str) -> bool:
    """Tell whether a signature over a digest was made by the key's private half.

    Args:
        jwk: A key as ``read_key`` returned it.
        digest: The 32 bytes that were signed (they are the message, not a prepared hash).
        signature: 64 bytes in base64url without padding, as the client sent them.
    """
    try:
        raw = decode_base64url(signature, SIGNATURE_BYTES)
        key = _load(jwk)
    except ValueError:
        return False
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(raw, digest)
        else:
            half = SIGNATURE_BYTES // 2
            r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
            key.verify(encode_dss_signature(r, s), digest, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def encode_base64url(raw: bytes) -> str:
    """Return bytes in base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_base64url(text: str, length: int) -> bytes:
    """Return exactly ``length`` bytes from base64url without padding.

    Raises:
        ValueError: It is another length, padded, or not in its one written form.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if len(raw) != length or encode_base64url(raw) != text:
        raise ValueError("not base64url of that length")
    return raw


def _load(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey:
    """Return the key, or raise ValueError where the point is none that signs."""
    x = decode_base64url(jwk["x"], COORDINATE_BYTES)
    if jwk["crv"] == "Ed25519":
        _check_edwards_point(x)
        return ed25519.Ed25519PublicKey.from_public_bytes(x)
    y = decode_base64url(jwk["y"], COORDINATE_BYTES)
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
    )
    return numbers.public_key()


def _check_edwards_point(raw: bytes) -> None:
    """Refuse what is no point of the curve, not in its one form, or of small order."""
    y = int.from_bytes(raw, "little") & ((1 << 255) - 1)
    if y >= _FIELD or y in _SMALL_ORDER_Y:
        raise ValueError("not a usable point")
    x_squared = (y * y - 1) * pow(_EDWARDS_D * y * y + 1, -1, _FIELD) % _FIELD
    if pow(x_squared, (_FIELD - 1) // 2, _FIELD) != 1:
        raise ValueError("not on the curve")
