"""Collects what streams have brought to devices and marks it, many at once."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from typing import Final

import psycopg
import structlog
from django.db import Error

from messaging.access import Listener
from messaging.api.stream.frames import Frame
from messaging.api.stream.threads import Threads
from messaging.api.wires import Wires
from messaging.services.quick import deliver_sql, deliver_values
from messaging.services.reading import Delivered, mark_delivered

PAUSE_SECONDS: Final = 0.3
# So that a database that is away does not fill our memory; a lost mark is raised by the next.
MOST: Final = 50_000
# A statement holds its conversations until it ends.
AT_ONCE: Final = 200

Marks = dict[tuple[int, int], int]

logger = structlog.get_logger(__name__)


class Delivery:
    """Marks messages as delivered, a moment after they were sent down a stream.

    Args:
        threads: Where the ordinary service runs.
        told: Called when news may be read that was not there before.
    """

    def __init__(self, threads: Threads, told: Callable[[], None]) -> None:
        """Begin to write only with ``start``."""
        self._threads = threads
        self._told = told
        self._wires = Wires(1)
        self._marks: Marks = {}
        self._noted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def note(self, talk: int, party_id: int, seq: int) -> None:
        """Remember that a party's device was sent a message."""
        key = (talk, party_id)
        if key in self._marks or len(self._marks) < MOST:
            self._marks[key] = max(seq, self._marks.get(key, 0))
            self._noted.set()

    def note_sent(self, listener: Listener, frames: Iterable[Frame]) -> None:
        """Remember what a stream has sent, but for what its party said itself."""
        for frame in frames:
            if frame.talk is not None and frame.sender != listener.party_public_id:
                self.note(frame.talk, listener.party_id, frame.seq)

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
        await self._wires.close()

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
        try:
            left = await self._mark_quickly(marks)
            rows = [Delivered(*key, marks[key]) for key, is_held in left.items() if not is_held]
            for (talk, party), is_held in left.items():
                if is_held:
                    self.note(talk, party, marks[talk, party])
            if rows:
                await self._threads.run(mark_delivered, marks=rows)
        except (psycopg.Error, Error, OSError) as error:
            logger.warning("delivery_not_marked", error=str(error), marks=len(marks))
            for (talk, party), seq in marks.items():
                self.note(talk, party, seq)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _mark_quickly(self, marks: Marks) -> dict[tuple[int, int], bool]:
        """Mark what lies between people; return what is left, and whether it was only held."""
        left: dict[tuple[int, int], bool] = {}
        for start in range(0, len(marks), AT_ONCE):
            some = dict(islice(marks.items(), start, start + AT_ONCE))
            rows = await self._wires.ask(deliver_sql(), deliver_values(some))
            left |= {(talk, party): is_held for talk, party, is_held in rows}
            if len(rows) < len(some):
                self._told()
        return left
