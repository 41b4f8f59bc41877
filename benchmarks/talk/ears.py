"""Many open streams in one thread: plain sockets, read when something comes."""

import resource
import selectors
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from benchmarks.talk.load import Where
from benchmarks.talk.world import Phone

Heard = Callable[[int, bytes], None]

_AT_ONCE = 50
_FILES = 30_000


def allow_files() -> None:
    """Let this process, and those it starts, hold many connections."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


class Ears:
    """Streams of some people, heard in a thread of their own.

    Args:
        where: The front.
        heard: Is told which stream it was, and what came, from that thread.
    """

    def __init__(self, where: Where, heard: Heard) -> None:
        """Open none yet."""
        self._where = where
        self._heard = heard
        self._wires: list[socket.socket] = []
        self._selector = selectors.DefaultSelector()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def open(self, phones: Sequence[Phone]) -> float:
        """Open a stream for each; return how many seconds that took."""
        started = time.monotonic()
        for start in range(0, len(phones), _AT_ONCE):
            wires = [self._ask(phone) for phone in phones[start : start + _AT_ONCE]]
            for wire in wires:
                _wait_for_ready(wire)
                self._selector.register(wire, selectors.EVENT_READ, len(self._wires))
                self._wires.append(wire)
        return time.monotonic() - started

    def listen(self) -> None:
        """Begin to hear."""
        self._thread.start()

    def close(self) -> None:
        """Hang up on all of them."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        for wire in self._wires:
            wire.close()

    def _ask(self, phone: Phone) -> socket.socket:
        wire = socket.create_connection(self._where, timeout=30)
        wire.sendall(
            f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {phone.token}\r\n\r\n".encode()
        )
        return wire

    def _run(self) -> None:
        while not self._stop.is_set():
            for key, _events in self._selector.select(timeout=0.1):
                wire = self._wires[key.data]
                data = b""
                with suppress(OSError):
                    data = wire.recv(65536)
                if data:
                    self._heard(key.data, data)
                else:
                    self._selector.unregister(wire)


def _wait_for_ready(wire: socket.socket) -> None:
    said = b""
    while b'"kind":"ready"}\n\n' not in said:
        piece = wire.recv(4096)
        if not piece:
            raise ConnectionError(said[:500])
        said += piece
