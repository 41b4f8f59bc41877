"""Cards: held, captured, let go, given back, taken back; each id is one thing for good."""

import httpx
import pytest

from tests.bank_simulator.harness import Bank, Simulator
from tests.bank_simulator.papers import Sheet
from tests.bank_simulator.test_banks import refusal

DAY_SECONDS = 24 * 3600


@pytest.fixture
def card(bank: Bank) -> str:
    token: str = bank.open_account(100_00, kind="credit_card")["token"]
    return token


def figures(bank: Bank, authorisation_id: str) -> tuple[str, int, int, int, int]:
    told = bank.call("GET", f"/authorisations/{authorisation_id}").json()
    return (
        told["state"],
        told["held_minor"],
        told["captured_minor"],
        told["refunded_minor"],
        told["charged_back_minor"],
    )


def test_authorisation_holds_and_moves_nothing(bank: Bank, card: str) -> None:
    told = bank.authorise(card, 60_00, "a1").json()
    assert (told["outcome"], told["state"], told["held_minor"]) == ("approved", "authorised", 60_00)
    assert len(told["authorisation_code"]) == 6
    shown = bank.call("GET", f"/accounts/{card}").json()
    assert (shown["balance_minor"], shown["held_minor"], shown["entries"]) == (100_00, 60_00, 0)
    assert bank.authorise(card, 60_00, "a1").json() == told
    assert refusal(bank.authorise(card, 60_01, "a1")) == (409, "instruction_reused")
    assert bank.authorise(card, 40_01, "a2").json()["reason"] == "51"
    assert bank.debit(card, 40_01, "d1").json()["reason"] == "AM04"
    assert bank.authorise(card, 40_00, "a3").json()["outcome"] == "approved"


def test_captures_in_parts_never_exceed_the_hold(bank: Bank, card: str) -> None:
    bank.authorise(card, 60_00, "a1")
    first = bank.capture("a1", 20_00, "c1").json()
    assert (first["outcome"], first["capture_id"]) == ("executed", "c1")
    assert bank.capture("a1", 20_00, "c1").json() == first
    assert bank.call("GET", "/captures/c1").json() == first
    assert refusal(bank.capture("a1", 20_01, "c1")) == (409, "instruction_reused")
    assert bank.capture("a1", 40_01, "c2").json()["reason"] == "12"
    assert figures(bank, "a1") == ("authorised", 40_00, 20_00, 0, 0)
    assert bank.capture("a1", 40_00, "c3").json()["outcome"] == "executed"
    assert figures(bank, "a1") == ("captured", 0, 60_00, 0, 0)
    assert (bank.balance(card), bank.balance("clearing")) == (40_00, 60_00)
    assert refusal(bank.void("a1")) == (422, "void_refused")


def test_void_lets_the_rest_go_and_may_be_said_twice(bank: Bank, card: str) -> None:
    bank.authorise(card, 60_00, "a1")
    bank.capture("a1", 20_00, "c1")
    assert bank.void("a1").json() == bank.void("a1").json()
    assert figures(bank, "a1") == ("voided", 0, 20_00, 0, 0)
    assert bank.capture("a1", 1, "c2").json()["reason"] == "12"
    assert bank.authorise(card, 80_00, "a2").json()["outcome"] == "approved"
    assert refusal(bank.void("nobody")) == (404, "not_found")


def test_refund_and_chargeback_give_back_no_more_than_was_taken(bank: Bank, card: str) -> None:
    bank.authorise(card, 60_00, "a1")
    nothing = bank.post("/authorisations/a1/chargeback", reason="10.4")
    assert refusal(nothing) == (422, "nothing_captured")
    bank.capture("a1", 60_00, "c1")
    assert bank.refund("a1", 25_00, "r1").json()["outcome"] == "executed"
    assert bank.refund("a1", 25_00, "r1").json()["outcome"] == "executed"
    assert bank.refund("a1", 35_01, "r2").json()["reason"] == "12"
    back = bank.post("/authorisations/a1/chargeback", reason="10.4", amount_minor=5_00)
    assert back.json()["amount_minor"] == 5_00
    rest = bank.post("/authorisations/a1/chargeback", reason="10.4")
    assert (rest.status_code, rest.json()["amount_minor"]) == (201, 30_00)
    assert figures(bank, "a1") == ("captured", 0, 60_00, 25_00, 35_00)
    assert (bank.balance(card), bank.balance("clearing")) == (100_00, 0)


