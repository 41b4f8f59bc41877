"""Hearing what other processes say: by Postgres, or on many hosts by Redis.

A hint that there may be news carries nothing and may be lost: the rows are the truth, and the tail
reads them every two seconds all the same. A whisper (that somebody types) is said once and kept
nowhere. So whoever listens here only has to come back when the connection breaks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

import psycopg
import structlog
from django.conf import settings
from psycopg import sql
from redis.asyncio import Redis
from redis.exceptions import RedisError

from messaging.api.stream.pauses import Pauses
from messaging.queries.address import address

_ALIVE_SECONDS: Final = 30.0

logger = structlog.get_logger(__name__)

Heard = Callable[[str], None]


class Channels:
    """Listens to some channels, on one connection, as long as the process serves streams.

    Args:
        heard: For each channel what is called, from the event loop, with what is said on it.
        opened: Called each time the connection stands: what was said before was not heard.
    """

    def __init__(self, heard: Mapping[str, Heard], opened: Callable[[], None]) -> None:
        """Begin to listen only with ``start``."""
        self._heard = heard
        self._opened = opened
        self._pauses = Pauses()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen in the background."""
        self._task = asyncio.create_task(self._run(), name="stream-channels")

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
            await asyncio.sleep(self._pauses.next())

    async def _listen(self, listen: Callable[[], Awaitable[None]]) -> None:
        """Listen until the connection breaks."""
        try:
            await listen()
        except (psycopg.Error, RedisError, OSError) as error:
            logger.warning("stream_channels_broken", error=str(error))

    def _stands(self) -> None:
        self._pauses.begin_anew()
        self._opened()

    async def _postgres(self) -> None:
        connection = await psycopg.AsyncConnection.connect(**address(), autocommit=True)
        async with connection:
            for name in self._heard:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(name)))
            self._stands()
            async for note in connection.notifies():
                self._heard[note.channel](note.payload)

    async def _redis(self, url: str) -> None:
        async with Redis.from_url(url) as redis, redis.pubsub() as pubsub:
            await pubsub.subscribe(*self._heard)
            while True:
                message = await pubsub.get_message(timeout=_ALIVE_SECONDS)
                if message is None:
                    await pubsub.ping()
                elif message["type"] == "subscribe":
                    self._stands()
                elif message["type"] == "message":
                    self._heard[message["channel"].decode()](message["data"].decode())
