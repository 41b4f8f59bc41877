"""A few database connections that are asked without a thread, each for one statement at a time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import psycopg

from messaging.queries.address import address

Row = tuple[Any, ...]
Connection = psycopg.AsyncConnection[Row]
Ready = Callable[[], tuple[str, Sequence[Any]]]

# A statement is its own transaction; one that runs long would hold back everybody's news.
_OPTIONS: Final = "-c statement_timeout=2000 -c lock_timeout=2000 -c TimeZone=UTC"
CONNECT_SECONDS: Final = 2


class Wires:
    """Connections that are opened when they are needed and again when they broke.

    Args:
        count: How many statements may be under way at once; the others wait their turn.
    """

    def __init__(self, count: int) -> None:
        """Open none yet."""
        self._count = count
        self._free: asyncio.LifoQueue[Connection | None] = asyncio.LifoQueue()
        for _ in range(count):
            self._free.put_nowait(None)

    async def ask_holding(self, lock: str, held: Sequence[Any], ready: Ready) -> list[Row]:
        """Wait for a lock, then run one statement under it, and return its rows once committed.

        Args:
            lock: The statement that takes the lock.
            held: Its values.
            ready: Called when the lock is held; returns the other statement and its values.

        Raises:
            psycopg.Error: As for ``ask``; also where the lock was not given up in time.
        """
        wire = await self._free.get()
        is_whole = False
        try:
            wire = wire or await self._open()
            async with wire.transaction():
                await wire.execute(lock, held, prepare=True)
                cursor = await wire.execute(*ready(), prepare=True)
                rows = await cursor.fetchall()
            is_whole = True
        finally:
            if wire is not None and not is_whole:
                await _close(wire)
                wire = None
            self._free.put_nowait(wire)
        return rows

    async def ask(self, question: str, values: Sequence[Any] | Mapping[str, Any]) -> list[Row]:
        """Run one statement and return its rows, once it is committed.

        Raises:
            psycopg.Error: The server refuses it, or is away: then it is not known whether the
                statement was carried out.
        """
        wire = await self._free.get()
        is_whole = False
        try:
            wire = wire or await self._open()
            cursor = await wire.execute(question, values, prepare=True)
            rows = await cursor.fetchall()
            is_whole = True
        except psycopg.Error as error:
            is_whole = wire is not None and not isinstance(error, psycopg.OperationalError)
            raise
        finally:
            if wire is not None and not is_whole:
                await _close(wire)
                wire = None
            self._free.put_nowait(wire)
        return rows

    async def close(self) -> None:
        """Close them all, each when its statement is done."""
        for _ in range(self._count):
            wire = await self._free.get()
            if wire is not None:
                await _close(wire)
        for _ in range(self._count):
            self._free.put_nowait(None)

    async def _open(self) -> Connection:
        return await psycopg.AsyncConnection.connect(
            **address(), autocommit=True, connect_timeout=CONNECT_SECONDS, options=_OPTIONS
        )


async def _close(wire: Connection) -> None:
    with suppress(psycopg.Error, OSError):
        await wire.close()
