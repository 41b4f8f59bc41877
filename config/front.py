"""The one door: every request to ``TROCO_PORT`` comes through here (ruling 19).

The stream and the hot doors are answered in this process. Everything else, and what a hot door
leaves, is handed to Django's synchronous side over a Unix socket. A request's body is taken in
here before a thread of the other side is bothered with it (``config/bodies.py``), so a client
that sends a byte a second holds a coroutine, not a thread; answers are streamed, and the slower
side sets the pace.

``docs/adr/0005-one-port-front.md`` says why it is built this way and what it costs.
"""

import asyncio
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import structlog
from django.utils.translation import gettext_lazy as _

from config.bodies import Body, Reception
from config.exchange import (
    RELOAD_SECONDS,
    Answer,
    App,
    ClientGone,
    Receive,
    Request,
    Scope,
    Send,
)
from config.handing import ASKS, Handed, hand_out, handed_in
from config.upstream import Head, HeadRefused, Link, Upstream, UpstreamDown
from core.api import new_request_id
from core.api.uploads import TOO_LARGE
from core.errors import BodyTooLarge, InputInvalid, NotFound, NotReady, TrocoError

STREAM_PATH: Final = "/v1/stream"
MAX_BODY_BYTES: Final = 1_000_000
# The server bounds only a head that is incomplete; a complete one is checked here.
MAX_HEAD_BYTES: Final = 16_384

_SAYS_TOO_LARGE: Final = TOO_LARGE.lower().encode()

# RFC 9110 7.6.1, and what only we may say to Django's side.
_HOP: Final = frozenset(
    b"connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer"
    b" transfer-encoding upgrade expect".split()
)
_PASSED_ON: Final = frozenset(b"forwarded x-forwarded-for x-real-ip".split())
_OURS: Final = frozenset(
    b"forwarded x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-real-ip"
    b" x-request-id content-length".split()
) | {ASKS, _SAYS_TOO_LARGE}
_FROM_SERVER: Final = frozenset({b"date", b"server", b"x-request-id"})

logger = structlog.get_logger(__name__)


class Proxy:
    """Hands requests to Django's side and brings the answers back.

    Args:
        upstream: The connections to it.
        limits: For a path, in which ``*`` stands for anything, the largest body it takes, in
            bytes; 1 MB elsewhere.
        folder: Where large bodies wait until they are whole.
        telling: Paths whose own pages say that a body was too large; elsewhere the front says it.
    """

    def __init__(
        self,
        upstream: Upstream,
        limits: dict[str, int] | None = None,
        folder: Path | None = None,
        telling: Sequence[str] = (),
    ) -> None:
        """Nothing is opened yet."""
        self.upstream = upstream
        self._limits = limits or {}
        self._telling = telling
        self._reception = Reception(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive, new_request_id())
        answer = Answer(send, request)
        try:
            await self._pass_on(request, answer)
        except ClientGone:
            return
        except TrocoError as error:
            await answer.refuse(error)
        except HeadRefused:
            await answer.refuse(InputInvalid(_("The request's head is not well formed.")))
        except UpstreamDown as error:
            logger.warning("upstream_down", reason=str(error), request_id=request.id)
            await answer.refuse(NotReady(retry_after_seconds=RELOAD_SECONDS))

    def close(self) -> None:
        """Close what is idle."""
        self.upstream.close()

    async def _pass_on(self, request: Request, answer: "Answer") -> None:
        head = _head_for(request)
        try:
            body = await self._reception.take_in(request, self._limit(request))
            head = _with_length(head, request, body.length)
        except BodyTooLarge:
            if not self._is_told_in_page(request):
                raise
            body = await self._reception.pour_away(request)
            head = Head(b"GET", head.target, [*head.headers, (_SAYS_TOO_LARGE, b"yes")])
        try:
            try:
                handed = await self._exchange(request, answer, head, body, fresh=False)
            except _Stale:
                handed = await self._exchange(request, answer, head, body, fresh=True)
        finally:
            body.close()
        if handed is not None:
            await hand_out(request, answer, handed)

    def _limit(self, request: Request) -> int:
        path = request.scope["path"]
        return next(
            (n for form, n in self._limits.items() if fnmatchcase(path, form)), MAX_BODY_BYTES
        )

    def _is_told_in_page(self, request: Request) -> bool:
        """Tell whether a browser waits for a page that can say what to do."""
        path, wants = request.scope["path"], request.header(b"accept") or b""
        return b"text/html" in wants and any(fnmatchcase(path, form) for form in self._telling)

    async def _exchange(
        self, request: Request, answer: "Answer", head: Head, body: Body, *, fresh: bool
    ) -> Handed | None:
        """Send a request that is here in full, and bring back its answer.

        Returns:
            What of the answer is left to us: the other side has been let go.

        Raises:
            _Stale: A kept connection turned out closed, and asking again is harmless.
        """
        link = await self.upstream.take(fresh=fresh)
        is_done = False
        watch = asyncio.ensure_future(_hang_up(request, link))
        try:
            await link.ask(head)
            async for piece in body.pieces():
                await link.give(piece)
            await link.finish()
            handed = await self._bring_back(link, answer)
            is_done = True
        except UpstreamDown as error:
            if watch.done():
                raise ClientGone from error
            if not (link.is_fresh or answer.is_started) and head.method in {b"GET", b"HEAD"}:
                raise _Stale from error
            raise
        finally:
            watch.cancel()
            self.upstream.give_back(link, is_done=is_done)
        return handed

    async def _bring_back(self, link: Link, answer: "Answer") -> Handed | None:
        seconds = self.upstream.patience.answer
        response = await link.response(seconds)
        headers = _passed(response.headers)
        handed = handed_in(response.status_code, headers)
        if handed is None:
            await answer.start(response.status_code, headers)
        async for piece in link.body(seconds):
            await answer.give(piece)
        if handed is None:
            await answer.finish()
        return handed


