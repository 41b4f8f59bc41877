"""Hearing that there may be news: from Postgres, or on many hosts from Redis.

A hint carries nothing and may be lost: the rows are the truth, and the tail reads them every two
seconds all the same. So whoever listens here only has to come back when the connection breaks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import psycopg
import structlog
from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

from messaging.queries.address import address

CHANNEL: Final = "troco_feed"
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0
_ALIVE_SECONDS: Final = 30.0

logger = structlog.get_logger(__name__)

Heard = Callable[[], None]


class Hints:
    """Listens for hints as long as the process serves streams.

    Args:
        heard: Called for each hint, from the event loop.
    """

    def __init__(self, heard: Heard) -> None:
        """Begin to listen only with ``start``."""
        self._heard = heard
        self._pause = FIRST_PAUSE_SECONDS
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen in the background."""
        self._task = asyncio.create_task(self._run(), name="feed-hints")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        url = settings.CHANNEL_URL
        listen = (lambda: self._redis(url)) if url else self._postgres
        while True:
            await self._listen(listen)
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)

    async def _listen(self, listen: Callable[[], Awaitable[None]]) -> None:
        """Listen until the connection breaks."""
        try:
            await listen()
        except (psycopg.Error, RedisError, OSError) as error:
            logger.warning("feed_hints_broken", error=str(error), pause_seconds=self._pause)

    def _is_open(self) -> None:
        """Note that the connection stands; what was told meanwhile is looked for."""
        self._pause = FIRST_PAUSE_SECONDS
        self._heard()

    async def _postgres(self) -> None:
        connection = await psycopg.AsyncConnection.connect(**address(), autocommit=True)
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._is_open()
            async for _ in connection.notifies():
                self._heard()

    async def _redis(self, url: str) -> None:
        async with Redis.from_url(url) as redis, redis.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            while True:
                message = await pubsub.get_message(timeout=_ALIVE_SECONDS)
                if message is None:
                    await pubsub.ping()
                elif message["type"] == "subscribe":
                    self._is_open()
                elif message["type"] == "message":
                    self._heard()
