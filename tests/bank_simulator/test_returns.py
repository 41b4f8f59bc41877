"""Sending an instant payment back, whole or in parts, whichever way it went."""

from tests.bank_simulator.harness import Bank, Simulator
from tests.bank_simulator.papers import Sheet
from tests.bank_simulator.test_banks import refusal


def test_returns_bounded_by_their_original(simulator: Simulator, bank: Bank) -> None:
    ana, bruno = bank.open_account(100)["token"], bank.open_account(0)["token"]
    bank.debit(ana, 60, "d1")
    bank.credit(bruno, 50, "p1")
    first = bank.post("/instructions/d1/returns", return_id="r1", amount_minor=20).json()
    assert first["outcome"] == "executed"
    again = bank.post("/instructions/d1/returns", return_id="r1", amount_minor=20).json()
    assert again == first == bank.call("GET", "/returns/r1").json()
    over = bank.post("/instructions/d1/returns", return_id="r2", amount_minor=41).json()
    assert (over["outcome"], over["reason"]) == ("rejected", "AM09")
    sent = bank.post("/instructions/p1/returns", return_id="r3", amount_minor=50, reason="AC04")
    assert sent.json()["outcome"] == "executed"
    assert (bank.balance(ana), bank.balance(bruno), bank.balance("clearing")) == (60, 0, 40)
    nobody = bank.post("/instructions/d9/returns", return_id="r4", amount_minor=1)
    assert refusal(nobody) == (404, "not_found")
    answer = bank.statement(bank.cutoff()["date"]).content
    assert Sheet.read(answer).lines == [
        ("E-d1", 60),
        ("E-p1", -50),
        ("E-d1", -20),
        ("E-p1", 50),
    ]
    assert b"<Prtry>AC04</Prtry>" in answer
    kinds = [row["kind"] for row in simulator.oracle(bank.slug)["executions"]]
    assert kinds == ["debit", "credit", "returned_debit", "returned_credit"]


def test_what_was_paid_in_goes_back_by_the_banks_own_name(simulator: Simulator, bank: Bank) -> None:
    """Whoever reads of it on a statement knows no other."""
    ana, bruno = bank.open_account(100)["token"], bank.open_account(0)["token"]
    paid = bank.debit(ana, 60, "d1").json()["bank_reference"]
    went = bank.credit(bruno, 50, "p1").json()["bank_reference"]
    path = f"/received/{paid}/returns"
    first = bank.post(path, return_id="r1", amount_minor=60).json()
    assert (first["outcome"], first["instruction_id"]) == ("executed", "d1")
    assert bank.post(path, return_id="r1", amount_minor=60).json() == first
    assert bank.call("GET", "/returns/r1").json() == first
    assert bank.post(path, return_id="r2", amount_minor=1).json()["reason"] == "AM09"
    for unknown in (f"/received/{went}/returns", "/received/none/returns"):
        answer = bank.post(unknown, return_id="r3", amount_minor=1)
        assert refusal(answer) == (404, "not_found")
    assert (bank.balance(ana), bank.balance(bruno)) == (100, 50)


def test_return_after_ninety_days_is_too_late(own_simulator: Simulator) -> None:
    bank = own_simulator.open_bank()
    ana = bank.open_account(100)["token"]
    bank.debit(ana, 60, "d1")
    own_simulator.client.post("/clock", json={"offset_seconds": 90 * 24 * 3600 + 60})
    late = bank.post("/instructions/d1/returns", return_id="r1", amount_minor=1).json()
    assert (late["outcome"], late["reason"]) == ("rejected", "DT01")
