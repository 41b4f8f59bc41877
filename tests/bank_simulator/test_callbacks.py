"""Signed callbacks of late executions."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from bank_simulator.callbacks import sign
from tests.bank_simulator.harness import Simulator

SECRET = "whsec_" + base64.b64encode(b"a key of 24 bytes or so.").decode()


@dataclass
class Mailbox:
    """Receives callbacks; the first one is answered with a failure."""

    url: str = ""
    letters: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    has_two: threading.Event = field(default_factory=threading.Event)


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            mailbox.letters.append((headers, body))
            self.send_response(500 if len(mailbox.letters) == 1 else 204)
            self.end_headers()
            if len(mailbox.letters) == 2:
                mailbox.has_two.set()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    mailbox.url = f"http://127.0.0.1:{server.server_port}/callbacks"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield mailbox
    server.shutdown()
    server.server_close()


def test_late_execution_is_told_signed_and_again_after_a_failure(tmp_path: Path) -> None:
    with open_mailbox() as mailbox:
        environment = {
            "TROCO_SIMULATOR_CALLBACK_URL": mailbox.url,
            "TROCO_SIMULATOR_CALLBACK_SECRET": SECRET,
        }
        with Simulator(tmp_path / "books.sqlite3", environment) as simulator:
            bank = simulator.open_bank()
            ana = bank.open_account(10)["token"]
            bank.set_fault("executes_after_timeout", count=1, delay_seconds=0.1)
            with pytest.raises(httpx.RemoteProtocolError):
                bank.debit(ana, 1, "d1")
            assert mailbox.has_two.wait(10)
            told = bank.look_up("d1").json()
    (first, body), (second, again) = mailbox.letters
    assert body == again
    assert json.loads(body) == {"type": "instruction.executed", "bank": bank.slug, **told}
    assert first["webhook-id"] == second["webhook-id"]
    signed = f"{first['webhook-id']}.{first['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert first["webhook-signature"] == f"v1,{expected}"


def test_plain_secret_signs_with_its_own_bytes() -> None:
    expected = hmac.new(b"plain", b"msg_1.7.{}", hashlib.sha256).digest()
    assert sign("plain", "msg_1", 7, b"{}") == "v1," + base64.b64encode(expected).decode()
