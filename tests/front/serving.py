"""Serves a front on a free port, in a thread of the test, over the test's own database."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import h11

from config.serve_front import FrontServer, server_config


class NoStream:
    """Stands where the stream would be, for tests that have no database."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def end_streams(self) -> None: ...


@contextmanager
def serve(app: Any, port: int = 0) -> Iterator[int]:
    """Yield the port of a running front."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Small, so that a client that does not read is noticed after a few messages.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32_768)
    listening.bind(("127.0.0.1", port))
    server = FrontServer(server_config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listening.close()


@dataclass
class Ear:
    """A client of the stream that remembers what it heard and where it stands."""

    port: int
    headers: dict[str, str]
    query: str = ""
    cursor: str | None = None
    heard: list[dict[str, Any]] = field(default_factory=list)
    opened: threading.Event = field(default_factory=threading.Event)
    code: int | None = None
    ended: bool = False
    hang_up: threading.Event = field(default_factory=threading.Event)
    signs_of_life: int = 0
    _buffer: bytes = b""

    def listen(self, seconds: float) -> None:
        """Listen until the stream ends or the time is over, then hang up."""
        named = {"Host": "127.0.0.1", **self.headers}
        if self.cursor is not None:
            named["Last-Event-ID"] = self.cursor
        headers = [(name.encode(), value.encode()) for name, value in named.items()]
        until = time.monotonic() + seconds
        connection = h11.Connection(h11.CLIENT)
        target = f"/v1/stream{self.query}"
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as wire:
            ask = h11.Request(method="GET", target=target, headers=headers)
            wire.sendall(
                (connection.send(ask) or b"") + (connection.send(h11.EndOfMessage()) or b"")
            )
            wire.settimeout(0.02)
            self._read(wire, connection, until)

    def stand(self) -> None:
        """Listen until it knows where it stands: what is said from then on is for it."""
        while self.cursor is None:
            self.listen(0.3)

    def _read(self, wire: socket.socket, connection: h11.Connection, until: float) -> None:
        self._buffer = b""
        while time.monotonic() < until and not self.hang_up.is_set():
            event = connection.next_event()
            if event is h11.NEED_DATA:
                with suppress(TimeoutError):
                    connection.receive_data(wire.recv(65536))
            elif isinstance(event, h11.Response):
                self.code = event.status_code
            elif isinstance(event, h11.Data):
                self._hear(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                self.ended = True
                return

    def _hear(self, data: bytes) -> None:
        if self.code != 200:
            self.heard.append(json.loads(data))
            return
        *whole, self._buffer = (self._buffer + data).split(b"\n\n")
        for frame in whole:
            self._take(frame.decode())

    def _take(self, frame: str) -> None:
        if frame.startswith(":"):
            self.signs_of_life += 1
            return
        parts = dict(line.split(": ", 1) for line in frame.split("\n"))
        if "id" in parts:
            self.cursor = parts["id"]
        if parts.get("event") == "ready":
            self.opened.set()
        elif "data" in parts:
            body = json.loads(parts["data"])
            # What is whispered, such as typing, has no place in the feed.
            assert (body.get("id"), body["kind"]) == (parts.get("id"), parts["event"])
            self.heard.append(body)

    def kinds(self) -> list[str]:
        return [each["kind"] for each in self.heard]

    def texts(self) -> list[str]:
        return [
            each["data"]["content"]["text"]
            for each in self.heard
            if each["kind"] == "message.created"
        ]


@contextmanager
def listening(ear: Ear, seconds: float = 30) -> Iterator[Ear]:
    """Let an ear listen in a thread, from when it is connected."""
    thread = threading.Thread(target=ear.listen, args=(seconds,), daemon=True)
    thread.start()
    assert ear.opened.wait(10), ear.heard
    try:
        yield ear
    finally:
        ear.hang_up.set()
        thread.join(timeout=10)


def wait_until(condition: Any, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.01)
