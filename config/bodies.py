"""Bodies of requests, taken in before Django's side is bothered with them.

A small one stays in memory, a large one goes to a nameless file. So whoever sends a byte a second
holds a coroutine here, never one of the few threads over there; and there a body is always whole,
with its length. What is written or read on the disk is done in a thread: a slow disk stops
nobody's stream.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Final

from django.utils.translation import gettext_lazy as _

from config.exchange import Request
from core.errors import BodyTooLarge, InputInvalid, NotReady

# What may be held in memory; what comes after goes to the disk.
GATHER_BYTES: Final = 1_000_000
# A body may take so long, and as much longer as it needs at this pace.
BODY_SECONDS: Final = 30.0
SLOWEST: Final = 32_000
# Large bodies that come in at once; one more waits for its turn.
MOST_AT_ONCE: Final = 64
TURN_SECONDS: Final = 10.0
# So much of a body that is too large is let come and thrown away, to say so on a page.
MOST_POURED: Final = 50_000_000
# Of those so many at once: it is a courtesy, and one more is told without it.
MOST_POURED_AT_ONCE: Final = 16
_CHUNK: Final = 262_144


class Body:
    """A whole body; it may be given more than once.

    Args:
        limit: How much of it is taken, in bytes.
        folder: Where it goes when it does not fit in memory.
    """

    def __init__(self, limit: int, folder: Path | None) -> None:
        """Nothing has come."""
        self.length = 0
        self._limit = limit
        self._folder = folder
        self._held = 0
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None

    async def add(self, piece: bytes) -> None:
        """Take a piece.

        Raises:
            BodyTooLarge: It is more than may come.
        """
        self.length += len(piece)
        if self.length > self._limit:
            raise BodyTooLarge
        self._pieces.append(piece)
        self._held += len(piece)
        if self._held > GATHER_BYTES:
            await asyncio.to_thread(self._put_away)
            self._held = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body from its beginning."""
        if self._file is not None:
            self._file.seek(0)
            while piece := await asyncio.to_thread(self._file.read, _CHUNK):
                yield piece
        for piece in self._pieces:
            yield piece

    def close(self) -> None:
        """Forget it."""
        if self._file is not None:
            self._file.close()

    def _put_away(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - close closes it.
        self._file.write(b"".join(self._pieces))
        self._pieces.clear()


class Reception:
    """Takes bodies in, a few large ones at a time.

    Args:
        folder: Where large ones lie; the system's own folder where none is named.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Nothing is open yet."""
        self._folder = folder
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._drains = asyncio.Semaphore(MOST_POURED_AT_ONCE)

    async def take_in(self, request: Request, limit: int) -> Body:
        """Return a request's whole body.

        Raises:
            BodyTooLarge: It is larger than it may be, whatever it declared.
            InputInvalid: It came too slowly.
            NotReady: Too many large ones are coming at this moment.
            ClientGone: The client hung up.
        """
        declared = request.length
        if (declared or 0) > limit:
            raise BodyTooLarge
        if limit <= GATHER_BYTES or (declared is not None and declared <= GATHER_BYTES):
            return await self._read(request, limit)
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._places.acquire()
        except TimeoutError as error:
            raise NotReady(retry_after_seconds=1) from error
        try:
            return await self._read(request, limit)
        finally:
            self._places.release()

    async def pour_away(self, request: Request) -> Body:
        """Take a body that is too large and keep nothing of it; return one without a byte.

        A browser that is cut off while it sends never looks at the answer.

        Raises:
            BodyTooLarge: It is more than that is worth, its length was not told before, or many
                others are coming so.
            InputInvalid: It came too slowly.
            ClientGone: The client hung up.
        """
        length = request.length
        if length is None or length > MOST_POURED or self._drains.locked():
            raise BodyTooLarge
        begun, come = asyncio.get_running_loop().time(), 0
        try:
            async with self._drains, asyncio.timeout_at(begun + BODY_SECONDS) as patience:
                async for piece in request.body():
                    come += len(piece)
                    patience.reschedule(begun + BODY_SECONDS + come / SLOWEST)
        except TimeoutError as error:
            raise _too_slow() from error
        return Body(0, self._folder)

    async def _read(self, request: Request, limit: int) -> Body:
        body = Body(limit, self._folder)
        begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(begun + BODY_SECONDS) as patience:
                async for piece in request.body():
                    await body.add(piece)
                    patience.reschedule(begun + BODY_SECONDS + body.length / SLOWEST)
        except TimeoutError as error:
            body.close()
            raise _too_slow() from error
        except BaseException:
            body.close()
            raise
        return body


def _too_slow() -> InputInvalid:
    return InputInvalid(_("The body came too slowly."))
