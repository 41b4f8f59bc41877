"""Notes who listens while their streams are open, as far as they want it known."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog
from django.db import Error

from messaging.api.stream.hub import Hub
from messaging.api.stream.threads import Threads
from messaging.services.presence import note_presence

LOOK_SECONDS: Final = 1.0
# Everybody who is still there is noted again before what was noted grows old.
AGAIN_SECONDS: Final = 45.0

logger = structlog.get_logger(__name__)


class Presence:
    """Looks once a second who has come and who has gone; a lost note does no harm.

    Args:
        hub: All streams.
        threads: Where the service runs.
    """

    def __init__(self, hub: Hub, threads: Threads) -> None:
        """Begin only with ``start``."""
        self._hub = hub
        self._threads = threads
        self._known: set[int] = set()
        self._again_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look in the background."""
        self._task = asyncio.create_task(self._run(), name="stream-presence")

    async def stop(self) -> None:
        """Note that everybody is gone, and stop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._note(set(), self._known)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = asyncio.get_running_loop().time()
            here = self._hub.people()
            is_due = now >= self._again_at
            fresh = here if is_due else here - self._known
            if is_due:
                self._again_at = now + AGAIN_SECONDS
            gone, self._known = self._known - here, here
            await self._note(fresh, gone)

    async def _note(self, here: set[int], gone: set[int]) -> None:
        if not here and not gone:
            return
        try:
            await self._threads.run(note_presence, here=here, gone=gone)
        except Error as error:
            logger.warning("presence_not_noted", error=str(error), parties=len(here) + len(gone))