def test_cards_decline_with_their_codes(bank: Bank) -> None:
    debit = {"kind": "debit_card"}
    low = bank.open_account(10, **debit)["token"]
    capped = bank.open_account(100, limit_minor=50, **debit)["token"]
    shut = bank.open_account(100, **debit)["token"]
    bank.post(f"/accounts/{shut}/close")
    plain = bank.open_account(100)["token"]
    tokens = ["tok_nobody", shut, plain, capped, low]
    told = [bank.authorise(token, 51, f"a{n}").json() for n, token in enumerate(tokens)]
    assert [each["reason"] for each in told] == ["14", "46", "57", "61", "51"]
    assert {each["outcome"] for each in told} == {"declined"}
    assert told[4]["reason_words"] == "Not enough money."
    assert bank.authorise(low, 1, "a9", currency="EUR").json()["reason"] == "12"
    bank.set_fault("card_decline", reason="59", count=1)
    assert bank.authorise(low, 1, "a10").json()["reason"] == "59"
    assert bank.capture("a10", 1, "c1").json()["reason"] == "12"
    number = bank.authorise("4111111111111111", 1, "a11")
    assert refusal(number) == (422, "card_number_refused")


def test_hold_expires_with_the_banks_clock(own_simulator: Simulator) -> None:
    bank = own_simulator.open_bank()
    card = bank.open_account(100, kind="debit_card")["token"]
    bank.authorise(card, 100, "a1")
    own_simulator.client.post("/clock", json={"offset_seconds": 7 * DAY_SECONDS + 60})
    assert figures(bank, "a1") == ("expired", 0, 0, 0, 0)
    assert bank.capture("a1", 100, "c1").json()["reason"] == "54"
    assert bank.authorise(card, 100, "a2").json()["outcome"] == "approved"


def test_card_money_is_on_the_statement_and_with_the_oracle(
    simulator: Simulator, bank: Bank, card: str
) -> None:
    bank.authorise(card, 60_00, "a1")
    bank.capture("a1", 60_00, "c1")
    bank.refund("a1", 10_00, "r1")
    bank.post("/authorisations/a1/chargeback", reason="10.4")
    sheet = Sheet.read(bank.statement(bank.cutoff()["date"]).content)
    assert sheet.lines == [("a1", 60_00), ("a1", -10_00), ("a1", -50_00)]
    told = simulator.oracle(bank.slug)["executions"]
    assert [(row["kind"], row["instruction_id"], row["amount_minor"]) for row in told] == [
        ("capture", "c1", 60_00),
        ("card_refund", "r1", 10_00),
        ("chargeback", "a1-cb1", 50_00),
    ]


def test_executed_without_a_word_is_found_by_its_id(bank: Bank, card: str) -> None:
    bank.set_fault("executed_but_timeout", direction="capture", count=1)
    bank.set_fault("not_found_then_found", direction="refund", count=1, times=1)
    bank.authorise(card, 60_00, "a1")
    with pytest.raises(httpx.RemoteProtocolError):
        bank.capture("a1", 60_00, "c1")
    assert bank.call("GET", "/captures/c1").json()["outcome"] == "executed"
    with pytest.raises(httpx.RemoteProtocolError):
        bank.refund("a1", 60_00, "r1")
    assert refusal(bank.call("GET", "/refunds/r1")) == (404, "not_found")
    assert bank.call("GET", "/refunds/r1").json()["outcome"] == "executed"
    assert bank.balance(card) == 100_00


def test_cards_survive_a_kill_and_pending_stays_pending(own_simulator: Simulator) -> None:
    bank = own_simulator.open_bank()
    card = bank.open_account(200, kind="debit_card")["token"]
    bank.authorise(card, 100, "a0")
    captured = bank.capture("a0", 40, "c0").json()
    bank.set_fault("executes_after_timeout", count=1, delay_seconds=60)
    with pytest.raises(httpx.RemoteProtocolError):
        bank.authorise(card, 100, "a1")
    assert figures(bank, "a1")[0] == "pending"
    own_simulator.kill()
    own_simulator.start()
    assert figures(bank, "a1")[0] == "pending"
    assert figures(bank, "a0") == ("authorised", 60, 40, 0, 0)
    assert bank.capture("a0", 40, "c0").json() == captured
    page = own_simulator.client.get("/oracle", headers={"X-Oracle": "yes"}).json()
    assert page["held"] == {bank.slug: {card: 60}}
