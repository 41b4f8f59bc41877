"""The audit trail: recording acts, chaining them, proving the chain.

An act is recorded inside the business transaction, without a place in the chain: a place needs
a lock that every act of the house would wait for (ruling 14). The chainer, one at a time,
gives the waiting entries their places within a second of their commit. An entry's hash covers
the hash before it and everything the entry says, so a changed, deleted, inserted or reordered
entry shows. The end of the chain is kept apart in ``AuditHead``, so that cutting entries off
its end shows too.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from json.encoder import encode_basestring as _as_text
from typing import Any, NamedTuple

from django.db import connection

from core.clock import business_now
from core.errors import NotFound
from core.transactions import joins, owns
from people.models import AuditEntry, AuditHead, Person
from people.services.programs import acting_program

GENESIS = bytes(32)
CHAINED_AT_ONCE = 500
_READ_AT_ONCE = 5_000
# Made once: an encoder for each of a million entries costs more than the hash.
_as_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
# As plain values and texts: making a moment or a row's object costs as much as hashing it does.
_READ = """
SELECT seq, prev_hash, hash, action, actor_id, actor_login, after::text,
       to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), before::text, id,
       object_ref, reason
  FROM people_auditentry
 WHERE seq IS NOT NULL
 ORDER BY seq
"""


class _Said(NamedTuple):
    """What an entry says, in the order in which it is hashed: by the names of its fields."""

    action: str
    actor_id: int | None
    actor_login: str
    after: str
    at: str
    before: str
    id: int
    object_ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found.

    Attributes:
        checked: How many entries have a place.
        waiting: How many have none yet.
        problems: Sentences; none when the chain holds.
    """

    checked: int
    waiting: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """An end of the chain: how many entries it has, and the last one's hash in hexadecimals."""

    seq: int
    hash: str


@joins
def record(
    *,
    actor: Person | None,
    action: str,
    object_ref: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str = "",
) -> None:
    """Record who did what, in the transaction that does it.

    Changes: an ``AuditEntry`` without a place in the chain.

    Args:
        actor: The person; None where a program acted, which is named by its key, or the house
            itself.
        action: ``noun.past``, such as ``hold.imposed``.
        object_ref: Public id or code of the thing.
        before: Its fields that change, as plain JSON values; never a secret.
        after: The same fields afterwards.
        reason: Why, in the actor's words, at most 500 characters.

    Transaction: joins.
    """
    program = acting_program() if actor is None else None
    AuditEntry.objects.create(
        actor=actor,
        actor_login=actor.login if actor else program.ref if program else "",
        action=action,
        object_ref=object_ref,
        before=dict(before),
        after=dict(after),
        reason=reason[:500],
        at=business_now(),
    )


@owns
def chain_entries(*, limit: int = CHAINED_AT_ONCE) -> int:
    """Give waiting entries their places at the end of the chain.

    The locked ``AuditHead`` row is the lease: a second chainer finds it taken and leaves.

    Changes: ``seq``, ``prev_hash`` and ``hash`` of the entries; the head.

    Args:
        limit: At most this many.

    Returns:
        How many got a place; 0 also when another chainer is at work.

    Transaction: owns.
    """
    head = AuditHead.objects.select_for_update(skip_locked=True).filter(id=1).first()
    if head is None:
        return 0
    waiting = list(AuditEntry.objects.filter(seq__isnull=True).order_by("id")[:limit])
    for entry in waiting:
        entry.seq = head.seq + 1
        entry.prev_hash = bytes(head.hash)
        entry.hash = _hash(entry.prev_hash, entry.seq, _said(entry))
        head.seq, head.hash = entry.seq, entry.hash
    if waiting:
        AuditEntry.objects.bulk_update(waiting, ["seq", "prev_hash", "hash"])
        head.save(update_fields=["seq", "hash"])
    return len(waiting)


def head() -> Head:
    """Return the end of the chain, to be kept where nobody of this house can change it.

    Raises:
        NotFound: The head is missing, which ``verify_chain`` tells more about.

    Transaction: none.
    """
    found = _head()
    if found is None:
        raise NotFound
    return found


