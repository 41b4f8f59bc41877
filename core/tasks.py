"""Working off what is owed: duties are claimed one by one under a lease, and done.

Celery only carries the nudge "something is due"; which duties exist, who is at them and how
often they failed is in Postgres. A sweep by the clock calls the same task, so a lost nudge, a
broker that died, or one whose data was deleted, costs seconds and nothing else.
"""

import time
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from celery import shared_task
from django.db import connection, models

from core.clock import wall_now
from core.events import Later, handler_named
from core.idempotency import forget_expired
from core.leases import Held, LeaseLost, lease_end, working_under
from core.models import Duty
from core.transactions import joins, owns_block, refuse_owner

MAX_ATTEMPTS = 5
# As long as the task that drains may run.
LONGEST_SECONDS = 120.0
FIRST_PAUSE_SECONDS = 2
DRAIN_SECONDS = 20
DONE_KEPT_FOR = timedelta(days=7)

logger = structlog.get_logger(__name__)

_CLAIM = """
UPDATE core_duty SET lease_token = %(token)s, leased_until = %(until)s, attempts = attempts + 1
 WHERE id = (
    SELECT id FROM core_duty
     WHERE done_at IS NULL AND parked_at IS NULL AND due_at <= %(now)s
       AND (leased_until IS NULL OR leased_until < %(now)s)
     ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@shared_task(name="core.drain_duties", soft_time_limit=90, time_limit=120, ignore_result=True)
def drain_duties() -> int:
    """Do what is due until nothing is, or twenty seconds have passed; return how many."""
    return drain(seconds=DRAIN_SECONDS)


@shared_task(name="core.sweep", soft_time_limit=60, time_limit=90, ignore_result=True)
def sweep() -> int:
    """Forget answers and finished duties whose time is over; return how many."""
    return forget_expired() + forget_done()


def drain(*, seconds: float) -> int:
    """Claim and do duties one after another.

    It asserts that it runs outside any transaction: a handler talks to banks.

    Args:
        seconds: Stop claiming after this long.

    Returns:
        How many duties were tried.
    """
    refuse_owner("core.tasks.drain")
    until = time.monotonic() + seconds
    tried = 0
    while time.monotonic() < until:
        duty = claim(now=wall_now())
        if duty is None:
            break
        perform(duty)
        tried += 1
    return tried


def claim(*, now: datetime) -> Duty | None:
    """Take the longest-due duty that nobody holds, under a new lease, or None.

    None as well where another process took it over before it was read: with that one's token two
    would work behind one fence.
    """
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"token": token, "until": lease_end(now), "now": now})
        row = cursor.fetchone()
    return Duty.objects.filter(id=row[0], lease_token=token).first() if row else None


def perform(duty: Duty) -> None:
    """Call the duty's handler and write down how it went.

    A failure is tried again after 2, 4, 8 … seconds and parked after five. Whatever the handler
    writes in transactions of its own, and the result, is written only under the lease it was
    claimed with: a process that slept through its lease writes nothing beside the one that took
    over.
    """
    if duty.attempts > MAX_ATTEMPTS:
        _close(duty, parked_at=wall_now(), last_error=duty.last_error or "its process died")
        return
    try:
        with working_under(Held(Duty, duty.id, _token_of(duty), LONGEST_SECONDS)):
            handler_named(duty.handler)(**duty.payload)
    except LeaseLost as lost:
        logger.warning("duty_lost", handler=duty.handler, error=str(lost))
    except Later as later:
        due = wall_now() + timedelta(seconds=later.seconds)
        _close(duty, due_at=due, leased_until=None, attempts=models.F("attempts") - 1)
    except Exception as error:  # A handler's failure must not stop the queue.
        logger.exception("duty_failed", handler=duty.handler, attempts=duty.attempts)
        _fail(duty, error)
    else:
        _close(duty, done_at=wall_now(), leased_until=None)


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts: 2, 4, 8 … seconds."""
    return timedelta(seconds=FIRST_PAUSE_SECONDS * 2 ** (attempts - 1))


def forget_done(*, limit: int = 5000) -> int:
    """Delete duties done a week ago or earlier; at most ``limit``, and return how many."""
    old = Duty.objects.filter(done_at__lt=wall_now() - DONE_KEPT_FOR).values("id")[:limit]
    return Duty.objects.filter(id__in=old).delete()[0]


@joins
def hasten(*, events: Iterable[str]) -> int:
    """Make what was put off after some events due now: what it waited for has come.

    Args:
        events: Whose duties; a handler of theirs raised ``Later``.

    Returns:
        How many duties it was.

    Transaction: joins.
    """
    now = wall_now()
    waiting = Duty.objects.filter(done_at__isnull=True, parked_at__isnull=True, due_at__gt=now)
    return waiting.filter(event__in=list(events)).update(due_at=now)


def release_parked(*, duty_id: int) -> None:
    """Make a parked duty due again, after a person has looked at it.

    Transaction: owns.
    """
    with owns_block("core.tasks.release_parked"):
        Duty.objects.filter(id=duty_id, parked_at__isnull=False).update(
            parked_at=None, attempts=0, due_at=wall_now(), leased_until=None
        )


def _token_of(duty: Duty) -> uuid.UUID:
    """Return the token a duty was claimed with; one that nobody claimed cannot be performed."""
    if duty.lease_token is None:
        message = f"Duty {duty.id} was not claimed."
        raise LeaseLost(message)
    return duty.lease_token


def _fail(duty: Duty, error: Exception) -> None:
    """Note the failure; pause twice as long as before, or park."""
    now = wall_now()
    text = f"{type(error).__name__}: {error}"[:2000]
    if duty.attempts >= MAX_ATTEMPTS:
        _close(duty, parked_at=now, last_error=text, leased_until=None)
        return
    _close(duty, due_at=now + pause_after(duty.attempts), last_error=text, leased_until=None)


def _close(duty: Duty, **changes: object) -> None:
    """Write the outcome, if the lease is still ours."""
    Duty.objects.filter(id=duty.id, lease_token=duty.lease_token, done_at__isnull=True).update(
        **changes
    )
