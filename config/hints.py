"""Sends the hints that the kernel asks for after a commit.

``duties`` nudges the workers by Celery; a channel such as ``troco_feed`` is told by NOTIFY on
a connection of its own, or by Redis where ``CHANNEL_URL`` names one, and so are whispers. Each may
fail: then a sweep finds the work a little later, and a whisper is lost.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import structlog
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from core import events
from core.tasks import drain_duties
from merchants.services.webhooks import CHANNEL
from messaging.queries.address import address
from messaging.services.feed import CHANNEL as FEED_CHANNEL
from messaging.services.typing import CHANNEL as WHISPER_CHANNEL
from messaging.services.typing import whisper_by

MAX_WHISPERS = 500
# How long the connection of whispers is kept when nobody types.
WARM_SECONDS = 30.0
_REDIS_SECONDS = 2.0

PassOn = Callable[[list[str]], None]
Way = Callable[[], AbstractContextManager[PassOn]]

logger = structlog.get_logger(__name__)


def install() -> None:
    """Give the kernel its senders."""
    redis = _redis(settings.CHANNEL_URL) if settings.CHANNEL_URL else None
    senders: dict[str, events.Sender] = {
        FEED_CHANNEL: _Notifier(FEED_CHANNEL).send if redis is None else _by_redis(redis),
        CHANNEL: _Notifier(CHANNEL).send,
    }
    if settings.CELERY_BROKER_URL:
        senders["duties"] = _nudge_workers
    events.send_hints_by(senders)
    whisper_by(_Whisperer(_notifying if redis is None else _publishing(redis)).say)


def _nudge_workers() -> None:
    """Tell a worker that something is due; it is not a result anybody waits for."""
    drain_duties.apply_async(expires=60, retry=False)


def _redis(url: str) -> "Redis":
    """Return a client; its connections are kept and reopened by itself."""
    return Redis.from_url(url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS)


def _by_redis(redis: "Redis") -> events.Sender:
    """Return what publishes an empty hint."""

    def send() -> None:
        redis.publish(FEED_CHANNEL, b"")

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


@contextmanager
def _notifying() -> Iterator[PassOn]:
    """Open a connection that whispers are said on, all that wait in one commit.

    NOTIFY takes a lock of the whole cluster until its commit, so there is at most one in 50 ms
    for each process.
    """
    with psycopg.connect(**address(), autocommit=True) as connection:

        def say(said: list[str]) -> None:
            connection.execute(
                "SELECT pg_notify(%s, whisper) FROM unnest(%s::text[]) AS whisper",
                [WHISPER_CHANNEL, said],
            )

        yield say


def _publishing(redis: "Redis") -> Way:
    """Return a way by Redis."""

    def say(said: list[str]) -> None:
        with redis.pipeline(transaction=False) as line:
            for each in said:
                line.publish(WHISPER_CHANNEL, each)
            line.execute()

    @contextmanager
    def way() -> Iterator[PassOn]:
        yield say

    return way


class _Whisperer:
    """Passes whispers on from a thread of its own, all that wait at once.

    What cannot be said now is lost: nobody waits for it.
    """

    def __init__(self, way: Way) -> None:
        self._way = way
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
            said = self._take()
            try:
                with self._way() as pass_on:
                    self._pass_on(pass_on, said)
            except (psycopg.Error, RedisError, OSError) as error:
                logger.warning("whispers_lost", error=str(error), count=len(said))
            time.sleep(events.COALESCE_SECONDS)

    def _pass_on(self, pass_on: PassOn, said: list[str]) -> None:
        """Say what waits, and what comes while the connection is warm."""
        while said:
            pass_on(said)
            self._wake.wait(WARM_SECONDS)
            self._wake.clear()
            time.sleep(events.COALESCE_SECONDS)
            said = self._take()

    def _take(self) -> list[str]:
        return [self._waiting.popleft() for _ in range(len(self._waiting))]
