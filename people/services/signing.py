"""Signing in: a code claims the number, a device and its token stay."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now
from core.errors import TooManyRequests, TrocoError
from core.events import publish
from core.ids import new_id
from core.transactions import owns
from people.enums import PartyKind
from people.keys import DeviceKey, read_key
from people.models import Device, Party, Person, SignInCode
from people.names import LONGEST_DISPLAY_NAME, clean_text
from people.phones import country_of, parse_phone, shown_phone
from people.senders import send_code
from people.services.hashes import hash_code
from people.services.unclaimed import take_over
from people.tokens import new_token, token_digest

CODE_LIFETIME = timedelta(minutes=10)
CODE_TRIES = 5
CODES_PER_WINDOW = 5
WINDOW = timedelta(hours=1)
SPACING = timedelta(seconds=30)

_LOCALES = {"BR": "pt-BR", "BD": "bn"}

# Counted in one statement and committed before the code is looked at, so that tries sent at
# once are counted like tries sent one by one.
_COUNT_TRY = """
UPDATE people_signincode SET tries = tries + 1
 WHERE phone = %(phone)s AND tries < %(most)s AND used_at IS NULL AND expires_at > %(now)s
RETURNING code_hash
"""


class SignInRejected(TrocoError):
    """The code is wrong, old, used, or was tried too often: the refusals look alike."""

    code = "sign_in_rejected"
    http_status = 403
    words = _("This code does not fit. Check it, or ask for a new one.")


@dataclass(frozen=True, slots=True)
class NewDevice:
    """The device that signs in: what its person calls it, and its public key as a JWK."""

    name: str
    public_key: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in where; the token is told this once and never again."""

    token: str
    person: Person
    device: Device


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A checked sign-in, ready to be admitted."""

    phone: str
    code_hash: bytes
    display_name: str
    locale: str
    device_name: str
    key: DeviceKey


def request_code(*, phone: str) -> datetime:
    """Send a new code to a number, known or not; the answer is the same.

    Changes: the number's one ``SignInCode`` row; an older code stops working.

    Args:
        phone: With country code.

    Returns:
        Until when the code works (wall time).

    Raises:
        PhoneInvalid: It is no phone number.
        TooManyRequests: Codes were asked for too often (outside the sandbox).
        SenderUnavailable: The message gateway did not take the message.

    Transaction: owns (the code is committed before it is sent).
    """
    number = parse_phone(phone)
    country_of(number)
    code = f"{secrets.randbelow(1_000_000):06d}"
    expires_at = _keep_code(number, code)
    send_code(number, code)
    return expires_at


@owns
def _keep_code(phone: str, code: str) -> datetime:
    """Replace the number's code, after the politeness limits."""
    now = wall_now()
    fresh = SignInCode(phone=phone, sent_at=now, expires_at=now, window_started_at=now)
    fresh.code_hash = hash_code(phone, code)
    SignInCode.objects.bulk_create([fresh], ignore_conflicts=True)
    row = SignInCode.objects.select_for_update().get(phone=phone)
    if now - row.window_started_at >= WINDOW:
        row.window_started_at, row.sent_in_window = now, 0
    if settings.TROCO_POLITENESS:
        _refuse_hurry(row, now)
    row.code_hash = hash_code(phone, code)
    row.sandbox_code = code if settings.SANDBOX else ""
    row.tries, row.used_at = 0, None
    row.sent_at, row.expires_at = now, now + CODE_LIFETIME
    row.sent_in_window += 1
    row.save()
    return row.expires_at


def _refuse_hurry(row: SignInCode, now: datetime) -> None:
    """Refuse more codes than a person in good faith needs.

    The numbers are ours: five an hour leave a guesser 25 in a million tries an hour.
    """
    wait = timedelta(0)
    if row.sent_in_window:
        wait = row.sent_at + SPACING - now
    if row.sent_in_window >= CODES_PER_WINDOW:
        wait = row.window_started_at + WINDOW - now
    if wait > timedelta(0):
        raise TooManyRequests(retry_after_seconds=int(wait.total_seconds()) + 1)


