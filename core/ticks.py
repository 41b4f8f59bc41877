"""What runs by the clock: each line once per pace, by one process at a time.

Messages and sweeps only propose. ``run_tick`` takes the line's row under a lease, and only who
holds it works; what stands in the row therefore holds for every broker, for none, and for two
clocks at once.
"""

import os
import socket
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.db.models import F, Q

from core.clock import wall_now
from core.leases import Held, LeaseLost, lease_end, working_under
from core.models import Tick
from core.transactions import refuse_owner

# A message that was asked for at the right time may be late, and the next one is not.
EARLY = 0.5
# What the workers did not begin by then, the clock begins itself.
GRACE = timedelta(seconds=5)

logger = structlog.get_logger(__name__)

_CLAIM = """
UPDATE core_tick SET lease_token = %(token)s, leased_until = %(until)s, begun_at = %(now)s,
       worked_by = %(me)s
 WHERE id = (
    SELECT id FROM core_tick
     WHERE name = %(name)s
       AND CASE WHEN leased_until IS NULL THEN coalesce(begun_at <= %(due)s, true)
                ELSE leased_until < %(now)s END
       FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the clock's page.

    Attributes:
        name: Its name in ``config/schedule.py``.
        pace: How often it runs.
        longest_seconds: Its work is stuck when it takes longer.
    """

    name: str
    pace: timedelta
    longest_seconds: float


def install_ticks(names: Iterable[str]) -> None:
    """Make a row for each line that has none; they are due at once."""
    Tick.objects.bulk_create([Tick(name=name) for name in names], ignore_conflicts=True)


def late_ticks(paces: Mapping[str, timedelta], *, now: datetime) -> list[str]:
    """Return the lines whose process died, and those that nobody began in time.

    Args:
        paces: Each line's pace.
        now: The wall clock's moment.
    """
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    rows = Tick.objects.filter(free, name__in=paces).order_by("begun_at", "id")
    return [
        row.name
        for row in rows
        if row.leased_until is not None
        or row.begun_at is None
        or row.begun_at + paces[row.name] + GRACE <= now
    ]


def longest_lateness(paces: Mapping[str, timedelta], *, now: datetime) -> timedelta:
    """Return for how long the latest line has been due without anybody at it.

    Args:
        paces: Each line's pace.
        now: The wall clock's moment.
    """
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    rows = Tick.objects.filter(free, name__in=paces, begun_at__isnull=False)
    begun = rows.values_list("name", "begun_at")
    return max((now - at - paces[name] for name, at in begun if at), default=timedelta(0))


def run_tick(line: Line, work: Callable[[], object]) -> bool:
    """Do a line's work, if it is due and nobody is at it; tell whether it was done here.

    It asserts that it runs outside any transaction: the work talks to banks.

    Args:
        line: Which line.
        work: What it does.

    Returns:
        False when it was not due, or another process holds it, or took it over meanwhile.
    """
    refuse_owner("core.ticks.run_tick")
    held = _claim(line, now=wall_now())
    if held is None:
        return False
    try:
        with working_under(held):
            work()
    except LeaseLost as lost:
        logger.warning("tick_lost", tick=line.name, error=str(lost))
        return False
    except Exception as error:  # A line that fails is tried again at its next time.
        logger.exception("tick_failed", tick=line.name)
        text = f"{type(error).__name__}: {error}"[:2000]
        _end(held, failures=F("failures") + 1, last_error=text)
    else:
        _end(held, failures=0, last_error="")
    return True


def _claim(line: Line, *, now: datetime) -> Held | None:
    token = uuid.uuid4()
    me = f"{socket.gethostname()[:100]} {os.getpid()}"
    times = {"until": lease_end(now), "now": now, "due": now - line.pace * EARLY}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"name": line.name, "token": token, "me": me, **times})
        row = cursor.fetchone()
    return Held(Tick, row[0], token, line.longest_seconds) if row else None


def _end(held: Held, **changes: object) -> None:
    """Write how it went and give the lease back, if it is still ours."""
    mine = Tick.objects.filter(pk=held.row_id, lease_token=held.token)
    mine.update(ended_at=wall_now(), leased_until=None, **changes)
