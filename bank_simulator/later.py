"""Executions that happen after the caller stopped waiting.

What waits is a row in the store; the timer here is only its alarm clock. After a restart the
rows are read again, so an execution that was promised happens.
"""

import asyncio
import sqlite3

from bank_simulator import clock, instructions
from bank_simulator.banks import find_bank
from bank_simulator.callbacks import Callback, CallbackSender
from bank_simulator.store import Store


class Later:
    """Timers of pending instructions, on the running event loop."""

    def __init__(self, store: Store, callbacks: CallbackSender) -> None:
        """Keep what an execution needs."""
        self._store, self._callbacks = store, callbacks
        self._tasks: set[asyncio.Task[None]] = set()

    async def resume(self) -> None:
        """Set a timer for everything that waits in the store."""
        for slug, instruction_id, due in await self._store.run(instructions.list_pending):
            self.schedule(slug, instruction_id, max(0.0, due - clock.wall_seconds()))

    def schedule(self, slug: str, instruction_id: str, seconds: float) -> None:
        """Execute the instruction after `seconds`."""
        task = asyncio.create_task(self._execute(slug, instruction_id, seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Drop the timers; the rows stay."""
        for task in self._tasks:
            task.cancel()

    async def _execute(self, slug: str, instruction_id: str, seconds: float) -> None:
        await asyncio.sleep(seconds)

        def job(connection: sqlite3.Connection) -> dict[str, object] | None:
            bank = find_bank(connection, slug)
            return instructions.execute_pending(connection, bank, instruction_id)

        outcome = await self._store.run(job)
        if outcome is not None:
            payload = {"type": f"instruction.{outcome['outcome']}", "bank": slug, **outcome}
            self._callbacks.send(Callback(f"msg_{slug}_{instruction_id}", payload))
