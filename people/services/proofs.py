"""Proofs: this person, with this device, approves exactly this digest.

The order of the steps is the point of this module:

1. The device's signature over the digest is checked first. It costs no secret and tells
   nothing about the PIN. Without the device's key no try is counted, so nobody who merely
   stole a token, and nobody far away, can use up a victim's tries or learn anything.
2. The try is counted by one atomic statement, committed at once in a transaction of its own.
   It counts before anyone looks at the PIN: tries sent in parallel, a rollback later in the
   request, or a killed process can never forgive one. Five in a row lock the PIN for thirty
   minutes, ten without a success end it until it is reset.
3. Only then is the PIN hashed and compared. A right PIN sets the count back to nothing, and
   the proof is written in the same transaction.

Every refusal is the same ``ProofRejected``, after about the same work: which part did not fit
is not told (RTS on strong customer authentication, art. 4). What the person may know is told
by ``services.pins.pin_state``, on a call of its own.

Sources: Delegated Regulation (EU) 2018/389 art. 4 and 5 (five failures, code bound to amount
and payee, used once); PCI DSS 4.0 8.3.4 (thirty minutes); NIST SP 800-63B (ten tries).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import TrocoError
from core.ids import new_id
from core.transactions import joins, owns
from people.enums import ProofMethod
from people.keys import DIGEST_BYTES, is_signed
from people.models import Device, Person, PinDevice, Proof
from people.services.hashes import hash_pin, is_outdated, is_pin, spend_as_much
from people.services.turns import take_turn

PROOF_LIFETIME = timedelta(minutes=2)
LOCKED_FOR = timedelta(minutes=30)
FAILURES_UNTIL_LOCK = 5
FAILURES_UNTIL_RESET = 10

# Reads the count and raises it in one statement. The fifth try in a row locks at once, so that
# a sixth in parallel meets the lock; a right fifth takes it away again.
_COUNT_TRY = """
UPDATE people_pindevice
   SET failures = failures + 1,
       locked_until = CASE WHEN (failures + 1) %% %(row)s = 0 THEN %(until)s ELSE NULL END
 WHERE user_id = %(person)s AND failures < %(most)s
   AND (locked_until IS NULL OR locked_until <= %(now)s)
RETURNING pin_hash
"""


class ProofRejected(TrocoError):
    """The proof does not hold; which part of it did not fit is never told."""

    code = "proof_rejected"
    http_status = 403
    words = _("We could not confirm that it is you. Nothing was moved.")


@dataclass(frozen=True, slots=True)
class PinEvidence:
    """A PIN, and the device's signature over the digest in base64url without padding."""

    pin: str
    signature: str


@dataclass(frozen=True, slots=True)
class PasskeyEvidence:
    """What an authenticator answered to the digest as its challenge (WebAuthn, as JSON)."""

    credential: object


Evidence = PinEvidence | PasskeyEvidence


def tries_left(failures: int) -> int:
    """Return how many wrong tries remain before the next lock."""
    return FAILURES_UNTIL_LOCK - failures % FAILURES_UNTIL_LOCK


def prove(*, person: Person, device: Device, digest: bytes, evidence: Evidence) -> str:
    """Check a person's evidence for a digest and return the id of a one-use proof.

    Changes: the count of tries, committed whatever happens afterwards; a ``Proof`` that lasts
    two minutes.

    Args:
        person: Who says that they approve.
        device: The device the call came from; its own key must have signed.
        digest: The 32 bytes that stand for what the person was shown.
        evidence: PIN and signature, or a passkey's answer.

    Raises:
        ProofRejected: Anything did not fit.
        TooManyRequests: The machine makes too many hashes at this moment; the try may have
            been counted.

    Transaction: owns (one for the count, one for the proof; refuses to run inside another).
    """
    if len(digest) != DIGEST_BYTES or isinstance(evidence, PasskeyEvidence):
        # No passkey is registered with this instance, so none can match.
        reject()
    mine = device.person_id == person.id and device.removed_at is None
    if not mine or not is_signed(device.public_key, digest, evidence.signature):
        reject()
    with take_turn(person.id):
        stored = _count_try(person_id=person.id)
        if stored is not None and is_pin(person.id, evidence.pin, stored):
            fresh = hash_pin(person.id, evidence.pin) if is_outdated(stored) else stored
            return _accept(person, device, digest, (stored, fresh))
    if stored is None:
        reject()
    raise ProofRejected


def reject() -> NoReturn:
    """Refuse after as much work as looking at a PIN takes.

    Raises:
        ProofRejected: Always.
    """
    spend_as_much()
    raise ProofRejected


@owns
def _count_try(*, person_id: int) -> str | None:
    """Count a try, and return the stored hash; None when there is no PIN or no try left."""
    now = business_now()
    values: dict[str, int | datetime] = {
        "person": person_id,
        "now": now,
        "until": now + LOCKED_FOR,
        "row": FAILURES_UNTIL_LOCK,
        "most": FAILURES_UNTIL_RESET,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_TRY, values)
        row = cursor.fetchone()
    return str(row[0]) if row else None


@owns
def _accept(person: Person, device: Device, digest: bytes, hashes: tuple[str, str]) -> str:
    """Forgive the tries, keep a renewed hash, and write the proof.

    The hash that was compared must still be the stored one: a PIN changed meanwhile proves
    nothing. The device must still be there: it may have been removed meanwhile.
    """
    compared, fresh = hashes
    kept = PinDevice.objects.filter(user=person, pin_hash=compared).update(
        failures=0, locked_until=None, pin_hash=fresh
    )
    here = Device.objects.filter(id=device.id, removed_at__isnull=True).exists()
    if not (kept and here):
        raise ProofRejected
    now = business_now()
    proof = Proof.objects.create(
        public_id=new_id("prf"),
        person=person,
        device=device,
        digest=digest,
        method=ProofMethod.PIN,
        made_at=now,
        expires_at=now + PROOF_LIFETIME,
    )
    return proof.public_id


@joins
def consume_proof(
    *, proof_id: str, person: Person, digest: bytes, used_by: str, moment: datetime
) -> None:
    """Use a proof up for one thing, in the transaction that makes the thing.

    One conditional statement decides: of any number of transactions at once, one wins.

    Changes: the ``Proof``.

    Args:
        proof_id: What ``prove`` returned.
        person: Who proved.
        digest: What was approved; it must be the very same 32 bytes.
        used_by: Public id of the thing, such as the payment; one proof for each.
        moment: Business time.

    Raises:
        ProofRejected: Another person's, another digest, used already, or older than two
            minutes.

    Transaction: joins.
    """
    used = Proof.objects.filter(
        public_id=proof_id,
        person=person,
        digest=digest,
        used_at__isnull=True,
        expires_at__gt=moment,
    ).update(used_at=moment, used_by=used_by)
    if not used:
        raise ProofRejected
