"""Passkeys that are the second factor of the portal: added, used, taken away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core.clock import wall_now
from core.errors import NotFound, StateConflict
from core.ids import new_id
from core.transactions import owns
from people.authenticators import (
    Holder,
    Known,
    Registered,
    creation_options,
    credential_id_of,
    nobodys_key,
    read_assertion,
    read_registration,
    request_options,
)
from people.models import Person, WebKey
from people.names import LONGEST_PASSKEY_NAME, clean_text
from people.services.passkeys import PasskeyRefused

MOST_WEB_KEYS: Final = 20


@dataclass(frozen=True, slots=True)
class WebKeyFacts:
    """A passkey of the portal as its person sees it."""

    public_id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def web_keys_of(*, person: Person) -> list[WebKeyFacts]:
    """Return a person's passkeys of the portal, the oldest first.

    Transaction: none (one query).
    """
    rows = WebKey.objects.filter(user=person).order_by("id")
    return [WebKeyFacts(row.public_id, row.name, row.created_at, row.last_used_at) for row in rows]


def offer_web_key(*, person: Person, challenge: bytes) -> dict[str, Any]:
    """Return the options for ``navigator.credentials.create``.

    Transaction: none (one query).
    """
    party = person.party
    shown = party.display_name if party else person.login
    # A handle of its own: the passkey that approves payments is another one of the same person.
    holder = Holder(f"web-{person.pk}", person.login, shown)
    return creation_options(holder, challenge, _known(person))


def request_web_key(*, person: Person, challenge: bytes) -> dict[str, Any] | None:
    """Return the options for ``navigator.credentials.get``; None for who has no passkey here.

    Transaction: none (one query).
    """
    known = _known(person)
    return request_options(challenge, known) if known else None


def add_web_key(*, person: Person, name: str, credential: object, challenge: bytes) -> WebKey:
    """Add what a browser's authenticator made.

    Changes: one ``WebKey``.

    Args:
        person: Whose it is; has shown a factor just now.
        name: What they call it, 1 to 64 characters.
        credential: What ``navigator.credentials.create`` gave, as JSON.
        challenge: Which it was asked over.

    Raises:
        PasskeyRefused: The answer does not hold, or the authenticator is known already.
        StateConflict: There are twenty already.
        TextInvalid, InputInvalid: The name is none.

    Transaction: owns.
    """
    shown = clean_text(name, field="name", longest=LONGEST_PASSKEY_NAME)
    found = read_registration(credential, challenge)
    if found is None:
        raise PasskeyRefused
    try:
        return _add(person=person, name=shown, found=found)
    except IntegrityError as error:
        raise PasskeyRefused from error


@owns
def verify_web_key(*, person: Person, credential: object, challenge: bytes) -> WebKey | None:
    """Return the person's passkey that answered a challenge, or None.

    Changes: its count of uses, and when it was used last.

    Args:
        person: Who signs in.
        credential: What ``navigator.credentials.get`` gave, as JSON.
        challenge: Which it was asked over; used up by its caller.

    Transaction: owns.
    """
    rows = WebKey.objects.select_for_update().filter(user=person)
    key: WebKey | None = rows.filter(credential_id=credential_id_of(credential)).first()
    public_key = bytes(key.public_key) if key is not None else nobodys_key()
    count = read_assertion(credential, challenge, public_key, key.sign_count if key else 0)
    if key is None or count is None:
        return None
    key.sign_count, key.last_used_at = count, wall_now()
    key.save(update_fields=["sign_count", "last_used_at"])
    return key


@owns
def remove_web_key(*, person: Person, public_id: str) -> None:
    """Take a passkey away; sessions that were opened with it are over.

    Raises:
        NotFound: The person has no such passkey.

    Transaction: owns.
    """
    gone, _each = WebKey.objects.filter(user=person, public_id=public_id).delete()
    if not gone:
        raise NotFound


@owns
def _add(*, person: Person, name: str, found: Registered) -> WebKey:
    if WebKey.objects.filter(user=person).count() >= MOST_WEB_KEYS:
        raise StateConflict(_("You have twenty passkeys. Remove one that you no longer use."))
    made: WebKey = WebKey.objects.create(
        public_id=new_id("wky"),
        user=person,
        name=name,
        confirmed=True,
        credential_id=found.credential_id,
        public_key=found.public_key,
        sign_count=found.sign_count,
        transports=list(found.transports),
        created_at=wall_now(),
    )
    return made


def _known(person: Person) -> list[Known]:
    rows = WebKey.objects.filter(user=person).order_by("id")
    return [Known(bytes(row.credential_id), tuple(row.transports)) for row in rows]
