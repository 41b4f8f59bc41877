"""Recovery: a new PIN for somebody who forgot theirs, and for nobody who pretends to be them.

A number is no proof (whoever took over the number reads its codes), and neither is a device
that signed in with it. So a new PIN waits: a day where the person's bank confirmed them by a
fresh code, a week where nothing could. All devices are told at once, and any of them stops it
with one tap. After the wait the device that began it, and no other, sets the new PIN with its
key. Everybody else is signed out then, and for a day little can be sent (``payments`` asks
``pin_reset_at``).

Who asked the bank is not known here: ``payments`` does, and says what came of it.

Sources: WhatsApp's seven days for two-step verification without an address; BCB Resolution
403/2024 for the day after.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.events import publish
from core.idempotency import record
from core.ids import new_id
from core.transactions import owns
from people.enums import ChallengePurpose, RecoveryEnd
from people.keys import is_signed
from people.models import Device, Person, PinDevice, PinRecovery, Proof
from people.queries import has_pin, is_enrolled, passkeys_of
from people.services import challenges
from people.services.hashes import hash_pin, spend_as_much
from people.services.pins import NewPin, check_new_pin
from people.services.proofs import ProofRejected

USABLE_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Signature:
    """A challenge for recovering, and the device's signature over its digest."""

    challenge_id: str
    signature: str


def open_recovery(person: Person, moment: datetime) -> PinRecovery | None:
    """Return the recovery under way, waiting or ready, or None; one query.

    Transaction: none.
    """
    rows = PinRecovery.objects.select_related("device")
    return rows.filter(person=person, ended_at__isnull=True, expires_at__gt=moment).first()


def start_recovery(*, person: Person, device: Device, source_ref: str) -> PinRecovery:
    """Begin to recover a PIN: from now on it is waited, in everybody's sight.

    Changes: a ``PinRecovery``; an older one whose time is over ends.
    Publishes ``recovery.started``.

    Args:
        person: Who forgot their PIN.
        device: The device that will set the new one.
        source_ref: The funding source whose bank has just confirmed the person; empty when
            nothing was confirmed, and the wait is long.

    Raises:
        StateConflict: There is neither a PIN to recover nor a passkey that may be lost, or a
            recovery is under way.

    Transaction: owns.
    """
    try:
        return _start(person, device, source_ref)
    except IntegrityError as error:
        raise StateConflict(_UNDER_WAY) from error


@owns
def cancel_recovery(*, person: Person) -> None:
    """Stop the recovery under way; any of the person's devices may, without a proof.

    Changes: the ``PinRecovery``. Publishes ``recovery.cancelled``.

    Raises:
        NotFound: None is under way.

    Transaction: owns.
    """
    moment = business_now()
    found = open_recovery(person, moment)
    if found is None or not _end(found, RecoveryEnd.CANCELLED, moment):
        raise NotFound
    publish("recovery.cancelled", recovery_id=found.public_id)


def finish_recovery(*, person: Person, device: Device, new: NewPin, signed: Signature) -> None:
    """Set the new PIN after the wait.

    Changes: the ``PinDevice`` (new hash, no duress PIN, no failures, ``reset_at``), the
    ``PinRecovery``, the challenge; proofs that were not used end, and so do the tokens of the
    person's other devices. Publishes ``pin.reset``.

    Args:
        person: Who waited.
        device: The device that began; its key signs.
        new: The new PIN, typed twice.
        signed: A challenge with purpose ``recovery``, and the signature over its digest.

    Raises:
        InputInvalid, PinTooEasy: As for the first PIN; nothing is used up.
        NotFound: No recovery of this device is under way.
        StateConflict: The wait is not over; ``ready_at`` says when it is.
        ProofRejected: The signature or the challenge does not hold.
        TooManyRequests: Too many hashes are being made.

    Transaction: owns (the slow hash is made before it).
    """
    check_new_pin(person, new)
    moment = business_now()
    found = open_recovery(person, moment)
    if found is None or found.device_id != device.id:
        raise NotFound
    if found.ready_at > moment:
        raise StateConflict(_("The wait is not over yet."), ready_at=found.ready_at.isoformat())
    digest = challenges.digest_to_prove(
        person=person, public_id=signed.challenge_id, purpose=ChallengePurpose.RECOVERY
    )
    if not is_signed(device.public_key, digest, signed.signature):
        spend_as_much()
        raise ProofRejected
    _finish(found, signed.challenge_id, hash_pin(person.id, new.pin))


_UNDER_WAY = _("A recovery is under way already. Wait for it, or cancel it.")


@owns
def _start(person: Person, device: Device, source_ref: str) -> PinRecovery:
    moment = business_now()
    if not has_pin(person) and not passkeys_of(person).exists():
        raise StateConflict(_("You have no PIN yet. Choose one."))
    if open_recovery(person, moment) is not None:
        raise StateConflict(_UNDER_WAY)
    over = PinRecovery.objects.filter(person=person, ended_at__isnull=True, expires_at__lte=moment)
    over.update(ended_at=moment, end=RecoveryEnd.EXPIRED)
    hours = settings.TROCO_RECOVERY_HOURS if source_ref else settings.TROCO_RECOVERY_ALONE_HOURS
    ready_at = moment + timedelta(hours=hours)
    made = PinRecovery.objects.create(
        public_id=new_id("rec"),
        person=person,
        device=device,
        is_verified=bool(source_ref),
        source_ref=source_ref,
        started_at=moment,
        ready_at=ready_at,
        expires_at=ready_at + USABLE_FOR,
    )
    publish("recovery.started", recovery_id=made.public_id)
    record(made)
    return made


@owns
def _finish(found: PinRecovery, challenge_id: str, pin_hash: str) -> None:
    """Use everything up; a recovery that was cancelled meanwhile sets nothing."""
    moment, person = business_now(), found.person
    challenges.take_challenge(
        person=person,
        public_id=challenge_id,
        purpose=ChallengePurpose.RECOVERY,
        moment=moment,
    )
    if not _end(found, RecoveryEnd.USED, moment):
        raise NotFound
    # Somebody who lost their only passkey gets a first PIN by the same wait.
    _row, is_first = PinDevice.objects.update_or_create(
        user=person,
        defaults={
            "name": "PIN",
            "confirmed": True,
            "pin_hash": pin_hash,
            "duress_hash": "",
            "failures": 0,
            "locked_until": None,
            "set_at": moment,
            "reset_at": moment,
        },
    )
    Proof.objects.filter(person=person, used_at__isnull=True).update(expires_at=moment)
    others = Device.objects.filter(person=person, removed_at__isnull=True)
    others.exclude(id=found.device_id).update(token_hash=None)
    publish("pin.reset", person_id=person.id)
    if is_first and person.party_id is not None and is_enrolled(person.party_id):
        publish("person.enrolled", person_id=person.id)


def _end(found: PinRecovery, end: str, moment: datetime) -> bool:
    """End a recovery; of several at once one does."""
    row = PinRecovery.objects.filter(id=found.id, ended_at__isnull=True, expires_at__gt=moment)
    return bool(row.update(ended_at=moment, end=end))
