"""The walk of a payment through every room below messaging, at a real simulated bank."""

import pytest

from core.money import Money
from core.transactions import owns_block
from payments.models import LedgerTransfer, Payment, PaymentMove
from payments.queries import payable_now
from payments.queries.funding import default_source
from payments.services.demands import Asked, create_demand
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import balance_at, new_business, new_payer, prove_the_books, state_of, work

pytestmark = pytest.mark.django_db


def kinds_posted(payment: str) -> list[str]:
    rows = LedgerTransfer.objects.filter(payment_ref=payment).order_by("seq")
    return list(rows.values_list("kind", flat=True))


def test_ana_pays_bruno(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana", balance_minor=100_00)
    bruno = new_payer(brazil, "Bruno", balance_minor=0, bank="banco-mar")
    quote = ana.quote({"party": bruno.party}, 25_00).json()
    assert quote["refusal"] is None
    assert quote["payee"]["legal_name"] != "Bruno Souza"
    answer = ana.approve(quote)
    assert answer.status_code == 201, answer.json()
    payment = answer.json()
    assert payment["state"] == "authorized"
    assert kinds_posted(payment["id"]) == []
    work()
    assert state_of(payment["id"]) == "completed"
    assert kinds_posted(payment["id"]) == ["collect", "deliver"]
    source = default_source(ana.party_id)
    theirs = default_source(bruno.party_id)
    assert source is not None
    assert theirs is not None
    assert balance_at(brazil, source) == 75_00
    assert balance_at(brazil, theirs) == 25_00
    moves = PaymentMove.objects.filter(payment__public_id=payment["id"]).order_by("position")
    assert [move.to_state for move in moves] == ["authorized", "processing", "completed"]
    prove_the_books()


def test_ana_buys_at_the_bakery(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    padaria = new_business(brazil)
    with owns_block():
        create_demand(
            kind="order",
            reference="ord_1",
            asked=Asked(
                payee_id=padaria.id,
                payer_id=ana.party_id,
                amount=Money(40_00, "BRL"),
                expires_at=None,
                conversation_ref=None,
            ),
        )
    answer = ana.pay({"order": "ord_1"})
    assert answer.status_code == 201, answer.json()
    work()
    payment = answer.json()["id"]
    assert state_of(payment) == "completed"
    assert kinds_posted(payment) == ["collect", "deliver", "fee"]
    assert Payment.objects.get(public_id=payment).fee_minor == 80
    assert payable_now(padaria.id) == Money(39_20, "BRL")
    prove_the_books()
