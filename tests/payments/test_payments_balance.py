"""Where the licence lets the operator hold money: paying from a balance and into one."""

import pytest

from core.money import Money
from payments import ledger
from payments.enums import LedgerKind
from payments.ledger import Owned
from payments.models import FundingSource, LedgerTransfer
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    XX_BANKS,
    Someone,
    join,
    new_key,
    new_payer,
    prove_the_books,
    state_of,
    work,
)

pytestmark = pytest.mark.django_db


def person(simulator: Simulator, name: str) -> Someone:
    return new_payer(simulator, name, bank=XX_BANKS[0], country="XX")


def balance_of(someone: Someone) -> Money:
    account = ledger.accounts([Owned(LedgerKind.BALANCE, someone.party_id)], "XTS")[0]
    return ledger.read_balance(account)


def pays_into_balance(giver: Someone, taker: Someone, amount_minor: int) -> str:
    answer = giver.pay({"party": taker.party}, amount_minor)
    assert answer.status_code == 201, answer.json()
    work()
    return str(answer.json()["id"])


def add_balance(someone: Someone) -> str:
    answer = someone.post("/v1/funding-sources", {"kind": "balance"})
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def test_a_person_is_paid_into_the_balance_and_pays_from_it(sandboxland: Simulator) -> None:
    ana, bruno = person(sandboxland, "Ana"), person(sandboxland, "Bruno")
    first = pays_into_balance(bruno, ana, 80_00)
    assert state_of(first) == "completed"
    assert balance_of(ana) == Money(80_00, "XTS")
    source = add_balance(ana)
    quote = ana.quote({"party": bruno.party}, 30_00, funding_source=source).json()
    assert quote["refusal"] is None
    payment = ana.approve(quote).json()["id"]
    assert balance_of(ana) == Money(50_00, "XTS")
    prove_the_books()
    work()
    assert state_of(payment) == "completed"
    assert balance_of(bruno) == Money(30_00, "XTS")
    lines = LedgerTransfer.objects.filter(payment_ref=payment).order_by("seq")
    assert list(lines.values_list("kind", flat=True)) == ["reserve", "deliver"]
    prove_the_books()


def test_a_cancelled_payment_gives_the_balance_back(sandboxland: Simulator) -> None:
    ana, bruno = person(sandboxland, "Ana"), person(sandboxland, "Bruno")
    pays_into_balance(bruno, ana, 80_00)
    source = add_balance(ana)
    quote = ana.quote({"party": bruno.party}, 80_00, funding_source=source).json()
    payment = ana.approve(quote).json()["id"]
    assert balance_of(ana) == Money(0, "XTS")
    answer = ana.post(f"/v1/payments/{payment}/cancel", key=new_key())
    assert answer.status_code == 200
    assert answer.json()["state"] == "cancelled"
    assert balance_of(ana) == Money(80_00, "XTS")
    work()
    assert state_of(payment) == "cancelled"
    prove_the_books()


def test_more_than_the_balance_is_refused(sandboxland: Simulator) -> None:
    ana, bruno = person(sandboxland, "Ana"), person(sandboxland, "Bruno")
    pays_into_balance(bruno, ana, 80_00)
    source = add_balance(ana)
    quote = ana.quote({"party": bruno.party}, 80_01, funding_source=source).json()
    answer = ana.approve(quote)
    assert (answer.status_code, answer.json()["code"]) == (422, "insufficient_funds")
    assert balance_of(ana) == Money(80_00, "XTS")
    prove_the_books()


def test_brazil_holds_no_balance(brazil: Simulator) -> None:
    answer = join("Ana").post("/v1/funding-sources", {"kind": "balance"})
    assert (answer.status_code, answer.json()["code"]) == (422, "funding_source_refused")
    assert FundingSource.objects.count() == 0
