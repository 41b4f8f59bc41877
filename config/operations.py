"""What operators and their tools ask: does the process live, and can it serve?"""

from datetime import timedelta
from http import HTTPStatus

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from core.clock import wall_now
from core.models import Duty, Heartbeat

OLDEST_DUTY = timedelta(seconds=60)
OLDEST_BEAT = timedelta(seconds=60)


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
    except DatabaseError:
        body = {"ready": False, "database": False}
        return JsonResponse(body, status=HTTPStatus.SERVICE_UNAVAILABLE)
    clock = facts["clock_seconds"]
    ready = (facts["duty_seconds"] or 0) <= OLDEST_DUTY.total_seconds() and (
        clock is not None and clock <= OLDEST_BEAT.total_seconds()
    )
    answer = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"ready": ready, "database": True, **facts}, status=answer)


def _facts() -> dict[str, float | None]:
    """Return the age of the oldest due duty and of the clock's last beat, in seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    now = wall_now()
    oldest = (
        Duty.objects.filter(done_at__isnull=True, parked_at__isnull=True, due_at__lte=now)
        .order_by("due_at", "id")
        .values_list("due_at", flat=True)
        .first()
    )
    beat = Heartbeat.objects.filter(name="clock").values_list("beat_at", flat=True).first()
    return {
        "duty_seconds": (now - oldest).total_seconds() if oldest else 0.0,
        "clock_seconds": (now - beat).total_seconds() if beat else None,
    }
