"""Sends the hints that the kernel asks for after a commit.

``duties`` nudges the workers by Celery; a channel such as ``troco_feed`` is told by NOTIFY on
a connection of its own. Both may fail: then a sweep finds the work a little later.
"""

import threading

import psycopg
from django.conf import settings

from core import events
from core.tasks import drain_duties
from merchants.services.webhooks import CHANNEL
from messaging.api.stream.tail import address

FEED_CHANNEL = "troco_feed"


def install() -> None:
    """Give the kernel its senders."""
    senders: dict[str, events.Sender] = {
        channel: _Notifier(channel).send for channel in (FEED_CHANNEL, CHANNEL)
    }
    if settings.CELERY_BROKER_URL:
        senders["duties"] = _nudge_workers
    events.send_hints_by(senders)


def _nudge_workers() -> None:
    """Tell a worker that something is due; it is not a result anybody waits for."""
    drain_duties.apply_async(expires=60, retry=False)


class _Notifier:
    """Sends NOTIFY on a channel, on a connection that is kept and reopened when it breaks."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._lock = threading.Lock()

    def send(self) -> None:
        """Send one empty notification; a second try is made on a fresh connection."""
        with self._lock:
            for attempt in (1, 2):
                try:
                    self._open().execute("SELECT pg_notify(%s, '')", [self._channel])
                except psycopg.OperationalError:
                    self._connection = None
                    if attempt == 2:  # noqa: PLR2004 - The second and last try.
                        raise
                else:
                    return

    def _open(self) -> "psycopg.Connection[tuple[object, ...]]":
        """Return the open connection, opening one when there is none."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(**address(), autocommit=True)
        return self._connection
