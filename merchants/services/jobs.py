"""Long work of a shop, done step by step: queued, worked on, stopped, ended.

Each step is a transaction of its own that also writes how far the work is. So a process that
dies loses the step it was at and nothing else, somebody who looks sees progress, and whoever
stops the work stops it within one step. ``work_on`` is called from the outbox, at least once.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.events import Later, publish
from core.ids import new_id
from core.transactions import joins, owns
from merchants.enums import JobKind, JobState
from merchants.models import ShopJob
from merchants.services.texts import refusal

if TYPE_CHECKING:
    from people.models import Person

WORK_SECONDS: Final = 40.0
"""How long one duty works before it makes room for others; the rest is taken up at once."""

MOST_AT_ONCE: Final = 5
LONGEST_FILE: Final = 8_000_000
ALIVE: Final = (JobState.QUEUED, JobState.RUNNING)

Step = Callable[..., bool]
"""Does one step of a locked job and says whether it is finished; it joins."""

Between = Callable[..., None]
"""Does between two steps of a job, outside of any transaction, what takes a call to others."""


@dataclass(frozen=True, slots=True)
class JobWish:
    """What long work is asked for.

    Attributes:
        kind: Which work.
        facts: What it needs to know, as JSON.
        given: A handed-in file's text.
    """

    kind: JobKind
    facts: Mapping[str, Any]
    given: str = ""


@owns
def queue_job(*, shop_id: int, actor: "Person", wish: JobWish) -> ShopJob:
    """Ask for long work.

    Changes: one ``ShopJob``. Publishes ``job.queued``.

    Args:
        shop_id: Primary key of the shop.
        actor: Who asks.
        wish: What for.

    Raises:
        InputInvalid: The handed-in file is larger than 8 MB.
        StateConflict: Five pieces of work of the shop are not done yet.

    Transaction: owns.
    """
    return put_job(shop_id=shop_id, actor=actor, wish=wish)


@joins
def put_job(*, shop_id: int, actor: "Person", wish: JobWish) -> ShopJob:
    """Ask for long work as a part of something else; as ``queue_job``.

    Raises:
        InputInvalid: The handed-in file is larger than 8 MB.
        StateConflict: Five pieces of work of the shop are not done yet.

    Transaction: joins.
    """
    if len(wish.given) > LONGEST_FILE:
        raise refusal("file", _("A file has at most 8 MB."))
    alive = ShopJob.objects.filter(shop_id=shop_id, state__in=ALIVE)
    if alive.count() >= MOST_AT_ONCE:
        raise StateConflict(_("Five jobs are under way. Wait until one is done."))
    job = ShopJob.objects.create(
        public_id=new_id("job"),
        shop_id=shop_id,
        person=actor,
        kind=wish.kind,
        state=JobState.QUEUED,
        wish=dict(wish.facts),
        given=wish.given,
        created_at=business_now(),
    )
    publish("job.queued", job_id=job.public_id)
    return job


@owns
def go_on(*, shop_id: int, job_id: str) -> ShopJob:
    """Say yes to work that asks before it changes anything. Publishes ``job.queued``.

    Raises:
        NotFound: The shop has no such work.
        StateConflict: It does not ask.

    Transaction: owns.
    """
    job = _lock(job_id, shop_id)
    if job.state != JobState.ASKS:
        raise StateConflict(state=job.state)
    job.state = JobState.QUEUED
    job.wish = {**job.wish, "agreed": True}
    job.tally = {}
    job.done_rows = 0
    job.save(update_fields=["state", "wish", "tally", "done_rows"])
    job.troubles.all().delete()
    publish("job.queued", job_id=job.public_id)
    return job


@owns
def stop_job(*, shop_id: int, job_id: str) -> ShopJob:
    """Stop work: what it asked is no; what is under way ends with its step.

    What steps have changed stays; stopping what has ended does no harm.

    Raises:
        NotFound: The shop has no such work.

    Transaction: owns.
    """
    job = _lock(job_id, shop_id)
    if job.state in {JobState.QUEUED, JobState.ASKS}:
        _end(job, JobState.STOPPED)
    elif job.state == JobState.RUNNING:
        job.is_stop_asked = True
        job.save(update_fields=["is_stop_asked"])
    return job


def work_on(
    *,
    job_id: str,
    steps: Mapping[JobKind, Step],
    between: Between | None = None,
    seconds: float = WORK_SECONDS,
) -> None:
    """Do steps of a piece of work until it is finished, stopped, or others have to have a turn.

    Raises:
        Later: It is not finished.

    Transaction: owns (one after another).
    """
    until = time.monotonic() + seconds
    while _step(job_id=job_id, steps=steps):
        if between is not None:
            between(job_id=job_id)
        if time.monotonic() >= until:
            raise Later(0.1)


@joins
def tell_progress(*, job: ShopJob, done: int, of: int, tally: Mapping[str, Any]) -> None:
    """Write down how far a piece of work is.

    Transaction: joins.
    """
    job.done_rows, job.all_rows, job.tally = done, of, dict(tally)
    job.save(update_fields=["done_rows", "all_rows", "tally"])


@joins
def ask_first(*, job: ShopJob) -> None:
    """Let a piece of work wait until somebody says yes.

    Transaction: joins.
    """
    job.state = JobState.ASKS
    job.save(update_fields=["state"])


@joins
def hand_out(*, job: ShopJob, made: bytes, name: str, media_type: str) -> None:
    """Keep what a piece of work has made, to be downloaded.

    Transaction: joins.
    """
    job.made, job.made_name, job.made_type = made, name, media_type
    job.save(update_fields=["made", "made_name", "made_type"])


@owns
def _step(*, job_id: str, steps: Mapping[JobKind, Step]) -> bool:
    """Do one step, and tell whether there is another."""
    job = _lock(job_id, None)
    if job.state not in ALIVE:
        return False
    if job.is_stop_asked:
        _end(job, JobState.STOPPED)
        return False
    job.state = JobState.RUNNING
    job.save(update_fields=["state"])
    is_finished = steps[JobKind(job.kind)](job=job)
    if is_finished and job.state == JobState.RUNNING:
        _end(job, JobState.DONE)
    return not is_finished


def _end(job: ShopJob, state: JobState) -> None:
    job.state, job.ended_at = state, business_now()
    job.save(update_fields=["state", "ended_at"])


def _lock(job_id: str, shop_id: int | None) -> ShopJob:
    rows = ShopJob.objects.select_for_update(no_key=True, of=("self",)).select_related("shop")
    rows = rows.filter(public_id=job_id)
    job = (rows if shop_id is None else rows.filter(shop_id=shop_id)).first()
    if job is None:
        raise NotFound
    return job
