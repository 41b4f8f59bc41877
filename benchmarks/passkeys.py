"""Passkeys of the people, as an authenticator in software: made once, and answering digests."""

import hashlib
import json
from dataclasses import dataclass
from struct import pack

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url, encode_cbor

DOMAIN = "localhost"
ORIGIN = f"http://{DOMAIN}:8000"
_PRESENT_AND_VERIFIED = 0x05


@dataclass(frozen=True, slots=True)
class Authenticator:
    """One passkey, whose sign count stays 0 as that of a synced one."""

    credential_id: bytes
    key: ec.EllipticCurvePrivateKey

    @property
    def public_key(self) -> bytes:
        """Return the public key as COSE."""
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def approve(self, digest: bytes) -> dict[str, object]:
        """Return the proof of 32 bytes, as the API takes it."""
        said = {
            "type": "webauthn.get",
            "challenge": bytes_to_base64url(digest),
            "origin": ORIGIN,
            "crossOrigin": False,
        }
        client = json.dumps(said).encode()
        data = hashlib.sha256(DOMAIN.encode()).digest() + bytes([_PRESENT_AND_VERIFIED])
        data += pack(">I", 0)
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        own = bytes_to_base64url(self.credential_id)
        response = {
            "clientDataJSON": bytes_to_base64url(client),
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(signature),
        }
        credential = {"id": own, "rawId": own, "type": "public-key", "response": response}
        return {"method": "passkey", "credential": credential}


def new_authenticator(number: int) -> Authenticator:
    """Return a new passkey with an id of its own."""
    credential_id = hashlib.sha256(f"passkey {number}".encode()).digest()
    return Authenticator(credential_id, ec.generate_private_key(ec.SECP256R1()))
