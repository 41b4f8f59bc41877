"""A person's devices: who may cut which of them off.

Every device may leave, and may cut off those that came after it. One that was there before it
goes only with a proof: a number that was taken over signs in, and must not be able to remove
the devices on which its owner is told of a recovery and stops it. Somebody who has neither PIN
nor passkey has no money here to be robbed of, and may remove any.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now
from core.errors import NotFound, TrocoError
from core.events import publish
from core.transactions import joins, owns
from people.enums import ChallengePurpose
from people.models import Device, Person
from people.queries import has_pin, passkeys_of
from people.services import challenges

SEEN_EVERY = timedelta(minutes=5)


class ProofNeeded(TrocoError):
    """What was asked goes only with the person's PIN or passkey."""

    code = "proof_needed"
    http_status = 403
    words = _(
        "That device was here before this one. Approve its removal with your PIN or passkey, or"
        " freeze your payments."
    )


@owns
def remove_device(*, person: Person, device: Device, public_id: str) -> None:
    """Cut a device off: its token and its key stop at the next request.

    Changes: the ``Device`` row, which stays as evidence of past proofs.
    Publishes ``device.removed``.

    Args:
        person: Whose device it is.
        device: The device that asks; it may leave, and remove what signed in after it.
        public_id: Of the device to remove.

    Raises:
        NotFound: The person has no such device (any more).
        ProofNeeded: The device was there before, and the person has a PIN or a passkey.

    Transaction: owns.
    """
    found = Device.objects.filter(person=person, public_id=public_id, removed_at=None).first()
    if found is None:
        raise NotFound
    has_proof = has_pin(person) or passkeys_of(person).exists()
    if found.id < device.id and has_proof:
        raise ProofNeeded
    _remove(person, public_id)


def remove_device_with_proof(
    *, person: Person, device: Device, public_id: str, approval: challenges.Approval
) -> None:
    """Cut any device off, on the person's proof.

    Changes: what ``remove_device`` changes; challenge and proof are used up. Publishes
    ``device.removed``.

    Args:
        person: Whose device it is.
        device: The device that the call came from.
        public_id: Of the device to remove.
        approval: A challenge with purpose ``device_removal`` that names this very device, and
            evidence over its digest.

    Raises:
        ProofRejected: Wrong PIN, signature, passkey or challenge: they look alike.
        NotFound: The device went meanwhile; the proof is not used up.

    Transaction: owns (several; the try is counted in its own).
    """
    approved = challenges.prove_challenge(
        person=person,
        device=device,
        purpose=ChallengePurpose.DEVICE_REMOVAL,
        approval=approval,
        device_id=public_id,
    )
    _remove_approved(approved, public_id)


@owns
def _remove_approved(approved: challenges.Approved, public_id: str) -> None:
    """Use challenge and proof up, and remove."""
    challenges.use_up(approved=approved, moment=business_now())
    _remove(approved.person, public_id)


@joins
def _remove(person: Person, public_id: str) -> None:
    """Remove a device, once."""
    standing = Device.objects.filter(person=person, public_id=public_id, removed_at__isnull=True)
    if not standing.update(removed_at=wall_now(), token_hash=None):
        raise NotFound
    publish("device.removed", device_id=public_id)


def note_seen(*, device: Device) -> None:
    """Remember that a device was here, at most once in five minutes.

    Transaction: none (one statement, and nothing depends on it).
    """
    now: datetime = wall_now()
    if now - device.last_seen_at >= SEEN_EVERY:
        Device.objects.filter(id=device.id, last_seen_at=device.last_seen_at).update(
            last_seen_at=now
        )
