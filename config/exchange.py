"""One request of the front door and its answer, between the server and whoever answers."""

import html
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from core.api import PROBLEM_TYPE, new_request_id, problem_body
from core.errors import TrocoError
from merchants.cloud.errors import as_graph, graph_body

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

Headers = Sequence[tuple[bytes, bytes]]

RELOAD_SECONDS: Final = 3
_RESTING: Final = _("The service is not ready. This page tries again by itself.")


class ClientGone(Exception):
    """The client hung up; there is nobody to answer."""


@dataclass(frozen=True)
class Request:
    """One request as the server gave it, with the id that we gave it."""

    scope: Scope
    receive: Receive
    id: str

    @property
    def headers(self) -> Headers:
        """Names are lower case, as ASGI promises."""
        headers: Headers = self.scope["headers"]
        return headers

    def header(self, name: bytes) -> bytes | None:
        """Return the first header of a name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def length(self) -> int | None:
        """The declared length of the body; the server has checked that it is a number."""
        declared = self.header(b"content-length")
        return None if declared is None else int(declared)

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes.

        Raises:
            ClientGone: The client hung up before the end.
        """
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            yield message.get("body", b"")
            if not message.get("more_body", False):
                return


class Answer:
    """What goes back to the client; knows whether it has begun."""

    def __init__(self, send: Send, request: Request) -> None:
        """Nothing is sent yet."""
        self._send = send
        self._request = request
        self.is_started = False

    async def start(self, code: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the first part."""
        self.is_started = True
        headers.append((b"x-request-id", self._request.id.encode()))
        await self._send({"type": "http.response.start", "status": code, "headers": headers})

    async def give(self, data: bytes) -> None:
        """Send a piece and wait until the client can take more."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self, data: bytes = b"") -> None:
        """Send the end."""
        await self._send({"type": "http.response.body", "body": data})

    async def refuse(self, error: TrocoError) -> None:
        """Say no, as a page to a browser and as a problem to everybody else.

        An answer that has begun can only be broken off: the server closes the connection,
        so that the client sees that the rest is missing.
        """
        if self.is_started:
            return
        kind, body = _refusal(error, self._request)
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        if error.http_status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append((b"retry-after", str(RELOAD_SECONDS).encode()))
        if self._request.length or self._request.header(b"transfer-encoding"):
            headers.append((b"connection", b"close"))
        await self.start(error.http_status, headers)
        await self.finish(b"" if self._request.scope["method"] == "HEAD" else body)


async def refuse_request(scope: Scope, receive: Receive, send: Send, error: TrocoError) -> None:
    """Answer a request of this process with a problem."""
    await Answer(send, Request(scope, receive, new_request_id())).refuse(error)


def _refusal(error: TrocoError, request: Request) -> tuple[bytes, bytes]:
    wants_page = b"text/html" in (request.header(b"accept") or b"")
    if wants_page and error.http_status == HTTPStatus.SERVICE_UNAVAILABLE:
        words = html.escape(str(_RESTING))
        page = (
            f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh"'
            f' content="{RELOAD_SECONDS}"><title>Troco</title><p>{words}</p>'
        )
        return b"text/html; charset=utf-8", page.encode()
    if request.scope["path"].startswith("/cloud/"):
        told = graph_body(as_graph(error), request.id)
        return b"application/json", json.dumps(told).encode()
    body = {**problem_body(error), "request_id": request.id}
    return PROBLEM_TYPE.encode(), json.dumps(body).encode()
