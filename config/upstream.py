"""Speaks HTTP/1.1 to Django's side over a Unix socket, on connections that are kept.

Written over ``h11``, which uvicorn brings: it parses and frames, we move bytes. Both bodies
are streamed, and both wait for the slower side: a write waits for the socket to drain, a read
happens only when somebody wants the next piece.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import h11

Headers = Sequence[tuple[bytes, bytes]]

CHUNK_BYTES = 65_536


class UpstreamDown(Exception):
    """Django's side cannot be reached, or broke off before it answered."""


class HeadRefused(ValueError):
    """The first part of a request cannot be written as HTTP: a second host, a strange target."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds.

    Attributes:
        place: For one of the connections, when all are at work.
        connect: For the socket to accept.
        answer: For the next bytes of an answer.
        idle: How long an unused connection is kept. Shorter than the other side keeps it
            (gunicorn: 2 s unless told otherwise), so that no request is sent into a
            connection that is being closed.
    """

    place: float = 10.0
    connect: float = 2.0
    answer: float = 60.0
    idle: float = 1.0


@dataclass(frozen=True)
class Head:
    """The first part of a request, with headers that may be sent on as they are."""

    method: bytes
    target: bytes
    headers: Headers


class Link:
    """One connection; used by one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Wrap an open connection."""
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT)
        self.is_fresh = True
        self.idle_since = 0.0

    async def ask(self, head: Head) -> None:
        """Send the first part of a request.

        Raises:
            HeadRefused: It cannot be written down.
            UpstreamDown: The connection ended.
        """
        try:
            first = h11.Request(method=head.method, target=head.target, headers=list(head.headers))
        except h11.LocalProtocolError as error:
            raise HeadRefused(str(error)) from error
        await self._send(first)

    async def give(self, data: bytes) -> None:
        """Send a piece of the request's body and wait until there is room for more."""
        if data:
            await self._send(h11.Data(data=data))

    async def finish(self) -> None:
        """Say that the request is complete."""
        await self._send(h11.EndOfMessage())

    async def response(self, seconds: float) -> h11.Response:
        """Return the first part of the answer.

        Raises:
            UpstreamDown: The connection ended, or nothing came in time.
        """
        while True:
            event = await self._next(seconds)
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise UpstreamDown("no answer")

    async def body(self, seconds: float) -> AsyncIterator[bytes]:
        """Yield the answer's body piece by piece, as it comes.

        Raises:
            UpstreamDown: It broke off before its end.
        """
        while True:
            event = await self._next(seconds)
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return
            else:
                raise UpstreamDown("the answer broke off")

    def is_reusable(self) -> bool:
        """Say whether another request can follow on this connection, and make it ready."""
        try:
            self._http.start_next_cycle()
        except h11.ProtocolError:
            return False
        self.is_fresh = False
        return True

    def is_open(self) -> bool:
        """Say whether the other side has not closed this idle connection."""
        return not (self._reader.at_eof() or self._writer.is_closing())

    def close(self) -> None:
        """Drop the connection at once, whatever is under way on it."""
        self._writer.transport.abort()

    async def _send(self, event: h11.Event) -> None:
        try:
            data = self._http.send(event)
            if data:
                self._writer.write(data)
                await self._writer.drain()
        except (OSError, h11.LocalProtocolError) as error:
            raise UpstreamDown(str(error)) from error

    async def _next(self, seconds: float) -> object:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                async with asyncio.timeout(seconds):
                    self._http.receive_data(await self._reader.read(CHUNK_BYTES))
        except (OSError, TimeoutError, h11.RemoteProtocolError) as error:
            raise UpstreamDown(str(error)) from error
        return event


class Upstream:
    """Connections to one Unix socket: some at work, some waiting to be used again.

    Args:
        path: The socket's path.
        most: How many requests may be under way at once; the others wait their turn.
        patience: How long to wait for what.
    """

    def __init__(self, path: str, *, most: int = 128, patience: Patience | None = None) -> None:
        """Open nothing yet."""
        self.patience = patience or Patience()
        self._path = path
        self._places = asyncio.Semaphore(most)
        self._idle: deque[Link] = deque()

    async def take(self, *, fresh: bool = False) -> Link:
        """Return a connection for one request; ``give_back`` must follow.

        Args:
            fresh: Open a new one even where an idle one waits.

        Raises:
            UpstreamDown: All are at work for too long, or nobody listens on the socket.
        """
        try:
            async with asyncio.timeout(self.patience.place):
                await self._places.acquire()
        except TimeoutError as error:
            raise UpstreamDown("all connections are at work") from error
        try:
            return (None if fresh else self._waiting()) or await self._open()
        except BaseException:
            self._places.release()
            raise

    def give_back(self, link: Link, *, is_done: bool) -> None:
        """Keep a connection for the next request, or close it where it cannot be used again."""
        self._places.release()
        if is_done and link.is_reusable():
            link.idle_since = asyncio.get_running_loop().time()
            self._idle.append(link)
        else:
            link.close()

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()

    def _waiting(self) -> Link | None:
        """Return the idle connection used last; close those that waited too long."""
        oldest = asyncio.get_running_loop().time() - self.patience.idle
        while self._idle and self._idle[0].idle_since < oldest:
            self._idle.popleft().close()
        while self._idle:
            link = self._idle.pop()
            if link.is_open():
                return link
            link.close()
        return None

    async def _open(self) -> Link:
        try:
            async with asyncio.timeout(self.patience.connect):
                reader, writer = await asyncio.open_unix_connection(self._path, limit=CHUNK_BYTES)
        except (OSError, TimeoutError) as error:
            raise UpstreamDown(str(error)) from error
        return Link(reader, writer)
