"""The PIN: choosing it, changing it, and how many tries are left."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now
from core.errors import InputInvalid, StateConflict, TrocoError
from core.events import publish
from core.transactions import joins, owns
from people.enums import ChallengePurpose, RecoveryEnd
from people.models import (
    Device,
    Identity,
    Party,
    PasskeyRegistration,
    Person,
    PinDevice,
    PinRecovery,
    Proof,
)
from people.pin_rules import is_well_formed, pin_is_easy
from people.queries import is_enrolled, passkeys_of
from people.services import challenges
from people.services.hashes import hash_pin
from people.services.tries import FAILURES_UNTIL_LOCK, FAILURES_UNTIL_RESET

FIRST_PIN_WITHIN = timedelta(minutes=15)


class PinTooEasy(TrocoError):
    """Somebody who knows people, or this person, would soon guess the PIN."""

    code = "pin_too_easy"
    http_status = 422
    words = _("This PIN is too easy to guess. Avoid dates, rows, repeats and your own numbers.")


class SignInTooOld(TrocoError):
    """The first PIN is chosen within 15 minutes of signing in on this device."""

    code = "sign_in_too_old"
    http_status = 403
    words = _("Sign in again on this device, then choose your PIN within 15 minutes.")


@dataclass(frozen=True, slots=True)
class NewPin:
    """A PIN as it is chosen: typed twice."""

    pin: str
    pin_again: str


@dataclass(frozen=True, slots=True)
class PinState:
    """What the person may know about their PIN; a refused proof never tells it."""

    is_set: bool
    tries_left: int
    locked_until: datetime | None
    must_reset: bool


def pin_state(person: Person, *, moment: datetime | None = None) -> PinState:
    """Return how a person's PIN stands.

    Args:
        person: Whose.
        moment: Business time; now when left out.

    Transaction: none.
    """
    moment = moment or business_now()
    row = PinDevice.objects.filter(user=person).first()
    if row is None:
        return PinState(is_set=False, tries_left=0, locked_until=None, must_reset=False)
    locked = row.locked_until if row.locked_until and row.locked_until > moment else None
    must_reset = row.failures >= FAILURES_UNTIL_RESET
    left = 0 if locked or must_reset else FAILURES_UNTIL_LOCK - row.failures % FAILURES_UNTIL_LOCK
    return PinState(is_set=True, tries_left=left, locked_until=locked, must_reset=must_reset)


def set_pin(*, person: Person, device: Device, pin: str, pin_again: str) -> None:
    """Set a person's first PIN.

    Changes: the person's one ``PinDevice``. Publishes ``pin.changed``, and ``person.enrolled``
    where the identity is there already.

    Args:
        person: Who has no PIN yet.
        device: The device the call came from; it signed in within the last 15 minutes, so
            that a token found later is not enough to choose a PIN.
        pin: Six digits.
        pin_again: The same, typed again.

    Raises:
        InputInvalid: It is not six digits, or the two differ.
        PinTooEasy: It is on the blocklist, or part of the person's own numbers.
        SignInTooOld: The device signed in too long ago.
        StateConflict: A PIN is set already, or there is a passkey: a proof is needed.
        TooManyRequests: Too many hashes are being made.

    Transaction: owns (the slow hash is made before it).
    """
    if wall_now() - device.signed_in_at > FIRST_PIN_WITHIN:
        raise SignInTooOld
    check_new_pin(person, NewPin(pin, pin_again))
    if PinDevice.objects.filter(user=person).exists():
        raise _AlreadySet
    if passkeys_of(person).exists():
        # Whoever took over the number can sign in; only the person has the passkey.
        raise StateConflict(_("Send a challenge, and its proof by your passkey."))
    _insert_pin(person, hash_pin(person.id, pin), None)


def change_pin(
    *, person: Person, device: Device, new: NewPin, approval: challenges.Approval
) -> None:
    """Replace a PIN; the old PIN, or a passkey, proves that the person wants it.

    Somebody who has a passkey and no PIN yet sets the first one so.

    Changes: the ``PinDevice``; the challenge and the proof are used up, other proofs and
    registrations of passkeys that were not used end, and a recovery under way is cancelled.
    Publishes ``pin.changed``.

    Args:
        person: Who has a PIN or a passkey.
        device: The device the call came from.
        new: The new PIN, typed twice.
        approval: A challenge with purpose ``pin``, and evidence over its digest.

    Raises:
        InputInvalid, PinTooEasy: As for the first PIN; nothing is used up.
        ProofRejected: Wrong PIN, signature, passkey or challenge: they look alike.
        StateConflict: The PIN was changed meanwhile.
        TooManyRequests: Too many hashes are being made.

    Transaction: owns (several; the try is counted in its own).
    """
    check_new_pin(person, new)
    approved = challenges.prove_challenge(
        person=person, device=device, purpose=ChallengePurpose.PIN, approval=approval
    )
    row = PinDevice.objects.filter(user=person).first()
    if row is None:
        _insert_pin(person, hash_pin(person.id, new.pin), approved)
        return
    fresh = hash_pin(person.id, new.pin, like=row.pin_hash if row.duress_hash else "")
    if hmac.compare_digest(fresh, row.duress_hash):
        raise PinTooEasy
    _replace_pin(approved, row, fresh)


class _AlreadySet(StateConflict):
    """There is a PIN; only its owner changes it."""

    words = _("Your PIN is set. Change it with a proof by the old one.")


def _insert_pin(person: Person, pin_hash: str, approved: challenges.Approved | None) -> None:
    try:
        _insert(person, pin_hash, approved)
    except IntegrityError as error:
        raise _AlreadySet from error


@owns
def _insert(person: Person, pin_hash: str, approved: challenges.Approved | None) -> None:
    now = business_now()
    if approved is not None:
        challenges.use_up(approved=approved, moment=now)
    # Identity and PIN may come at once; whichever is second sees the first, and enrols.
    if person.party_id is not None:
        Party.objects.select_for_update(no_key=True).get(id=person.party_id)
    PinDevice.objects.create(user=person, name="PIN", confirmed=True, pin_hash=pin_hash, set_at=now)
    publish("pin.changed", person_id=person.id)
    if person.party_id is not None and is_enrolled(person.party_id):
        publish("person.enrolled", person_id=person.id)


@owns
def _replace_pin(approved: challenges.Approved, row: PinDevice, pin_hash: str) -> None:
    """Keep the new hash, unless PIN or duress PIN changed since they were looked at."""
    now = business_now()
    challenges.use_up(approved=approved, moment=now)
    # Who can change the PIN needs no recovery; one under way is another's, or forgotten. It is
    # ended first, because a recovery that is finished locks itself before the PIN.
    stop_recovery(person=approved.person, moment=now)
    same = PinDevice.objects.filter(pk=row.pk, pin_hash=row.pin_hash, duress_hash=row.duress_hash)
    changed = same.update(pin_hash=pin_hash, failures=0, locked_until=None, set_at=now)
    if not changed:
        raise StateConflict
    Proof.objects.filter(person=approved.person, used_at__isnull=True).update(expires_at=now)
    begun = PasskeyRegistration.objects.filter(device__person=approved.person, used_at__isnull=True)
    begun.update(expires_at=now)
    publish("pin.changed", person_id=approved.person.id)


@joins
def stop_recovery(*, person: Person, moment: datetime) -> None:
    """End the recovery under way, if there is one.

    Changes: the ``PinRecovery``. Publishes ``recovery.cancelled``.

    Args:
        person: Whose it would be.
        moment: Business time.

    Transaction: joins.
    """
    row = PinRecovery.objects.filter(person=person, ended_at__isnull=True)
    found = row.values_list("public_id", flat=True).first()
    if row.update(ended_at=moment, end=RecoveryEnd.CANCELLED):
        publish("recovery.cancelled", recovery_id=str(found))


def check_new_pin(person: Person, new: NewPin) -> None:
    """Refuse what is no PIN, was mistyped, or is too easy; quick, and before any hash.

    Raises:
        InputInvalid: It is not six digits, or the two differ.
        PinTooEasy: It is on the blocklist, or part of the person's own numbers.

    Transaction: none.
    """
    if not is_well_formed(new.pin):
        raise InputInvalid(
            field_errors={"pin": [{"code": "invalid", "detail": str(_("Six digits."))}]}
        )
    if new.pin != new.pin_again:
        differs = [{"code": "differs", "detail": str(_("The two PINs differ."))}]
        raise InputInvalid(field_errors={"pin_again": differs})
    if pin_is_easy(new.pin, _own_numbers(person)):
        raise PinTooEasy


def _own_numbers(person: Person) -> Iterator[str]:
    """Yield the numbers that people around a person know."""
    if person.phone:
        yield person.phone
    identity = Identity.objects.filter(party__person=person).first()
    if identity is not None:
        yield identity.tax_id
        if identity.birth_date is not None:
            yield identity.birth_date.strftime("%Y%m%d")
            yield identity.birth_date.strftime("%d%m%Y")
            yield identity.birth_date.strftime("%m%d%Y")
