"""Sends the hints that the kernel asks for after a commit.

``duties`` nudges the workers by Celery; a channel such as ``troco_feed`` is told by NOTIFY on
a connection of its own, or by Redis where ``CHANNEL_URL`` names one. Each may fail: then a sweep
finds the work a little later.
"""

import threading

import psycopg
from django.conf import settings
from redis import Redis

from core import events
from core.tasks import drain_duties
from merchants.services.webhooks import CHANNEL
from messaging.queries.address import address

FEED_CHANNEL = "troco_feed"
_REDIS_SECONDS = 2.0


def install() -> None:
    """Give the kernel its senders."""
    url = settings.CHANNEL_URL
    senders: dict[str, events.Sender] = {
        FEED_CHANNEL: _by_redis(url, FEED_CHANNEL) if url else _Notifier(FEED_CHANNEL).send,
        CHANNEL: _Notifier(CHANNEL).send,
    }
    if settings.CELERY_BROKER_URL:
        senders["duties"] = _nudge_workers
    events.send_hints_by(senders)


def _nudge_workers() -> None:
    """Tell a worker that something is due; it is not a result anybody waits for."""
    drain_duties.apply_async(expires=60, retry=False)


def _by_redis(url: str, channel: str) -> events.Sender:
    """Return what publishes an empty hint; its connections are kept and reopened by the client."""
    redis = Redis.from_url(
        url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
    )

    def send() -> None:
        redis.publish(channel, b"")

    return send


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
