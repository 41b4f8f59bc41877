"""Follows the end of the feed for all listeners of this process.

One database connection listens and reads. A notification only makes the waiting short: the
rows are the truth, and they are read every two seconds even if no notification comes. When
the connection breaks, the next one goes on from the same position.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import psycopg
import structlog
from django.db import connections

from core.errors import InputInvalid
from messaging.queries import START, FeedCursor, FeedItem
from messaging.queries.feed import HORIZON_SQL, TAIL_SQL, is_held_back, page_of, tail_values

CHANNEL: Final = "troco_feed"
POLL_SECONDS: Final = 2.0
# Rows are committed but an older transaction still runs: look again soon.
HELD_SECONDS: Final = 0.02
PAGE: Final = 500
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0

logger = structlog.get_logger(__name__)

Tell = Callable[[tuple[FeedItem, ...]], None]
Address = dict[str, Any]


def address() -> Address:
    """Return how to reach the database that Django uses, for a connection of our own."""
    known = connections["default"].settings_dict
    names = {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }
    return {key: known[name] for key, name in names.items() if known.get(name)}


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

    def start(self) -> None:
        """Begin to follow in the background."""
        self._task = asyncio.create_task(self._run(), name="feed-tail")

    async def stop(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

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
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(**address(), autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    pause = FIRST_PAUSE_SECONDS
                    await self._follow(connection)
            except InputInvalid:
                # The database was replaced under us by one whose transactions are younger:
                # every cursor in use is of the old one.
                self._position = None
                self._following.clear()
                self._lost()
            except (psycopg.Error, OSError) as error:
                logger.warning("feed_tail_broken", error=str(error), pause_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _follow(self, connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
        """Read, wait for a notification or the next poll, and again."""
        while True:
            wait = HELD_SECONDS if await self._read(connection) else POLL_SECONDS
            async for _ in connection.notifies(timeout=wait, stop_after=1):
                pass

    async def _read(self, connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> bool:
        """Tell everything up to the horizon; return whether rows wait behind it."""
        if self._position is None:
            row = await (await connection.execute(HORIZON_SQL)).fetchone()
            self._position = FeedCursor(int(row[0]) if row else 0, 0)
            self._following.set()
        while True:
            values = tail_values(self._position, PAGE)
            rows = await (await connection.execute(TAIL_SQL, values)).fetchall()
            page = page_of(rows, self._position, PAGE)
            self._position = page.next
            self._tell(page.items)
            if page.is_complete:
                return is_held_back(rows)
