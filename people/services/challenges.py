"""Challenges: what a person approves with a proof when it is no payment."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import business_now
from core.errors import NotReady
from core.idempotency import record
from core.ids import new_id
from core.transactions import joins, owns
from people.keys import DIGEST_BYTES, encode_base64url
from people.models import Challenge, Device, Person
from people.queries import is_coerced
from people.services.proofs import Evidence, ProofRejected, consume_proof, prove

CHALLENGE_LIFETIME = timedelta(minutes=5)
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
def open_challenge(*, person: Person, purpose: str) -> Challenge:
    """Make a challenge for one purpose, to be proved within five minutes.

    Changes: a ``Challenge``. Its digest is the SHA-256 of ``signed_text``, which is RFC 8785
    canonical JSON (its values are texts only), so that a client can recompute it.

    Args:
        person: Who will approve.
        purpose: A ``ChallengePurpose``.

    Transaction: owns.
    """
    now = business_now()
    public_id, expires_at = new_id("chl"), now + CHALLENGE_LIFETIME
    content = {
        "expires_at": expires_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "id": public_id,
        "nonce": encode_base64url(secrets.token_bytes(_NONCE_BYTES)),
        "party": person.party.public_id if person.party else "",
        "purpose": str(purpose),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    made = Challenge.objects.create(
        public_id=public_id,
        person=person,
        purpose=purpose,
        signed_text=text,
        digest=hashlib.sha256(text.encode()).digest(),
        created_at=now,
        expires_at=expires_at,
    )
    record(made)
    return made


def digest_to_prove(*, person: Person, public_id: str, purpose: str) -> bytes:
    """Return the digest of a person's challenge, or bytes that nobody can have signed.

    So an unknown challenge looks like a wrong PIN, and takes as long.

    Transaction: none.
    """
    found = Challenge.objects.filter(person=person, public_id=public_id, purpose=purpose).first()
    return bytes(found.digest) if found else secrets.token_bytes(DIGEST_BYTES)


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
    *, person: Person, device: Device, purpose: str, approval: Approval
) -> Approved:
    """Check a person's proof over a challenge, without using either up.

    Changes: what ``prove`` changes.

    Args:
        person: Who approves.
        device: The device that the call came from.
        purpose: A ``ChallengePurpose``; a challenge for anything else is unknown here.
        approval: The challenge's id, and the evidence over its digest.

    Raises:
        ProofRejected: Wrong PIN, signature, passkey or challenge: they look alike.
        NotReady: Said to somebody who pays under duress, whatever they approve.

    Transaction: owns (several; the try is counted in its own).
    """
    digest = digest_to_prove(person=person, public_id=approval.challenge_id, purpose=purpose)
    proof_id = prove(person=person, device=device, digest=digest, evidence=approval.evidence)
    if is_coerced(person):
        # Who is forced cannot change anything but a little money; see services.duress.
        raise NotReady
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
