"""Looks after all open streams at once: signs of life, slow readers, and who may still listen."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import psycopg
import structlog
from django.db import Error

from core.errors import TrocoError
from messaging.access import Knock, Listener
from messaging.api.stream.frames import HEARTBEAT
from messaging.api.stream.hub import Hub, Subscriber

Admit = Callable[[Knock], Awaitable[Listener]]

HEARTBEAT_SECONDS: Final = 15.0
# A client that takes nothing for so long is gone or stuck; it comes back with its cursor.
SEND_SECONDS: Final = 20.0
# How long a stream may outlive a session that ran out, or what nothing told of.
RECHECK_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 1.0
ASK_AGAIN_SECONDS: Final = 0.2

logger = structlog.get_logger(__name__)


class Keeper:
    """Does for every stream what would else be a task of each.

    Args:
        hub: All streams.
        admit: Asks who may listen.
    """

    def __init__(self, hub: Hub, admit: Admit) -> None:
        """Begin only with ``start``."""
        self._hub = hub
        self._admit = admit
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look after the streams."""
        self._tasks = [
            asyncio.create_task(self._look(), name="stream-keeper"),
            asyncio.create_task(self._recheck(), name="stream-recheck"),
            asyncio.create_task(self._settle(), name="stream-doubts"),
        ]

    async def stop(self) -> None:
        """Leave them alone."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _look(self) -> None:
        """Forget who is gone, cut off who takes nothing, and show the others that we live."""
        while True:
            await asyncio.sleep(min(LOOK_SECONDS, HEARTBEAT_SECONDS / 2))
            now = asyncio.get_running_loop().time()
            for subscriber in self._hub.everyone():
                if subscriber.reason:
                    self._hub.remove(subscriber)
                elif subscriber.is_paused:
                    if now - subscriber.quiet_since > SEND_SECONDS:
                        subscriber.end("slow")
                elif subscriber.is_live and now - subscriber.quiet_since > HEARTBEAT_SECONDS:
                    subscriber.write(HEARTBEAT)

    async def _recheck(self) -> None:
        """Ask of every stream whether its listener may still listen, spread over the time."""
        while True:
            everyone = self._hub.everyone()
            pause = RECHECK_SECONDS / max(len(everyone), 1)
            for subscriber in everyone:
                await asyncio.sleep(pause)
                await self._check(subscriber)
            if not everyone:
                await asyncio.sleep(min(LOOK_SECONDS, RECHECK_SECONDS))

    async def _settle(self) -> None:
        """Ask at once of every stream whose listener may have lost the right to listen."""
        while True:
            await self._hub.doubted.wait()
            self._hub.doubted.clear()
            for subscriber in self._hub.everyone():
                if subscriber.is_doubted and not subscriber.reason:
                    await self._check(subscriber)
            if any(each.is_doubted and not each.reason for each in self._hub.everyone()):
                # The database was away: nothing is told until it has answered.
                await asyncio.sleep(ASK_AGAIN_SECONDS)
                self._hub.doubted.set()

    async def _check(self, subscriber: Subscriber) -> None:
        if subscriber.reason:
            return
        doubts = subscriber.doubts
        try:
            await self._admit(subscriber.knock)
        except TrocoError:
            subscriber.end("refused")
        except (Error, psycopg.Error, OSError) as error:
            logger.info("stream_not_rechecked", error=str(error))
        else:
            subscriber.trust(doubts)
