"""Follows the end of the feed for all listeners of this process.

One database connection reads. A hint only makes the waiting short: the rows are the truth, and
they are read every two seconds even if no hint comes. When the connection breaks, the next one
goes on from the same position.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import psycopg
import structlog

from core.errors import InputInvalid
from messaging.api.stream.pauses import Pauses
from messaging.api.wires import Wires
from messaging.queries import START, FeedCursor, FeedItem
from messaging.queries.feed import HORIZON_SQL, TAIL_SQL, is_held_back, page_of, tail_values

POLL_SECONDS: Final = 2.0
# Rows are committed but an older transaction still runs: look again soon.
HELD_SECONDS: Final = 0.02
PAGE: Final = 500

logger = structlog.get_logger(__name__)

Tell = Callable[[tuple[FeedItem, ...]], None]


class Tail:
    """Reads every new row once, in feed order, and tells it.

    Args:
        tell: Called with the news in order, from the event loop.
        lost: Called when the positions known so far mean nothing any more.
    """

    def __init__(self, tell: Tell, lost: Callable[[], None]) -> None:
        """Begin to follow only with ``start``."""
        self._tell = tell
        self._lost = lost
        self._position: FeedCursor | None = None
        self._task: asyncio.Task[None] | None = None
        self._following = asyncio.Event()
        self._hinted = asyncio.Event()
        self._wires = Wires(1)

    def look(self) -> None:
        """Read soon: something was committed, here or elsewhere."""
        self._hinted.set()

    def start(self) -> None:
        """Begin to follow in the background."""
        self._task = asyncio.create_task(self._run(), name="feed-tail")

    async def stop(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._wires.close()

    async def ready(self) -> None:
        """Return once a position is known: what is committed later will be told."""
        await self._following.wait()

    @property
    def position(self) -> FeedCursor:
        """Where the tail stands: every row after it will be told to those who listen now.

        Only for those who have waited for ``ready``.
        """
        return self._position or START

    async def _run(self) -> None:
        """Read, wait for a hint or the next poll, and again."""
        pauses = Pauses()
        while True:
            self._hinted.clear()
            try:
                wait = HELD_SECONDS if await self._read() else POLL_SECONDS
                pauses.begin_anew()
            except InputInvalid:
                # The database was replaced under us by one whose transactions are younger:
                # every cursor in use is of the old one.
                self._position = None
                self._following.clear()
                self._lost()
                wait = pauses.next()
            except (psycopg.Error, OSError) as error:
                wait = pauses.next()
                logger.warning("feed_tail_broken", error=str(error), pause_seconds=wait)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._hinted.wait()

    async def _read(self) -> bool:
        """Tell everything up to the horizon; return whether rows wait behind it."""
        if self._position is None:
            ((horizon,),) = await self._wires.ask(HORIZON_SQL)
            self._position = FeedCursor(horizon, 0)
            self._following.set()
        while True:
            rows = await self._wires.ask(TAIL_SQL, tail_values(self._position, PAGE))
            page = page_of(rows, self._position, PAGE)
            self._position = page.next
            self._tell(page.items)
            if page.is_complete:
                return is_held_back(rows)
