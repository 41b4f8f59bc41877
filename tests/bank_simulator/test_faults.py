"""Every way the bank misbehaves on instant payments, and that each can be repeated."""

import time

import httpx
import pytest

from tests.bank_simulator.harness import Bank, Simulator
from tests.bank_simulator.test_banks import refusal


def wait_for_outcome(bank: Bank, instruction_id: str, outcome: str) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if bank.look_up(instruction_id).json().get("outcome") == outcome:
            return
        time.sleep(0.05)
    raise AssertionError(f"{instruction_id} never became {outcome}")


def test_lost_is_never_processed(bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    bank.set_fault("lost", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        bank.debit(ana, 1, "d1")
    assert refusal(bank.look_up("d1")) == (404, "not_found")
    assert bank.balance(ana) == 10
    assert bank.debit(ana, 1, "d1").json()["outcome"] == "executed"


def test_late_executes_and_answers_slowly(bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    bank.set_fault("late", count=1, delay_seconds=0.4)
    began = time.monotonic()
    assert bank.debit(ana, 1, "d1").json()["outcome"] == "executed"
    assert time.monotonic() - began >= 0.4
    assert bank.balance(ana) == 9


def test_executed_but_timeout_executes_without_a_word(bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    bank.set_fault("executed_but_timeout", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        bank.debit(ana, 1, "d1")
    assert bank.look_up("d1").json()["outcome"] == "executed"
    assert bank.debit(ana, 1, "d1").json() == bank.look_up("d1").json()
    assert bank.balance(ana) == 9


def test_hold_seconds_lets_the_caller_time_out(bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    bank.set_fault("executed_but_timeout", count=1, hold_seconds=2)
    body = {"instruction_id": "d1", "account": ana, "amount_minor": 1, "currency": "BRL"}
    with pytest.raises(httpx.ReadTimeout):
        bank.call("POST", "/debits", json={**body, "end_to_end_id": "E1"}, timeout=0.3)
    assert bank.look_up("d1").json()["outcome"] == "executed"


def test_executes_after_timeout_is_pending_and_then_executed(bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    bank.set_fault("executes_after_timeout", count=1, delay_seconds=0.5)
    with pytest.raises(httpx.RemoteProtocolError):
        bank.debit(ana, 1, "d1")
    assert bank.look_up("d1").json()["outcome"] == "pending"
    assert bank.debit(ana, 1, "d1").json()["outcome"] == "pending"
    assert bank.balance(ana) == 10
    wait_for_outcome(bank, "d1", "executed")
    assert bank.balance(ana) == 9


def test_pending_may_end_rejected(bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    bank.set_fault("executes_after_timeout", count=1, delay_seconds=0.2)
    with pytest.raises(httpx.RemoteProtocolError):
        bank.debit(ana, 11, "d1")
    wait_for_outcome(bank, "d1", "rejected")
    assert bank.look_up("d1").json()["reason"] == "AM04"


def test_reject_gives_the_reason_and_keeps_it(bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    bank.set_fault("reject", count=1)
    bank.set_fault("reject", count=1, reason="AG01")
    assert bank.debit(ana, 1, "d1").json()["reason"] == "AM04"
    assert bank.debit(ana, 1, "d2").json()["reason"] == "AG01"
    assert bank.debit(ana, 1, "d3").json()["outcome"] == "executed"
    assert bank.debit(ana, 1, "d1").json()["reason"] == "AM04"


def test_not_found_then_found_denies_the_first_look_ups(bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    bank.set_fault("not_found_then_found", count=1, times=2)
    with pytest.raises(httpx.RemoteProtocolError):
        bank.debit(ana, 1, "d1")
    assert bank.balance(ana) == 9
    found = [bank.look_up("d1").status_code for _ in range(4)]
    assert found == [404, 404, 200, 200]


def test_unavailable_processes_nothing(bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    bank.set_fault("unavailable", count=1)
    assert refusal(bank.debit(ana, 1, "d1")) == (503, "bank_unavailable")
    assert refusal(bank.look_up("d1")) == (404, "not_found")
    assert bank.debit(ana, 1, "d1").json()["outcome"] == "executed"


def test_down_refuses_every_call_until_lifted(simulator: Simulator, bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    bank.set_fault("down")
    assert refusal(bank.debit(ana, 1, "d1")) == (503, "bank_unavailable")
    assert refusal(bank.look_up("d1")) == (503, "bank_unavailable")
    assert refusal(bank.call("GET", "/health")) == (503, "bank_unavailable")
    assert refusal(bank.call("POST", "/cutoff", json={})) == (503, "bank_unavailable")
    health = simulator.client.get("/health").json()["banks"]
    assert health[bank.slug] == {"healthy": False}
    assert bank.call("DELETE", "/faults").json() == {"removed": 1}
    assert bank.call("GET", "/health").json() == {"healthy": True}
    assert bank.debit(ana, 1, "d1").json()["outcome"] == "executed"


def test_direction_and_account_narrow_a_fault(bank: Bank) -> None:
    ana, bruno = bank.open_account(10)["token"], bank.open_account(10)["token"]
    bank.set_fault("reject", direction="credit", account=bruno)
    assert bank.debit(bruno, 1, "d1").json()["outcome"] == "executed"
    assert bank.credit(ana, 1, "c1").json()["outcome"] == "executed"
    assert bank.credit(bruno, 1, "c2").json()["outcome"] == "rejected"


def test_same_seed_strikes_the_same_calls(simulator: Simulator) -> None:
    patterns = []
    for seed in (5, 5, 6):
        bank = simulator.open_bank()
        ana = bank.open_account(100)["token"]
        bank.set_fault("reject", probability=0.5, seed=seed)
        answers = [bank.debit(ana, 1, f"d{number}").json() for number in range(20)]
        patterns.append([answer["outcome"] for answer in answers])
    assert patterns[0] == patterns[1] != patterns[2]
    assert set(patterns[0]) == {"executed", "rejected"}


def test_faults_are_listed_with_their_count(bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    first = bank.set_fault("reject", count=2)
    second = bank.set_fault("late", probability=0)
    bank.debit(ana, 1, "d1")
    listed = bank.call("GET", "/faults").json()["faults"]
    assert [(row["fault"], row["remaining"], row["fired"]) for row in listed] == [
        ("reject", 1, 1),
        ("late", None, 0),
    ]
    assert bank.call("DELETE", f"/faults?id={first['id']}").json() == {"removed": 1}
    left = bank.call("GET", "/faults").json()["faults"]
    assert [row["id"] for row in left] == [second["id"]]
    assert refusal(bank.call("DELETE", "/faults?id=999999")) == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {"fault": "explode"},
        {"fault": "lost", "probability": 1.1},
        {"fault": "lost", "probability": True},
        {"fault": "lost", "count": 0},
        {"fault": "lost", "seed": -1},
        {"fault": "reject", "reason": "because"},
        {"fault": "late", "delay_seconds": 601},
        {"fault": "lost", "direction": "sideways"},
    ],
)
def test_bad_fault_is_refused(bank: Bank, body: dict[str, object]) -> None:
    assert refusal(bank.post("/faults", **body)) == (400, "field_invalid")
    assert bank.call("GET", "/faults").json() == {"faults": []}
