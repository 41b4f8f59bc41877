"""Answers that lie, drip, break off or never come, and a bank that is closed or rations."""

import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.bank_simulator.harness import Bank, Simulator, free_port
from tests.bank_simulator.papers import Paper
from tests.bank_simulator.test_banks import refusal


@pytest.fixture
def ana(bank: Bank) -> str:
    token: str = bank.open_account(10)["token"]
    return token


def test_server_error_before_and_after_the_execution(bank: Bank, ana: str) -> None:
    bank.set_fault("server_error", count=1)
    bank.set_fault("executed_but_server_error", count=1)
    assert refusal(bank.debit(ana, 1, "d1")) == (500, "internal")
    assert refusal(bank.look_up("d1")) == (404, "not_found")
    assert refusal(bank.debit(ana, 1, "d2")) == (500, "internal")
    assert bank.look_up("d2").json()["outcome"] == "executed"
    assert bank.balance(ana) == 9


def test_answers_that_lie_are_about_a_true_execution(bank: Bank, ana: str) -> None:
    for fault in ("garbage", "wrong_amount", "unknown_id"):
        bank.set_fault(fault, count=1)
    garbage = bank.debit(ana, 1, "d1")
    assert (garbage.status_code, garbage.headers["content-type"]) == (200, "text/html")
    assert bank.debit(ana, 1, "d2").json()["amount_minor"] == 2
    assert bank.debit(ana, 1, "d3").json()["instruction_id"].startswith("other-")
    true = [bank.look_up(name).json() for name in ("d1", "d2", "d3")]
    assert [each["amount_minor"] for each in true] == [1, 1, 1]
    assert {each["outcome"] for each in true} == {"executed"}
    assert bank.balance(ana) == 7


def test_answer_drips_or_breaks_off(bank: Bank, ana: str) -> None:
    bank.set_fault("slow_drip", count=1, delay_seconds=0.002)
    bank.set_fault("cut_short", count=1)
    began = time.monotonic()
    assert bank.debit(ana, 1, "d1").json()["outcome"] == "executed"
    assert time.monotonic() - began > 0.3
    with pytest.raises(httpx.TransportError):
        bank.debit(ana, 1, "d2")
    assert bank.look_up("d2").json()["outcome"] == "executed"


def test_repeat_is_honoured_or_refused(bank: Bank, ana: str) -> None:
    first = bank.debit(ana, 1, "d1").json()
    assert bank.debit(ana, 1, "d1").json() == first
    bank.set_fault("refuses_repeat")
    assert refusal(bank.debit(ana, 1, "d1")) == (409, "instruction_repeated")
    assert bank.debit(ana, 1, "d2").json()["outcome"] == "executed"
    assert bank.look_up("d1").json() == first
    assert bank.balance(ana) == 8


def test_questions_are_rationed_and_payments_are_not(bank: Bank, ana: str) -> None:
    bank.debit(ana, 1, "d1")
    bank.set_fault("too_many_requests", count=2, delay_seconds=30)
    answer = bank.look_up("d1")
    assert refusal(answer) == (429, "too_many_requests")
    assert answer.headers["retry-after"] == "30"
    assert bank.debit(ana, 1, "d2").json()["outcome"] == "executed"
    assert refusal(bank.call("GET", "/batches/M1")) == (429, "too_many_requests")
    assert bank.look_up("d1").status_code == 200


def test_files_and_questions_are_struck_when_named(bank: Bank, ana: str) -> None:
    bank.set_fault("server_error", direction="batch", count=1)
    bank.set_fault("garbage", direction="look_up", count=1)
    bank.set_fault("executed_but_timeout", direction="batch", count=1)
    bank.set_fault("cut_short", direction="statement", count=1)
    content = Paper("M1", [(ana, "1.00", "E1")]).content()
    assert bank.debit(ana, 1, "d1").json()["outcome"] == "executed"
    assert refusal(bank.submit(content)) == (500, "internal")
    assert bank.look_up("d1").headers["content-type"] == "text/html"
    assert refusal(bank.call("GET", "/batches/M1")) == (404, "not_found")
    with pytest.raises(httpx.RemoteProtocolError):
        bank.submit(content)
    assert bank.call("GET", "/batches/M1").json()["state"] == "accepted"
    day = bank.cutoff()["date"]
    with pytest.raises(httpx.TransportError):
        bank.statement(day)
    assert bank.statement(day).status_code == 200


def test_maintenance_is_announced(simulator: Simulator, bank: Bank, ana: str) -> None:
    bank.set_fault("maintenance", delay_seconds=120)
    answer = bank.debit(ana, 1, "d1")
    assert (refusal(answer), answer.headers["retry-after"]) == ((503, "maintenance"), "120")
    health = simulator.client.get("/health").json()["banks"]
    assert health[bank.slug] == {"healthy": False}
    bank.call("DELETE", "/faults")
    assert bank.debit(ana, 1, "d1").json()["outcome"] == "executed"


def test_closed_at_night_by_its_own_clock(own_simulator: Simulator) -> None:
    local = datetime.now(UTC).astimezone(ZoneInfo("America/Sao_Paulo"))
    evening = local.replace(hour=22, minute=30, second=0, microsecond=0)
    ahead = int(((evening - local) % timedelta(days=1)).total_seconds()) + 1
    own_simulator.client.post("/clock", json={"offset_seconds": ahead})
    bank = own_simulator.open_bank()
    ana = bank.open_account(10)["token"]
    bank.set_fault("closed_at_night")
    answer = bank.debit(ana, 1, "d1")
    assert refusal(answer) == (503, "bank_closed")
    assert 7 * 3600 < int(answer.headers["retry-after"]) <= 7.5 * 3600
    assert refusal(bank.submit(b"")) == (503, "bank_closed")
    assert refusal(bank.look_up("d1")) == (404, "not_found")
    own_simulator.client.post("/clock", json={"offset_seconds": ahead + 8 * 3600})
    assert bank.debit(ana, 1, "d1").json()["outcome"] == "executed"


def test_tls_handshake_fails(tmp_path: Path) -> None:
    port = free_port()
    options = ("--tls-error-port", str(port))
    with (
        Simulator(tmp_path / "books.sqlite3", options=options),
        pytest.raises(httpx.ConnectError) as failure,
    ):
        httpx.get(f"https://127.0.0.1:{port}/health", timeout=5)
    cause: BaseException | None = failure.value
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    assert isinstance(cause, ssl.SSLError)
