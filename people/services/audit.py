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
from typing import Any

from django.db.models import QuerySet

from core.clock import business_now
from core.errors import NotFound
from core.transactions import joins, owns
from people.models import AuditEntry, AuditHead, Person

GENESIS = bytes(32)
CHAINED_AT_ONCE = 500
_READ_AT_ONCE = 2_000
# Made once: an encoder for each of a million entries costs more than the hash.
_as_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_SAID = (
    "id",
    "actor_id",
    "actor_login",
    "action",
    "object_ref",
    "before",
    "after",
    "reason",
    "at",
)


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
        actor: The person; None where the house itself acted.
        action: ``noun.past``, such as ``hold.imposed``.
        object_ref: Public id or code of the thing.
        before: Its fields that change, as plain JSON values; never a secret.
        after: The same fields afterwards.
        reason: Why, in the actor's words, at most 500 characters.

    Transaction: joins.
    """
    AuditEntry.objects.create(
        actor=actor,
        actor_login=actor.login if actor else "",
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
    row = AuditHead.objects.filter(id=1).first()
    if row is None:
        raise NotFound
    return Head(row.seq, bytes(row.hash).hex())


def verify_chain(*, most_problems: int = 20, kept_head: Head | None = None) -> ChainReport:
    """Walk the chain from its beginning and compare every hash.

    Args:
        most_problems: Stop naming problems after this many.
        kept_head: An end of the chain that was kept elsewhere: the chain must go through it.
            Whoever can write the database can also compute hashes; what was kept elsewhere
            they cannot change.

    Transaction: none.
    """
    checked, previous, problems = 0, GENESIS, list[str]()
    chained = AuditEntry.objects.filter(seq__isnull=False).order_by("seq")
    is_met = kept_head is None or kept_head == Head(0, GENESIS.hex())
    for seq, prev_hash, kept, said in _rows(chained):
        checked += 1
        if len(problems) < most_problems:
            problems += _compare(checked, seq, (previous, prev_hash, kept), said)
        previous = kept
        is_met = is_met or kept_head == Head(checked, kept.hex())
    if not is_met:
        problems.insert(0, "The chain does not go through the head that was kept elsewhere.")
    problems += _compare_head(checked, previous)
    waiting = AuditEntry.objects.filter(seq__isnull=True).count()
    return ChainReport(checked, waiting, tuple(problems[:most_problems]))


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[tuple[int, bytes, bytes, dict[str, Any]]]:
    """Read the chain in order, a few thousand entries at a time."""
    rows = entries.values("seq", "prev_hash", "hash", *_SAID)
    for row in rows.iterator(chunk_size=_READ_AT_ONCE):
        seq, prev_hash, kept = row.pop("seq"), row.pop("prev_hash"), row.pop("hash")
        yield int(seq or 0), bytes(prev_hash or b""), bytes(kept or b""), row


def _compare(
    place: int, seq: int, links: tuple[bytes, bytes, bytes], said: dict[str, Any]
) -> Iterator[str]:
    """Yield what is wrong with one entry."""
    previous, prev_hash, kept = links
    if seq != place:
        yield f"Place {place} holds the entry of place {seq}: entries are missing before it."
    if prev_hash != previous:
        yield f"Entry {seq} does not follow the entry before it."
    if _hash(prev_hash, seq, said) != kept:
        yield f"Entry {seq} was changed after it was chained."


def _compare_head(checked: int, last: bytes) -> Iterator[str]:
    head = AuditHead.objects.filter(id=1).first()
    if head is None:
        yield "The head of the chain is missing."
    elif (head.seq, bytes(head.hash)) != (checked, last):
        yield f"The chain ends at {checked}, its head says {head.seq}: entries are missing."


def _said(entry: AuditEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _SAID}


def _hash(prev_hash: bytes, seq: int, said: dict[str, Any]) -> bytes:
    """Return the SHA-256 of the hash before, the place, and what the entry says."""
    plain = {**said, "at": said["at"].astimezone(UTC).isoformat(timespec="microseconds")}
    text = _as_json(plain)
    return hashlib.sha256(prev_hash + seq.to_bytes(8, "big") + text.encode()).digest()
