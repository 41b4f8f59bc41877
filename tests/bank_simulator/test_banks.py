"""Opening banks and accounts, proving who holds them, and who may ask."""

from typing import Any

import httpx
import pytest

from tests.bank_simulator.harness import ANA_TAX_ID, BRUNO_TAX_ID, Bank, Simulator

IPE = {
    "name": "Banco Ipê",
    "currency": "BRL",
    "timezone": "America/Sao_Paulo",
    "ispb": "99000001",
    "clearing_balance_minor": 500,
}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_bank_is_opened_once_and_found_again(simulator: Simulator) -> None:
    first = simulator.client.put("/banks/banco-ipe", json=IPE)
    again = simulator.client.put("/banks/banco-ipe", json={**IPE, "name": "Ipê S.A."})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["name"] == "Ipê S.A."
    clearing = simulator.client.get("/banks/banco-ipe/accounts/clearing").json()
    assert clearing == {"balance_minor": 500, "currency": "BRL", "entries": 0}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"currency": "INR"}, (409, "bank_conflict")),
        ({"clearing_balance_minor": 501}, (409, "bank_conflict")),
        ({"timezone": "Moon/Base"}, (400, "field_invalid")),
        ({"timezone": "../etc/passwd"}, (400, "field_invalid")),
        ({"ispb": "1"}, (400, "field_invalid")),
        ({"colour": "red"}, (400, "unknown_field")),
        ({"name": "a\x00b"}, (400, "text_invalid")),
        ({"name": None}, (400, "field_invalid")),
    ],
)
def test_bank_with_other_or_bad_particulars_is_refused(
    simulator: Simulator, changed: dict[str, Any], expected: tuple[int, str]
) -> None:
    simulator.client.put("/banks/banco-jatoba", json=IPE)
    answer = simulator.client.put("/banks/banco-jatoba", json={**IPE, **changed})
    assert refusal(answer) == expected


def test_only_health_is_open_to_anybody(simulator: Simulator, bank: Bank) -> None:
    stranger = {"Authorization": "Bearer wrong"}
    for path in ("/clock", f"/banks/{bank.slug}", f"/banks/{bank.slug}/health", "/oracle", "/x"):
        answer = simulator.client.get(path, headers=stranger)
        assert refusal(answer) == (401, "unauthenticated")
    health = simulator.client.get("/health", headers={"Authorization": ""})
    assert health.status_code == 200
    assert health.json()["banks"][bank.slug] == {"healthy": True}


def test_unknown_paths_methods_and_banks_are_refused(simulator: Simulator) -> None:
    assert refusal(simulator.client.get("/nowhere")) == (404, "not_found")
    assert refusal(simulator.client.delete("/clock")) == (405, "method_not_allowed")
    assert refusal(simulator.client.get("/banks/nobody/health")) == (404, "not_found")
    assert refusal(Bank(simulator, "nobody").debit("tok", 1, "x")) == (404, "not_found")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b'{"seed": NaN}', b"[" * 100_000, b"\xff"],
    ids=["empty", "open", "list", "nan", "deep", "bytes"],
)
def test_body_that_is_no_json_object_is_refused(simulator: Simulator, content: bytes) -> None:
    assert refusal(simulator.client.post("/seed", content=content)) == (400, "json_invalid")


def test_body_over_a_megabyte_is_refused(simulator: Simulator) -> None:
    answer = simulator.client.post("/seed", content=b" " * 1_000_001)
    assert refusal(answer) == (413, "body_too_large")


def test_account_is_verified_by_code_and_tax_id(bank: Bank) -> None:
    account = bank.open_account(123)
    assert set(account) == {"token", "verification_code", "last4", "kind", "currency"}
    path = f"/accounts/{account['token']}/verify"
    code = account["verification_code"]
    verified = bank.post(path, code=code, holder_tax_id="52998224725")
    assert verified.json() == {
        "verified": True,
        "last4": account["last4"],
        "kind": "bank_account",
        "holder_name": "Ana",
    }
    other = bank.post(path, code=code, holder_tax_id=BRUNO_TAX_ID)
    assert refusal(other) == (422, "verification_failed")
    unknown = bank.post("/accounts/tok_x/verify", code=code, holder_tax_id=ANA_TAX_ID)
    assert refusal(unknown) == (404, "not_found")


def test_a_fresh_code_ends_the_one_before(bank: Bank) -> None:
    account = bank.open_account()
    path, old = f"/accounts/{account['token']}", account["verification_code"]
    fresh = bank.post(f"{path}/code")
    assert fresh.status_code == 201
    code = fresh.json()["verification_code"]
    assert (len(code), code.isdigit()) == (len(old), True)
    verified = bank.post(f"{path}/verify", code=code, holder_tax_id=ANA_TAX_ID)
    assert verified.status_code == 200
    if old != code:
        refused = bank.post(f"{path}/verify", code=old, holder_tax_id=ANA_TAX_ID)
        assert refusal(refused) == (422, "verification_failed")
    assert refusal(bank.post("/accounts/tok_x/code")) == (404, "not_found")


def test_five_wrong_codes_lock_the_account_for_good(bank: Bank) -> None:
    account = bank.open_account()
    path = f"/accounts/{account['token']}/verify"
    for _ in range(5):
        answer = bank.post(path, code="nope", holder_tax_id=ANA_TAX_ID)
        assert refusal(answer) == (422, "verification_failed")
    right = bank.post(path, code=account["verification_code"], holder_tax_id=ANA_TAX_ID)
    assert refusal(right) == (422, "verification_failed")


@pytest.mark.parametrize(
    "field", ["holder_name", "holder_tax_id", "kind", "card_number", "4111 1111 1111 1111"]
)
def test_card_numbers_are_refused_in_any_field(bank: Bank, field: str) -> None:
    body = {"kind": "debit_card", "balance_minor": 1, "holder_tax_id": ANA_TAX_ID}
    answer = bank.post("/accounts", **{**body, field: "card 4111-1111-1111-1111"})
    assert refusal(answer) == (422, "card_number_refused")


def test_company_number_that_passes_a_cards_check_is_accepted(bank: Bank) -> None:
    account = bank.open_account(holder_tax_id="36.000.009/0001-40")
    assert account["currency"] == "BRL"


@pytest.mark.parametrize("amount", [-1, 1.0, "1", True, None, 2**63, 10**15 + 1])
def test_account_needs_a_whole_balance(bank: Bank, amount: object) -> None:
    answer = bank.post(
        "/accounts", kind="bank_account", balance_minor=amount, holder_tax_id=ANA_TAX_ID
    )
    assert answer.status_code == 400
    assert answer.json()["code"] in {"amount_invalid", "field_invalid"}


def test_same_seed_names_the_same_accounts(own_simulator: Simulator) -> None:
    names = []
    for _ in range(2):
        for seed in (7, 8):
            own_simulator.client.post("/seed", json={"seed": seed})
            bank = own_simulator.open_bank()
            names.append([bank.open_account()["token"] for _ in range(2)])
    assert names[0] == names[2]
    assert names[1] == names[3]
    assert names[0] != names[1]
