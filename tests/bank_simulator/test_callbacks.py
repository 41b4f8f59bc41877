"""Signed callbacks, and everything that may happen to them on the way."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from bank_simulator.callbacks import sign
from tests.bank_simulator.harness import Bank, Simulator
from tests.bank_simulator.papers import Paper

SECRET = "whsec_" + base64.b64encode(b"a key of 24 bytes or so.").decode()
FORGER = "not the bank's secret"


@dataclass
class Mailbox:
    """Receives callbacks; with `first_fails` the first one is answered with a failure."""

    url: str = ""
    first_fails: bool = False
    letters: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def wait(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        deadline = time.monotonic() + 10
        while len(self.letters) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.letters) == count
        return self.letters

    def about(self) -> list[str]:
        return [json.loads(body)["instruction_id"] for _, body in self.letters]


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            mailbox.letters.append((headers, body))
            fails = mailbox.first_fails and len(mailbox.letters) == 1
            self.send_response(500 if fails else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    mailbox.url = f"http://127.0.0.1:{server.server_port}/callbacks"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield mailbox
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def calling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulator, Mailbox]]:
    """A simulator that calls, and whom it calls."""
    with open_mailbox() as mailbox:
        environment = {
            "TROCO_SIMULATOR_CALLBACK_URL": mailbox.url,
            "TROCO_SIMULATOR_CALLBACK_SECRET": SECRET,
        }
        store = tmp_path_factory.mktemp("calling") / "books.sqlite3"
        with Simulator(store, environment) as simulator:
            yield simulator, mailbox


@pytest.fixture
def called(calling: tuple[Simulator, Mailbox]) -> tuple[Bank, Mailbox]:
    """A bank with two executed debits, and an empty mailbox."""
    simulator, mailbox = calling
    mailbox.letters.clear()
    mailbox.first_fails = False
    bank = simulator.open_bank()
    ana = bank.open_account(10)["token"]
    for name in ("d1", "d2"):
        assert bank.debit(ana, 1, name).json()["outcome"] == "executed"
    return bank, mailbox


def is_signed_by(secret: str, letter: tuple[dict[str, str], bytes]) -> bool:
    headers, body = letter
    told = headers["webhook-signature"]
    return told == sign(secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body)


def call(bank: Bank, *names: str) -> None:
    for name in names:
        assert bank.post("/callbacks", instruction_id=name).status_code == 202


def test_late_execution_is_told_signed_and_again_after_a_failure(
    calling: tuple[Simulator, Mailbox], called: tuple[Bank, Mailbox]
) -> None:
    bank, mailbox = called
    mailbox.first_fails = True
    ana = bank.open_account(10)["token"]
    bank.set_fault("executes_after_timeout", count=1, delay_seconds=0.1)
    with pytest.raises(httpx.RemoteProtocolError):
        bank.debit(ana, 1, "d3")
    (first, body), (second, again) = mailbox.wait(2)
    told = bank.look_up("d3").json()
    assert body == again
    assert json.loads(body) == {"type": "instruction.executed", "bank": bank.slug, **told}
    assert first["webhook-id"] == second["webhook-id"]
    signed = f"{first['webhook-id']}.{first['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert first["webhook-signature"] == f"v1,{expected}"


def test_cutoff_and_chargeback_are_told(called: tuple[Bank, Mailbox]) -> None:
    bank, mailbox = called
    shop = bank.open_account(0)["token"]
    card = bank.open_account(100, kind="credit_card")["token"]
    bank.submit(Paper("M1", [(shop, "1.00", "E1")]).content())
    bank.cutoff()
    bank.authorise(card, 100, "a1")
    bank.capture("a1", 100, "c1")
    bank.post("/authorisations/a1/chargeback", reason="10.4")
    told = [json.loads(body) for _, body in mailbox.wait(2)]
    assert [each["type"] for each in told] == ["batch.settled", "chargeback.executed"]
    assert (told[0]["message_id"], told[1]["authorisation_id"]) == ("M1", "a1")


def test_callback_may_be_lost_or_come_twice(called: tuple[Bank, Mailbox]) -> None:
    bank, mailbox = called
    bank.set_fault("callback_lost", count=1)
    bank.set_fault("callback_duplicate", count=1, times=3)
    call(bank, "d1", "d2")
    letters = mailbox.wait(3)
    assert mailbox.about() == ["d2", "d2", "d2"]
    assert len({headers["webhook-id"] for headers, _ in letters}) == 1


def test_callback_may_be_overtaken(called: tuple[Bank, Mailbox]) -> None:
    bank, mailbox = called
    bank.set_fault("callback_out_of_order", count=1, delay_seconds=60)
    call(bank, "d1", "d2")
    mailbox.wait(2)
    assert mailbox.about() == ["d2", "d1"]
    assert all(is_signed_by(SECRET, letter) for letter in mailbox.letters)


def test_callback_may_come_late_and_again(called: tuple[Bank, Mailbox]) -> None:
    bank, mailbox = called
    bank.set_fault("callback_late", count=1, delay_seconds=0.5)
    bank.set_fault("callback_replayed", count=1, delay_seconds=1)
    call(bank, "d1", "d2")
    letters = mailbox.wait(3)
    assert mailbox.about() == ["d2", "d1", "d2"]
    assert letters[0] == letters[2]


def test_callback_may_be_old_or_from_somebody_else(called: tuple[Bank, Mailbox]) -> None:
    bank, mailbox = called
    for fault in ("callback_stale", "callback_bad_signature", "callback_forged"):
        bank.set_fault(fault, count=1)
    call(bank, "d1", "d1", "d1")
    stale, bad, forged = mailbox.wait(3)
    assert is_signed_by(SECRET, stale)
    assert time.time() - int(stale[0]["webhook-timestamp"]) > 3000
    assert is_signed_by(FORGER, bad)
    assert json.loads(bad[1])["outcome"] == "executed"
    assert is_signed_by(FORGER, forged)
    assert json.loads(forged[1])["outcome"] == "rejected"


def test_bank_calls_about_what_it_knows_only(called: tuple[Bank, Mailbox]) -> None:
    bank, mailbox = called
    assert bank.post("/callbacks", instruction_id="d9").status_code == 404
    assert bank.post("/callbacks").status_code == 400
    assert mailbox.letters == []


def test_plain_secret_signs_with_its_own_bytes() -> None:
    expected = hmac.new(b"plain", b"msg_1.7.{}", hashlib.sha256).digest()
    assert sign("plain", "msg_1", 7, b"{}") == "v1," + base64.b64encode(expected).decode()
