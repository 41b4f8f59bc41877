"""Tries: a PIN or a passkey is counted before it is looked at, and every try costs the same.

A right try ends in ``accept_pin`` or ``accept_passkey``, which forgive what was wrong before and
write the proof; a wrong one leaves its count behind, committed in a transaction of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce

from core.clock import business_now
from core.ids import new_id
from core.transactions import owns
from people.authenticators import credential_id_of, nobodys_key, read_assertion
from people.enums import ProofMethod
from people.models import Device, Passkey, Person, PinDevice, Proof
from people.services.hashes import find_pin, hash_pin, is_outdated, spend_as_much

PROOF_LIFETIME = timedelta(minutes=2)
LOCKED_FOR = timedelta(minutes=30)
FAILURES_UNTIL_LOCK = 5
FAILURES_UNTIL_RESET = 10
PASSKEY_FAILURES = 5
_DURESS = 1

# Reads the count and raises it in one statement. The fifth try in a row locks at once, so that
# a sixth in parallel meets the lock; a right fifth takes it away again. A try that may not be
# counted, because the device's signature is wrong or the PIN is locked, writes the row as it is:
# the statement costs the same, and a refusal's time does not tell which part was wrong.
_COUNT_PIN = """
WITH row AS (
    SELECT id, %(is_signed)s AND failures < %(most)s
               AND (locked_until IS NULL OR locked_until <= %(now)s) AS counts
      FROM people_pindevice WHERE user_id = %(person)s FOR UPDATE
)
UPDATE people_pindevice AS pin
   SET failures = pin.failures + row.counts::int,
       locked_until = CASE WHEN NOT row.counts THEN pin.locked_until
                           WHEN (pin.failures + 1) %% %(row)s = 0 THEN %(until)s END
  FROM row WHERE pin.id = row.id
RETURNING row.counts, pin.pin_hash, pin.duress_hash,
          EXISTS (SELECT 1 FROM people_passkey WHERE user_id = %(person)s AND failures > 0)
"""
_COUNT_PASSKEY = """
UPDATE people_passkey SET failures = failures + 1
 WHERE user_id = %(person)s AND credential_id = %(credential)s
   AND removed_at IS NULL AND failures < %(most)s
RETURNING id, public_key, sign_count
"""


@dataclass(frozen=True, slots=True)
class Approver:
    """Who approves what: a person, on one of their devices, and the 32 bytes shown."""

    person: Person
    device: Device
    digest: bytes


@dataclass(frozen=True, slots=True)
class _PinTry:
    """A counted try: whether it may be right, the stored hashes, and whether passkeys failed."""

    counts: bool
    stored: str
    duress: str
    has_failed_passkeys: bool


@dataclass(frozen=True, slots=True)
class _PasskeyTry:
    """A counted try of a passkey; ``key`` is 0 where there is none that may be used."""

    key: int
    public_key: bytes
    sign_count: int


def try_pin(approver: Approver, pin: str, *, is_signed: bool) -> str | None:
    """Count a try, look at the PIN, and return the id of a proof, or None.

    Transaction: owns (one for the count, one for the proof).
    """
    tried = _count_pin(person_id=approver.person.id, is_signed=is_signed)
    if not tried.counts:
        spend_as_much()
        return None
    found = find_pin(approver.person.id, pin, [tried.stored, tried.duress])
    if found is None:
        return None
    fresh = hash_pin(approver.person.id, pin) if is_outdated(tried.stored) else tried.stored
    if tried.duress:
        # The other of the two cannot be renewed without being known; both keep their salt.
        fresh = tried.stored
    return _accept_pin(approver, tried, fresh, is_duress=found == _DURESS)


def try_passkey(approver: Approver, credential: object) -> str | None:
    """Count a try, look at an authenticator's answer, and return the id of a proof, or None.

    Transaction: owns (one for the count, one for the proof).
    """
    tried = _count_passkey(person_id=approver.person.id, credential=credential_id_of(credential))
    sign_count = read_assertion(credential, approver.digest, tried.public_key, tried.sign_count)
    if sign_count is None or not tried.key:
        return None
    return _accept_passkey(approver, tried, sign_count)


@owns
def _count_pin(*, person_id: int, is_signed: bool) -> _PinTry:
    now = business_now()
    values: dict[str, int | bool | datetime] = {
        "person": person_id,
        "is_signed": is_signed,
        "now": now,
        "until": now + LOCKED_FOR,
        "row": FAILURES_UNTIL_LOCK,
        "most": FAILURES_UNTIL_RESET,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_PIN, values)
        row = cursor.fetchone()
    return (
        _PinTry(*row)
        if row
        else _PinTry(counts=False, stored="", duress="", has_failed_passkeys=False)
    )


@owns
def _count_passkey(*, person_id: int, credential: bytes) -> _PasskeyTry:
    values: dict[str, int | bytes] = {
        "person": person_id,
        "credential": credential,
        "most": PASSKEY_FAILURES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_PASSKEY, values)
        row = cursor.fetchone()
    if row is None:
        return _PasskeyTry(0, nobodys_key(), 0)
    return _PasskeyTry(row[0], bytes(row[1]), row[2])


@owns
def _accept_pin(approver: Approver, tried: _PinTry, fresh: str, *, is_duress: bool) -> str | None:
    """Forgive the tries, keep a renewed hash, note duress, and write the proof.

    A duress PIN changes one value of these statements and nothing else, so that no time tells
    it from the other; who watches for it is ``services.duress``.

    The hash that was compared must still be the stored one: a PIN changed meanwhile proves
    nothing.
    """
    person, now = approver.person, business_now()
    since = Value(now if is_duress else None, output_field=DateTimeField())
    kept = PinDevice.objects.filter(user=person, pin_hash=tried.stored).update(
        failures=0,
        locked_until=None,
        pin_hash=fresh,
        duress_since=Coalesce(F("duress_since"), since),
    )
    if tried.has_failed_passkeys:
        Passkey.objects.filter(user=person, failures__gt=0).update(failures=0)
    return _write_proof(approver, now, None) if kept else None


@owns
def _accept_passkey(approver: Approver, tried: _PasskeyTry, sign_count: int) -> str | None:
    """Forgive the tries, keep the sign count, and write the proof.

    The count that was compared must still be the stored one, and the passkey still there.
    """
    now = business_now()
    kept = Passkey.objects.filter(
        id=tried.key, sign_count=tried.sign_count, removed_at__isnull=True
    ).update(failures=0, sign_count=sign_count, last_used_at=now)
    return _write_proof(approver, now, tried.key) if kept else None


def _write_proof(approver: Approver, now: datetime, passkey_id: int | None) -> str | None:
    """Write the proof, by passkey or by PIN, unless the device was removed meanwhile."""
    device = approver.device
    if not Device.objects.filter(id=device.id, removed_at__isnull=True).exists():
        return None
    proof = Proof.objects.create(
        public_id=new_id("prf"),
        person=approver.person,
        device=device,
        digest=approver.digest,
        method=ProofMethod.PASSKEY if passkey_id else ProofMethod.PIN,
        passkey_id=passkey_id,
        made_at=now,
        expires_at=now + PROOF_LIFETIME,
    )
    return proof.public_id
