"""Hears what is said once and kept nowhere, such as that somebody types, and passes it on."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import psycopg
import structlog

from messaging.queries.address import address
from messaging.services.typing import CHANNEL

PAUSE_SECONDS: Final = 2.0

logger = structlog.get_logger(__name__)


class Whispers:
    """Listens on a connection of its own; what is said while it is broken is lost.

    Args:
        heard: Called with each whisper, from the event loop.
    """

    def __init__(self, heard: Callable[[str], None]) -> None:
        """Begin to listen only with ``start``."""
        self._heard = heard
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen in the background."""
        self._task = asyncio.create_task(self._run(), name="stream-whispers")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(**address(), autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for note in connection.notifies():
                        self._heard(note.payload)
            except (psycopg.Error, OSError) as error:
                logger.warning("whispers_broken", error=str(error), pause_seconds=PAUSE_SECONDS)
            await asyncio.sleep(PAUSE_SECONDS)
