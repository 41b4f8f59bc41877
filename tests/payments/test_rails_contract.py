"""What every rail must keep, asked of each one against a real bank process.

A new rail joins ``RAILS`` with a bank it can reach.
"""

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from core.transactions import OwnershipError, owns_block
from payments.rails import (
    Instruction,
    LookUpPolicy,
    RailUnavailable,
    StatementMissing,
    StatementNotReady,
    VerificationRefused,
    rail_named,
)
from payments.rails.pain001 import FileHead, Transfer, write_file
from tests.bank_simulator.harness import ANA_TAX_ID, BRUNO_TAX_ID, Bank, Simulator

RAILS = ["sandbox"]
pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("name", RAILS)]
_numbers = itertools.count(1)


@pytest.fixture
def bank(simulator: Simulator) -> Bank:
    return simulator.open_bank()


def open_account(bank: Bank, balance_minor: int = 100_00, tax_id: str = ANA_TAX_ID) -> str:
    body = {
        "kind": "bank_account",
        "balance_minor": balance_minor,
        "holder_tax_id": tax_id,
        "holder_name": "Ana Souza",
    }
    answer = bank.simulator.client.post(f"/banks/{bank.slug}/accounts", json=body).json()
    token: str = answer["token"]
    return token


def ask(bank: Bank, account: str, amount_minor: int = 10_00) -> Instruction:
    number = f"ins-{next(_numbers)}"
    return Instruction(number, bank.slug, account, amount_minor, "BRL", number, "a test")


def break_bank(bank: Bank, fault: str, **more: object) -> None:
    body = {"fault": fault, **more}
    assert bank.simulator.client.post(f"/banks/{bank.slug}/faults", json=body).status_code == 201


def executed(bank: Bank) -> int:
    return len(bank.simulator.oracle(bank.slug)["executions"])


def test_debit_and_credit_are_executed_once_however_often_asked(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank)
    debit, credit = ask(bank, account), ask(bank, account, 4_00)
    first = rail.debit(debit)
    assert first.kind == "executed"
    assert first.bank_reference
    assert first.executed_at is not None
    assert first.executed_at.tzinfo is not None
    assert rail.debit(debit) == first
    assert rail.credit(credit).kind == "executed"
    assert rail.look_up(debit.instruction_id, bank.slug) == first
    assert executed(bank) == 2


def test_a_refusal_is_the_banks_own_word(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank, 5_00)
    refused = rail.debit(ask(bank, account))
    assert (refused.kind, refused.reason) == ("rejected", "AM04")
    assert rail.debit(ask(bank, "tok_nobody")).kind == "rejected"
    assert executed(bank) == 0


@pytest.mark.parametrize(
    ("fault", "truly", "found"),
    [
        ("lost", 0, "not_found"),
        ("executed_but_timeout", 1, "executed"),
        ("not_found_then_found", 1, "not_found"),
        ("executes_after_timeout", 0, "pending"),
        ("unavailable", 0, "not_found"),
    ],
)
def test_no_answer_is_unknown_and_a_look_up_moves_nothing(
    name: str, bank: Bank, fault: str, truly: int, found: str
) -> None:
    rail, account = rail_named(name), open_account(bank)
    break_bank(bank, fault, count=1, **({"delay_seconds": 60} if "after" in fault else {}))
    sent = ask(bank, account)
    assert rail.debit(sent).kind == "unknown"
    assert executed(bank) == truly
    looked = rail.look_up(sent.instruction_id, bank.slug)
    assert looked.kind == found
    assert looked.is_definite == (found == "executed")
    assert executed(bank) == truly


def test_an_id_reused_for_another_payment_is_not_taken_for_this_one(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank)
    first = ask(bank, account)
    assert rail.debit(first).kind == "executed"
    other = Instruction(first.instruction_id, bank.slug, account, 99_00, "BRL", "x", "")
    assert rail.debit(other).kind == "unknown"


