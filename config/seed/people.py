"""Enrols the sandbox's people exactly as a phone would: code, device key, identity, PIN, bank."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from config.seed.cast import Consumer
from payments.queries.funding import default_source
from payments.services import funding, sandbox
from people.models import Device, Person
from people.queries import PartyFacts, is_enrolled, party_by_phone, sandbox_code
from people.services import identity, pins, signing
from people.services.proofs import PinEvidence

TERMS = ("payments", "privacy")


def base64url(raw: bytes) -> str:
    """Write bytes in base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def device_key(consumer: Consumer) -> Ed25519PrivateKey:
    """Return the fixed key of somebody's sandbox device."""
    return Ed25519PrivateKey.from_private_bytes(consumer.device_secret())


def public_jwk(consumer: Consumer) -> dict[str, str]:
    """Return the public half of somebody's sandbox device key."""
    raw = device_key(consumer).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(raw)}


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Somebody who can pay, with all it takes to approve a payment."""

    consumer: Consumer
    person: Person
    party: PartyFacts
    device: Device
    token: str

    def approve(self, digest: bytes) -> PinEvidence:
        """Approve 32 bytes with the PIN and the device's key."""
        return PinEvidence(self.consumer.pin, base64url(device_key(self.consumer).sign(digest)))


def sign_in(consumer: Consumer) -> Enrolled:
    """Sign somebody in on their sandbox device, for the first time or again."""
    signing.request_code(phone=consumer.phone)
    code = sandbox_code(consumer.phone)
    if code is None:
        raise RuntimeError("The sandbox's sender keeps no code: is TROCO_CODE_SENDER changed?")
    signed_in = signing.sign_in(
        phone=consumer.phone,
        code=code[0],
        device=signing.NewDevice(
            name=f"{consumer.name.split()[0]}'s phone", public_key=public_jwk(consumer)
        ),
        display_name=" ".join(consumer.name.split()[:2]),
        locale="pt-BR",
    )
    party = party_by_phone(consumer.phone)
    if party is None:
        raise RuntimeError("Nobody has this number, right after signing in with it.")
    return Enrolled(consumer, signed_in.person, party, signed_in.device, signed_in.token)


def enrol(consumer: Consumer) -> Enrolled:
    """Take somebody from nothing to being able to pay."""
    enrolled = sign_in(consumer)
    person, device = enrolled.person, enrolled.device
    identity.put_identity(
        person=person,
        legal_name=consumer.name,
        tax_id=consumer.tax_id,
        birth_date=consumer.born,
        terms=TERMS,
    )
    pins.set_pin(person=person, device=device, pin=consumer.pin, pin_again=consumer.pin)
    account = sandbox.open_account(
        account=sandbox.NewAccount(
            bank=consumer.bank,
            kind="bank_account",
            balance_minor=consumer.balance_minor,
            tax_id=consumer.tax_id,
            holder_name=consumer.name,
        )
    )
    source = funding.add_funding_source(
        person=person, kind="bank_account", bank=consumer.bank, token=account.token
    )
    funding.verify_funding_source(
        person=person, source_id=source.public_id, code=account.verification_code
    )
    return enrolled


def enrol_or_find(consumer: Consumer) -> Enrolled:
    """Enrol somebody, or sign them in again if an earlier start has enrolled them."""
    known = party_by_phone(consumer.phone)
    if known is not None and is_enrolled(known.id) and default_source(known.id):
        return sign_in(consumer)
    return enrol(consumer)


def enrol_all(consumers: Iterable[Consumer]) -> list[Enrolled]:
    """Enrol one after another."""
    return [enrol_or_find(consumer) for consumer in consumers]
