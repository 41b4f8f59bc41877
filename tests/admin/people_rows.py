"""One row of each table of people, each with parents of its own."""

import itertools
from datetime import UTC, date, datetime, timedelta

from people.models import (
    ApprovalRequest,
    AuditEntry,
    Device,
    Freeze,
    Identity,
    Party,
    Passkey,
    Person,
    PinRecovery,
    Proof,
)

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)
_numbers = itertools.count(1)


def number() -> int:
    """Return a number that no row has yet."""
    return next(_numbers)


def party(kind: str = "person") -> Party:
    return Party.objects.create(
        public_id=f"pty_{number()}", kind=kind, display_name="Ana", country="BR", created_at=AT
    )


def person() -> Person:
    phone = f"+55119{number():08d}"
    return Person.objects.create(party=party(), login=phone, phone=phone, created_at=AT)


def device() -> Device:
    n = number()
    return Device.objects.create(
        public_id=f"dev_{n}",
        person=person(),
        name="Phone",
        public_key={"kty": "OKP"},
        key_thumbprint=f"thumb-{n}",
        token_hash=n.to_bytes(32, "big"),
        created_at=AT,
        signed_in_at=AT,
        last_seen_at=AT,
    )


def identity() -> Identity:
    return Identity.objects.create(
        party=party(),
        legal_name="Ana Beatriz Souza",
        tax_id=f"{number():011d}",
        country="BR",
        tier="basic",
        verified_at=AT,
    )


def proof() -> Proof:
    phone = device()
    return Proof.objects.create(
        public_id=f"prf_{number()}",
        person=phone.person,
        device=phone,
        digest=bytes(32),
        method="pin",
        made_at=AT,
        expires_at=AT,
    )


def entry() -> AuditEntry:
    return AuditEntry.objects.create(
        actor=person(),
        actor_login="marta",
        action="hold.imposed",
        object_ref=f"hld_{number()}",
        before={},
        after={"level": "stop_new"},
        at=AT,
    )


def freeze() -> Freeze:
    phone = device()
    return Freeze.objects.create(
        public_id=f"frz_{number()}", person=phone.person, by="person", device=phone, frozen_at=AT
    )


def passkey() -> Passkey:
    n = number()
    made: Passkey = Passkey.objects.create(
        public_id=f"psk_{n}",
        user=person(),
        name="Finger",
        credential_id=n.to_bytes(32, "big"),
        public_key=b"tok-secret",
        is_synced=False,
        created_at=AT,
    )
    return made


def recovery() -> PinRecovery:
    phone = device()
    return PinRecovery.objects.create(
        public_id=f"rec_{number()}",
        person=phone.person,
        device=phone,
        is_verified=False,
        started_at=AT,
        ready_at=AT + timedelta(days=7),
        expires_at=AT + timedelta(days=14),
    )


def approval() -> ApprovalRequest:
    n = number()
    staff = Person.objects.create(login=f"staff-{n}", is_staff=True, created_at=AT)
    return ApprovalRequest.objects.create(
        public_id=f"apr_{n}",
        action="staff.groups",
        object_ref=f"clara-{n}",
        payload={"login": "clara", "groups": ["audit"]},
        before={"groups": ["support"]},
        after={"groups": ["audit"]},
        reason="She moves",
        maker=staff,
        asked_at=AT,
        expires_at=AT + timedelta(days=3),
    )
