"""Messages that come while a commit is under way share the next one."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import psycopg
import structlog

from messaging.api.wires import Wires
from messaging.services.quick import Saying, Stored, read_stored, send_sql, send_values

MOST_AT_ONCE: Final = 128
# A conversation that somebody else holds is asked for again, so often and so long.
HELD_SECONDS: Final = 0.002
PATIENCE_SECONDS: Final = 0.05

logger = structlog.get_logger(__name__)


class _Letter:
    """A saying, and who waits for what comes of it."""

    __slots__ = ("answer", "saying", "until")

    def __init__(self, saying: Saying) -> None:
        loop = asyncio.get_running_loop()
        self.saying = saying
        self.answer: asyncio.Future[Stored | None] = loop.create_future()
        self.until = loop.time() + PATIENCE_SECONDS

    def tell(self, stored: Stored | None) -> None:
        if not self.answer.done():
            self.answer.set_result(stored)


class GroupCommit:
    """Stores sayings, one statement after another, each with everything that waits.

    Nothing is said to be stored before the commit is done: the connection commits with the
    statement, and its rows are read when the server is ready for the next one.

    Args:
        wires: One connection.
        told: Called after each commit that stored something.
    """

    def __init__(self, wires: Wires, told: Callable[[], None]) -> None:
        """Begin to store only with ``start``."""
        self._wires = wires
        self._told = told
        self._waiting: deque[_Letter] = deque()
        self._come = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to store in the background."""
        self._task = asyncio.create_task(self._run(), name="group-commit")

    async def stop(self) -> None:
        """Stop after the commit under way; who still waits is sent to the ordinary door."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for letter in self._waiting:
            letter.tell(None)

    async def store(self, saying: Saying) -> Stored | None:
        """Return what was stored, or None where the ordinary door must be asked."""
        letter = _Letter(saying)
        self._waiting.append(letter)
        self._come.set()
        return await letter.answer

    async def _run(self) -> None:
        while True:
            await self._come.wait()
            many = min(len(self._waiting), MOST_AT_ONCE)
            batch = [self._waiting.popleft() for _ in range(many)]
            try:
                has_stored = self._tell(batch, await self._ask(batch))
            finally:
                for letter in batch:
                    if letter not in self._waiting:
                        letter.tell(None)
            if has_stored:
                self._told()
            elif self._waiting:
                await asyncio.sleep(HELD_SECONDS)
            if not self._waiting:
                self._come.clear()

    async def _ask(self, batch: Sequence[_Letter]) -> list[Stored | None]:
        """Store a batch; where that fails as a whole, each is brought to the ordinary door."""
        try:
            rows = await self._wires.ask(send_sql(), send_values([each.saying for each in batch]))
        except (psycopg.Error, OSError) as error:
            reason = str(error).partition("\n")[0]
            logger.warning("batch_not_stored", error=reason, messages=len(batch))
            return [None] * len(batch)
        return read_stored(rows, len(batch))

    def _tell(self, batch: Sequence[_Letter], found: Sequence[Stored | None]) -> bool:
        """Answer those who wait, but let wait on what was held; say whether any was stored."""
        now = asyncio.get_running_loop().time()
        has_stored = False
        for letter, stored in zip(reversed(batch), reversed(found), strict=True):
            if stored is not None and stored.seq is None:
                if now < letter.until:
                    self._waiting.appendleft(letter)
                else:
                    letter.tell(None)
                continue
            has_stored = has_stored or stored is not None
            letter.tell(stored)
        return has_stored