def sign_in(
    *,
    phone: str,
    code: str,
    device: NewDevice,
    display_name: str | None = None,
    locale: str | None = None,
) -> SignedIn:
    """Admit whoever knows the number's code, on the device that came with it.

    Changes: the code is used up; on first sight a ``Person`` and its ``Party``, which is the one
    that waited for this number if money was sent to it before; the ``Device``,
    which is the same one when its key is already known for this person, with a new token.
    Publishes ``person.signed_in`` and, for a new device, ``device.added``.

    Args:
        phone: With country code.
        code: Six digits.
        device: Its name and public key.
        display_name: What others see; used on first sight. Without one a person begins as
            their number with only its end readable.
        locale: The language of words for this person; by country on first sight otherwise.

    Raises:
        PhoneInvalid, KeyInvalid, TextInvalid, InputInvalid: As their names say.
        SignInRejected: The code does not fit, or the person may not sign in.

    Transaction: owns (two: the try is counted and committed first).
    """
    number = parse_phone(phone)
    shown = display_name if display_name is not None else shown_phone(number)
    arrival = _Arrival(
        phone=number,
        code_hash=hash_code(number, code),
        display_name=clean_text(shown, field="display_name", longest=LONGEST_DISPLAY_NAME),
        locale=locale or "",
        device_name=clean_text(device.name, field="device.name", longest=LONGEST_DISPLAY_NAME),
        key=read_key(device.public_key),
    )
    kept = _count_try(phone=number)
    if kept is None or not hmac.compare_digest(kept, arrival.code_hash):
        raise SignInRejected
    return _admit(arrival)


def prove_number(*, phone: str, code: str) -> str:
    """Let whoever knows a number's code show that it is theirs; nobody is signed in.

    Changes: the code is used up; a wrong one counts as a try.

    Args:
        phone: With country code.
        code: Six digits.

    Returns:
        The number, E.164.

    Raises:
        PhoneInvalid: It is no phone number.
        SignInRejected: The code does not fit.

    Transaction: owns (two: the try is counted and committed first).
    """
    number = parse_phone(phone)
    told, kept = hash_code(number, code), _count_try(phone=number)
    if kept is None or not hmac.compare_digest(kept, told) or not _use_up(phone=number, told=told):
        raise SignInRejected
    return number


@owns
def _use_up(*, phone: str, told: bytes) -> bool:
    """Use a code up that is for no sign-in; of two at once, one."""
    rows = SignInCode.objects.filter(phone=phone, code_hash=told, used_at__isnull=True)
    return bool(rows.update(used_at=wall_now(), sandbox_code=""))


@owns
def _count_try(*, phone: str) -> bytes | None:
    """Count a try and return the hash to compare with, or None when no try is left."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_TRY, {"phone": phone, "most": CODE_TRIES, "now": wall_now()})
        row = cursor.fetchone()
    return bytes(row[0]) if row else None


@owns
def _admit(arrival: _Arrival) -> SignedIn:
    """Use the code up, and find or make the person and the device.

    The update of the code's row makes sign-ins of one number wait for each other, so that a
    person is made once.
    """
    used = SignInCode.objects.filter(
        phone=arrival.phone, code_hash=arrival.code_hash, used_at__isnull=True
    ).update(used_at=wall_now(), sandbox_code="")
    person = _person_of(arrival) if used else None
    if person is None or not person.is_active:
        raise SignInRejected
    token = new_token()
    device, is_new = _settle_device(person, arrival, token)
    if is_new:
        publish("device.added", device_id=device.public_id)
    else:
        publish("person.access_ended", person_id=person.id)
    publish("person.signed_in", person_id=person.id, device_id=device.public_id)
    return SignedIn(token=token, person=person, device=device)


def _person_of(arrival: _Arrival) -> Person:
    found = Person.objects.select_related("party").filter(phone=arrival.phone).first()
    if found is not None:
        return found
    now, country = business_now(), country_of(arrival.phone)
    waiting = take_over(phone=arrival.phone, display_name=arrival.display_name)
    party = waiting or Party.objects.create(
        public_id=new_id("pty"),
        kind=PartyKind.PERSON,
        display_name=arrival.display_name,
        country=country,
        created_at=now,
    )
    person = Person(
        party=party,
        login=arrival.phone,
        phone=arrival.phone,
        locale=arrival.locale or _LOCALES.get(country, "en"),
        created_at=now,
    )
    person.set_unusable_password()
    person.save(force_insert=True)
    return person


def _settle_device(person: Person, arrival: _Arrival, token: str) -> tuple[Device, bool]:
    """Give the known device of this key a new token, or add the device."""
    now = wall_now()
    known = _devices_with(person, arrival.key).select_for_update().first()
    if known is not None:
        known.token_hash = token_digest(token)
        known.name = arrival.device_name
        known.signed_in_at = known.last_seen_at = now
        known.save(update_fields=["token_hash", "name", "signed_in_at", "last_seen_at"])
        return known, False
    added = Device.objects.create(
        public_id=new_id("dev"),
        person=person,
        name=arrival.device_name,
        public_key=arrival.key.jwk,
        key_thumbprint=arrival.key.thumbprint,
        token_hash=token_digest(token),
        created_at=business_now(),
        signed_in_at=now,
        last_seen_at=now,
    )
    return added, True


def _devices_with(person: Person, key: DeviceKey) -> QuerySet[Device]:
    return Device.objects.filter(
        person=person, key_thumbprint=key.thumbprint, removed_at__isnull=True
    )
