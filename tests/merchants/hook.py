"""The web server of a bot: every request goes to the library's own handlers."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

Challenge = Callable[[str, str], tuple[Any, int]]
Update = Callable[[bytes, str], int]


@contextmanager
def hooked(settings: Any, challenge: Challenge, update: Update) -> Iterator[str]:
    """Serve a bot's address for the lines inside.

    Args:
        settings: Whose allowed origins it is added to.
        challenge: Answers the verification, given the token and the challenge.
        update: Takes the body and its signature, and returns the status.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            told, status = challenge(asked["hub.verify_token"][0], asked["hub.challenge"][0])
            self._answer(status, str(told).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self._answer(update(body, self.headers["X-Hub-Signature-256"]), b"ok")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    settings.TROCO_HTTP_ALLOWED_ORIGINS = [*settings.TROCO_HTTP_ALLOWED_ORIGINS, origin]
    try:
        yield origin
    finally:
        server.shutdown()
        server.server_close()
