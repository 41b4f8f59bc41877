"""Instant debits and credits: executed once, answered the same for ever."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.bank_simulator.harness import Bank, Simulator
from tests.bank_simulator.test_banks import refusal


def test_debit_and_credit_move_between_customer_and_clearing(bank: Bank) -> None:
    ana = bank.open_account(100_00)["token"]
    debit = bank.debit(ana, 25_00, "d1")
    assert debit.status_code == 200
    assert debit.json()["outcome"] == "executed"
    assert len(debit.json()["bank_reference"]) <= 35
    assert (bank.balance(ana), bank.balance("clearing")) == (75_00, 25_00)
    assert bank.credit(ana, 30_00, "c1").json()["outcome"] == "executed"
    assert (bank.balance(ana), bank.balance("clearing")) == (105_00, -5_00)
    assert bank.call("GET", f"/accounts/{ana}").json()["entries"] == 2


def test_exact_repeat_answers_the_first_outcome(bank: Bank) -> None:
    ana = bank.open_account(100_00)["token"]
    answers = [bank.debit(ana, 60_00, "d1").json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2] == bank.look_up("d1").json()
    assert bank.balance(ana) == 40_00
    refused = [bank.debit(ana, 60_00, "d2").json() for _ in range(2)]
    assert refused[0] == refused[1]
    assert (refused[0]["outcome"], refused[0]["reason"]) == ("rejected", "AM04")
    bank.credit(ana, 90_00, "c1")
    assert bank.debit(ana, 60_00, "d2").json() == refused[0]


@pytest.mark.parametrize(
    "change",
    [{"amount_minor": 2}, {"remittance": "rent"}, {"end_to_end_id": "E9"}, {"currency": "INR"}],
)
def test_other_payment_under_the_same_id_is_refused(bank: Bank, change: dict[str, Any]) -> None:
    ana = bank.open_account(100_00)["token"]
    bank.debit(ana, 1, "d1")
    body: dict[str, Any] = {"end_to_end_id": "E-d1", "remittance": "lunch", "currency": "BRL"}
    body |= {"instruction_id": "d1", "account": ana, "amount_minor": 1}
    assert refusal(bank.post("/debits", **{**body, **change})) == (409, "instruction_reused")
    assert refusal(bank.post("/credits", **body)) == (409, "instruction_reused")
    assert bank.balance(ana) == 99_99


def test_same_id_at_another_bank_is_another_payment(simulator: Simulator, bank: Bank) -> None:
    other = simulator.open_bank()
    for place in (bank, other):
        assert place.debit(place.open_account()["token"], 1, "d1").json()["outcome"] == "executed"


def test_bank_refuses_with_the_reason(bank: Bank) -> None:
    ana = bank.open_account(100_00)["token"]
    small = bank.open_account(100_00, limit_minor=10_00)["token"]
    shut = bank.open_account(100_00)["token"]
    assert bank.call("POST", f"/accounts/{shut}/close", json={}).json() == {"closed": True}
    reasons = [
        bank.debit("tok_nobody", 1, "r1").json()["reason"],
        bank.debit(shut, 1, "r2").json()["reason"],
        bank.debit("clearing", 1, "r3").json()["reason"],
        bank.debit(small, 10_01, "r4").json()["reason"],
        bank.move("debit", ana, 1, "r5", currency="INR").json()["reason"],
        bank.debit(ana, 100_01, "r6").json()["reason"],
    ]
    assert reasons == ["AC01", "AC04", "AG01", "AM02", "AM03", "AM04"]
    assert bank.balance("clearing") == 0


@pytest.mark.parametrize("amount", [0, -1, 1.5, 1.0, "1", True, 2**63])
def test_amounts_are_whole_and_positive(bank: Bank, amount: object) -> None:
    ana = bank.open_account()["token"]
    answer = bank.move("debit", ana, amount, "d1")  # type: ignore[arg-type]
    assert refusal(answer) == (400, "amount_invalid")
    assert refusal(bank.look_up("d1")) == (404, "not_found")


@pytest.mark.parametrize("instruction_id", ["", "x" * 36, "a/b", "a b", "é", 7, None])
def test_instruction_id_is_short_and_plain(bank: Bank, instruction_id: object) -> None:
    answer = bank.move("debit", "tok", 1, instruction_id)  # type: ignore[arg-type]
    assert refusal(answer) == (400, "field_invalid")


def test_unknown_field_is_refused(bank: Bank) -> None:
    ana = bank.open_account()["token"]
    answer = bank.move("debit", ana, 1, "d1", tip=1)
    assert refusal(answer) == (400, "unknown_field")


def test_half_a_surrogate_is_refused(bank: Bank) -> None:
    content = (
        b'{"instruction_id":"d1","account":"tok","amount_minor":1,"currency":"BRL",'
        b'"end_to_end_id":"E1","remittance":"\\ud800"}'
    )
    assert refusal(bank.call("POST", "/debits", content=content)) == (400, "text_invalid")


def test_hundred_at_once_of_one_balance_execute_once(bank: Bank) -> None:
    ana = bank.open_account(50_00)["token"]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: bank.debit(ana, 50_00, f"d{n}").json(), range(100)))
    outcomes = [answer["outcome"] for answer in answers]
    assert (outcomes.count("executed"), outcomes.count("rejected")) == (1, 99)
    assert (bank.balance(ana), bank.balance("clearing")) == (0, 50_00)


def test_same_id_a_hundred_times_at_once_executes_once(bank: Bank) -> None:
    ana = bank.open_account(50_00)["token"]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: bank.debit(ana, 1, "d1").text, range(100)))
    assert len(set(answers)) == 1
    assert bank.balance(ana) == 49_99


def test_oracle_needs_its_header_and_pages(simulator: Simulator, bank: Bank) -> None:
    ana = bank.open_account(10)["token"]
    for number in range(5):
        bank.debit(ana, 1, f"d{number}")
    assert refusal(simulator.client.get("/oracle")) == (403, "oracle_closed")
    told = simulator.oracle(bank.slug, limit=2)
    assert [row["instruction_id"] for row in told["executions"]] == ["d0", "d1", "d2", "d3", "d4"]
    assert told["balances"] == {"clearing": 5, ana: 5}
