"""The ASGI application behind ``GET /v1/stream``.

A stream subscribes first, then catches up from its cursor, then goes on with what was told
meanwhile. Both are the same rows in the same order, so a row is sent once: whatever lies at
or before the last cursor sent is passed over.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qs

import structlog
from django.db import DatabaseError

from core.api import PROBLEM_TYPE, problem_body
from core.errors import InputInvalid, NotReady, TrocoError
from messaging.access import Knock, Listener, listener_for
from messaging.api.stream.delivery import Delivery
from messaging.api.stream.frames import HEARTBEAT, Frame, frame_of, opening
from messaging.api.stream.hub import Hub, Subscriber
from messaging.api.stream.tail import Tail
from messaging.api.stream.threads import Threads
from messaging.queries import FeedCursor, read_cursor, updates

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HEARTBEAT_SECONDS: Final = 15.0
# A client that takes nothing for so long is gone or stuck; it comes back with its cursor.
SEND_SECONDS: Final = 20.0
FINISH_SECONDS: Final = 1.0
# How long a stream may outlive a session or a person that was switched off.
RECHECK_SECONDS: Final = 60.0
RETRY_MS: Final = 1000
PAGE: Final = 200

_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"connection", b"close"),
    (b"content-encoding", b"identity"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]

logger = structlog.get_logger(__name__)


class StreamDoor:
    """Answers streams, and owns what they share in this process."""

    def __init__(self) -> None:
        """Begin to work only with ``start``."""
        self.hub = Hub()
        self._tail = Tail(self.hub.tell, self.end_streams)
        self._threads = Threads()
        self._delivery = Delivery(self._threads)

    async def start(self) -> None:
        """Follow the feed."""
        self._tail.start()
        self._delivery.start()

    async def stop(self) -> None:
        """End every stream and give everything back."""
        self.end_streams()
        await self._tail.stop()
        await self._delivery.stop()
        self._threads.stop()

    def end_streams(self) -> None:
        """Ask every stream to end; clients come back by themselves."""
        self.hub.end_all("stopping")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for the stream."""
        try:
            knock, start = _read_request(scope)
            async with asyncio.timeout(SEND_SECONDS):
                await self._tail.ready()
                listener = await self._threads.run(listener_for, knock)
        except TrocoError as error:
            await _refuse(send, error)
        except (DatabaseError, TimeoutError):
            await _refuse(send, NotReady())
        else:
            await self._serve(_Connection(receive, send, knock), listener, start)

    async def _serve(
        self, connection: "_Connection", listener: Listener, start: FeedCursor | None
    ) -> None:
        subscriber = Subscriber(listener)
        self.hub.add(subscriber)
        gone = asyncio.ensure_future(connection.watch(subscriber))
        try:
            await self._push(connection, subscriber, start)
        except TrocoError as error:
            await connection.refuse(error)
        except (DatabaseError, TimeoutError, OSError) as error:
            logger.info("stream_broken", error=str(error))
            await connection.refuse(NotReady())
        finally:
            self.hub.remove(subscriber)
            gone.cancel()

    async def _push(
        self, connection: "_Connection", subscriber: Subscriber, start: FeedCursor | None
    ) -> None:
        """Catch up from the cursor, then go on with what is told."""
        sent = await self._catch_up(connection, subscriber, start)
        recheck_at = _later(RECHECK_SECONDS)
        while not subscriber.reason:
            frames = [f for f in subscriber.take() if f.cursor > sent]
            if frames:
                await connection.give(b"".join(frame.data for frame in frames))
                sent = frames[-1].cursor
                self._note_delivered(subscriber.listener, frames)
            elif _is_past(recheck_at):
                await self._threads.run(listener_for, connection.knock)
                recheck_at = _later(RECHECK_SECONDS)
            elif not await _woken(subscriber):
                await connection.give(HEARTBEAT)
        await connection.finish()

    async def _catch_up(
        self, connection: "_Connection", subscriber: Subscriber, start: FeedCursor | None
    ) -> FeedCursor:
        """Send everything from the cursor to the horizon; without a cursor, nothing."""
        sent = self._tail.position if start is None else start
        is_complete = start is None
        while not (is_complete or subscriber.reason):
            page = await self._threads.run(updates, subscriber.listener.party_id, sent, PAGE)
            await connection.open(sent)
            frames = [frame_of(item) for item in page.items]
            if frames:
                await connection.give(b"".join(frame.data for frame in frames))
                self._note_delivered(subscriber.listener, frames)
            sent, is_complete = page.next, page.is_complete
        await connection.open(sent)
        return sent

    def _note_delivered(self, listener: Listener, frames: Sequence[Frame]) -> None:
        for frame in frames:
            if frame.talk is not None and frame.sender != listener.party_public_id:
                self._delivery.note(frame.talk, listener.party_id, frame.seq)


class _Connection:
    """The client's end of one stream."""

    def __init__(self, receive: Receive, send: Send, knock: Knock) -> None:
        self.knock = knock
        self._receive = receive
        self._send = send
        self._is_open = False

    async def watch(self, subscriber: Subscriber) -> None:
        """End the stream when the client hangs up."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        subscriber.end("gone")

    async def open(self, cursor: FeedCursor) -> None:
        """Send the head and the first frame, once."""
        if self._is_open:
            return
        self._is_open = True
        await self._send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await self.give(opening(cursor, retry_ms=RETRY_MS))

    async def give(self, data: bytes) -> None:
        """Send bytes and wait until the client can take more.

        Raises:
            TimeoutError: It took nothing for too long.
        """
        async with asyncio.timeout(SEND_SECONDS):
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self) -> None:
        """End the answer properly, unless the client does not even take that."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS):
                await self._send({"type": "http.response.body", "body": b""})

    async def refuse(self, error: TrocoError) -> None:
        """Say no, or, once the stream has begun, just end it."""
        if self._is_open:
            await self.finish()
        else:
            await _refuse(self._send, error)


def _read_request(scope: Scope) -> tuple[Knock, FeedCursor | None]:
    """Return what a request brings, and where its reader stands.

    A browser that reconnects repeats its first address and adds ``Last-Event-ID``, so the
    header is the newer of the two.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
    query = parse_qs(scope["query_string"].decode("latin-1"))
    if set(query) - {"after", "party"} or any(len(values) > 1 for values in query.values()):
        raise InputInvalid
    after = headers.get("last-event-id") or query.get("after", [""])[0]
    party = query.get("party", [None])[0]
    if party is not None and "\x00" in party:
        raise InputInvalid
    return Knock(headers, party), read_cursor(after) if after else None


async def _refuse(send: Send, error: TrocoError) -> None:
    body = json.dumps(problem_body(error)).encode()
    headers = [
        (b"content-type", PROBLEM_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": error.http_status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _woken(subscriber: Subscriber) -> bool:
    """Wait for news; return False when it is time for a sign of life."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await subscriber.wake.wait()
    except TimeoutError:
        return False
    return True


def _later(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def _is_past(moment: float) -> bool:
    return asyncio.get_running_loop().time() >= moment
