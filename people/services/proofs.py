"""Proofs: this person, with this device, approves exactly this digest.

The order of the steps is the point of this module and of ``services.tries``:

1. The device's signature over the digest is checked first. It costs no secret and tells
   nothing about the PIN. Without the device's key no try is counted, so nobody who merely
   stole a token, and nobody far away, can use up a victim's tries or learn anything.
2. A PIN's try is counted by one atomic statement, committed at once in a transaction of its own.
   It counts before anyone looks at the PIN: tries sent in parallel, a rollback later in the
   request, or a killed process can never forgive one. Five in a row lock the PIN for thirty
   minutes, ten without a success end it until it is reset.
3. Only then is the PIN hashed and compared. A right PIN sets the count back to nothing, and
   the proof is written in the same transaction.

A passkey needs no signature of the device: its own is over the digest, and nobody makes one
without the authenticator and its person. Nobody guesses one either, so it is looked at first, and
only a wrong answer is counted; five in a row end it until the PIN is right again. The call's token
must be a live device's all the same, and the proof names it. A payment looks at the answer by
``look`` and writes the proof itself, used up, within its own transaction.

Every refusal is the same ``ProofRejected``, after the same work: the same statements, one
commit and one slow hash. Which part did not fit is not told (RTS on strong customer
authentication, art. 4). What the person may know is told by ``services.pins.pin_state``, on a
call of its own.

Sources: Delegated Regulation (EU) 2018/389 art. 4 and 5 (five failures, code bound to amount
and payee, used once); PCI DSS 4.0 8.3.4 (thirty minutes); NIST SP 800-63B (ten tries).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from django.utils.translation import gettext_lazy as _

from core.errors import TrocoError
from core.transactions import joins, refuse_owner
from people.authenticators import credential_id_of
from people.keys import DIGEST_BYTES, is_signed
from people.models import Device, Person, Proof
from people.services.hashes import spend_as_much
from people.services.tries import (
    Approver,
    PasskeyFacts,
    Seen,
    look_at_passkey,
    try_passkey,
    try_pin,
)
from people.services.turns import take_turn


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

    @property
    def credential_id(self) -> bytes:
        """The id of the passkey that the answer claims to be of; empty for none."""
        return credential_id_of(self.credential)


Evidence = PinEvidence | PasskeyEvidence


def prove(*, person: Person, device: Device, digest: bytes, evidence: Evidence) -> str:
    """Check a person's evidence for a digest and return the id of a one-use proof.

    Changes: the count of tries, committed whatever happens afterwards; a ``Proof`` that lasts
    two minutes.

    Args:
        person: Who says that they approve.
        device: The device the call came from; for a PIN its own key must have signed.
        digest: The 32 bytes that stand for what the person was shown.
        evidence: PIN and signature, or a passkey's answer.

    Raises:
        ProofRejected: Anything did not fit.
        TooManyRequests: The machine makes too many hashes at this moment; the try may have
            been counted.

    Transaction: owns (one for the count, one for the proof; refuses to run inside another).
    """
    refuse_owner("people.services.proofs.prove")
    approver = Approver(person, device, digest)
    if len(digest) != DIGEST_BYTES or not _is_here(approver):
        refuse()
    proof_id = _look_at(approver, evidence)
    if proof_id is None:
        raise ProofRejected
    return proof_id


def look(*, approver: Approver, evidence: PasskeyEvidence, facts: PasskeyFacts) -> Seen | None:
    """Look at a passkey's answer whose proof the caller will write and use up at once.

    Whoever gets nothing leaves the person's turn and calls ``refuse``; whoever gets something and
    then does not use it writes the proof by ``tries.accept_passkey``.

    Changes: the count of wrong answers, committed.

    Args:
        approver: Who approves, on which device, and the 32 bytes.
        evidence: What the authenticator answered.
        facts: The passkey, read in the person's turn, which the caller holds.

    Transaction: owns (one for the count of a wrong answer; refuses to run inside another).
    """
    refuse_owner("people.services.proofs.look")
    return look_at_passkey(approver, evidence.credential, facts) if _is_here(approver) else None


def refuse() -> NoReturn:
    """Refuse a proof after as much work as a wrong PIN takes.

    Raises:
        ProofRejected: Always.

    Transaction: none.
    """
    spend_as_much()
    raise ProofRejected


def _is_here(approver: Approver) -> bool:
    device = approver.device
    return device.person_id == approver.person.id and device.removed_at is None


def _look_at(approver: Approver, evidence: Evidence) -> str | None:
    """Look at the evidence in the person's turn, and return the id of a proof, or None.

    What the device's key did not sign waits in another line, so that whoever only has a token
    cannot make the person wait.
    """
    person_id = approver.person.id
    if isinstance(evidence, PasskeyEvidence):
        with take_turn(person_id):
            proof_id = try_passkey(approver, evidence.credential)
        if proof_id is None:
            spend_as_much()
        return proof_id
    signed = is_signed(approver.device.public_key, approver.digest, evidence.signature)
    with take_turn(person_id if signed else -person_id):
        return try_pin(approver, evidence.pin, is_signed=signed)


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
