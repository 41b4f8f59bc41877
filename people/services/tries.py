"""Tries: what is wrong is counted, committed whatever happens, and every refusal costs the same.

A PIN is counted before it is looked at, because it can be guessed: no try may ever be free. A
passkey's answer cannot be guessed, so it is looked at first and only a wrong one is counted, in
its person's turn; a right one costs no commit of its own. A right try ends in ``_accept_pin`` or
``accept_passkey``, which forgive what was wrong before and write the proof.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce

from core.clock import business_now
from core.ids import new_id
from core.prepared import ask
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
 WHERE id = %s::bigint AND removed_at IS NULL AND failures < %s::smallint
"""
_READ_PASSKEY = (
    "SELECT passkey, public_key, sign_count FROM people_passkey_facts_v1(%s::bigint, %s::bytea)"
)
_ACCEPT_PASSKEY = """
SELECT people_accept_passkey_v1(
    %s::text, %s::bigint, %s::bigint, %s::bytea, %s::bigint, %s::bigint, %s::bigint,
    %s::timestamptz, NULL)
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
class PasskeyFacts:
    """The passkey that an answer claims to be of; ``key`` is 0 where none may be used."""

    key: int
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A right answer of a passkey, whose proof is not written yet.

    Attributes:
        approver: Whose answer, over what.
        proof_id: Public id that the proof will have.
        key: The passkey.
        old_count: Its sign count as the answer was compared with.
        new_count: The one that the answer tells.
    """

    approver: Approver
    proof_id: str
    key: int
    old_count: int
    new_count: int

    def arguments(self) -> list[object]:
        """Return the first seven arguments of ``people_accept_passkey_v1``."""
        approver = self.approver
        return [
            self.proof_id,
            approver.person.id,
            approver.device.id,
            approver.digest,
            self.key,
            self.old_count,
            self.new_count,
        ]


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


def look_at_passkey(approver: Approver, credential: object, facts: PasskeyFacts) -> Seen | None:
    """Look at an authenticator's answer and count it where it is wrong; None then.

    Args:
        approver: Who approves what.
        credential: What the authenticator answered.
        facts: What ``passkey_facts`` tells, read in the person's turn.

    Transaction: owns (one for the count of a wrong answer).
    """
    sign_count = read_assertion(credential, approver.digest, facts.public_key, facts.sign_count)
    if sign_count is None or not facts.key:
        _count_passkey(key=facts.key)
        return None
    return Seen(approver, new_id("prf"), facts.key, facts.sign_count, sign_count)


def try_passkey(approver: Approver, credential: object) -> str | None:
    """Look at an authenticator's answer, and return the id of a proof, or None.

    Transaction: owns (one for the count of a wrong answer, or one for the proof).
    """
    row = ask(_READ_PASSKEY, [approver.person.id, credential_id_of(credential)])
    seen = look_at_passkey(approver, credential, passkey_facts(row))
    return seen.proof_id if seen is not None and accept_passkey(seen=seen) else None


def passkey_facts(row: tuple[Any, ...] | None) -> PasskeyFacts:
    """Return what ``people_passkey_facts_v1`` told; a key that nobody holds where there is none.

    Transaction: none.
    """
    if row is None or row[0] is None:
        return PasskeyFacts(0, nobodys_key(), 0)
    return PasskeyFacts(row[0], bytes(row[1]), row[2])


@owns
def accept_passkey(*, seen: Seen) -> bool:
    """Forgive the tries, keep the sign count, and write the proof, for later use.

    Changes: the ``Passkey``, a ``Proof``.

    Returns:
        False where the passkey, its sign count or the device changed since it was looked at.

    Transaction: owns.
    """
    row = ask(_ACCEPT_PASSKEY, [*seen.arguments(), business_now()])
    return bool(row and row[0])


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
def _count_passkey(*, key: int) -> None:
    """Count a wrong answer; at five the passkey waits for a right PIN."""
    ask(_COUNT_PASSKEY, [key, PASSKEY_FAILURES])


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
    return _write_proof(approver, now) if kept else None


def _write_proof(approver: Approver, now: datetime) -> str | None:
    """Write the proof by PIN, unless the device was removed meanwhile."""
    device = approver.device
    if not Device.objects.filter(id=device.id, removed_at__isnull=True).exists():
        return None
    proof = Proof.objects.create(
        public_id=new_id("prf"),
        person=approver.person,
        device=device,
        digest=approver.digest,
        method=ProofMethod.PIN,
        made_at=now,
        expires_at=now + PROOF_LIFETIME,
    )
    return proof.public_id
