"""Idempotency keys: the same request twice has one effect and one answer.

The answer is kept in the very transaction that creates the thing, so a crash leaves both or
neither, and a failure is never frozen: only what was committed is answered again. Two calls
with one key at the same moment are told apart by an advisory lock of the database session,
which ends with the connection if the process dies; the second caller hears ``in_progress``, or,
when it asks for something else than the first, ``idempotency_key_reused``.

Source: draft-ietf-httpapi-idempotency-key-header (missing 400, other payload 422, still
running 409); keys are unique for each party, so they cannot leak another's answer.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from core.clock import wall_now
from core.errors import IdempotencyKeyMissing, IdempotencyKeyReused, InProgress
from core.models import KeptAnswer
from core.prepared import ask, tell
from core.transactions import require_owner

KEPT_FOR = timedelta(days=30)
MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a keyed request: an HTTP status and a JSON body."""

    http_status: int
    body: Any
    replayed: bool = False


@dataclass(slots=True)
class _Pending:
    """The keyed request that this thread is working on."""

    party_id: int
    key: str
    digest: bytes
    render: Callable[[Any], tuple[int, Any]]
    for_ever: bool
    answer: Answer | None = None
    locks: list[tuple[int, int]] = field(default_factory=list)


_pending: ContextVar[_Pending | None] = ContextVar("troco_idempotency", default=None)


def digest_of(name: str, body: object) -> bytes:
    """Return the 32 bytes that stand for a request when two are compared.

    It is keyed with the instance's secret, because the body of a payment holds a PIN of only
    a million values, which a plain hash in a stolen table would give away.

    Args:
        name: The method and path.
        body: The parsed JSON body.
    """
    return _keyed(str(settings.SECRET_KEY), name, body)


def older_digests_of(name: str, body: object) -> list[bytes]:
    """Return what stood for a request under the secrets that the instance had before.

    A phone that sends a payment again does not know that the secret was changed meanwhile; were
    it told that its key made another payment, it would pay anew.

    Args:
        name: The method and path.
        body: The parsed JSON body.
    """
    return [_keyed(str(secret), name, body) for secret in settings.SECRET_KEY_FALLBACKS]


def _keyed(secret: str, name: str, body: object) -> bytes:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    return hmac.new(secret.encode(), f"{name}\n{text}".encode(), hashlib.sha256).digest()


def check_key(key: str | None) -> str:
    """Return a well-formed key.

    Raises:
        IdempotencyKeyMissing: It is absent, empty, over 255 characters or not printable
            ASCII.
    """
    if not key or len(key) > MAX_KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise IdempotencyKeyMissing
    return key


def answer(
    *,
    key: tuple[int, str],
    digest: bytes,
    run: Callable[[], object],
    render: Callable[[Any], tuple[int, Any]],
    for_ever: bool = False,
    older: Sequence[bytes] = (),
) -> Answer:
    """Run a request once for its key, or answer again what it answered.

    Args:
        key: The id of the calling party, and the key it sent.
        digest: What ``digest_of`` makes of the request.
        run: Calls the service, which must call ``record`` before it commits.
        render: Turns the service's result into a status and a JSON body. It is called inside
            the service's transaction.
        for_ever: Keep the answer for ever, as for payments; 30 days otherwise.
        older: What ``older_digests_of`` makes of the request.

    Raises:
        IdempotencyKeyReused: The key was used for another request, or one is running under it.
        InProgress: The same request is being worked on now.
        TrocoError: Whatever ``run`` raises; nothing is kept then.

    Transaction: none (the service that runs owns its own).
    """
    party_id, text = key
    locks: list[tuple[int, int]] = []
    with _turn(party_id, text, digest, locks) as kept:
        if kept is not None:
            if not any(hmac.compare_digest(kept.digest, each) for each in (digest, *older)):
                raise IdempotencyKeyReused
            return kept.answer
        pending = _Pending(party_id, text, digest, render, for_ever, locks=locks)
        token = _pending.set(pending)
        try:
            run()
        finally:
            _pending.reset(token)
        if pending.answer is None:
            raise RuntimeError("The service that ran under a key did not record its result.")
        return pending.answer


def give_back_later(lock: tuple[int, int]) -> bool:
    """Give an advisory lock of this session back together with the key's turn: no further question.

    Returns:
        False where nothing runs under a key; the caller gives it back then.
    """
    pending = _pending.get()
    if pending is None:
        return False
    pending.locks.append(lock)
    return True


def current_key() -> str:
    """Return the key that the present request runs under, or an empty text."""
    pending = _pending.get()
    return pending.key if pending else ""