@owns
def verify_chain(*, most_problems: int = 20, kept_head: Head | None = None) -> ChainReport:
    """Walk the chain from its beginning and compare every hash.

    Entries may be chained meanwhile: the head is read before the walk and after it, and the end
    that was met lies between the two.

    Args:
        most_problems: Stop naming problems after this many.
        kept_head: An end of the chain that was kept elsewhere: the chain must go through it.
            Whoever can write the database can also compute hashes; what was kept elsewhere
            they cannot change.

    Transaction: owns (a server-side cursor outside of one would read everything first).
    """
    checked, previous, problems = 0, GENESIS, list[str]()
    begun = _head()
    wanted = {each for each in (begun, kept_head) if each is not None}
    missed = wanted - {Head(0, GENESIS.hex())}
    places = {each.seq for each in missed}
    for seq, prev_hash, kept, said in _rows():
        checked += 1
        if len(problems) < most_problems:
            problems += _compare(checked, seq, (previous, prev_hash, kept), said)
        previous = kept
        if checked in places:
            missed.discard(Head(checked, kept.hex()))
    if kept_head in missed:
        problems.insert(0, "The chain does not go through the head that was kept elsewhere.")
    problems += _compare_head(checked, (begun, _head()), is_met=begun not in missed)
    waiting = AuditEntry.objects.filter(seq__isnull=True).count()
    return ChainReport(checked, waiting, tuple(problems[:most_problems]))


def _rows() -> Iterator[tuple[int, bytes, bytes, _Said]]:
    """Read the chain in order, a few thousand entries at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_READ)
        while rows := cursor.fetchmany(_READ_AT_ONCE):
            for seq, prev_hash, kept, *said in rows:
                said[3] = _as_json(json.loads(said[3]))
                said[5] = _as_json(json.loads(said[5]))
                yield seq, prev_hash, kept, _Said(*said)


def _compare(place: int, seq: int, links: tuple[bytes, bytes, bytes], said: _Said) -> Iterator[str]:
    """Yield what is wrong with one entry."""
    previous, prev_hash, kept = links
    if seq != place:
        yield f"Place {place} holds the entry of place {seq}: entries are missing before it."
    if prev_hash != previous:
        yield f"Entry {seq} does not follow the entry before it."
    if _hash(prev_hash, seq, said) != kept:
        yield f"Entry {seq} was changed after it was chained."


def _compare_head(
    checked: int, heads: tuple[Head | None, Head | None], *, is_met: bool
) -> Iterator[str]:
    """Yield what is wrong with the end: it is where the head was, or was chained since."""
    begun, ended = heads
    if begun is None or ended is None:
        yield "The head of the chain is missing."
    elif not is_met or not begun.seq <= checked <= ended.seq:
        yield f"The chain ends at {checked}, its head says {ended.seq}: entries are missing."


def _head() -> Head | None:
    row = AuditHead.objects.filter(id=1).first()
    return Head(row.seq, bytes(row.hash).hex()) if row else None


def _said(entry: AuditEntry) -> _Said:
    return _Said(
        action=entry.action,
        actor_id=entry.actor_id,
        actor_login=entry.actor_login,
        after=_as_json(entry.after),
        at=entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        before=_as_json(entry.before),
        id=entry.pk,
        object_ref=entry.object_ref,
        reason=entry.reason,
    )


def _hash(prev_hash: bytes, seq: int, said: _Said) -> bytes:
    """Return the SHA-256 of the hash before, the place, and what the entry says."""
    action, actor_id, actor_login, after, at, before, pk, object_ref, reason = said
    text = (
        f'{{"action":{_as_text(action)},"actor_id":{"null" if actor_id is None else actor_id}'
        f',"actor_login":{_as_text(actor_login)},"after":{after},"at":"{at}","before":{before}'
        f',"id":{pk},"object_ref":{_as_text(object_ref)},"reason":{_as_text(reason)}}}'
    )
    return hashlib.sha256(prev_hash + seq.to_bytes(8, "big") + text.encode()).digest()
