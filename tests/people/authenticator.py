"""An authenticator in software: it registers passkeys and answers challenges, right or wrong."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from struct import pack
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.people.cast import b64, unb64

DOMAIN, ORIGIN = "localhost", "http://localhost:8000"
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One passkey; ``counts`` says whether its sign count rises, as a security key's does."""

    counts: bool = False
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0

    def create(self, options: dict[str, Any], **wrong: Any) -> dict[str, Any]:
        """Answer ``navigator.credentials.create``."""
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        cose = cbor2.dumps(wrong.pop("public_key", {1: 2, 3: -7, -1: 1, -2: x, -3: y}))
        attested = bytes(16) + pack(">H", len(self.credential_id)) + self.credential_id + cose
        data = self._data(_ATTESTED, **wrong) + attested
        said = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", unb64(options["challenge"]), **wrong)
        return self._answer(clientDataJSON=client, attestationObject=said)

    def get(self, digest: bytes, **wrong: Any) -> dict[str, Any]:
        """Answer ``navigator.credentials.get``; ``wrong`` changes the origin and the like."""
        self.count += int(self.counts)
        client = self._client("webauthn.get", digest, **wrong)
        data = self._data(0, **wrong)
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def proof(self, digest: str, **wrong: Any) -> dict[str, Any]:
        return {"method": "passkey", "credential": self.get(unb64(digest), **wrong)}

    def _data(self, flags: int, *, domain: str = DOMAIN, verified: bool = True, **_: Any) -> bytes:
        flags |= _PRESENT | (_VERIFIED if verified else 0)
        return hashlib.sha256(domain.encode()).digest() + bytes([flags]) + pack(">I", self.count)

    def _client(self, kind: str, challenge: bytes, *, origin: str = ORIGIN, **_: Any) -> bytes:
        said = {"type": kind, "challenge": b64(challenge), "origin": origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, **response: bytes) -> dict[str, Any]:
        own = b64(self.credential_id)
        parts = {name: b64(raw) for name, raw in response.items()}
        return {"id": own, "rawId": own, "type": "public-key", "response": parts}
