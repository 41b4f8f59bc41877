"""Passkeys: registering them, naming them, removing them, and asking for one.

A registration asks for the person, because a passkey approves payments from then on: within
fifteen minutes of signing in for somebody who has neither PIN nor passkey, otherwise by a proof
over a challenge. What is under way is a row that works once, never a session.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now
from core.errors import NotFound, StateConflict
from core.events import publish
from core.ids import new_id
from core.transactions import owns
from people.authenticators import (
    Holder,
    Registered,
    creation_options,
    request_options,
)
from people.enums import ChallengePurpose
from people.keys import DIGEST_BYTES
from people.models import Device, Passkey, PasskeyRegistration, Person
from people.names import LONGEST_PASSKEY_NAME, clean_text
from people.queries import has_pin, passkeys_of
from people.services import challenges
from people.services.pins import FIRST_PIN_WITHIN, SignInTooOld
from people.services.registering import PasskeyRefused, check_room, known, registered
from people.services.tries import PASSKEY_FAILURES

REGISTER_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Begun:
    """A registration under way, and the options for ``navigator.credentials.create``."""

    registration: PasskeyRegistration
    options: dict[str, Any]


def begin_passkey(*, person: Person, device: Device, approval: challenges.Approval | None) -> Begun:
    """Begin to register a passkey.

    Changes: a ``PasskeyRegistration``; the challenge and the proof are used up.

    Args:
        person: Whose it will be, with their party.
        device: The device that the call came from.
        approval: A challenge with purpose ``passkey``, and evidence over its digest; None for
            somebody who has neither PIN nor passkey yet.

    Raises:
        SignInTooOld: The first of all proofs is chosen within 15 minutes of signing in.
        StateConflict: A proof is needed, or there are twenty passkeys already.
        ProofRejected: The proof does not hold.

    Transaction: owns (several; the try is counted in its own).
    """
    approved = None
    if approval is not None:
        approved = challenges.prove_challenge(
            person=person, device=device, purpose=ChallengePurpose.PASSKEY, approval=approval
        )
    elif has_pin(person) or passkeys_of(person).exists():
        raise StateConflict(_("Send a challenge, and its proof by your PIN or a passkey."))
    elif wall_now() - device.signed_in_at > FIRST_PIN_WITHIN:
        raise SignInTooOld
    return _begin(person, device, approved)


def finish_passkey(
    *, person: Person, device: Device, registration_id: str, name: str, credential: object
) -> Passkey:
    """Register what the authenticator made.

    Changes: the ``PasskeyRegistration`` (used), a ``Passkey``. Publishes ``passkey.added``.

    Args:
        person: Whose it is.
        device: The device that began.
        registration_id: What ``begin_passkey`` returned.
        name: What its person calls it, 1 to 64 characters.
        credential: What ``navigator.credentials.create`` gave, as JSON.

    Raises:
        NotFound: This device has no such registration.
        StateConflict: It was used, or its five minutes are over.
        PasskeyRefused: The answer does not hold, or the authenticator is registered already.
        TextInvalid, InputInvalid: The name is none.

    Transaction: owns.
    """
    shown = clean_text(name, field="name", longest=LONGEST_PASSKEY_NAME)
    row = PasskeyRegistration.objects.filter(public_id=registration_id, device=device).first()
    if row is None:
        raise NotFound
    found = registered(credential, bytes(row.challenge))
    try:
        return _finish(person, row, shown, found)
    except IntegrityError as error:
        raise PasskeyRefused from error


@owns
def remove_passkey(*, person: Person, public_id: str) -> None:
    """Take a passkey away: it proves nothing from the next request on.

    The last proof stays. Without any, whoever signed in with the number could choose the next.

    Changes: the ``Passkey`` row, which stays as evidence of past proofs.
    Publishes ``passkey.removed``.

    Raises:
        NotFound: The person has no such passkey (any more).
        StateConflict: It is the only one, and there is no PIN.

    Transaction: owns.
    """
    # Locked, so that two calls at once do not take the last two.
    mine = list(passkeys_of(person).select_for_update().order_by("id"))
    if public_id not in {each.public_id for each in mine}:
        raise NotFound
    if len(mine) == 1 and not has_pin(person):
        raise StateConflict(_("Choose a PIN before you remove your only passkey."))
    passkeys_of(person).filter(public_id=public_id).update(removed_at=business_now())
    publish("passkey.removed", passkey_id=public_id)


def request_for(*, person: Person, digest: bytes) -> dict[str, Any] | None:
    """Return the options for ``navigator.credentials.get`` over a digest, or None.

    The challenge is the digest itself, so that the answer approves this and nothing else.

    Returns:
        None where the person has no passkey that may be used now.

    Transaction: none (one query).
    """
    usable = passkeys_of(person).filter(failures__lt=PASSKEY_FAILURES)
    mine = known(usable.order_by("id"))
    return request_options(digest, mine) if mine else None


@owns
def _begin(person: Person, device: Device, approved: challenges.Approved | None) -> Begun:
    now = business_now()
    if approved is not None:
        challenges.use_up(approved=approved, moment=now)
    mine = list(passkeys_of(person).order_by("id"))
    check_room(len(mine))
    row = PasskeyRegistration.objects.create(
        public_id=new_id("pkr"),
        device=device,
        challenge=secrets.token_bytes(DIGEST_BYTES),
        created_at=now,
        expires_at=now + REGISTER_WITHIN,
    )
    party = person.party
    holder = Holder(
        handle=party.public_id if party else person.login,
        name=person.login,
        display_name=party.display_name if party else person.login,
    )
    return Begun(row, creation_options(holder, bytes(row.challenge), known(mine)))


@owns
def _finish(person: Person, row: PasskeyRegistration, name: str, found: Registered) -> Passkey:
    now = business_now()
    taken = PasskeyRegistration.objects.filter(
        id=row.id, used_at__isnull=True, expires_at__gt=now
    ).update(used_at=now)
    if not taken:
        raise StateConflict(_("This was used, or took too long. Begin again."))
    made: Passkey = Passkey.objects.create(
        public_id=new_id("psk"),
        user=person,
        name=name,
        confirmed=True,
        credential_id=found.credential_id,
        public_key=found.public_key,
        sign_count=found.sign_count,
        transports=list(found.transports),
        is_synced=found.is_synced,
        created_at=now,
    )
    publish("passkey.added", passkey_id=made.public_id)
    return made
