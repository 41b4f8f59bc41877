"""Challenges and their proofs over HTTP: what tests of passkeys, PINs and freezes share."""

from collections.abc import Callable
from typing import Any

from tests.people.authenticator import Authenticator
from tests.people.cast import ANA_PIN, Phone

PASSKEYS, OPTIONS = "/v1/me/passkeys", "/v1/me/passkeys/options"
NEW_PIN = "620837"


def post(phone: Phone, path: str, body: Any = None) -> Any:
    return phone.client.post(path, body or {}, format="json")


def challenge_of(phone: Phone, purpose: str) -> dict[str, Any]:
    return dict(post(phone, "/v1/me/challenges", {"purpose": purpose}).json())


def begin(phone: Phone, pin: str = ANA_PIN) -> Any:
    challenge = challenge_of(phone, "passkey")
    proof = phone.proof(challenge["digest"], pin)
    return post(phone, OPTIONS, {"challenge": challenge["id"], "proof": proof})


def finish(phone: Phone, begun: dict[str, Any], credential: Any, name: str = "Finger") -> Any:
    body = {"registration": begun["registration"], "name": name, "credential": credential}
    return post(phone, PASSKEYS, body)


def add(phone: Phone, *, counts: bool = False, pin: str = ANA_PIN) -> Authenticator:
    authenticator, begun = Authenticator(counts=counts), begin(phone, pin).json()
    answer = finish(phone, begun, authenticator.create(begun["webauthn"]))
    assert answer.status_code == 201, answer.json()
    return authenticator


def change_pin(phone: Phone, proof: Callable[[str], Any], new: str = NEW_PIN) -> Any:
    challenge = challenge_of(phone, "pin")
    body = {"pin": new, "pin_again": new, "challenge": challenge["id"]}
    body["proof"] = proof(challenge["digest"])
    return phone.client.put("/v1/me/pin", body, format="json")
