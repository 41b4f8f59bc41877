"""The web server of a bot: every request goes to the library's own handlers."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Challenge = Callable[[str, str], tuple[Any, int]]
Update = Callable[[bytes, str], int]


@contextmanager
def hooked(port: int, challenge: Challenge, update: Update) -> Iterator[str]:
    """Serve a bot's address for the lines inside.

    Args:
        port: Where; one of the instance's ``hooks``.
        challenge: Answers the verification, given the token and the challenge.
        update: Takes the body and its signature, and returns the status.
    """

    class Handler(_Quiet):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            told, status = challenge(asked["hub.verify_token"][0], asked["hub.challenge"][0])
            self.answer(int(status), str(told).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.answer(update(body, self.headers["X-Hub-Signature-256"]), b"ok")

    with _serving(port, Handler) as origin:
        yield origin


@contextmanager
def files_at(port: int, folder: Path) -> Iterator[str]:
    """Serve a folder's files for the lines inside."""

    class Handler(_Quiet):
        def do_GET(self) -> None:
            self.answer(200, (folder / Path(self.path).name).read_bytes())

    with _serving(port, Handler) as origin:
        yield origin


class _Quiet(http.server.BaseHTTPRequestHandler):
    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def _serving(port: int, handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
