"""Where the money of a dispute comes from, and what happens where there is too little."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import advance, business_now
from core.errors import StateConflict
from payments import ledger
from payments.models import CaseTerms, Dispute, PaymentRequest, Payout, Refund
from payments.services.dispute_clock import advance_disputes
from payments.services.dispute_decisions import confirm_block, decide_dispute, pay_back_again
from payments.services.disputes import withdraw_dispute
from payments.services.return_requests import ask_return
from people.models import Party, Person
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    new_business,
    new_key,
    new_payer,
    new_staff,
    prove_the_books,
    state_of,
    work,
)
from tests.payments.dispute_cast import NOT_ME, NOT_RECEIVED, answer, dispute, later, settle
from tests.payments.refund_cast import refund_states
from tests.payments.settlement_cast import PAYERS_BANK, fault, heal, held, sell

pytestmark = pytest.mark.django_db
DAY = 24 * 60 * 60


@pytest.fixture
def ana(brazil: Simulator) -> Iterator[Someone]:
    yield new_payer(brazil, "Ana")
    heal(brazil, bank=PAYERS_BANK)


@pytest.fixture
def padaria(brazil: Simulator) -> Party:
    return new_business(brazil)


@pytest.fixture
def ze(ana: Someone) -> Person:
    return new_staff("ze")


def test_a_shop_with_less_holds_what_is_there_and_the_rest_follows(
    fresh_brazil: Simulator,
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    ze = new_staff("ze")
    payment = sell(padaria, ana, 40_00)
    settle()
    sell(padaria, ana, 10_00)
    opened = dispute(ana, payment)
    row = Dispute.objects.get()
    assert (row.held_minor, row.short_minor) == (9_80, 29_40)
    sell(padaria, ana, 10_00)
    advance_disputes(moment=business_now())
    row.refresh_from_db()
    assert (row.held_minor, row.short_minor) == (19_60, 19_60)
    prove_the_books()
    answer(padaria, ze, opened)
    decide_dispute(staff=ze, dispute_id=opened["id"], outcome="lost", reason="x")
    work()
    assert state_of(payment) == "partially_refunded"
    first = Refund.objects.get()
    assert (first.amount_minor, first.fee_minor) == (19_60, 39)
    prove_the_books()
    sell(padaria, ana, 50_00)
    advance_disputes(moment=business_now())
    work()
    assert state_of(payment) == "refunded"
    row.refresh_from_db()
    assert (row.held_minor, row.short_minor, row.due_at) == (0, 0, None)
    assert sum(Refund.objects.values_list("fee_minor", flat=True)) == 80
    assert held("payable", padaria) == 49_00 - 19_60
    prove_the_books()


def test_a_chase_ends(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    payment = sell(padaria, ana, 40_00)
    settle()
    opened = dispute(ana, payment, **NOT_ME)
    assert opened["held"]["amount_minor"] == 0
    decide_dispute(staff=new_staff("x"), dispute_id=opened["id"], outcome="lost", reason="x")
    assert (state_of(payment), refund_states()) == ("disputed", [])
    advance_disputes(moment=later(days=91))
    row = Dispute.objects.get()
    assert (row.state, row.short_minor, row.due_at) == ("lost", 0, None)
    assert state_of(payment) == "completed"
    prove_the_books()


def test_the_books_are_locked_before_any_conversation(fresh_brazil: Simulator) -> None:
    """A part is refunded and the rest let go of: the chat hears of it when the books are done."""
    CaseTerms.objects.update(chase_days=0)
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    payment = sell(padaria, ana, 40_00)
    settle()
    sell(padaria, ana, 10_00)
    opened = dispute(ana, payment, **NOT_ME)
    with CaptureQueriesContext(connection) as seen:
        decide_dispute(staff=new_staff("x"), dispute_id=opened["id"], outcome="lost", reason="x")
    asked = [each["sql"] for each in seen]
    books = [place for place, sql in enumerate(asked) if "ledger_journal" in sql]
    # The duty is written right after the handlers that lock the conversation.
    told = [place for place, sql in enumerate(asked) if "'refund.approved'" in sql]
    assert len(books) == 2
    assert max(books) < min(told)
    work()
    assert refund_states() == ["completed"]
    assert held("held", padaria) == 0
    prove_the_books()


def test_a_refused_repayment_waits_for_a_person(
    brazil: Simulator, ana: Someone, padaria: Party, ze: Person
) -> None:
    payment = sell(padaria, ana, 40_00)
    opened = dispute(ana, payment, **NOT_ME)
    fault(brazil, "reject", bank=PAYERS_BANK, reason="AC04", count=1)
    decide_dispute(staff=ze, dispute_id=opened["id"], outcome="lost", reason="x")
    work()
    assert refund_states() == ["failed"]
    assert (held("held", padaria), held("payable", padaria)) == (39_20, 0)
    assert state_of(payment) == "disputed"
    prove_the_books()
    advance_disputes(moment=later(days=100))
    assert refund_states() == ["failed"]
    pay_back_again(staff=ze, dispute_id=opened["id"], reason="The account is open again.")
    work()
    assert refund_states() == ["failed", "completed"]
    assert state_of(payment) == "refunded"
    with pytest.raises(StateConflict):
        pay_back_again(staff=ze, dispute_id=opened["id"], reason="again")
    prove_the_books()


def test_between_people_where_balances_are_held(sandboxland: Simulator) -> None:
    ana, bruno = (
        new_payer(sandboxland, name, country="XX", bank="banco-xis") for name in ("Ana", "Bruno")
    )
    payment = ana.pay({"party": bruno.party}, 50_00).json()["id"]
    work()
    refused = ana.post(f"/v1/payments/{payment}/dispute", NOT_RECEIVED, key=new_key())
    assert (refused.status_code, refused.json()["code"]) == (422, "dispute_kind_refused")
    opened = dispute(ana, payment, kind="fraud", reason="tricked")
    assert opened["held"]["amount_minor"] == 50_00
    assert opened["block_until"] is not None
    prove_the_books()
    advance_disputes(moment=later(hours=73))
    row = Dispute.objects.get()
    assert (row.state, row.held_minor) == ("under_review", 0)
    prove_the_books()


def test_a_precaution_is_had_once_however_often_it_is_disputed(sandboxland: Simulator) -> None:
    ana, bruno = (
        new_payer(sandboxland, name, country="XX", bank="banco-xis") for name in ("Ana", "Bruno")
    )
    payment = ana.pay({"party": bruno.party}, 50_00).json()["id"]
    work()
    first = dispute(ana, payment, kind="fraud", reason="tricked")
    advance(2 * DAY)
    withdraw_dispute(person=ana.person, dispute_id=first["id"])
    second = dispute(ana, payment, kind="fraud", reason="tricked")
    assert (second["held"], second["block_until"]) == (first["held"], first["block_until"])
    advance(DAY + 1)
    assert advance_disputes(moment=business_now()) == 1
    withdraw_dispute(person=ana.person, dispute_id=second["id"])
    third = dispute(ana, payment, kind="fraud", reason="tricked")
    assert (third["held"]["amount_minor"], third["block_until"]) == (0, None)
    balance = ledger.account("balance", "XTS", party_id=bruno.party_id)
    assert ledger.read_available(balance).amount_minor == 50_00
    prove_the_books()


def test_between_people_the_return_follows_the_trace(sandboxland: Simulator) -> None:
    ana, bruno = (
        new_payer(sandboxland, name, country="XX", bank="banco-xis") for name in ("Ana", "Bruno")
    )
    payment = ana.pay({"party": bruno.party}, 50_00).json()["id"]
    work()
    opened = dispute(ana, payment, kind="fraud", reason="tricked")
    decide_dispute(staff=new_staff("x"), dispute_id=opened["id"], outcome="lost", reason="x")
    work()
    assert state_of(payment) == "refunded"
    prove_the_books()


def test_between_people_elsewhere_it_is_recorded(brazil: Simulator, ana: Someone) -> None:
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    payment = ana.pay({"party": bruno.party}, 5_00).json()["id"]
    work()
    opened = dispute(ana, payment, **NOT_ME)
    assert opened["held"]["amount_minor"] == 0
    decide_dispute(staff=new_staff("x"), dispute_id=opened["id"], outcome="lost", reason="x")
    assert (state_of(payment), refund_states()) == ("completed", [])
    prove_the_books()


def test_a_chase_goes_on_once_a_refused_repayment_was_made_good(
    fresh_brazil: Simulator,
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    marta = new_staff("marta")
    payment = sell(padaria, ana, 40_00)
    settle()
    sell(padaria, ana, 10_00)
    opened = dispute(ana, payment, **NOT_ME)
    fault(fresh_brazil, "reject", bank=PAYERS_BANK, reason="AC04", count=1)
    decide_dispute(staff=marta, dispute_id=opened["id"], outcome="lost", reason="x")
    work()
    pay_back_again(staff=marta, dispute_id=opened["id"], reason="The account is open again.")
    work()
    assert (refund_states(), state_of(payment)) == (["failed", "completed"], "partially_refunded")
    sell(padaria, ana, 50_00)
    advance_disputes(moment=business_now())
    work()
    assert state_of(payment) == "refunded"
    prove_the_books()


def test_what_a_dispute_lets_go_of_is_paid_out_without_another_sale(
    fresh_brazil: Simulator,
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    payment = sell(padaria, ana, 40_00)
    settle()
    sell(padaria, ana, 100_00)
    opened = dispute(ana, payment, **NOT_ME)
    settle()
    withdraw_dispute(person=ana.person, dispute_id=opened["id"])
    assert held("payable", padaria) == 39_20
    settle()
    alone = Payout.objects.latest("id")
    assert (alone.gross_minor, alone.held_minor, alone.net_minor) == (0, -39_20, 39_20)
    assert (alone.state, alone.items.count(), held("payable", padaria)) == ("settled", 0, 0)
    prove_the_books()


def test_a_dispute_takes_over_what_a_question_holds_back(sandboxland: Simulator) -> None:
    ana, bruno = (
        new_payer(sandboxland, name, country="XX", bank="banco-xis") for name in ("Ana", "Bruno")
    )
    payment = ana.pay({"party": bruno.party}, 50_00).json()["id"]
    work()
    ask_return(person=ana.person, payment_id=payment, reason="")
    assert PaymentRequest.objects.get().held_minor == 50_00
    opened = dispute(ana, payment, kind="fraud", reason="tricked")
    asked = PaymentRequest.objects.get()
    assert (opened["held"]["amount_minor"], asked.state, asked.held_minor) == (50_00, "open", 0)
    prove_the_books()


def test_a_payment_given_back_under_coercion_is_disputed(brazil: Simulator, ana: Someone) -> None:
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    payment = ana.pay({"party": bruno.party}, 5_00).json()["id"]
    work()
    given = bruno.pay({"return": payment}).json()["id"]
    work()
    dispute(bruno, given, kind="fraud", reason="coerced")
    assert (state_of(payment), state_of(given)) == ("returned", "disputed")
    prove_the_books()


def test_what_was_paid_from_a_balance_goes_back_into_it(sandboxland: Simulator) -> None:
    ana, bruno = (
        new_payer(sandboxland, name, country="XX", bank="banco-xis") for name in ("Ana", "Bruno")
    )
    bruno.pay({"party": ana.party}, 80_00)
    work()
    source = ana.post("/v1/funding-sources", {"kind": "balance"}, key=new_key()).json()["id"]
    payment = ana.pay({"party": bruno.party}, 30_00, funding_source=source).json()["id"]
    work()
    opened = dispute(ana, payment, kind="fraud", reason="coerced")
    assert opened["held"]["amount_minor"] == 30_00
    prove_the_books()
    decide_dispute(staff=new_staff("x"), dispute_id=opened["id"], outcome="lost", reason="x")
    work()
    assert (state_of(payment), refund_states()) == ("refunded", ["completed"])
    balance = ledger.account("balance", "XTS", party_id=ana.party_id)
    assert ledger.read_balance(balance).amount_minor == 80_00
    prove_the_books()


def test_a_block_that_is_confirmed_stands_until_the_decision(sandboxland: Simulator) -> None:
    ana, bruno = (
        new_payer(sandboxland, name, country="XX", bank="banco-xis") for name in ("Ana", "Bruno")
    )
    payment = ana.pay({"party": bruno.party}, 50_00).json()["id"]
    work()
    opened = dispute(ana, payment, kind="fraud", reason="tricked")
    confirm_block(staff=new_staff("x"), dispute_id=opened["id"], reason="The chat shows it.")
    assert advance_disputes(moment=later(hours=73)) == 0
    assert Dispute.objects.get().held_minor == 50_00
    withdraw_dispute(person=ana.person, dispute_id=opened["id"])
    assert state_of(payment) == "completed"
    balance = ledger.account("balance", "XTS", party_id=bruno.party_id)
    assert ledger.read_balance(balance).amount_minor == 50_00
    with pytest.raises(StateConflict):
        confirm_block(staff=new_staff("x"), dispute_id=opened["id"], reason="late")
    prove_the_books()


def test_a_dispute_that_cannot_go_on_does_not_stop_the_others(
    brazil: Simulator, ana: Someone, padaria: Party
) -> None:
    for shop in (new_business(brazil, "Feira"), padaria):
        dispute(ana, sell(shop, ana, 40_00), **NOT_ME)
    # More than the books hold for the first one: none of it can be let go.
    Dispute.objects.exclude(payee_id=padaria.id).update(held_minor=40_00)
    assert advance_disputes(moment=later(days=8)) == 2
    left = Dispute.objects.order_by("id").values_list("state", flat=True)
    assert list(left) == ["under_review", "expired"]
