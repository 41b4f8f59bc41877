"""The cast, as devices that hold real keys: Ana pays, Bruno is paid, Carla must see nothing."""

import base64
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from rest_framework.test import APIClient

ANA = "+5511987654321"
BRUNO = "+5511976543210"
CARLA = "+5521987654329"
ANA_CPF = "529.982.247-25"
BRUNO_CPF = "111.444.777-35"
ANA_PIN = "739164"
TERMS = ["payments", "privacy"]


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class P256Key:
    """A key as WebCrypto makes it."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def jwk(self) -> dict[str, Any]:
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": b64(numbers.x.to_bytes(32, "big")),
            "y": b64(numbers.y.to_bytes(32, "big")),
            "ext": True,
            "key_ops": ["verify"],
        }

    def sign(self, digest: bytes) -> str:
        r, s = decode_dss_signature(self.private.sign(digest, ec.ECDSA(hashes.SHA256())))
        return b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


@dataclass
class Ed25519Key:
    """A key of the other kind."""

    private: ed25519.Ed25519PrivateKey = field(default_factory=ed25519.Ed25519PrivateKey.generate)

    @property
    def jwk(self) -> dict[str, Any]:
        raw = self.private.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}

    def sign(self, digest: bytes) -> str:
        return b64(self.private.sign(digest))


Key = P256Key | Ed25519Key


@dataclass
class Phone:
    """Somebody's phone: a client with a token and a key."""

    number: str
    key: Key
    client: APIClient
    party: dict[str, Any]
    device: dict[str, Any]
    token: str

    def proof(self, digest: str, pin: str) -> dict[str, str]:
        return {"method": "pin", "pin": pin, "signature": self.key.sign(unb64(digest))}


def read_code(number: str) -> str:
    client = APIClient()
    assert client.post("/v1/sign-in/codes", {"phone": number}, format="json").status_code == 202
    answer = client.get("/v1/sandbox/codes", {"phone": number})
    assert answer.status_code == 200
    return str(answer.json()["code"])


def sign_in(number: str, *, key: Key | None = None, name: str | None = None) -> Phone:
    key = key or P256Key()
    body: dict[str, Any] = {
        "phone": number,
        "code": read_code(number),
        "device": {"name": "Phone", "public_key": key.jwk},
    }
    if name is not None:
        body["display_name"] = name
    answer = APIClient().post("/v1/sign-in", body, format="json")
    assert answer.status_code == 200, answer.json()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['token']}")
    return Phone(
        number=number,
        key=key,
        client=client,
        party=answer.json()["party"],
        device=answer.json()["device"],
        token=answer.json()["token"],
    )


def enrol(phone: Phone, *, legal_name: str, cpf: str, pin: str) -> None:
    identity = {
        "legal_name": legal_name,
        "tax_id": cpf,
        "birth_date": "1990-05-17",
        "terms": TERMS,
    }
    answer = phone.client.put("/v1/me/identity", identity, format="json")
    assert answer.status_code == 200, answer.json()
    answer = phone.client.put("/v1/me/pin", {"pin": pin, "pin_again": pin}, format="json")
    assert answer.status_code == 200, answer.json()


def enrolled_ana(*, key: Key | None = None) -> Phone:
    phone = sign_in(ANA, key=key, name="Ana")
    enrol(phone, legal_name="Ana Beatriz Souza", cpf=ANA_CPF, pin=ANA_PIN)
    return phone
