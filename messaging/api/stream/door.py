"""The ASGI application behind ``GET /v1/stream``.

A stream subscribes first, then catches up from its cursor, then goes on with what was told
meanwhile. Both are the same rows in the same order, so a row is sent once: whatever lies at
or before the last cursor sent is passed over.

The request ends when the stream has caught up: the server hands its connection over to the
subscriber, which has no task and no request of its own.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs

import psycopg
import structlog
from django.db import Error

from core.api import PROBLEM_TYPE, problem_body
from core.errors import InputInvalid, NotReady, TrocoError
from core.events import hint_now
from messaging.access import Knock, Listener, token_of
from messaging.api.stream.admission import Admission
from messaging.api.stream.channels import Channels
from messaging.api.stream.delivery import Delivery
from messaging.api.stream.frames import frame_of, opening
from messaging.api.stream.hub import Hub, Subscriber
from messaging.api.stream.keeper import Keeper
from messaging.api.stream.pauses import part
from messaging.api.stream.presence import Presence
from messaging.api.stream.tail import Tail
from messaging.api.stream.threads import Threads
from messaging.api.wires import Wires
from messaging.enums import FeedKind
from messaging.queries import FeedCursor, FeedPage, read_cursor
from messaging.queries.feed import PARTY_SQL, page_of, tail_values
from messaging.services.feed import CHANNEL
from messaging.services.typing import CHANNEL as WHISPERS

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
HandOver = Callable[[asyncio.Protocol], None]

# Under this name the server puts into the scope how to take a request's connection over.
HAND_OVER: Final = "troco.hand_over"
MOST_STREAMS: Final = 20_000
READY_SECONDS: Final = 20.0
# The longest that a client is told to wait before it comes back; thousands who lost the server in
# one moment come back over half of it.
RETRY_MS: Final = 1500
PAGE: Final = 200
_READERS: Final = 2
# How long a reader that is catching up may take for a page before it is looked at again.
_BREATH_SECONDS: Final = 0.01

# The end of the connection is the end of the answer, which every proxy understands.
_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-store\r\nconnection: close\r\ncontent-encoding: identity\r\n"
    b"x-accel-buffering: no\r\nx-content-type-options: nosniff\r\n\r\n"
)
# What of a request says who is at its other end; the rest is not kept.
_TELLING: Final = frozenset({"authorization", "cookie", "sec-fetch-site"})

logger = structlog.get_logger(__name__)


class StreamDoor:
    """Answers streams, and owns what they share in this process."""

    def __init__(self) -> None:
        """Begin to work only with ``start``."""
        self.hub = Hub()
        self._tail = Tail(self.hub.tell, self.end_streams)
        self._threads = Threads()
        # Thousands who come back at once are read for by a few.
        self._wires = Wires(_READERS)
        self._delivery = Delivery(self._threads, self.look)
        self._admission = Admission(self._threads)
        self._keeper = Keeper(self.hub, self._admission.listener)
        self._presence = Presence(self.hub, self._threads)
        heard = {CHANNEL: lambda _hint: self._tail.look(), WHISPERS: self.hub.whisper}
        self._channels = Channels(heard, self._tail.look)

    async def start(self) -> None:
        """Follow the feed."""
        self._tail.start()
        self._channels.start()
        self._delivery.start()
        self._keeper.start()
        self._presence.start()

    async def stop(self) -> None:
        """End every stream and give everything back."""
        self.end_streams()
        await self._channels.stop()
        await self._tail.stop()
        await self._keeper.stop()
        await self._presence.stop()
        await self._delivery.stop()
        await self._admission.close()
        await self._wires.close()
        self._threads.stop()

    def look(self) -> None:
        """Read the feed soon, and let other processes do so: something was committed here."""
        self._tail.look()
        hint_now(CHANNEL)

    def end_streams(self) -> None:
        """Ask every stream to end; clients come back by themselves."""
        self.hub.end_all("stopping")

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,  # noqa: ARG002 - A stream's request has no body; ASGI's signature.
        send: Send,
    ) -> None:
        """Answer one request for the stream."""
        subscriber: Subscriber | None = None
        try:
            knock, start = _read_request(scope)
            subscriber = await self._subscribe(knock)
            await self._open(subscriber, start, scope[HAND_OVER])
        except TrocoError as error:
            await self._refuse(subscriber, send, error)
        except (Error, psycopg.Error, TimeoutError, OSError) as error:
            logger.info("stream_broken", error=str(error))
            await self._refuse(subscriber, send, NotReady())
        except BaseException:
            self._give_up(subscriber)
            raise

    async def _subscribe(self, knock: Knock) -> Subscriber:
        """Let a stream hear news from now on.

        Raises:
            TrocoError: Nobody may listen here.
            NotReady: There are too many already.
        """
        if len(self.hub) >= MOST_STREAMS:
            raise NotReady
        async with asyncio.timeout(READY_SECONDS):
            await self._tail.ready()
            listener = await self._admit(knock)
        subscriber = Subscriber(knock, listener, self._delivery)
        subscriber.sent = self._tail.position
        self.hub.add(subscriber)
        return subscriber

    async def _admit(self, knock: Knock) -> Listener:
        """Return who may listen, as it is once everything told so far has been looked at.

        Raises:
            TrocoError: Nobody may.
        """
        while True:
            turns = self.hub.turns
            listener = await self._admission.listener(knock)
            if turns == self.hub.turns:
                return listener

    async def _open(
        self, subscriber: Subscriber, start: FeedCursor | None, hand_over: HandOver
    ) -> None:
        """Send everything from the cursor to the horizon; without a cursor, nothing.

        The first page is read before anything is answered: the cursor may not be of this feed.
        """
        if start is None:
            begin(subscriber, hand_over)
            subscriber.go_live()
            return
        subscriber.sent, is_complete = start, False
        while not (is_complete or subscriber.reason):
            page = await self._page(subscriber.listener.party_id, subscriber.sent)
            if _is_doubtful(subscriber.knock, page):
                await self._admission.listener(subscriber.knock)
            if subscriber.transport is None:
                begin(subscriber, hand_over)
            told = (item for item in page.items if item.kind != FeedKind.ACCESS)
            subscriber.tell([frame_of(item) for item in told])
            subscriber.sent, is_complete = page.next, page.is_complete
            # An event for each of thousands would cost more than a look now and then.
            while subscriber.is_paused and not subscriber.reason:  # noqa: ASYNC110
                await asyncio.sleep(_BREATH_SECONDS)
        subscriber.go_live()

    async def _page(self, party_id: int, start: FeedCursor) -> FeedPage:
        """Return the next news of a party.

        Raises:
            InputInvalid: The cursor is not of this feed.
            psycopg.Error: The database is away.
        """
        values = {**tail_values(start, PAGE), "party_id": party_id}
        return page_of(await self._wires.ask(PARTY_SQL, values), start, PAGE)

    async def _refuse(self, subscriber: Subscriber | None, send: Send, error: TrocoError) -> None:
        """Say no, or, once the stream has begun, just end it."""
        has_begun = subscriber is not None and subscriber.transport is not None
        self._give_up(subscriber)
        if not has_begun:
            await _refuse(send, error)

    def _give_up(self, subscriber: Subscriber | None) -> None:
        if subscriber is not None:
            subscriber.end("broken")
            self.hub.remove(subscriber)


def _is_doubtful(knock: Knock, page: FeedPage) -> bool:
    """Say whether somebody who was let in before a page was read may have no right to it.

    What ends a device is told in its own party's news; what ends a session or a place in a team
    may be told in another's.
    """
    kinds = (FeedKind.ACCESS, FeedKind.DEVICE)
    return token_of(knock) is None or any(item.kind in kinds for item in page.items)


def begin(subscriber: Subscriber, hand_over: HandOver) -> None:
    """Take the connection over and send the head and the first frame."""
    hand_over(subscriber)
    subscriber.write(_HEAD + opening(subscriber.sent, retry_ms=int(RETRY_MS * part())))


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
    telling = {name: value for name, value in headers.items() if name in _TELLING}
    return Knock(telling, party), read_cursor(after) if after else None


async def _refuse(send: Send, error: TrocoError) -> None:
    body = json.dumps(problem_body(error)).encode()
    headers = [
        (b"content-type", PROBLEM_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": error.http_status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