def test_nothing_listening_is_definitely_not_sent(
    name: str, bank: Bank, settings: Settings
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        settings.TROCO_SIMULATOR_URL = url
        settings.TROCO_HTTP_ALLOWED_ORIGINS = [url]
        rail = rail_named(name)
        assert rail.debit(ask(bank, "tok_any")).kind == "not_sent"
        assert rail.submit_batch(bank.slug, b"<x/>").kind == "not_sent"
        assert rail.is_healthy(bank.slug) == (False, "connect")
        with pytest.raises(RailUnavailable):
            rail.statement(bank.slug, date(2026, 11, 23))


@contextmanager
def liar(answer: bytes) -> Iterator[str]:
    """A server that reads a request and says whatever it was told to say."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(timeout=5)


def http(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


OTHER = (
    b'{"instruction_id": "another", "outcome": "executed", "executed_at": "2026-11-23T10:00:00Z"}'
)
WRONG = b'{"amount_minor": 1, "outcome": "executed", "executed_at": "2026-11-23T10:00:00Z"}'


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", "unknown"),
        (b"garbage\r\n\r\n", "unknown"),
        (http("200 OK", b"garbage"), "unknown"),
        (http("200 OK", b"[]"), "unknown"),
        (http("200 OK", b'{"outcome": "executed"}'), "unknown"),
        (http("200 OK", b'{"outcome": "executed", "executed_at": "soon"}'), "unknown"),
        (http("200 OK", b'{"outcome": "perhaps"}'), "unknown"),
        (http("200 OK", OTHER), "unknown"),
        (http("200 OK", WRONG), "unknown"),
        (http("302 Found", b""), "unknown"),
        (http("408 Request Timeout", b""), "unknown"),
        (http("500 Internal Server Error", b'{"outcome": "rejected"}'), "unknown"),
        (http("504 Gateway Timeout", b""), "unknown"),
        (http("401 Unauthorized", b""), "not_sent"),
        (http("429 Too Many Requests", b""), "not_sent"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{", "unknown"),
    ],
)
def test_a_strange_answer_is_never_taken_for_an_execution(
    name: str, bank: Bank, settings: Settings, answer: bytes, kind: str
) -> None:
    settings.TROCO_BANK_TIMEOUT_SECONDS = 3
    sent = ask(bank, "tok_any")
    with liar(answer) as url:
        settings.TROCO_SIMULATOR_URL = url
        settings.TROCO_HTTP_ALLOWED_ORIGINS = [url]
        assert rail_named(name).debit(sent).kind == kind


def test_silence_ends_at_the_deadline_as_unknown(name: str, bank: Bank, settings: Settings) -> None:
    settings.TROCO_BANK_TIMEOUT_SECONDS = 0.5
    account = open_account(bank)
    break_bank(bank, "late", count=1, delay_seconds=5)
    outcome = rail_named(name).debit(ask(bank, account))
    assert (outcome.kind, outcome.reason) == ("unknown", "timeout")
    assert executed(bank) == 1


def test_no_bank_is_called_inside_a_transaction(name: str, bank: Bank) -> None:
    with owns_block(), pytest.raises(OwnershipError):
        rail_named(name).debit(ask(bank, "tok_any"))


def test_an_account_is_verified_by_code_and_holder(name: str, bank: Bank) -> None:
    rail = rail_named(name)
    body = {
        "kind": "bank_account",
        "balance_minor": 0,
        "holder_tax_id": ANA_TAX_ID,
        "holder_name": "Ana Souza",
    }
    opened = bank.simulator.client.post(f"/banks/{bank.slug}/accounts", json=body).json()
    token, code = opened["token"], opened["verification_code"]
    found = rail.verify_account(bank.slug, token, code, ANA_TAX_ID)
    assert (found.last4, found.kind, found.holder_name) == (
        opened["last4"],
        "bank_account",
        "Ana Souza",
    )
    for wrong_code, wrong_holder in (("000000x", ANA_TAX_ID), (code, BRUNO_TAX_ID)):
        with pytest.raises(VerificationRefused):
            rail.verify_account(bank.slug, token, wrong_code, wrong_holder)
    with pytest.raises(VerificationRefused):
        rail.verify_account(bank.slug, "../../clock", code, ANA_TAX_ID)


def test_a_file_is_taken_in_once_and_told_of_item_by_item(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank, 0)
    message_id = f"bat-{next(_numbers)}"
    head = FileHead(
        message_id,
        datetime(2026, 11, 23, tzinfo=UTC),
        "Troco",
        "90000001",
        "clearing",
        date(2026, 11, 23),
        "BRL",
        2,
        30_00,
    )
    items = [Transfer("pyo-1", account, "Zé", 10_00, ""), Transfer("pyo-2", "no", "Zé", 20_00, "")]
    content = write_file(head, items)
    assert rail.look_up_batch(bank.slug, message_id).kind == "not_found"
    assert rail.submit_batch(bank.slug, content).kind == "received"
    assert rail.submit_batch(bank.slug, content).kind == "received"
    told = rail.look_up_batch(bank.slug, message_id)
    assert told.kind == "partial"
    assert [(item.end_to_end_id, item.state) for item in told.items] == [
        ("pyo-1", "accepted"),
        ("pyo-2", "rejected"),
    ]
    assert rail.submit_batch(bank.slug, b"no xml").kind == "rejected"
    bank.simulator.client.post(f"/banks/{bank.slug}/cutoff", json={})
    assert rail.look_up_batch(bank.slug, message_id).items[0].state == "settled"
    assert executed(bank) == 1


def test_a_statement_is_of_a_closed_day(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank)
    sent = ask(bank, account)
    rail.debit(sent)
    day = date.fromisoformat(
        bank.simulator.client.get(f"/banks/{bank.slug}").json()["business_date"]
    )
    with pytest.raises(StatementNotReady):
        rail.statement(bank.slug, day)
    bank.simulator.client.post(f"/banks/{bank.slug}/cutoff", json={})
    found = rail.statement(bank.slug, day)
    assert (found.head.date, found.head.closing_minor) == (day, 10_00)
    (line,) = found.entries()
    assert (line.instruction_id, line.direction) == (sent.instruction_id, "into")
    with pytest.raises(StatementMissing):
        rail.statement(bank.slug, day - timedelta(days=400))


def test_health_is_what_the_bank_shows(name: str, bank: Bank) -> None:
    rail = rail_named(name)
    assert rail.is_healthy(bank.slug) == (True, "")
    break_bank(bank, "down")
    assert rail.is_healthy(bank.slug) == (False, "http_503")


def test_look_ups_are_late_and_few(name: str) -> None:
    policy = rail_named(name).look_up_policy
    asked = datetime(2026, 11, 23, tzinfo=UTC)
    times = [policy.next_at(asked_at=asked, done=done) for done in range(4)]
    assert times[0] == asked + timedelta(seconds=90)
    assert times[2] == asked + timedelta(hours=2)
    assert times[1] is not None
    assert times[0] < times[1] < times[2]
    assert times[3] is None
    assert LookUpPolicy(at_most=1).next_at(asked_at=asked, done=1) is None


def test_only_listed_rails_exist(name: str) -> None:
    with pytest.raises(LookupError):
        rail_named(f"{name}-of-nowhere")
