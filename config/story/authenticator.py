"""An authenticator in software, as a phone with a fingerprint reader holds one.

It does what a browser's ``navigator.credentials`` and the phone's chip do together, and verifies
nobody: in the story the finger is always Ana's.

Source: W3C Web Authentication Level 3, §6.1 (authenticator data) and §5.8.1 (client data).
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from struct import pack
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40
_ES256 = -7


@dataclass
class Authenticator:
    """One passkey, for the site of one server.

    Args:
        base_url: Where the server is; the origin of the page that would ask.
    """

    base_url: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer the options of ``navigator.credentials.create``."""
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public_key = encode_cbor({1: 2, 3: _ES256, -1: 1, -2: x, -3: y})
        attested = bytes(16) + pack(">H", len(self.credential_id)) + self.credential_id
        data = self._data(options["rp"]["id"], _ATTESTED) + attested + public_key
        statement = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        return self._answer(clientDataJSON=client, attestationObject=statement)

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer the options of ``navigator.credentials.get``."""
        client, data = self._client("webauthn.get", options), self._data(options["rpId"], 0)
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, domain: str, flags: int) -> bytes:
        """Return whom it is for, that a person was there and verified, and no count."""
        marks = bytes([flags | _PRESENT | _VERIFIED])
        return hashlib.sha256(domain.encode()).digest() + marks + pack(">I", 0)

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        """Return what the browser would say: what was asked, by a page from where."""
        page = urlsplit(self.base_url)
        domain = options.get("rpId") or options["rp"]["id"]
        origin = f"{page.scheme}://{domain}" + (f":{page.port}" if page.port else "")
        said = {"type": kind, "challenge": options["challenge"], "origin": origin}
        return json.dumps({**said, "crossOrigin": False}).encode()

    def _answer(self, **parts: bytes) -> dict[str, Any]:
        own = bytes_to_base64url(self.credential_id)
        response = {name: bytes_to_base64url(raw) for name, raw in parts.items()}
        return {"id": own, "rawId": own, "type": "public-key", "response": response}


def challenge_in(credential: dict[str, Any]) -> str:
    """Return the challenge that an answer is over."""
    said = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    return str(said["challenge"])
