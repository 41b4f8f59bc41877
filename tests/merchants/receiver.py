"""A program of a shop's own, on a real socket: it keeps what it hears and answers as it is told."""

import contextlib
import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Heard:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


class Receiver:
    """Hears POSTs; ``answers`` says the status for each, by what was heard."""

    def __init__(self, port: int = 0) -> None:
        self.heard: list[Heard] = []
        self.answers: Callable[[Heard], int] = lambda _heard: 200
        self.pause: Callable[[Heard], float] = lambda _heard: 0.0
        self.says = b"thanks"
        # The length that an answer to a GET says it has; it takes its time to be so long.
        self.announces: int | None = None
        # What it hands out by path, where it is asked for anything in particular.
        self.pages: dict[str, bytes] = {}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def of(self, path: str) -> list[Heard]:
        return [each for each in self.heard if each.path == path]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                heard = Heard(self.path, headers, body)
                time.sleep(receiver.pause(heard))
                receiver.heard.append(heard)
                status = receiver.answers(heard)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{receiver.origin}/elsewhere")
                with contextlib.suppress(OSError):  # Who waited too long has hung up.
                    self.end_headers()
                    self.wfile.write(receiver.says)

            def do_GET(self) -> None:
                heard = Heard(self.path, {}, b"")
                receiver.heard.append(heard)
                time.sleep(receiver.pause(heard))
                if receiver.pages:
                    page = receiver.pages.get(self.path, b"")
                    self.send_response(200 if page else 404)
                    self.end_headers()
                    self.wfile.write(page)
                    return
                self.send_response(200)
                if receiver.announces is not None:
                    self.send_header("Content-Length", str(receiver.announces))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(receiver.says)
                    time.sleep(0.0 if receiver.announces is None else 5.0)

            def log_message(self, *args: object) -> None:
                pass

        return Handler


@contextmanager
def listening(settings: Any) -> Iterator[Receiver]:
    """Run a receiver that the instance may call for the lines inside."""
    receiver = Receiver()
    settings.TROCO_HTTP_ALLOWED_ORIGINS = [*settings.TROCO_HTTP_ALLOWED_ORIGINS, receiver.origin]
    try:
        yield receiver
    finally:
        receiver.close()


def closed_origin() -> str:
    """Return an origin where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
