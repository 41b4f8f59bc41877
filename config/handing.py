"""Files that Django's side leaves to the front: it has let go of that side when it sends them."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Final

from config.exchange import Answer, Request
from core.errors import NotFound, NotReady
from messaging.files.handing import HANDED, TAKES, Part, read_part

ASKS: Final = TAKES.lower().encode()
NAMES: Final = HANDED.lower().encode()
_CHUNK: Final = 262_144

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Handed:
    """An answer without its body: the front adds the part of a file."""

    code: int
    headers: Headers
    part: Part


def handed_in(code: int, headers: Headers) -> Handed | None:
    """Return what Django's side leaves to us, or None where it has answered itself."""
    named = [value for key, value in headers if key == NAMES]
    if not named:
        return None
    part = read_part(named[0].decode())
    kept = [(key, value) for key, value in headers if key not in {NAMES, b"content-length"}]
    return Handed(code, [*kept, (b"content-length", str(part.length).encode())], part)


async def hand_out(request: Request, answer: Answer, handed: Handed) -> None:
    """Send a part of a file, as fast as its reader takes it and no faster.

    Raises:
        NotFound: The file has gone.
        NotReady: The store does not answer.
    """
    try:
        file = await asyncio.to_thread(handed.part.open)
    except FileNotFoundError as error:
        raise NotFound from error
    except OSError as error:
        raise NotReady from error
    gone = asyncio.ensure_future(_gone(request))
    try:
        await answer.start(handed.code, handed.headers)
        if request.scope["method"] != "HEAD":
            await _give(answer, file, gone)
        await answer.finish()
    finally:
        gone.cancel()
        with suppress(OSError):
            await asyncio.to_thread(file.close)


async def _give(answer: Answer, file: BinaryIO, gone: "asyncio.Future[None]") -> None:
    while not gone.done() and (piece := await asyncio.to_thread(file.read, _CHUNK)):
        await answer.give(piece)


async def _gone(request: Request) -> None:
    """Return when the client has hung up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
