"""The little of HTTP that the endpoints see: a request, an answer, a route."""

import asyncio
import hashlib
import json
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import parse_qsl

from bank_simulator.errors import Refusal

LARGEST_JSON_BYTES = 1_000_000
LARGEST_FILE_BYTES = 256_000_000
FILE_IN_MEMORY_BYTES = 4_000_000
LONGEST_QUERY = 2_000

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    """What goes back: a status and a body."""

    status: int
    body: bytes
    content_type: str = "application/json"
    retry_after: int | None = None


@dataclass(frozen=True)
class FileAnswer:
    """What goes back piece by piece: a file, sent from its start.

    `seconds_per_byte` makes it drip; after `cut_after` bytes the connection ends.
    """

    content: IO[bytes]
    content_type: str
    status: int = 200
    seconds_per_byte: float = 0
    cut_after: int | None = None


@dataclass(frozen=True)
class NoAnswer:
    """The connection is closed without a word, after holding it for some seconds."""

    hold_seconds: float = 0


@dataclass
class Request:
    """One call: what was asked, and the way to its body."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    receive: Receive
    place: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_scope(cls, scope: MutableMapping[str, Any], receive: Receive) -> "Request":
        """Read an ASGI scope."""
        text = scope["query_string"][:LONGEST_QUERY].decode("latin-1")
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        query = dict(parse_qsl(text, keep_blank_values=True))
        return cls(scope["method"], scope["path"], query, headers, receive)

    async def json(self) -> Any:
        """Return the parsed body.

        Raises:
            Refusal: `body_too_large`, `json_invalid`.
        """
        parts = [part async for part in self._parts(LARGEST_JSON_BYTES)]
        try:
            return json.loads(b"".join(parts), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise Refusal(400, "json_invalid", "The body is not JSON.") from error

    async def file(self) -> tuple[IO[bytes], str]:
        """Return the body as a file at its start, and its SHA-256; a big one goes to disk."""
        digest = hashlib.sha256()
        spool = tempfile.SpooledTemporaryFile(max_size=FILE_IN_MEMORY_BYTES)  # noqa: SIM115
        try:
            async for part in self._parts(LARGEST_FILE_BYTES):
                digest.update(part)
                await asyncio.to_thread(spool.write, part)
            spool.seek(0)
        except BaseException:
            spool.close()
            raise
        return spool, digest.hexdigest()

    def whole_query(self, name: str, default: int, most: int) -> int:
        """Return a whole number from the query, at most `most`.

        Raises:
            Refusal: `field_invalid`.
        """
        text = self.query.get(name, str(default))
        if not re.fullmatch(r"[0-9]{1,18}", text) or not text.isascii():
            raise Refusal(400, "field_invalid", f"{name} must be a whole number.")
        return min(int(text), most)

    async def _parts(self, most: int) -> AsyncIterator[bytes]:
        size, more = 0, True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Refusal(400, "body_incomplete", "The body ended early.")
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            if size > most:
                raise Refusal(413, "body_too_large", f"The body is over {most} bytes.")
            yield part


Ending = Answer | FileAnswer | NoAnswer
Handler = Callable[[Any, Request], Awaitable[Ending]]


@dataclass(frozen=True)
class Route:
    """A method and a path whose `{names}` become `request.place`."""

    method: str
    path: str
    handler: Handler

    def match(self, path: str) -> dict[str, str] | None:
        """Return the named parts of `path`, or None when this is not its route."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


def answer_json(payload: object, status: int = 200) -> Answer:
    """Answer with JSON."""
    return Answer(status, json.dumps(payload, separators=(",", ":")).encode())


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
