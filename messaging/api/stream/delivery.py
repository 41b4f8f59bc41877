"""Collects what streams have brought to devices and marks it, many at once."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog
from django.db import DatabaseError

from messaging.api.stream.threads import Threads
from messaging.services.reading import Delivered, mark_delivered

PAUSE_SECONDS: Final = 0.3
# So that a database that is away does not fill our memory; a lost mark is raised by the next.
MOST: Final = 50_000

logger = structlog.get_logger(__name__)


class Delivery:
    """Marks messages as delivered, a moment after they were sent down a stream.

    Args:
        threads: Where the service runs.
    """

    def __init__(self, threads: Threads) -> None:
        """Begin to write only with ``start``."""
        self._threads = threads
        self._marks: dict[tuple[int, int], int] = {}
        self._noted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def note(self, talk: int, party_id: int, seq: int) -> None:
        """Remember that a party's device was sent a message."""
        key = (talk, party_id)
        if key in self._marks or len(self._marks) < MOST:
            self._marks[key] = max(seq, self._marks.get(key, 0))
            self._noted.set()

    def start(self) -> None:
        """Begin to write in the background."""
        self._task = asyncio.create_task(self._run(), name="delivery-marks")

    async def stop(self) -> None:
        """Write what is left and stop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._write()

    async def _run(self) -> None:
        while True:
            await self._noted.wait()
            await asyncio.sleep(PAUSE_SECONDS)
            self._noted.clear()
            await self._write()

    async def _write(self) -> None:
        marks, self._marks = self._marks, {}
        if not marks:
            return
        rows = [Delivered(talk, party, seq) for (talk, party), seq in marks.items()]
        try:
            await self._threads.run(mark_delivered, marks=rows)
        except DatabaseError as error:
            logger.warning("delivery_not_marked", error=str(error), marks=len(marks))
            for (talk, party), seq in marks.items():
                self.note(talk, party, seq)
            await asyncio.sleep(PAUSE_SECONDS)
