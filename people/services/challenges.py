"""Challenges: what a person approves with a proof when it is no payment."""

import hashlib
import json
import secrets
from datetime import datetime, timedelta

from core.clock import business_now
from core.ids import new_id
from core.transactions import joins, owns
from people.keys import encode_base64url
from people.models import Challenge, Person
from people.services.proofs import ProofRejected

CHALLENGE_LIFETIME = timedelta(minutes=5)
_NONCE_BYTES = 16


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
    return Challenge.objects.create(
        public_id=public_id,
        person=person,
        purpose=purpose,
        signed_text=text,
        digest=hashlib.sha256(text.encode()).digest(),
        created_at=now,
        expires_at=expires_at,
    )


def digest_of(*, person: Person, public_id: str, purpose: str) -> bytes | None:
    """Return the digest of a person's challenge, or None for any other id.

    Transaction: none.
    """
    found = Challenge.objects.filter(person=person, public_id=public_id, purpose=purpose).first()
    return bytes(found.digest) if found else None


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
