"""The clock process: one at a time by a lease, and a sweeper that needs no broker.

Two clocks may be started by mistake, or on purpose on two hosts; only the holder of the lease
sends, the other waits and takes over seconds after the first has died. The same process works
off due duties itself, slowly and in a thread, so that a broker which is down, or lost its data,
delays what is owed and never stops it.
"""

import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import structlog
from celery import beat
from celery.schedules import schedule
from django.db import Error, close_old_connections, connection

from config.schedule import SCHEDULE
from core.clock import wall_now
from core.models import Heartbeat
from core.tasks import drain

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

    def setup_schedule(self) -> None:
        """Install the page of the clock and start the sweeper."""
        # Everything is due at once when the clock starts: what was missed while nothing ran,
        # such as the look at each country, must not wait for its whole pace first.
        long_ago = wall_now() - timedelta(days=1)
        entries = {
            name: self.Entry(
                name,
                tick["task"],
                last_run_at=long_ago,
                schedule=schedule(tick["schedule"]),
                app=self.app,
            )
            for name, tick in SCHEDULE.items()
        }
        self.merge_inplace(entries)
        self._me = uuid.uuid4()
        self._holding = False
        threading.Thread(target=self._sweep_for_ever, name="sweeper", daemon=True).start()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due, if this is the clock; return how long to sleep."""
        self._holding = self._hold()
        if not self._holding:
            return TICK_SECONDS
        return min(float(super().tick(*args, **kwargs)), TICK_SECONDS)

    def _hold(self) -> bool:
        """Take or keep the lease and leave a sign of life."""
        now = wall_now()
        try:
            close_old_connections()
            with connection.cursor() as cursor:
                cursor.execute(_HOLD, {"me": self._me, "until": now + LEASE, "now": now})
                held = cursor.fetchone() is not None
            if held:
                Heartbeat.objects.update_or_create(name="clock", defaults={"beat_at": now})
        except Error as error:
            logger.warning("clock_without_database", error=str(error))
            connection.close()
            return False
        return held

    def _sweep_for_ever(self) -> None:
        """Work off due duties every few seconds, whatever the broker does."""
        while True:
            time.sleep(SWEEP_SECONDS)
            if not self._holding:
                continue
            try:
                close_old_connections()
                drain(seconds=SWEEP_SECONDS)
            except Error as error:
                logger.warning("sweep_without_database", error=str(error))
                connection.close()
