"""What operators and their tools ask: does the process live, can it serve, how is it doing?"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from django.conf import settings
from django.db import Error, connection
from django.db.models import Count, F, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from config.ticks import paces
from core.clock import wall_now
from core.models import Duty, Heartbeat, Tick
from core.tasks import MAX_ATTEMPTS
from core.ticks import longest_lateness
from messaging.queries.lag import feed_lag_seconds
from payments.queries import queues
from payments.queries.queues import Queue
from people.api.sandbox import is_from_here

OLDEST_DUTY = timedelta(seconds=60)
OLDEST_BEAT = timedelta(seconds=60)
NO_TICK_SECONDS = -1.0


@dataclass(frozen=True, slots=True)
class Machinery:
    """Since when the oldest due duty waits, and when the clock last ticked."""

    duty_due_at: datetime | None
    beat_at: datetime | None


def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Say that the process answers; it asks nothing of anybody else."""
    return JsonResponse({"alive": True})


def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Say whether payments can be served: database, age of the oldest due duty, clock.

    Liveness of the workers is judged by what is left undone, not by whether a process
    exists: a worker that is there and does nothing is down.
    """
    try:
        facts = _facts()
    except Error:
        body = {"ready": False, "database": False}
        return JsonResponse(body, status=HTTPStatus.SERVICE_UNAVAILABLE)
    clock = facts["clock_seconds"]
    ready = (facts["duty_seconds"] or 0) <= OLDEST_DUTY.total_seconds() and (
        clock is not None and clock <= OLDEST_BEAT.total_seconds()
    )
    answer = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"ready": ready, "database": True, **facts}, status=answer)


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' text form, on this machine or to whoever holds the token.

    What is shown is read from the database at the call, so any process may answer; a scrape
    costs eight short queries, whatever the size of the tables.
    """
    if not _may_read(request):
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    return HttpResponse(generate_latest(_gauges()), content_type=CONTENT_TYPE_LATEST)


def machinery() -> Machinery:
    """Return the two moments by which the machinery's life is judged, in two queries."""
    waiting = Duty.objects.filter(
        done_at__isnull=True, parked_at__isnull=True, due_at__lte=wall_now()
    )
    beats = Heartbeat.objects.filter(name="clock").values_list("beat_at", flat=True)
    return Machinery(
        duty_due_at=waiting.order_by("due_at", "id").values_list("due_at", flat=True).first(),
        beat_at=beats.first(),
    )


def duties_due() -> int:
    """Return how many duties are due and not done, counted up to a thousand."""
    waiting = Duty.objects.filter(
        done_at__isnull=True, parked_at__isnull=True, due_at__lte=wall_now()
    )
    return waiting.order_by("due_at")[: queues.MOST].count()


def failing_ticks() -> list[str]:
    """Return the lines of the clock that failed as often in a row as a duty may."""
    failing = Tick.objects.filter(failures__gte=MAX_ATTEMPTS).order_by("name")
    return list(failing.values_list("name", flat=True))


def parked_duties() -> Queue:
    """Return the duties that failed too often and wait for a person; the first thousand."""
    parked = Duty.objects.filter(parked_at__isnull=False).order_by("parked_at")
    first = parked.values(since=F("parked_at"))[: queues.MOST]
    found = first.aggregate(count=Count("*"), oldest=Min("since"))
    return Queue(found["count"], found["oldest"])


def _facts() -> dict[str, float | None]:
    """Return the age of the oldest due duty and of the clock's last beat, in seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    facts = machinery()
    now = wall_now()
    return {
        "duty_seconds": (now - facts.duty_due_at).total_seconds() if facts.duty_due_at else 0.0,
        "clock_seconds": (now - facts.beat_at).total_seconds() if facts.beat_at else None,
    }


def _may_read(request: HttpRequest) -> bool:
    token = settings.TROCO_METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    has_token = bool(token) and hmac.compare_digest(given.encode(), token.encode())
    return has_token or is_from_here(request)


def _gauges() -> CollectorRegistry:
    """Read every figure once, into a registry of this call's own."""
    registry = CollectorRegistry()
    facts = _facts()
    clock = facts["clock_seconds"]
    single = {
        "troco_duty_oldest_seconds": (
            "Age of the oldest duty that is due and not done.",
            facts["duty_seconds"] or 0.0,
        ),
        "troco_clock_seconds": (
            "Seconds since the clock last ticked; -1 when it never did.",
            NO_TICK_SECONDS if clock is None else clock,
        ),
        "troco_tick_late_seconds": (
            "For how long the latest line of the clock has been due; 0 when none is.",
            max(longest_lateness(paces(), now=wall_now()).total_seconds(), 0.0),
        ),
        "troco_duties_parked": (
            "Duties that wait for a person; counted up to 1000.",
            float(parked_duties().count),
        ),
        "troco_feed_lag_seconds": (
            "How long the oldest news has waited to become readable.",
            feed_lag_seconds(),
        ),
    }
    for name, (words, value) in single.items():
        Gauge(name, words, registry=registry).set(value)
    _by_state(
        registry,
        "troco_payments_under_way",
        "Payments that still move, by state; counted up to 10000.",
        queues.payments_under_way(),
    )
    _by_state(
        registry,
        "troco_payments_newest",
        "The newest 1000 payments by state.",
        queues.newest_payments_by_state(),
    )
    return registry


def _by_state(registry: CollectorRegistry, name: str, words: str, counts: dict[str, int]) -> None:
    gauge = Gauge(name, words, ["state"], registry=registry)
    for state, count in counts.items():
        gauge.labels(state=state).set(count)
