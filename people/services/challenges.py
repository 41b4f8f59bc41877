"""Challenges: what a person approves with a proof when it is no payment."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import business_now
from core.errors import InputInvalid, NotFound, bad_day
from core.idempotency import record
from core.ids import new_id
from core.transactions import joins, owns
from people.enums import ChallengePurpose
from people.keys import DIGEST_BYTES, encode_base64url
from people.models import Challenge, Device, Person
from people.queries import is_coerced
from people.services.proofs import Evidence, ProofRejected, consume_proof, prove

CHALLENGE_LIFETIME = timedelta(minutes=5)
KEPT_FOR = timedelta(days=7)
"""After its end: what was approved by it stands in the audit trail, and its digest in the proof."""

FORGOTTEN_AT_ONCE = 5_000
_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Approval:
    """What comes with a call that asks for a proof: a challenge, and evidence over its digest."""

    challenge_id: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Approved:
    """A challenge that was proven and not used up yet."""

    person: Person
    purpose: str
    challenge_id: str
    proof_id: str


@owns
def open_challenge(*, person: Person, purpose: str, device_id: str = "") -> Challenge:
    """Make a challenge for one purpose, to be proved within five minutes.

    Changes: a ``Challenge``. Its digest is the SHA-256 of ``signed_text``, which is RFC 8785
    canonical JSON (its values are texts only), so that a client can recompute it.

    Args:
        person: Who will approve.
        purpose: A ``ChallengePurpose``.
        device_id: Public id of the device that is to go, for its removal and for nothing else: the
            signed text names it, so what is approved for one removes no other.

    Raises:
        InputInvalid: A removal names no device, or something else names one.
        NotFound: The person has no such device.

    Transaction: owns.
    """
    made = write_challenge(
        person=person, purpose=purpose, about=_target_of(person, purpose, device_id)
    )
    record(made)
    return made


@joins
def write_challenge(*, person: Person, purpose: str, about: Mapping[str, str]) -> Challenge:
    """Write a challenge whose signed text also says what it is about.

    Changes: a ``Challenge``.

    Args:
        person: Who will approve.
        purpose: A ``ChallengePurpose``.
        about: What else the signed text says; texts only.

    Transaction: joins.
    """
    now = business_now()
    public_id, expires_at = new_id("chl"), now + CHALLENGE_LIFETIME
    content = {
        "expires_at": expires_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "id": public_id,
        "nonce": encode_base64url(secrets.token_bytes(_NONCE_BYTES)),
        "party": person.party.public_id if person.party else "",
        "purpose": str(purpose),
        **about,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    made: Challenge = Challenge.objects.create(
        public_id=public_id,
        person=person,
        purpose=purpose,
        signed_text=text,
        digest=hashlib.sha256(text.encode()).digest(),
        created_at=now,
        expires_at=expires_at,
    )
    return made


def _target_of(person: Person, purpose: str, device_id: str) -> dict[str, str]:
    """Return what the signed text says of a device that is to go: its id and its name."""
    if (purpose == ChallengePurpose.DEVICE_REMOVAL) != bool(device_id):
        raise InputInvalid(field_errors={"device": [{"code": "required", "detail": ""}]})
    if not device_id:
        return {}
    found = Device.objects.filter(person=person, public_id=device_id, removed_at=None).first()
    if found is None:
        raise NotFound
    return {"device": found.public_id, "device_name": found.name}


def digest_to_prove(*, person: Person, public_id: str, purpose: str, device_id: str = "") -> bytes:
    """Return the digest of a person's challenge, or bytes that nobody can have signed.

    So an unknown challenge looks like a wrong PIN, and takes as long; and so does one that names
    another device.

    Transaction: none.
    """
    found = Challenge.objects.filter(person=person, public_id=public_id, purpose=purpose).first()
    named = json.loads(found.signed_text).get("device", "") if found else ""
    if found is None or named != device_id:
        return secrets.token_bytes(DIGEST_BYTES)
    return bytes(found.digest)


@joins
def take_challenge(*, person: Person, public_id: str, purpose: str, moment: datetime) -> bytes:
    """Use a challenge up, once and in time, and return its digest.

    Changes: ``Challenge.used_at``.

    Raises:
        ProofRejected: There is no such challenge for this person, or no longer.

    Transaction: joins.
    """
    mine = Challenge.objects.filter(person=person, public_id=public_id, purpose=purpose)
    taken = mine.filter(used_at__isnull=True, expires_at__gt=moment).update(used_at=moment)
    if not taken:
        raise ProofRejected
    return bytes(mine.get().digest)


def prove_challenge(
    *, person: Person, device: Device, purpose: str, approval: Approval, device_id: str = ""
) -> Approved:
    """Check a person's proof over a challenge, without using either up.

    Changes: what ``prove`` changes.

    Args:
        person: Who approves.
        device: The device that the call came from.
        purpose: A ``ChallengePurpose``; a challenge for anything else is unknown here.
        approval: The challenge's id, and the evidence over its digest.
        device_id: The device that the challenge must name; empty for none.

    Raises:
        ProofRejected: Wrong PIN, signature, passkey or challenge: they look alike.
        NotReady: Said to somebody who pays under duress, whatever they approve.

    Transaction: owns (several; the try is counted in its own).
    """
    digest = digest_to_prove(
        person=person, public_id=approval.challenge_id, purpose=purpose, device_id=device_id
    )
    proof_id = prove(person=person, device=device, digest=digest, evidence=approval.evidence)
    if is_coerced(person):
        # Who is forced cannot change anything but a little money; see services.duress.
        raise bad_day()
    return Approved(person, purpose, approval.challenge_id, proof_id)


@joins
def use_up(*, approved: Approved, moment: datetime) -> None:
    """Use challenge and proof up, once and in time, in the transaction of what was approved.

    Changes: the ``Challenge`` and the ``Proof``.

    Raises:
        ProofRejected: One of them was used meanwhile, or is too old.

    Transaction: joins.
    """
    person, challenge_id = approved.person, approved.challenge_id
    digest = take_challenge(
        person=person, public_id=challenge_id, purpose=approved.purpose, moment=moment
    )
    consume_proof(
        proof_id=approved.proof_id,
        person=person,
        digest=digest,
        used_by=challenge_id,
        moment=moment,
    )


@owns
def forget_old_challenges() -> int:
    """Forget challenges whose time was over a week ago, used or not; return how many.

    Changes: the oldest ``Challenge`` rows, 5,000 at most. One that somebody else deletes at the
    same moment is left to them.

    Transaction: owns.
    """
    old = Challenge.objects.filter(expires_at__lt=business_now() - KEPT_FOR)
    oldest = old.order_by("expires_at").select_for_update(skip_locked=True)
    found = list(oldest.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return Challenge.objects.filter(pk__in=found).delete()[0]
