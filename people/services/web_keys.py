"""Passkeys of the portal, a second factor there: added, used, approving acts, taken away."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import QuerySet

from core.clock import business_now, wall_now
from core.errors import NotFound
from core.ids import new_id
from core.transactions import owns
from people.authenticators import (
    Holder,
    Registered,
    challenge_of,
    creation_options,
    credential_id_of,
    nobodys_key,
    read_assertion,
    request_options,
)
from people.enums import ChallengePurpose
from people.models import Challenge, Person, WebKey
from people.names import LONGEST_PASSKEY_NAME, clean_text
from people.services.challenges import write_challenge
from people.services.registering import PasskeyRefused, check_room, known, registered

MOST_ASKED = 20
"""How many acts of one person wait for a passkey at once; the oldest is asked again."""


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
    return [
        WebKeyFacts(row.public_id, row.name, row.created_at, row.last_used_at)
        for row in _keys_of(person)
    ]


def offer_web_key(*, person: Person, challenge: bytes) -> dict[str, Any]:
    """Return the options for ``navigator.credentials.create``.

    Transaction: none (one query).
    """
    party = person.party
    shown = party.display_name if party else person.login
    # A handle of its own: the passkey that approves payments is another one of the same person.
    holder = Holder(f"web-{person.pk}", person.login, shown)
    return creation_options(holder, challenge, known(_keys_of(person)))


def request_web_key(*, person: Person, challenge: bytes) -> dict[str, Any] | None:
    """Return the options for ``navigator.credentials.get``; None for who has no passkey here.

    Transaction: none (one query).
    """
    mine = known(_keys_of(person))
    return request_options(challenge, mine) if mine else None


def has_web_key(*, person: Person) -> bool:
    """Tell whether a person has a passkey of the portal.

    Transaction: none (one query).
    """
    return _keys_of(person).exists()


@owns
def request_act(*, person: Person, act: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the options for ``navigator.credentials.get`` that approve one act of the portal.

    The challenge is the digest of a text that says the act, so that the answer approves this one,
    once, within five minutes, and nothing else: as the proof of a payment does.

    Changes: a ``Challenge``; those of the person's whose time is over are forgotten, and so are
    the oldest where they ask more often than anybody approves.

    Args:
        person: Who is to approve.
        act: What they would do, in texts; whoever does it names it again to ``approve_act``.

    Returns:
        None where the person has no passkey here.

    Transaction: owns.
    """
    mine = known(_keys_of(person))
    if not mine:
        return None
    asked = write_challenge(person=person, purpose=ChallengePurpose.PORTAL_ACT, about=act)
    every = Challenge.objects.filter(person=person, purpose=ChallengePurpose.PORTAL_ACT)
    newest = every.order_by("-id").values("pk")[:MOST_ASKED]
    every.exclude(pk__in=newest).delete()
    every.filter(expires_at__lt=business_now()).delete()
    return request_options(bytes(asked.digest), mine)


@owns
def approve_act(*, person: Person, act: Mapping[str, str], credential: object) -> bool:
    """Tell whether a passkey of the person approved this very act, and use its answer up.

    Changes: ``Challenge.used_at``, and the passkey's count of uses.

    Args:
        person: Who acts.
        act: What they do, in the texts that ``request_act`` was given.
        credential: What ``navigator.credentials.get`` gave, as JSON.

    Transaction: owns.
    """
    rows = Challenge.objects.filter(person=person, purpose=ChallengePurpose.PORTAL_ACT)
    asked = rows.filter(digest=challenge_of(credential)).first()
    said = json.loads(asked.signed_text) if asked is not None else {}
    if asked is None or any(said.get(name) != told for name, told in act.items()):
        return False
    if _verify(person, credential, bytes(asked.digest)) is None:
        return False
    now = business_now()
    unused = rows.filter(pk=asked.pk, used_at__isnull=True, expires_at__gt=now)
    return bool(unused.update(used_at=now))


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
    found = registered(credential, challenge)
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
    return _verify(person, credential, challenge)


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
    check_room(WebKey.objects.filter(user=person).count())
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


def _verify(person: Person, credential: object, challenge: bytes) -> WebKey | None:
    rows = WebKey.objects.select_for_update().filter(user=person)
    key: WebKey | None = rows.filter(credential_id=credential_id_of(credential)).first()
    public_key = bytes(key.public_key) if key is not None else nobodys_key()
    count = read_assertion(credential, challenge, public_key, key.sign_count if key else 0)
    if key is None or count is None:
        return None
    key.sign_count, key.last_used_at = count, wall_now()
    key.save(update_fields=["sign_count", "last_used_at"])
    return key


def _keys_of(person: Person) -> QuerySet[WebKey]:
    rows: QuerySet[WebKey] = WebKey.objects.filter(user=person)
    return rows.order_by("id")