def record(result: object) -> None:
    """Keep the answer for the present key, within the transaction that made the result.

    A service calls it as its last line. Without a key (a call from a task, from the portal,
    from another service) it does nothing.

    Transaction: joins.
    """
    pending = _pending.get()
    if pending is None:
        return
    require_owner("core.idempotency.record")
    http_status, body = pending.render(result)
    written = json.dumps(body, default=str)
    now = wall_now()
    until = None if pending.for_ever else now + KEPT_FOR
    tell(
        _KEEP,
        [pending.party_id, pending.key, pending.digest, int(http_status), written, now, until],
    )
    pending.answer = Answer(http_status, json.loads(written))


def forget_expired(*, limit: int = 1000) -> int:
    """Delete kept answers whose time is over; at most ``limit`` rows, and return how many."""
    old = KeptAnswer.objects.filter(expires_at__lt=wall_now()).values("id")[:limit]
    return KeptAnswer.objects.filter(id__in=old).delete()[0]


_TRIES = 5
_NOTHING = (None, 0, "")

_TAKE = (
    "SELECT taken, kept_digest, kept_status, kept_body"
    "  FROM core_take_key_v1(%s::bigint, %s::bigint, %s::bigint, %s::text)"
)
_GIVE_BACK = """
SELECT pg_advisory_unlock(%s::bigint), pg_advisory_unlock_shared(%s::bigint),
       (SELECT count(pg_advisory_unlock(own.class, own.key))
          FROM unnest(%s::int[], %s::int[]) AS own(class, key))
"""
_UNMARK = "SELECT pg_advisory_unlock_shared(%s::bigint)"
_KEEP = """
INSERT INTO core_keptanswer (party_id, key, digest, http_status, body, created_at, expires_at)
VALUES (%s::bigint, %s::text, %s::bytea, %s::smallint, %s::jsonb, %s::timestamptz,
        %s::timestamptz)
"""

# Postgres shows the two halves of a lock's 64 bits apart.
_RUNNING = """
WITH held AS (
    SELECT pid, mode, (classid::bigint << 32) | objid::bigint AS name
      FROM pg_locks
     WHERE locktype = 'advisory' AND objsubid = 1 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
SELECT mark.pid IS NOT NULL
  FROM held AS turn
  LEFT JOIN held AS mark
    ON mark.pid = turn.pid AND mark.name = %(mark)s AND mark.mode = 'ShareLock'
 WHERE turn.name = %(turn)s AND turn.mode = 'ExclusiveLock'
"""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a key has answered before, and to what request."""

    digest: bytes
    answer: Answer


@contextmanager
def _turn(
    party_id: int, key: str, digest: bytes, locks: list[tuple[int, int]]
) -> Iterator[_Kept | None]:
    """Hold the advisory lock of a key while its request runs, or refuse at once.

    Yields what the key has answered before; it is read after the lock was taken. At the end the
    locks that were put on the list meanwhile are given back too.

    Raises:
        InProgress: The same request is running under the key.
        IdempotencyKeyReused: Another one is.
    """
    name = f"{party_id}/{key}".encode()
    turn, mark = _lock_of(name), _lock_of(name + digest)
    try:
        kept = _take(turn, mark, [party_id, key])
    except DatabaseError:
        # A statement that fails gives no lock of the session back.
        _give_back(turn, mark, [])
        raise
    try:
        yield kept
    finally:
        _give_back(turn, mark, locks)


def _give_back(turn: int, mark: int, locks: list[tuple[int, int]]) -> None:
    if connection.connection is not None and not connection.connection.closed:
        classes, keys = [lock[0] for lock in locks], [lock[1] for lock in locks]
        ask(_GIVE_BACK, [turn, mark, classes, keys])


def _take(turn: int, mark: int, whose: list[Any]) -> _Kept | None:
    """Take the turn and the mark, or neither; a turn that just ended is asked for again."""
    for _ in range(_TRIES):
        taken, digest, http_status, body = ask(_TAKE, [turn, mark, *whose]) or (False, *_NOTHING)
        if taken:
            return _kept(digest, http_status, body)
        with connection.cursor() as cursor:
            cursor.execute(_RUNNING, {"turn": turn, "mark": mark})
            running = cursor.fetchone()
        ask(_UNMARK, [mark])
        if running is not None and not running[0]:
            raise IdempotencyKeyReused
        if running is not None:
            break
    raise InProgress(retry_after_seconds=1)


def _kept(digest: bytes | None, http_status: int, body: str) -> _Kept | None:
    if digest is None:
        return None
    return _Kept(bytes(digest), Answer(http_status, json.loads(body), replayed=True))


def _lock_of(name: bytes) -> int:
    """Return the 64 bits that an advisory lock is named by."""
    return int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)
