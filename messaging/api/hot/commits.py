"""Messages that come while a commit is under way share the next one."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Final

import psycopg
import structlog

from messaging.api.wires import Wires
from messaging.services.quick import (
    HOLD_SQL,
    Saying,
    Stored,
    read_stored,
    send_sql,
    send_values,
)

MOST_AT_ONCE: Final = 128
# A conversation that somebody else holds is asked for again, so often and so long; then it is
# waited for by a connection of its own.
HELD_SECONDS: Final = 0.002
PATIENCE_SECONDS: Final = 0.02
LONGEST_SECONDS: Final = 2.5

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
        waiting: A few more, for conversations that somebody else holds: each waits for one.
        told: Called after each commit that stored something.
    """

    def __init__(self, wires: Wires, waiting: Wires, told: Callable[[], None]) -> None:
        """Begin to store only with ``start``."""
        self._wires = wires
        self._waiting = waiting
        self._told = told
        self._letters: deque[_Letter] = deque()
        self._held: dict[str, list[_Letter]] = {}
        self._come = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to store in the background."""
        self._begin(self._run())

    async def stop(self) -> None:
        """Stop; who still waits is sent to the ordinary door."""
        for task in tuple(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for letter in (*self._letters, *(each for held in self._held.values() for each in held)):
            letter.tell(None)

    async def store(self, saying: Saying) -> Stored | None:
        """Return what was stored, or None where the ordinary door must be asked."""
        letter = _Letter(saying)
        held = self._held.get(saying.talk)
        if held is None:
            self._letters.append(letter)
            self._come.set()
        else:
            held.append(letter)
        return await letter.answer

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self) -> None:
        while True:
            await self._come.wait()
            many = min(len(self._letters), MOST_AT_ONCE)
            batch = [self._letters.popleft() for _ in range(many)]
            try:
                found = await self._ask(batch)
            except asyncio.CancelledError:
                _tell_all(batch, [None] * len(batch))
                raise
            has_stored = self._tell(batch, found)
            if has_stored:
                self._told()
            elif self._letters:
                await asyncio.sleep(HELD_SECONDS)
            if not self._letters:
                self._come.clear()

    async def _ask(self, batch: Sequence[_Letter]) -> list[Stored | None]:
        """Store a batch; where that fails as a whole, each is brought to the ordinary door."""
        try:
            rows = await self._wires.ask(send_sql(), send_values([each.saying for each in batch]))
            return read_stored(rows, len(batch))
        except Exception as error:  # noqa: BLE001 - Without this work nothing is ever stored again.
            return _nothing(batch, error)

    def _tell(self, batch: Sequence[_Letter], found: Sequence[Stored | None]) -> bool:
        """Answer those who wait, but let wait on what was held; say whether any was stored."""
        now = asyncio.get_running_loop().time()
        has_stored = False
        for letter, stored in zip(reversed(batch), reversed(found), strict=True):
            if stored is None or stored.seq is not None:
                has_stored = has_stored or stored is not None
                letter.tell(stored)
            elif now < letter.until and letter.saying.talk not in self._held:
                self._letters.appendleft(letter)
            else:
                self._wait_for(letter)
        return has_stored

    def _wait_for(self, letter: _Letter) -> None:
        """Let a letter, and what else comes for its conversation, wait until that is free."""
        held = self._held.get(letter.saying.talk)
        if held is None:
            self._held[letter.saying.talk] = [letter]
            self._begin(self._store_held(letter.saying.talk))
        else:
            held.insert(0, letter)

    async def _store_held(self, talk: str) -> None:
        """Wait for a conversation and store all that has come for it by then."""
        batch: list[_Letter] = []

        def ready() -> tuple[str, Sequence[object]]:
            batch.extend(self._held.pop(talk))
            return send_sql(), send_values([each.saying for each in batch])

        found: list[Stored | None] = []
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                rows = await self._waiting.ask_holding(HOLD_SQL, [talk], ready)
            found = [_numbered(each) for each in read_stored(rows, len(batch))]
        except (psycopg.Error, OSError) as error:
            found = _nothing(batch, error)
        finally:
            batch.extend(self._held.pop(talk, ()) if not found else ())
            _tell_all(batch, [*found, *[None] * (len(batch) - len(found))])
        if any(found):
            self._told()


def _numbered(stored: Stored | None) -> Stored | None:
    return stored if stored is not None and stored.seq is not None else None


def _tell_all(batch: Sequence[_Letter], found: Sequence[Stored | None]) -> None:
    for letter, stored in zip(batch, found, strict=True):
        letter.tell(stored)


def _nothing(batch: Sequence[_Letter], error: Exception) -> list[Stored | None]:
    reason = str(error).partition("\n")[0]
    logger.warning("batch_not_stored", error=reason, messages=len(batch))
    return [None] * len(batch)
