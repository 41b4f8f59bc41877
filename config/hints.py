"""Sends the hints that the kernel asks for after a commit.

``duties`` nudges the workers by Celery; a channel such as ``troco_feed`` is told by NOTIFY on
a connection of its own, or by Redis where ``CHANNEL_URL`` names one. Each may fail: then a sweep
finds the work a little later.
"""

import threading
import time
from collections import deque

import psycopg
import structlog
from django.conf import settings
from redis import Redis

from core import events
from core.tasks import drain_duties
from merchants.services.webhooks import CHANNEL
from messaging.queries.address import address
from messaging.services.typing import CHANNEL as WHISPER_CHANNEL
from messaging.services.typing import whisper_by

FEED_CHANNEL = "troco_feed"
MAX_WHISPERS = 500
# How long the connection of whispers is kept when nobody types.
WARM_SECONDS = 30.0
_REDIS_SECONDS = 2.0

logger = structlog.get_logger(__name__)


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
    whisper_by(_Whisperer().say)


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


class _Whisperer:
    """Passes whispers on from a thread of its own, all that wait in one commit.

    NOTIFY takes a lock of the whole cluster until its commit, so there is at most one in 50 ms
    for each process. What cannot be said now is lost: nobody waits for it.
    """

    def __init__(self) -> None:
        self._waiting: deque[str] = deque(maxlen=MAX_WHISPERS)
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Let a whisper wait for the next breath."""
        self._waiting.append(text)
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="whispers", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            said = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                with psycopg.connect(**address(), autocommit=True) as connection:
                    self._pass_on(connection, said)
            except psycopg.Error as error:
                logger.warning("whispers_lost", error=str(error), count=len(said))
            time.sleep(events.COALESCE_SECONDS)

    def _pass_on(
        self, connection: "psycopg.Connection[tuple[object, ...]]", said: list[str]
    ) -> None:
        """Say what waits, and what comes while the connection is warm."""
        while said:
            connection.execute(
                "SELECT pg_notify(%s, whisper) FROM unnest(%s::text[]) AS whisper",
                [WHISPER_CHANNEL, said],
            )
            self._wake.wait(WARM_SECONDS)
            self._wake.clear()
            time.sleep(events.COALESCE_SECONDS)
            said = [self._waiting.popleft() for _ in range(len(self._waiting))]
