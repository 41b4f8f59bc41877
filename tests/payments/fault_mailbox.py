"""Where the simulated banks call in the fault programme: what comes is kept, then handed in.

A callback comes whenever the bank likes. It is kept as it came, bytes and headers, and handed to
the product's own door between two payments, so that the day is played by one thread.
"""

import hmac
import queue
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from django.test import Client

from bank_simulator.callbacks import sign

SECRET = "whsec_YSBzZWNyZXQgb2YgdGhlIGJhbms="
DOOR = "/bank/callbacks"
RECENT_SECONDS = 300
HEARD, REFUSED = 204, 401


@dataclass(frozen=True)
class Letter:
    """A call as it came."""

    headers: dict[str, str]
    body: bytes

    def is_genuine(self) -> bool:
        """Tell, by the bank's secret, whether the product has to hear it."""
        name, at = self.headers["webhook-id"], int(self.headers["webhook-timestamp"])
        wanted = sign(SECRET, name, at, self.body)
        is_signed = hmac.compare_digest(wanted, self.headers["webhook-signature"])
        return is_signed and abs(time.time() - at) < RECENT_SECONDS


@dataclass
class Mailbox:
    """A server on loopback for one day; ``wrong`` are calls that were answered otherwise."""

    heard: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        kept: queue.SimpleQueue[Letter] = queue.SimpleQueue()

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                kept.put(Letter({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(HEARD)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._kept = kept
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What the simulator is started with."""
        host, port = self._server.server_address[:2]
        return {
            "TROCO_SIMULATOR_CALLBACK_URL": f"http://{host!s}:{port}{DOOR}",
            "TROCO_SIMULATOR_CALLBACK_SECRET": SECRET,
        }

    def hand_in(self) -> None:
        """Hand everything that came to the product's door."""
        while not self._kept.empty():
            letter = self._kept.get()
            names = ("webhook-id", "webhook-timestamp", "webhook-signature")
            answer = Client().post(
                DOOR,
                letter.body,
                content_type="application/json",
                headers={name: letter.headers[name] for name in names},
            )
            self.heard += answer.status_code == HEARD
            self.refused += answer.status_code == REFUSED
            if answer.status_code != (HEARD if letter.is_genuine() else REFUSED):
                self.wrong.append(f"{letter.headers['webhook-id']} {answer.status_code}")
