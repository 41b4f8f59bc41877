"""Runs the front door: ``python -m config.serve_front``.

uvicorn with what a door to the world needs and its command line does not offer: a client that
sends no head in time, or takes no answer, is hung up on; and streams end at once when the server
stops, so that a restart takes a moment instead of the longest stream. Requests are parsed by
``httptools`` and awaited by ``uvloop``: ``docs/adr/0012-parser-and-loop-in-c.md`` says why.
"""

import asyncio
import logging
import os
import resource
import socket
from typing import Any, Final

import uvicorn
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from config.asgi import application
from config.front import Front
from messaging.api.stream import HAND_OVER

HEAD_SECONDS: Final = 10.0
# A client that takes nothing of an answer for so long is hung up on.
WRITE_SECONDS: Final = 30.0
KEEP_ALIVE_SECONDS: Final = 75
LARGEST_HEAD_BYTES: Final = 32_768
MOST_CONNECTIONS: Final = 10_000
STOP_SECONDS: Final = 5
MOST_FILES: Final = 65_536


class NotOurTarget(ValueError):
    """The request names something that is no path of ours."""


class GuardedProtocol(HttpToolsProtocol):
    """HTTP/1.1 that waits for ever neither for a request's head nor for a reader."""

    _head_timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect the first request soon."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Take bytes; while a head is incomplete its time keeps running."""
        if self._head_timer is None and self._is_between_requests():
            self._expect_head()
        self._head_bytes += len(data)
        super().data_received(data)
        if not self._is_between_requests():
            self._forget_head()
            self._head_bytes = 0
        elif self._head_bytes > LARGEST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_headers_complete(self) -> None:
        """Take a head whose target is a path; the parser refuses it where this raises."""
        if not self.url.startswith(b"/"):
            raise NotOurTarget
        super().on_headers_complete()
        self.scope[HAND_OVER] = self.hand_over  # type: ignore[typeddict-unknown-key]  # Ours.

    def hand_over(self, heir: asyncio.Protocol) -> None:
        """Give the connection away; what is left of its request and of this goes.

        Whoever takes it writes the whole answer, and closes the connection.

        Raises:
            ConnectionResetError: The client is gone already.
        """
        if self.cycle.disconnected or self.transport.is_closing():
            raise ConnectionResetError
        self.cycle.response_started = self.cycle.response_complete = True
        self.connections.discard(self)
        self._unset_keepalive_if_required()
        self._forget_head()
        self._forget_write()
        self.flow.resume_reading()
        self.parser = None  # type: ignore[assignment]  # As uvicorn does when a connection is lost.
        self.transport.set_protocol(heir)
        heir.connection_made(self.transport)

    def pause_writing(self) -> None:
        """Note that the client takes nothing just now."""
        self._write_timer = self.loop.call_later(WRITE_SECONDS, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that it takes again."""
        self._forget_write()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._forget_head()
        self._forget_write()
        super().connection_lost(exc)

    def _is_between_requests(self) -> bool:
        # uvicorn declares the cycle as always there; before the first request it is None.
        cycle: Any = self.cycle
        return cycle is None or bool(cycle.response_complete)

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._hang_up)

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _forget_write(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _hang_up(self) -> None:
        self._head_timer = None
        if self._is_between_requests():
            self.transport.abort()


class FrontServer(uvicorn.Server):
    """Ends the streams first when it stops."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ask the streams to end, then stop as usual."""
        front = self.config.app
        if isinstance(front, Front):
            front.end_streams()
        await super().shutdown(sockets)


def server_config(app: Any, **where: Any) -> uvicorn.Config:
    """Return how the front is served.

    Args:
        app: The front.
        **where: ``host`` and ``port``, or ``uds``, as uvicorn knows them.
    """
    proxies = os.environ.get("TROCO_TRUSTED_PROXIES", "")
    return uvicorn.Config(
        app,
        http=GuardedProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        limit_concurrency=MOST_CONNECTIONS,
        backlog=4096,
        **where,
    )


def allow_connections() -> None:
    """Let this process hold as many connections as it may: the usual limit is a thousand."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main() -> None:
    """Listen on ``TROCO_HOST`` (loopback unless set) and ``TROCO_PORT`` until told to stop."""
    allow_connections()
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    host = os.environ.get("TROCO_HOST", "127.0.0.1")
    FrontServer(server_config(application, host=host, port=settings.TROCO_PORT)).run()


if __name__ == "__main__":
    main()