class _Stale(Exception):
    """A kept connection had been closed by the other side."""


async def _hang_up(request: Request, link: Link) -> None:
    """Drop the other side's connection as soon as the client is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    link.close()


def _head_for(request: Request) -> Head:
    """Return the first part of the request as Django's side may see it.

    Raises:
        InputInvalid: The target is not a path of ours, no host is named, or the head is too
            large.
        NotFound: The method asks for a tunnel.
    """
    scope = request.scope
    target: bytes = scope.get("raw_path") or scope["path"].encode()
    if not target.startswith(b"/"):
        raise InputInvalid(_("The request's target is not a path."))
    if request.header(b"host") is None:  # HTTP/1.0 may leave it out; Django's side may not.
        raise InputInvalid(_("The request names no host."))
    size = len(target) + len(scope["query_string"])
    if size + sum(len(name) + len(value) for name, value in request.headers) > MAX_HEAD_BYTES:
        raise InputInvalid(_("The request's head is too large."))
    if scope["method"] in {"CONNECT", "TRACE"}:
        raise NotFound
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    return Head(scope["method"].encode(), target, _headers_for(request))


def _headers_for(request: Request) -> list[tuple[bytes, bytes]]:
    """Drop what concerns one hop only and what only we may say; then say it.

    A name with an underscore would look like one with a dash to WSGI, so it is dropped too.
    A call that somebody passed on for another is marked ``unknown`` (RFC 7239 §6.2) unless the
    proxy is named: whatever it claims, it did not come straight from this machine, and what
    answers only here, such as the sandbox's doors, stays shut to it.
    """
    named = {name.strip().lower() for name in (request.header(b"connection") or b"").split(b",")}
    dropped = _HOP | _OURS | (named - {b"host"})
    kept = [(k, v) for k, v in request.headers if k not in dropped and b"_" not in k]
    kept += [
        (b"x-forwarded-for", b", ".join(_way_here(request))),
        (b"x-forwarded-proto", request.scope.get("scheme", "http").encode()),
        (b"x-forwarded-host", request.header(b"host") or b""),
        (b"x-request-id", request.id.encode()),
        (ASKS, b"yes"),
    ]
    return kept


def _way_here(request: Request) -> list[bytes]:
    """Return the addresses that a call came through, as far as they can be believed."""
    client = request.scope.get("client")
    here = (client[0] if client else "").encode()
    passed_on = any(name in _PASSED_ON for name, _value in request.headers)
    return [b"unknown", here] if passed_on else [here]


def _with_length(head: Head, request: Request, length: int) -> Head:
    """Declare the body's length: WSGI reads no body without it."""
    if not length and request.length is None:
        return head
    headers = [*head.headers, (b"content-length", str(length).encode())]
    return Head(head.method, head.target, headers)


def _passed(headers: Any) -> list[tuple[bytes, bytes]]:
    named = {
        name.strip().lower()
        for key, value in headers
        if key == b"connection"
        for name in value.split(b",")
    }
    dropped = (_HOP | _FROM_SERVER | named) - {b"upgrade"}
    return [(key, value) for key, value in headers if key not in dropped]


class Front:
    """Sends each request to whoever answers it, and starts and stops them.

    Args:
        pages: Everything but the stream: a ``Proxy``, or Django itself where no socket is
            configured (tests, development).
        stream: What answers the stream.
        hot: What answers messages, and hands on to the pages what it leaves.
    """

    def __init__(self, pages: App, stream: Any, hot: Any = None) -> None:
        """Keep them."""
        self.pages = pages
        self.stream = stream
        self.hot = hot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's lifetime."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["path"] == STREAM_PATH and scope["method"] == "GET":
            await self.stream(scope, receive, send)
        elif self.hot is not None and self.hot.takes(scope):
            await self.hot(scope, receive, send)
        else:
            await self.pages(scope, receive, send)

    def end_streams(self) -> None:
        """Ask every stream to end, so that the server can stop."""
        self.stream.end_streams()

    async def _live(self, receive: Receive, send: Send) -> None:
        doors = [door for door in (self.stream, self.hot) if door is not None]
        await receive()
        for door in doors:
            await door.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for door in doors:
            await door.stop()
        if isinstance(self.pages, Proxy):
            self.pages.close()
        await send({"type": "lifespan.shutdown.complete"})
