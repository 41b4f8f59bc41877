"""Linking accounts: through the bank, never by a card number, and only one's own."""

from typing import Any

import pytest

from core.errors import TrocoError
from payments.models import FundingSource
from payments.services.funding import CardNumberRefused, add_payout_account, refuse_card_numbers
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    BANKS,
    Someone,
    enrol,
    join,
    link,
    new_account,
    new_business,
    new_payer,
)

pytestmark = pytest.mark.django_db
CARD = "4111 1111 1111 1111"


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return enrol(join("Ana"), "Ana Souza")


def add(someone: Someone, account: dict[str, Any], bank: str = BANKS[0]) -> Any:
    body = {"kind": "bank_account", "bank": bank, "token": account["token"]}
    return someone.post("/v1/funding-sources", body)


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_the_first_verified_source_is_the_default(brazil: Simulator, ana: Someone) -> None:
    accounts = [new_account(brazil, ana.tax_id, balance_minor=0, bank=BANKS[0]) for _ in range(2)]
    ids = [add(ana, account).json()["id"] for account in accounts]
    assert [each["verified"] for each in ana.get("/v1/funding-sources").json()["data"]] == [
        False,
        False,
    ]
    for public_id, account in zip(ids, accounts, strict=True):
        code = {"code": account["verification_code"]}
        answer = ana.post(f"/v1/funding-sources/{public_id}/verify", code)
        assert answer.status_code == 200, answer.json()
        assert answer.json()["last4"] == account["last4"]
    shown = ana.get("/v1/funding-sources").json()["data"]
    assert [(each["id"], each["is_default"]) for each in shown] == [
        (ids[1], False),
        (ids[0], True),
    ]
    assert ana.post(f"/v1/funding-sources/{ids[1]}/default").json()["is_default"] is True
    assert ana.client.delete(f"/v1/funding-sources/{ids[1]}").status_code == 204
    shown = ana.get("/v1/funding-sources").json()["data"]
    assert [(each["id"], each["is_default"]) for each in shown] == [(ids[0], True)]


def test_adding_the_same_again_is_the_same(brazil: Simulator, ana: Someone) -> None:
    account = new_account(brazil, ana.tax_id, balance_minor=0, bank=BANKS[0])
    assert add(ana, account).json() == add(ana, account).json()


def test_the_bank_confirms_code_and_holder(brazil: Simulator, ana: Someone) -> None:
    account = new_account(brazil, ana.tax_id, balance_minor=0, bank=BANKS[0])
    public_id = add(ana, account).json()["id"]
    wrong = ana.post(f"/v1/funding-sources/{public_id}/verify", {"code": "nope"})
    assert problem(wrong) == (422, "funding_source_refused")
    strange = new_account(brazil, "52998224725", balance_minor=0, bank=BANKS[0])
    public_id = add(ana, strange).json()["id"]
    code = {"code": strange["verification_code"]}
    refused = ana.post(f"/v1/funding-sources/{public_id}/verify", code)
    assert problem(refused) == (422, "funding_source_refused")
    assert FundingSource.objects.filter(verified_at__isnull=False).count() == 0


def test_without_an_identity_no_bank_is_asked(brazil: Simulator) -> None:
    carla = join("Carla")
    account = new_account(brazil, carla.tax_id, balance_minor=0, bank=BANKS[0])
    public_id = add(carla, account).json()["id"]
    code = {"code": account["verification_code"]}
    answer = carla.post(f"/v1/funding-sources/{public_id}/verify", code)
    assert problem(answer) == (422, "funding_source_refused")


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "debit_card", "bank": BANKS[0], "token": CARD},
        {"kind": "debit_card", "bank": CARD, "token": "tok"},
        {"kind": "debit_card", "bank": BANKS[0], "token": "tok", "number": CARD},
        {"kind": "debit_card", "bank": BANKS[0], "token": "tok", "card": {"pan": 4111111111111111}},
    ],
)
def test_a_card_number_in_any_field_is_refused(ana: Someone, body: dict[str, Any]) -> None:
    assert problem(ana.post("/v1/funding-sources", body)) == (422, "card_number_refused")
    assert FundingSource.objects.count() == 0


@pytest.mark.parametrize("text", ["4111-1111-1111-1112", "tok4111111111111111", "12345", "", "99"])
def test_what_is_no_card_number_passes(text: str) -> None:
    refuse_card_numbers([text])


@pytest.mark.parametrize("text", ["5555555555554444", "my card: 378282246310005.", CARD])
def test_what_is_a_card_number_does_not(text: str) -> None:
    with pytest.raises(CardNumberRefused):
        refuse_card_numbers({"a": [text]})


def test_bad_shapes(ana: Someone) -> None:
    wrong = [
        ({"kind": "purse"}, "input_invalid"),
        ({"kind": "bank_account", "bank": BANKS[0]}, "input_invalid"),
        ({"kind": "balance", "bank": BANKS[0], "token": "t"}, "input_invalid"),
        ({"kind": "bank_account", "bank": BANKS[0], "token": "t", "x": 1}, "unknown_field"),
    ]
    for body, code in wrong:
        assert problem(ana.post("/v1/funding-sources", body)) == (400, code)
    elsewhere = {"kind": "bank_account", "bank": "banco-lua", "token": "t"}
    assert problem(ana.post("/v1/funding-sources", elsewhere)) == (422, "funding_source_refused")


def test_another_ones_source_is_unknown(brazil: Simulator, ana: Someone) -> None:
    bruno = new_payer(brazil, "Bruno")
    theirs = bruno.get("/v1/funding-sources").json()["data"][0]["id"]
    answers = [
        ana.post(f"/v1/funding-sources/{theirs}/verify", {"code": "1"}),
        ana.post(f"/v1/funding-sources/{theirs}/default"),
        ana.client.delete(f"/v1/funding-sources/{theirs}"),
    ]
    assert [problem(answer) for answer in answers] == [(404, "not_found")] * 3


def test_a_shop_has_one_payout_account_of_its_own(brazil: Simulator) -> None:
    padaria = new_business(brazil)
    strange = new_account(brazil, "52998224725", balance_minor=0, bank=BANKS[0])
    with pytest.raises(TrocoError) as refused:
        add_payout_account(
            party_id=padaria.id,
            bank=BANKS[0],
            token=strange["token"],
            code=strange["verification_code"],
            actor=None,
        )
    assert refused.value.code == "funding_source_refused"


def test_banks_and_limits_are_listed(brazil: Simulator, ana: Someone) -> None:
    link(brazil, ana)
    banks = ana.client.get("/v1/banks", {"country": "BR"}).json()["data"]
    assert [(bank["id"], bank["is_healthy"]) for bank in banks] == [(each, True) for each in BANKS]
    names = {limit["name"] for limit in ana.get("/v1/limits").json()["data"]}
    assert {"per_payment", "sent_per_month", "received_per_month", "received_per_day"} <= names
