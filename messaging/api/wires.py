"""A few database connections that are asked without a thread, each for one statement at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg

from messaging.api.wire import Row, Values, Wire

Ready = Callable[[], tuple[str, Sequence[Any]]]


class Wires:
    """Connections that are opened when they are needed and again when they broke.

    Args:
        count: How many statements may be under way at once; the others wait their turn.
    """

    def __init__(self, count: int) -> None:
        """Open none yet."""
        self._count = count
        self._free: asyncio.LifoQueue[Wire | None] = asyncio.LifoQueue()
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
        async with self._one() as wire:
            try:
                await wire.ask("BEGIN")
                await wire.ask(lock, held)
                rows = await wire.ask(*ready())
                await wire.ask("COMMIT")
            except psycopg.Error:
                # Whatever is open is rolled back by going away.
                await _close(wire)
                raise
        return rows

    async def ask(self, question: str, values: Values = ()) -> list[Row]:
        """Run one statement and return its rows, once it is committed.

        Raises:
            psycopg.Error: The server refuses it, or is away: then it is not known whether the
                statement was carried out.
        """
        async with self._one() as wire:
            return await wire.ask(question, values)

    async def close(self) -> None:
        """Close them all, each when its statement is done."""
        for _ in range(self._count):
            wire = await self._free.get()
            if wire is not None:
                await _close(wire)
        for _ in range(self._count):
            self._free.put_nowait(None)

    @asynccontextmanager
    async def _one(self) -> AsyncIterator[Wire]:
        """Take a connection; give it back, or let it go where it is not known how it stands."""
        wire = await self._free.get()
        is_whole = False
        try:
            if wire is None or wire.is_broken:
                if wire is not None:
                    await _close(wire)
                wire = await Wire.open()
            yield wire
            is_whole = True
        except psycopg.Error:
            is_whole = wire is not None and not wire.is_broken
            raise
        finally:
            if wire is not None and not is_whole:
                await _close(wire)
                wire = None
            self._free.put_nowait(wire)


async def _close(wire: Wire) -> None:
    with suppress(psycopg.Error, OSError):
        await wire.close()
