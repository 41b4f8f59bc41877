"""A hostile bank against the sandbox rail: nothing but its own clear word ends anything."""

import itertools
from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from payments.rails import Instruction, StatementUnreadable
from payments.rails.sandbox import SandboxRail
from tests.bank_simulator.harness import SECRET, Bank, Simulator, free_port
from tests.bank_simulator.papers import Paper

pytestmark = pytest.mark.django_db
_numbers = itertools.count(1)


@pytest.fixture
def bank(simulator: Simulator, settings: Settings) -> Bank:
    settings.TROCO_BANK_TIMEOUT_SECONDS = 2.0
    return simulator.open_bank()


def ask(bank: Bank, account: str) -> Instruction:
    number = f"hos-{next(_numbers)}"
    return Instruction(number, bank.slug, account, 10_00, "BRL", number, "a test")


@pytest.mark.parametrize(
    ("fault", "truly"),
    [
        ("server_error", 0),
        ("executed_but_server_error", 1),
        ("garbage", 1),
        ("wrong_amount", 1),
        ("unknown_id", 1),
        ("slow_drip", 1),
        ("cut_short", 1),
        ("maintenance", 0),
    ],
)
def test_whatever_is_no_clear_word_is_unknown(bank: Bank, fault: str, truly: int) -> None:
    rail, account = SandboxRail(), bank.open_account()["token"]
    bank.set_fault(fault, count=1)
    sent = ask(bank, account)
    assert rail.debit(sent).kind == "unknown"
    bank.call("DELETE", "/faults")
    assert rail.look_up(sent.instruction_id, bank.slug).kind == (
        "executed" if truly else "not_found"
    )
    assert len(bank.simulator.oracle(bank.slug)["executions"]) == truly


def test_a_refused_repeat_says_nothing_of_the_first(bank: Bank) -> None:
    rail, account = SandboxRail(), bank.open_account()["token"]
    sent = ask(bank, account)
    assert rail.debit(sent).kind == "executed"
    bank.set_fault("refuses_repeat")
    assert rail.debit(sent).kind == "unknown"
    assert rail.look_up(sent.instruction_id, bank.slug).kind == "executed"


@pytest.mark.parametrize(
    "fault", ["garbage", "server_error", "wrong_amount", "unknown_id", "too_many_requests"]
)
def test_a_look_up_that_is_spoiled_ends_nothing(bank: Bank, fault: str) -> None:
    rail, account = SandboxRail(), bank.open_account()["token"]
    sent = ask(bank, account)
    rail.debit(sent)
    bank.set_fault(fault, direction="look_up", count=1)
    looked = rail.look_up(sent.instruction_id, bank.slug).kind
    # A look-up is told apart by its id; it has no amount to compare with.
    assert looked == ("executed" if fault == "wrong_amount" else "unknown")
    assert rail.look_up(sent.instruction_id, bank.slug).kind == "executed"


@pytest.mark.parametrize("fault", ["garbage", "executed_but_server_error", "cut_short"])
def test_a_file_whose_receipt_is_spoiled_is_unknown(bank: Bank, fault: str) -> None:
    rail, shop = SandboxRail(), bank.open_account(0)["token"]
    bank.set_fault(fault, direction="batch", count=1)
    content = Paper("M1", [(shop, "1.00", "E1")]).content()
    assert rail.submit_batch(bank.slug, content).kind == "unknown"
    assert rail.look_up_batch(bank.slug, "M1").kind == "accepted"


def test_a_statement_that_breaks_off_is_no_statement(bank: Bank) -> None:
    rail, account = SandboxRail(), bank.open_account()["token"]
    for _ in range(20):
        rail.debit(ask(bank, account))
    day = bank.cutoff()["date"]
    bank.set_fault("statement_cut_short")
    with pytest.raises(StatementUnreadable):
        list(rail.statement(bank.slug, date.fromisoformat(day)).entries())


def test_a_handshake_that_fails_has_sent_nothing(tmp_path: Path, settings: Settings) -> None:
    port = free_port()
    with Simulator(tmp_path / "books.sqlite3", options=("--tls-error-port", str(port))) as started:
        bank = started.open_bank()
        account = bank.open_account()["token"]
        settings.TROCO_SIMULATOR_URL = f"https://127.0.0.1:{port}"
        settings.TROCO_SIMULATOR_SECRET = SECRET
        settings.TROCO_HTTP_ALLOWED_ORIGINS = [f"https://127.0.0.1:{port}"]
        told = SandboxRail().debit(ask(bank, account))
        assert (told.kind, told.reason) == ("not_sent", "connect")
        assert started.oracle(bank.slug)["executions"] == []
