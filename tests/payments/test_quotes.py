"""Quotes: what is shown and signed, and every way to ask for what cannot be."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from core.clock import advance, business_now
from core.money import Money
from core.transactions import owns_block
from payments.models import LedgerTransfer, Payment, Quote
from payments.services.demands import Asked, close_demand, create_demand
from payments.services.holds import approve_lift, impose_hold
from people.services.blocks import block
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    enrol,
    join,
    link,
    new_business,
    new_key,
    new_payer,
    new_staff,
)
from tests.people.cast import unb64

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


def demand(payee_id: int, reference: str, *, payer_id: int | None = None, **more: Any) -> None:
    asked: dict[str, Any] = {"expires_at": None, "conversation_ref": "cnv_1", **more}
    with owns_block():
        create_demand(
            kind="order",
            reference=reference,
            asked=Asked(
                payee_id=payee_id,
                payer_id=payer_id,
                amount=Money(10_00, "BRL"),
                **asked,
            ),
        )


def refusal(answer: Any) -> str | None:
    assert answer.status_code == 201, answer.json()
    found = answer.json()["refusal"]
    return found["code"] if found else None


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_the_digest_is_of_what_is_shown(ana: Someone, bruno: Someone) -> None:
    quote = ana.quote({"party": bruno.party}, 25_00, note="Almoço ☕").json()
    text = quote["signed_text"]
    assert unb64(quote["digest"]) == hashlib.sha256(text.encode()).digest()
    shown = json.loads(text)
    assert text == json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert shown["amount"] == quote["amount"] == {"amount_minor": 25_00, "currency": "BRL"}
    assert shown["total"] == quote["total"]
    assert shown["payer"]["party"] == ana.party
    assert shown["payee"] == {"name": quote["payee"]["legal_name"], "party": bruno.party}
    assert shown["expires_at"] == quote["expires_at"]
    assert shown["note"] == "Almoço ☕"
    assert shown["purpose"] == "person_to_person"
    assert set(shown["funding_source"]) == {"bank", "kind", "last4"}
    assert quote["proof"] == {"methods": ["pin"], "webauthn": None}
    assert [each["code"] for each in quote["payee"]["warnings"]] == ["first_payment"]


def test_two_quotes_never_have_one_digest(ana: Someone, bruno: Someone) -> None:
    first, second = (ana.quote({"party": bruno.party}, 25_00).json() for _ in range(2))
    assert first["digest"] != second["digest"]


def test_a_quote_shows_limits_and_moves_nothing(ana: Someone, bruno: Someone) -> None:
    quote = ana.quote({"phone": bruno.person.phone}, 25_00).json()
    limits = {limit["name"]: limit["left"] for limit in quote["limits"]}
    assert limits["per_payment"] == {"amount_minor": 1000_00, "currency": "BRL"}
    assert limits["received_per_day"] == 20
    assert LedgerTransfer.objects.count() == 0
    assert Payment.objects.count() == 0


@pytest.mark.parametrize(
    "amount",
    [0, -1, 1.5, True, "25", 2**63, 2**53, None, [25], {}],
    ids=lambda value: f"{type(value).__name__}-{value}",
)
def test_a_wrong_amount_is_refused_and_never_rounded(
    ana: Someone, bruno: Someone, amount: object
) -> None:
    body = {"to": {"party": bruno.party}, "amount": {"amount_minor": amount, "currency": "BRL"}}
    assert problem(ana.post("/v1/quotes", body)) == (400, "amount_invalid")
    assert Quote.objects.count() == 0


def test_what_is_not_known_is_refused(ana: Someone, bruno: Someone) -> None:
    to = {"party": bruno.party}
    money = {"amount_minor": 1, "currency": "BRL"}
    wrong = [
        {"to": to, "amount": money, "tip": 1},
        {"to": to, "amount": {**money, "cents": 1}},
        {"to": {**to, "colour": "red"}, "amount": money},
    ]
    assert [problem(ana.post("/v1/quotes", body)) for body in wrong] == [(400, "unknown_field")] * 3
    two = {"to": {**to, "order": "ord_1"}, "amount": money}
    assert problem(ana.post("/v1/quotes", two)) == (400, "input_invalid")
    assert problem(ana.quote(to, 10, note="a\x00b")) == (400, "text_invalid")
    assert Quote.objects.count() == 0


def test_another_currency_does_not_fit(ana: Someone, bruno: Someone) -> None:
    body = {"to": {"party": bruno.party}, "amount": {"amount_minor": 1, "currency": "USD"}}
    assert problem(ana.post("/v1/quotes", body)) == (422, "currency_mismatch")


def test_nobody_pays_oneself(ana: Someone) -> None:
    assert problem(ana.quote({"party": ana.party}, 10)) == (422, "payment_to_self")


def test_unknown_blocked_and_others_are_the_same_to_ana(ana: Someone, bruno: Someone) -> None:
    carla = join("Carla")
    demand(bruno.party_id, "ord_carla", payer_id=carla.party_id)
    block(party_id=bruno.party_id, other_public_id=ana.party)
    answers = [
        ana.quote({"party": "pty_nobody"}, 10),
        ana.quote({"party": bruno.party}, 10),
        ana.quote({"phone": bruno.person.phone}, 10),
        ana.quote({"order": "ord_nothing"}),
        ana.quote({"order": "ord_carla"}),
    ]
    assert [problem(answer) for answer in answers] == [(404, "not_found")] * 5
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert all(body == bodies[0] for body in bodies)


def test_somebody_elses_source_is_unknown(ana: Someone, bruno: Someone) -> None:
    theirs = bruno.get("/v1/funding-sources").json()["data"][0]["id"]
    answer = ana.quote({"party": bruno.party}, 10, funding_source=theirs)
    assert problem(answer) == (404, "not_found")


def test_a_payee_who_has_not_enrolled_is_told_in_the_quote(ana: Someone) -> None:
    carla = join("Carla")
    answer = ana.quote({"party": carla.party}, 10)
    assert refusal(answer) is None
    assert answer.json()["payee"]["enrolled"] is False
    demand(carla.party_id, "ord_carla")
    asked = ana.quote({"order": "ord_carla"})
    assert refusal(asked) == "payee_not_enrolled"
    assert problem(ana.approve(asked.json())) == (422, "payee_not_enrolled")


def test_a_payee_who_lost_the_account_meanwhile_is_refused(ana: Someone, bruno: Someone) -> None:
    ready = ana.quote({"party": bruno.party}, 10).json()
    source = bruno.get("/v1/funding-sources").json()["data"][0]["id"]
    assert bruno.client.delete(f"/v1/funding-sources/{source}").status_code == 204
    assert problem(ana.approve(ready)) == (422, "payee_not_enrolled")


def test_a_payer_without_a_source_is_told_in_the_quote(brazil: Simulator, bruno: Someone) -> None:
    carla = join("Carla")
    assert refusal(carla.quote({"party": bruno.party}, 10)) == "payer_not_enrolled"
    enrol(carla, "Carla Dias")
    assert refusal(carla.quote({"party": bruno.party}, 10)) == "funding_source_refused"


def test_a_credit_card_pays_purchases_only(brazil: Simulator, bruno: Someone) -> None:
    dora = enrol(join("Dora"), "Dora Melo")
    link(brazil, dora, kind="credit_card")
    assert refusal(dora.quote({"party": bruno.party}, 10)) == "funding_source_refused"
    padaria = new_business(brazil)
    assert refusal(dora.quote({"party": padaria.public_id}, 10)) is None


def test_a_demand_sets_the_amount(ana: Someone, brazil: Simulator) -> None:
    padaria = new_business(brazil)
    demand(padaria.id, "ord_1")
    assert problem(ana.quote({"order": "ord_1"}, 9_99)) == (400, "amount_invalid")
    quote = ana.quote({"order": "ord_1"}, 10_00).json()
    assert quote["amount"] == {"amount_minor": 10_00, "currency": "BRL"}
    assert quote["fee"] == {"amount_minor": 20, "currency": "BRL"}
    assert json.loads(quote["signed_text"])["for"] == "ord_1"
    payment = ana.approve(quote).json()
    assert (payment["order"], payment["conversation"]) == ("ord_1", "cnv_1")
    assert problem(ana.quote({"order": "ord_1"})) == (409, "state_conflict")


def test_a_demand_that_is_over_cannot_be_paid(ana: Someone, brazil: Simulator) -> None:
    padaria = new_business(brazil)
    demand(padaria.id, "ord_late", expires_at=business_now() + timedelta(minutes=1))
    demand(padaria.id, "ord_closed")
    late, closed = (ana.quote({"order": each}).json() for each in ("ord_late", "ord_closed"))
    with owns_block():
        close_demand(kind="order", reference="ord_closed")
    advance(61)
    assert problem(ana.quote({"order": "ord_late"})) == (409, "order_expired")
    assert problem(ana.quote({"order": "ord_closed"})) == (409, "state_conflict")
    assert problem(ana.approve(late)) == (409, "order_expired")
    assert problem(ana.approve(closed)) == (409, "state_conflict")


def test_a_quote_lives_five_minutes_and_once(ana: Someone, bruno: Someone) -> None:
    quote, other = (ana.quote({"party": bruno.party}, 10).json() for _ in range(2))
    assert ana.approve(quote).status_code == 201
    assert problem(ana.approve(quote)) == (409, "quote_used")
    advance(301)
    assert problem(ana.approve(other)) == (409, "quote_expired")
    assert Payment.objects.count() == 1


def test_wrong_pin_foreign_and_unknown_quotes_are_the_same(ana: Someone, bruno: Someone) -> None:
    quote = ana.quote({"party": bruno.party}, 10).json()
    theirs = bruno.quote({"party": ana.party}, 10).json()
    unknown = {**quote, "id": "quo_nothing"}
    altered = {**quote, "digest": theirs["digest"]}
    answers = [
        ana.approve(quote, pin="000001"),
        ana.approve(theirs),
        ana.approve(unknown),
        ana.approve(altered),
    ]
    assert [problem(answer) for answer in answers] == [(403, "proof_rejected")] * 4
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert Payment.objects.count() == 0


def test_a_payment_needs_a_key(ana: Someone, bruno: Someone) -> None:
    quote = ana.quote({"party": bruno.party}, 10).json()
    body = {"quote": quote["id"], "proof": ana.proof(quote["digest"])}
    assert problem(ana.post("/v1/payments", body)) == (400, "idempotency_key_missing")
    assert problem(ana.post("/v1/payments", {**body, "x": 1}, new_key())) == (400, "unknown_field")
    assert Payment.objects.count() == 0


def test_a_hold_acts_at_once_and_lifting_it_takes_two(ana: Someone, brazil: Simulator) -> None:
    padaria = new_business(brazil)
    first, second = new_staff("marta"), new_staff("jorge")
    ready = ana.quote({"party": padaria.public_id}, 10).json()
    hold = impose_hold(
        staff=first,
        country="BR",
        capability="purchase",
        level="stop_new",
        reason="test",
        legal_reference="ref",
    )
    assert refusal(ana.quote({"party": padaria.public_id}, 10)) == "capability_closed"
    assert problem(ana.approve(ready)) == (409, "capability_closed")
    assert Payment.objects.count() == 0
    for staff in (first, second):
        approve_lift(staff=staff, hold_id=hold.public_id, reason="over")
    assert ana.approve(ready).status_code == 201
