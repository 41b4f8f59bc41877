"""Payments over the rails of Pix and of cards: the same money, the same books, their own names."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from pytest_django import Settings

from core.clock import business_now
from payments.models import (
    AgreementRail,
    Attempt,
    Bank,
    BankAgreement,
    Leg,
    Payment,
    SettlementBatch,
)
from payments.queries.funding import default_source
from payments.rails.pix import is_name
from payments.services import asking, charging
from payments.services.settlement import claim_batch, claim_due_batches, live_rail
from people.models import Party
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    BANKS,
    SAO_PAULO,
    Someone,
    balance_at,
    link,
    new_business,
    new_payer,
    prove_the_books,
    state_of,
    work,
)
from tests.payments.refund_cast import give_back, refund_states
from tests.payments.test_payments_unknown import let_it_be_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def pix(brazil: Simulator) -> Simulator:
    """Brazil, whose two banks are reached by Pix."""
    Bank.objects.update(rail="pix")
    return brazil


@pytest.fixture
def cards(brazil: Simulator) -> Simulator:
    """Brazil, where the agreement with the first bank says how its cards are charged."""
    agreement = BankAgreement.objects.get(bank__slug=BANKS[0])
    AgreementRail.objects.create(
        agreement=agreement,
        rail="cards",
        cutoff=time(12),
        timezone=SAO_PAULO,
        settlement_days=2,
        approval_above_minor=10**12,
    )
    return brazil


def pay(payer: Someone, payee: str, amount_minor: int = 25_00) -> str:
    answer = payer.pay({"party": payee}, amount_minor)
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def buy(payer: Someone, shop: Party, amount_minor: int = 25_00) -> str:
    payment = pay(payer, shop.public_id, amount_minor)
    work()
    assert state_of(payment) == "completed"
    return payment


def names(payment: str) -> list[tuple[str, str, str]]:
    rows = Attempt.objects.filter(leg__payment__public_id=payment).order_by("id")
    return [(each.leg.kind, each.instruction_id, each.carried_id) for each in rows]


def ispb(bank: str) -> str:
    return Bank.objects.get(slug=bank).national_id


def test_both_banks_carry_an_end_to_end_id_of_the_bank_it_leaves(pix: Simulator) -> None:
    ana, bruno = new_payer(pix, "Ana"), new_payer(pix, "Bruno", bank=BANKS[1])
    payment = pay(ana, bruno.party)
    work()
    assert state_of(payment) == "completed"
    for (_kind, instruction, carried), bank in zip(names(payment), BANKS, strict=True):
        assert is_name(carried)
        assert carried[1:9] == ispb(bank)
        assert (
            pix.client.get(f"/banks/{bank}/instructions/{instruction}").json()["end_to_end_id"]
            == carried
        )
    prove_the_books()


def test_the_names_are_kept_for_every_retry(pix: Simulator, settings: Settings) -> None:
    ana, bruno = new_payer(pix, "Ana"), new_payer(pix, "Bruno", bank=BANKS[1])
    payment = pay(ana, bruno.party)
    debit = charging.take_step(payment_id=payment)
    assert debit is not None
    asking.write_answer(ask=debit, outcome=asking.call_bank(debit))
    credit = charging.take_step(payment_id=payment)
    assert credit is not None
    real, nowhere = settings.TROCO_SIMULATOR_URL, "http://127.0.0.1:9"
    settings.TROCO_SIMULATOR_URL, settings.TROCO_HTTP_ALLOWED_ORIGINS = nowhere, [nowhere]
    asking.write_answer(ask=credit, outcome=asking.call_bank(credit))
    again = charging.take_step(payment_id=payment)
    assert again is not None
    assert replace(again.instruction, asked_at=credit.instruction.asked_at) == credit.instruction
    settings.TROCO_SIMULATOR_URL, settings.TROCO_HTTP_ALLOWED_ORIGINS = real, [real]
    assert asking.call_bank(again).kind == "executed"
    asking.write_answer(ask=again, outcome=asking.call_bank(again))
    charging.charge_payment(payment_id=payment)
    assert state_of(payment) == "completed"
    prove_the_books()


def test_a_refund_goes_back_along_the_name_it_came_by(pix: Simulator) -> None:
    ana, ze = new_payer(pix, "Ana", balance_minor=100_00), new_business(pix)
    payment = buy(ana, ze)
    give_back(ze, payment, 10_00)
    give_back(ze, payment)
    work()
    assert refund_states() == ["completed", "completed"]
    (_, _, paid), *back = names(payment)
    assert [carried for _kind, _instruction, carried in back] == [paid, paid]
    for _kind, instruction, _carried in back:
        assert is_name(instruction)
        assert instruction.startswith(f"D{ispb(BANKS[0])}")
        told = pix.client.get(f"/banks/{BANKS[0]}/returns/{instruction}").json()
        assert told["outcome"] == "executed"
    source = default_source(ana.party_id)
    assert source is not None
    assert balance_at(pix, source) == 100_00
    prove_the_books()


def test_what_was_sent_by_mistake_is_returned_and_not_paid_anew(pix: Simulator) -> None:
    ana, bruno = new_payer(pix, "Ana"), new_payer(pix, "Bruno", bank=BANKS[1])
    payment = pay(ana, bruno.party)
    work()
    quote = bruno.post(f"/v1/payments/{payment}/return").json()
    given = bruno.approve(quote).json()["id"]
    work()
    assert (state_of(payment), state_of(given)) == ("returned", "completed")
    (_, _, sent), _ = names(payment)
    _, (kind, instruction, carried) = names(given)
    assert (kind, carried, instruction[0]) == ("credit", sent, "D")
    prove_the_books()


def test_a_card_is_held_captured_and_refunded_by_its_agreements_rail(cards: Simulator) -> None:
    ana, ze = new_payer(cards, "Ana"), new_business(cards)
    card = link(cards, ana, balance_minor=100_00, kind="credit_card")
    ana.post(f"/v1/funding-sources/{card.public_id}/default")
    payment = buy(ana, ze)
    leg = Leg.objects.get(payment__public_id=payment)
    assert (leg.rail, leg.kind) == ("cards", "debit")
    hold = f"/banks/{BANKS[0]}/authorisations/{leg.attempt.instruction_id}"
    assert cards.client.get(hold).json()["captured_minor"] == 25_00
    give_back(ze, payment, 5_00)
    work()
    assert refund_states() == ["completed"]
    assert cards.client.get(hold).json()["refunded_minor"] == 5_00
    assert balance_at(cards, card) == 80_00
    prove_the_books()


def test_a_card_that_is_declined_fails_the_payment_in_plain_words(cards: Simulator) -> None:
    ana, ze = new_payer(cards, "Ana"), new_business(cards)
    card = link(cards, ana, balance_minor=20_00, kind="debit_card")
    payment = ana.pay({"party": ze.public_id}, 25_00, funding_source=card.public_id).json()["id"]
    work()
    found = Payment.objects.get(public_id=payment)
    assert (found.state, found.failure_code) == ("failed", "insufficient_funds")
    prove_the_books()


def test_a_capture_without_an_answer_is_unknown_until_it_is_looked_up(cards: Simulator) -> None:
    ana, ze = new_payer(cards, "Ana"), new_business(cards)
    card = link(cards, ana, balance_minor=100_00, kind="debit_card")
    fault = {"fault": "executed_but_timeout", "count": 1, "direction": "capture"}
    cards.client.post(f"/banks/{BANKS[0]}/faults", json={**fault, "account": card.token})
    payment = ana.pay({"party": ze.public_id}, 25_00, funding_source=card.public_id).json()["id"]
    work()
    assert state_of(payment) == "unknown"
    let_it_be_due()
    charging.look_up_due()
    assert state_of(payment) == "completed"
    assert balance_at(cards, card) == 75_00
    prove_the_books()


def test_no_file_goes_by_the_rail_of_cards(cards: Simulator) -> None:
    assert live_rail(bank=BANKS[0]).rail == "sandbox"
    AgreementRail.objects.filter(agreement__bank__slug=BANKS[0]).exclude(rail="cards").delete()
    claimed = claim_due_batches(moment=business_now())
    banks = SettlementBatch.objects.filter(public_id__in=claimed).values_list(
        "bank__slug", flat=True
    )
    assert list(banks) == [BANKS[1]]


def test_a_cards_sale_is_paid_out_when_its_agreement_says(cards: Simulator) -> None:
    ana, ze = new_payer(cards, "Ana"), new_business(cards)
    card = link(cards, ana, balance_minor=100_00, kind="debit_card")
    buy(ana, ze, 30_00)
    by_card = ana.pay({"party": ze.public_id}, 10_00, funding_source=card.public_id).json()["id"]
    work()
    assert state_of(by_card) == "completed"
    rail, now = live_rail(bank=BANKS[1]), business_now()
    claimed = [
        claim_batch(rail_id=rail.pk, cutoff_at=now + timedelta(days=days)) for days in (0, 1, 6)
    ]
    gross = [sum(each.payouts.values_list("gross_minor", flat=True)) for each in claimed]
    assert gross == [30_00, 0, 10_00]
    prove_the_books()
