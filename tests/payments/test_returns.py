"""Sent by mistake: asked back, given back along the payment's own trace, or declined."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from core.clock import advance
from core.errors import StateConflict
from messaging.models import FeedRow
from payments import ledger
from payments.models import Attempt, LedgerTransfer, Leg, LimitRule, Payment, PaymentRequest
from payments.queries.funding import default_source
from payments.services.holds import impose_hold
from payments.services.payments import authorize_payment
from payments.services.redirecting import redirect_return
from payments.services.request_expiry import expire_due_requests
from payments.services.requests import decline_request
from payments.services.return_requests import ask_return
from payments.services.rules import FundingSourceRefused
from people.models import AuditEntry
from people.services.blocks import block
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    XX_BANKS,
    Someone,
    balance_at,
    join,
    link,
    new_business,
    new_key,
    new_payer,
    new_staff,
    prove_quote,
    prove_the_books,
    raise_limits,
    state_of,
    work,
)

InThreads = Callable[..., list[Any]]
DAY = 24 * 60 * 60


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana", balance_minor=100_00)


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", balance_minor=0, bank="banco-mar")


def send(payer: Someone, payee: Someone, amount_minor: int = 25_00, **more: Any) -> str:
    answer = payer.pay({"party": payee.party}, amount_minor, **more)
    assert answer.status_code == 201, answer.json()
    work()
    return str(answer.json()["id"])


def ask(someone: Someone, payment: str, reason: str = "") -> Any:
    path = f"/v1/payments/{payment}/return-requests"
    return someone.post(path, {"reason": reason}, key=new_key())


def give_back(someone: Someone, payment: str) -> str:
    """One tap and a proof: the payment that returns another."""
    quote = someone.post(f"/v1/payments/{payment}/return")
    assert quote.status_code == 201, quote.json()
    answer = someone.approve(quote.json())
    assert answer.status_code == 201, answer.json()
    work()
    return str(answer.json()["id"])


def giving_back(someone: Someone, payment: str) -> Callable[[], Payment]:
    """Quote and prove ahead of time; return the call that only makes the payment."""
    quote = someone.quote({"return": payment}).json()
    proof = prove_quote(someone, quote)
    return lambda: authorize_payment(
        person=someone.person,
        device=someone.device,
        quote_id=quote["id"],
        proof_id=proof,
        key=new_key(),
    )


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.django_db
def test_bruno_is_asked_and_gives_it_back(ana: Someone, bruno: Someone, brazil: Simulator) -> None:
    first = default_source(ana.party_id)
    assert first is not None
    payment = send(ana, bruno)
    other = link(brazil, ana, balance_minor=0)
    ana.post(f"/v1/funding-sources/{other.public_id}/default")
    asked = ask(ana, payment, "Número errado").json()
    assert (asked["state"], asked["returns"], asked["note"]) == ("open", payment, "Número errado")
    assert asked["payer"]["party"] == bruno.party
    told = FeedRow.objects.filter(party_id=bruno.party_id, kind="request").latest("id")
    assert told.payload["returns"] == payment
    quote = bruno.quote({"request": asked["id"]}).json()
    assert (quote["refusal"], quote["limits"]) == (None, [])
    assert quote["payee"]["party"] == ana.party
    assert json.loads(quote["signed_text"])["for"] == payment
    given = bruno.approve(quote).json()
    assert (given["returns"], given["amount"]["amount_minor"]) == (payment, 25_00)
    assert state_of(payment) == "completed"
    work()
    assert (state_of(given["id"]), state_of(payment)) == ("completed", "returned")
    assert ana.get(f"/v1/payments/{payment}").json()["failure_code"] == "given_back"
    closed = ana.get(f"/v1/payment-requests/{asked['id']}").json()
    assert (closed["state"], closed["means"], closed["payment"]) == ("paid", "troco", given["id"])
    assert (balance_at(brazil, first), balance_at(brazil, other)) == (100_00, 0)
    prove_the_books()


@pytest.mark.django_db
def test_bruno_gives_it_back_without_being_asked(ana: Someone, bruno: Someone) -> None:
    payment = send(ana, bruno)
    given = give_back(bruno, payment)
    assert (state_of(given), state_of(payment)) == ("completed", "returned")
    assert problem(ask(ana, payment)) == (409, "state_conflict")
    assert problem(bruno.quote({"return": payment})) == (409, "state_conflict")
    assert problem(ask(bruno, given)) == (409, "state_conflict")
    assert problem(ana.quote({"return": given})) == (409, "state_conflict")
    prove_the_books()


@pytest.mark.django_db
def test_bruno_declines_and_may_change_his_mind(ana: Someone, bruno: Someone) -> None:
    payment = send(ana, bruno)
    request = ask(ana, payment).json()["id"]
    assert problem(ask(ana, payment)) == (409, "state_conflict")
    declined = bruno.post(f"/v1/payment-requests/{request}/decline", {"reason": "Era meu"})
    assert (declined.json()["state"], declined.json()["reason"]) == ("declined", "Era meu")
    assert problem(ask(ana, payment)) == (409, "state_conflict")
    give_back(bruno, payment)
    assert state_of(payment) == "returned"
    assert PaymentRequest.objects.get().state == "declined"
    prove_the_books()


@pytest.mark.django_db
def test_ana_takes_the_question_back_and_asks_again(ana: Someone, bruno: Someone) -> None:
    payment = send(ana, bruno)
    first = ask(ana, payment).json()["id"]
    assert ana.post(f"/v1/payment-requests/{first}/cancel").json()["state"] == "cancelled"
    second = ask(ana, payment)
    assert second.status_code == 201
    advance(3 * DAY + 1)
    assert expire_due_requests() == 1
    assert ask(ana, payment).status_code == 201
    assert state_of(payment) == "completed"


@pytest.mark.django_db
def test_what_cannot_be_returned(ana: Someone, bruno: Someone, brazil: Simulator) -> None:
    padaria = new_business(brazil)
    bought = ana.pay({"party": padaria.public_id}, 10_00).json()["id"]
    payment = send(ana, bruno)
    waiting = ana.pay({"party": bruno.party}, 1_00).json()["id"]
    carla = join("Carla")
    answers = {
        ask(carla, payment): (404, "not_found"),
        ask(bruno, payment): (404, "not_found"),
        ask(ana, "pay_nothing"): (404, "not_found"),
        ana.quote({"return": payment}): (404, "not_found"),
        carla.quote({"return": payment}): (404, "not_found"),
        bruno.quote({"return": "pay_nothing"}): (404, "not_found"),
        ask(ana, bought): (409, "state_conflict"),
        ask(ana, waiting): (409, "state_conflict"),
        bruno.quote({"return": waiting}): (409, "state_conflict"),
        bruno.quote({"return": payment}, 24_99): (400, "amount_invalid"),
        bruno.quote({"return": payment}, 25_01): (400, "amount_invalid"),
        ana.post(f"/v1/payments/{payment}/return-requests", {}): (400, "idempotency_key_missing"),
    }
    assert [problem(answer) for answer in answers] == list(answers.values())
    assert PaymentRequest.objects.count() == 0
    ready = bruno.quote({"return": payment}).json()
    advance(90 * DAY)
    assert problem(ask(ana, payment)) == (409, "return_too_late")
    assert problem(bruno.quote({"return": payment})) == (409, "return_too_late")
    assert problem(bruno.approve(ready)) == (409, "quote_expired")


@pytest.mark.django_db
def test_limits_closing_and_blocks_do_not_stop_a_return(ana: Someone, bruno: Someone) -> None:
    payment = send(ana, bruno)
    LimitRule.objects.update(value=1)
    block(party_id=ana.party_id, other_public_id=bruno.party)
    holding: dict[str, Any] = {"country": "BR", "capability": "person_to_person", "reason": "test"}
    marta = new_staff("marta")
    impose_hold(staff=marta, level="stop_new", legal_reference="1", **holding)
    quote = bruno.post(f"/v1/payments/{payment}/return").json()
    assert quote["refusal"] is None
    impose_hold(staff=marta, level="stop_all", legal_reference="2", **holding)
    stopped = bruno.post(f"/v1/payments/{payment}/return").json()
    assert stopped["refusal"]["code"] == "capability_closed"
    assert problem(bruno.approve(quote)) == (409, "capability_closed")
    assert problem(ask(ana, payment)) == (404, "not_found")
    assert Payment.objects.count() == 1


@pytest.mark.django_db
def test_a_return_that_fails_changes_nothing(
    ana: Someone, bruno: Someone, brazil: Simulator
) -> None:
    payment = send(ana, bruno)
    spent = bruno.pay({"party": ana.party}, 20_00)
    assert spent.status_code == 201
    work()
    given = give_back(bruno, payment)
    assert (state_of(given), state_of(payment)) == ("failed", "completed")
    link(brazil, bruno, balance_minor=100_00, bank="banco-ipe")
    source = bruno.get("/v1/funding-sources").json()["data"][0]["id"]
    quote = bruno.quote({"return": payment}, funding_source=source).json()
    bruno.approve(quote)
    work()
    assert state_of(payment) == "returned"
    prove_the_books()


@pytest.mark.django_db
def test_unspent_balance_is_held_while_the_question_is_open(sandboxland: Simulator) -> None:
    ana = new_payer(sandboxland, "Ana", bank=XX_BANKS[0], country="XX")
    bruno = new_payer(sandboxland, "Bruno", bank=XX_BANKS[1], country="XX", balance_minor=0)
    payment = send(ana, bruno, 50_00)
    source = bruno.post("/v1/funding-sources", {"kind": "balance"}).json()["id"]
    send(bruno, ana, 20_00, funding_source=source)

    def spend(amount_minor: int) -> Any:
        return bruno.pay({"party": ana.party}, amount_minor, funding_source=source)

    request = ask(ana, payment).json()["id"]
    assert PaymentRequest.objects.get(public_id=request).held_minor == 30_00
    assert problem(spend(1)) == (422, "insufficient_funds")
    prove_the_books()
    bruno.post(f"/v1/payment-requests/{request}/decline", {})
    assert spend(5_00).status_code == 201
    work()
    other = send(ana, bruno, 10_00)
    again = ask(ana, other).json()["id"]
    assert PaymentRequest.objects.get(public_id=again).held_minor == 10_00
    advance(3 * DAY + 1)
    assert expire_due_requests() == 1
    assert PaymentRequest.objects.get(public_id=again).held_minor == 0
    third = ask(ana, other).json()["id"]
    assert PaymentRequest.objects.get(public_id=third).held_minor == 0
    quote = bruno.quote({"return": other}, funding_source=source).json()
    given = bruno.approve(quote).json()["id"]
    assert PaymentRequest.objects.get(public_id=third).held_minor == 0
    work()
    assert (state_of(given), state_of(other)) == ("completed", "returned")
    assert PaymentRequest.objects.get(public_id=third).state == "paid"
    prove_the_books()


@pytest.mark.django_db
def test_money_is_held_once_however_often_it_is_asked_back(sandboxland: Simulator) -> None:
    ana = new_payer(sandboxland, "Ana", bank=XX_BANKS[0], country="XX")
    bruno = new_payer(sandboxland, "Bruno", bank=XX_BANKS[1], country="XX", balance_minor=0)
    payment = send(ana, bruno, 50_00)

    def ask_again() -> PaymentRequest:
        return PaymentRequest.objects.get(public_id=ask(ana, payment).json()["id"])

    first = ask_again()
    advance(2 * DAY)
    assert ana.post(f"/v1/payment-requests/{first.public_id}/cancel").status_code == 200
    second = ask_again()
    assert (second.held_minor, second.expires_at) == (50_00, first.expires_at)
    advance(DAY + 1)
    assert expire_due_requests() == 1
    third = ask_again()
    assert (third.held_minor, third.expires_at > first.expires_at) == (0, True)
    balance = ledger.account("balance", "XTS", party_id=bruno.party_id)
    assert ledger.read_available(balance).amount_minor == 50_00
    prove_the_books()


@pytest.mark.django_db(transaction=True)
def test_declining_and_giving_back_race(brazil: Simulator, in_threads: InThreads) -> None:
    raise_limits()
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    payments = [ana.pay({"party": bruno.party}, 1_00).json()["id"] for _ in range(20)]
    work()
    for payment in payments:
        asked = ask_return(person=ana.person, payment_id=payment, reason="").public_id
        outcomes = in_threads(
            giving_back(bruno, payment),
            giving_back(bruno, payment),
            lambda: decline_request(person=bruno.person, request_id=asked),  # noqa: B023
        )
        assert [isinstance(each, Payment) for each in outcomes[:2]].count(True) == 1
        lost = [each for each in outcomes if isinstance(each, Exception)]
        assert {type(each) for each in lost} == {StateConflict}
    work()
    assert set(Payment.objects.filter(public_id__in=payments).values_list("state")) == {
        ("returned",)
    }
    prove_the_books()


@pytest.mark.django_db
def test_staff_find_refused_money_another_account(ana: Someone, brazil: Simulator) -> None:
    carla = join("Carla")
    payment = ana.pay({"party": carla.party}, 25_00).json()["id"]
    work()
    body = {"fault": "reject", "probability": 1, "seed": 1, "count": 1, "reason": "AC04"}
    assert brazil.client.post("/banks/banco-ipe/faults", json=body).status_code == 201
    assert ana.post(f"/v1/payments/{payment}/cancel", key=new_key()).status_code == 200
    work()
    stuck = Payment.objects.get(public_id=payment)
    assert (stuck.state, stuck.failure_code) == ("pending_claim", "return_refused")
    marta = new_staff("marta")
    other = link(brazil, ana, balance_minor=0, bank="banco-mar")
    theirs = link(brazil, new_payer(brazil, "Bruno"), bank="banco-mar")
    asked: dict[str, Any] = {"staff": marta, "payment_id": payment, "reason": "Closed account"}
    with pytest.raises(FundingSourceRefused):
        redirect_return(source_id=theirs.public_id, **asked)
    redirect_return(source_id=other.public_id, **asked)
    with pytest.raises(StateConflict):
        redirect_return(source_id=other.public_id, **asked)
    work()
    ended = Payment.objects.filter(public_id=payment, failure_code="taken_back")
    assert (ended.get().state, balance_at(brazil, other)) == ("returned", 25_00)
    backs = Leg.objects.filter(kind="return").order_by("id")
    assert [(leg.bank, leg.state) for leg in backs] == [
        ("banco-ipe", "refused"),
        ("banco-mar", "executed"),
    ]
    named = Attempt.objects.filter(leg__kind="return").order_by("id")
    assert [each.instruction_id.rsplit("-")[-1] for each in named] == ["R", "R2"]
    kinds = LedgerTransfer.objects.order_by("seq")
    assert list(kinds.values_list("kind", flat=True)) == ["collect", "return"]
    entry = AuditEntry.objects.get(action="return.redirected")
    assert (entry.object_ref, entry.reason) == (payment, "Closed account")
    prove_the_books()
