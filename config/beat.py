"""The clock process: one at a time by a lease, and a sweeper that needs no broker.

Two clocks may be started by mistake, or on purpose on two hosts; only the holder of the lease
sends, the other waits and takes over seconds after the first has died. The same process works
off due duties and late ticks itself, one after another and in threads, so that a broker which is
down, or lost its data, delays what is owed and never stops it.
"""

import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from celery import beat
from celery.schedules import schedule
from django.db import Error, close_old_connections, connection

from config.celery import SENDING
from config.schedule import SCHEDULE
from config.ticks import paces, run_line
from core.clock import wall_now
from core.models import Heartbeat, Lease
from core.tasks import drain
from core.ticks import install_ticks, late_ticks

LEASE = timedelta(seconds=15)
TICK_SECONDS = 1.0
SWEEP_SECONDS = 5.0

logger = structlog.get_logger(__name__)

_HOLD = """
INSERT INTO core_lease (name, holder, leased_until) VALUES ('clock', %(me)s, %(until)s)
ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, leased_until = EXCLUDED.leased_until
 WHERE core_lease.holder = EXCLUDED.holder OR core_lease.leased_until < %(now)s
RETURNING holder
"""


class Clock(beat.Scheduler):
    """Celery's scheduler, held to one clock by a lease in Postgres."""

    # Each message takes a connection of the application's pool: one that is broken is replaced.
    producer = None  # type: ignore[assignment]

    def setup_schedule(self) -> None:
        """Install the page of the clock and start the threads."""
        # Everything is due at once when the clock starts: what was missed while nothing ran,
        # such as the look at each country, must not wait for its whole pace first. What ran
        # a moment ago is refused by its row.
        long_ago = wall_now() - timedelta(days=1)
        entries = {
            name: self.Entry(
                name,
                tick["task"],
                last_run_at=long_ago,
                schedule=schedule(tick["schedule"]),
                app=self.app,
                # Nobody is to find a day of them when workers come back.
                options={
                    "expires": max(tick["schedule"].total_seconds(), 10),
                    "retry_policy": SENDING,
                },
            )
            for name, tick in SCHEDULE.items()
        }
        self.merge_inplace(entries)
        self._me = uuid.uuid4()
        self._held_until = 0.0
        self._is_over = threading.Event()
        for work, seconds in (
            (self._hold, TICK_SECONDS),
            (self._work_off_duties, SWEEP_SECONDS),
            (self._run_late_ticks, TICK_SECONDS),
        ):
            threading.Thread(
                target=self._again_and_again,
                args=(work, seconds),
                name=work.__name__,
                daemon=True,
            ).start()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due, if this is the clock; return how long to sleep."""
        if not self._is_clock():
            return TICK_SECONDS
        return min(float(super().tick(*args, **kwargs)), TICK_SECONDS)

    def close(self) -> None:
        """Let another clock take over at once."""
        self._is_over.set()
        try:
            Lease.objects.filter(name="clock", holder=self._me).delete()
        except Error as error:
            logger.warning("clock_without_database", error=str(error))
        super().close()

    def _is_clock(self) -> bool:
        """Tell whether the lease is ours; who slept through it is not the clock any more."""
        return time.monotonic() < self._held_until

    def _hold(self) -> None:
        """Take or keep the lease and leave a sign of life."""
        now, begun = wall_now(), time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, {"me": self._me, "until": now + LEASE, "now": now})
            held = cursor.fetchone() is not None
        if not held or self._is_over.is_set():
            self._held_until = 0.0
            return
        if not self._is_clock():
            install_ticks(paces())
        self._held_until = begun + LEASE.total_seconds()
        Heartbeat.objects.update_or_create(name="clock", defaults={"beat_at": now})

    def _work_off_duties(self) -> None:
        """Work off due duties, whatever the broker does."""
        if self._is_clock():
            drain(seconds=SWEEP_SECONDS)

    def _run_late_ticks(self) -> None:
        """Run what no worker began in time, or what one died of."""
        if not self._is_clock():
            return
        for name in late_ticks(paces(), now=wall_now()):
            if run_line(name):
                logger.info("tick_run_by_clock", tick=name)

    def _again_and_again(self, work: Callable[[], None], seconds: float) -> None:
        """Do something for as long as the process lives; a lost database is come back from."""
        while not self._is_over.wait(seconds):
            try:
                close_old_connections()
                work()
            except Error as error:
                logger.warning("clock_without_database", work=work.__name__, error=str(error))
                connection.close()
            except Exception:  # The other lines, and the next turn, must go on.
                logger.exception("clock_stumbled", work=work.__name__)
