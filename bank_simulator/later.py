"""Executions that happen after the caller stopped waiting.

What waits is a row in the store; the timer here is only its alarm clock. After a restart the
rows are read again, so an execution that was promised happens.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any

from bank_simulator import authorisations, clock, faults, instructions
from bank_simulator.banks import Bank, find_bank
from bank_simulator.callbacks import Callback, CallbackSender
from bank_simulator.faults import Call, Fired
from bank_simulator.store import Store

Execute = Callable[[sqlite3.Connection, Bank, str], dict[str, Any] | None]
EXECUTE: dict[str, Execute] = {
    "instruction": instructions.execute_pending,
    "authorisation": authorisations.decide_pending,
}


class Later:
    """Timers of what is pending, on the running event loop."""

    def __init__(self, store: Store, callbacks: CallbackSender) -> None:
        """Keep what an execution needs."""
        self._store, self._callbacks = store, callbacks
        self._tasks: set[asyncio.Task[None]] = set()

    async def resume(self) -> None:
        """Set a timer for everything that waits in the store."""
        for slug, instruction_id, due in await self._store.run(instructions.list_pending):
            self.schedule(slug, instruction_id, max(0.0, due - clock.wall_seconds()))
        for slug, authorisation_id, due in await self._store.run(authorisations.list_pending):
            seconds = max(0.0, due - clock.wall_seconds())
            self.schedule_authorisation(slug, authorisation_id, seconds)

    def schedule(self, slug: str, instruction_id: str, seconds: float) -> None:
        """Execute the instruction after `seconds`."""
        self._begin("instruction", slug, instruction_id, seconds)

    def schedule_authorisation(self, slug: str, authorisation_id: str, seconds: float) -> None:
        """Decide the authorisation after `seconds`."""
        self._begin("authorisation", slug, authorisation_id, seconds)

    def stop(self) -> None:
        """Drop the timers; the rows stay."""
        for task in self._tasks:
            task.cancel()

    def _begin(self, kind: str, slug: str, name: str, seconds: float) -> None:
        task = asyncio.create_task(self._execute(kind, slug, name, seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _execute(self, kind: str, slug: str, name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)

        def job(connection: sqlite3.Connection) -> dict[str, Any] | None:
            return EXECUTE[kind](connection, find_bank(connection, slug), name)

        outcome = await self._store.run(job)
        if outcome is not None:
            await self.tell(
                f"msg_{slug}_{kind}_{name}", slug, f"{kind}.{outcome['outcome']}", outcome
            )

    async def tell(self, message_id: str, slug: str, kind: str, said: dict[str, Any]) -> None:
        """Call the operator, as the bank's faults leave the call."""
        payload = {"type": kind, "bank": slug, **said}

        def draw(connection: sqlite3.Connection) -> Fired | None:
            call = Call(account=str(said.get("account", "")))
            return faults.draw(connection, slug, faults.CALLBACK_FAULTS, call)

        fired = await self._store.run(draw)
        self._callbacks.send(Callback(message_id, payload, fired))
