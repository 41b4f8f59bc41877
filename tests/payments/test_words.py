"""What people write to each other stands beside an amount, and turns none of it round."""

from typing import Any

import pytest

from payments.models import Dispute, PaymentRequest, Quote
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_key, new_payer, work

pytestmark = pytest.mark.django_db
MARKS = ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"]


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


def asked(bruno: Someone, ana: Someone, note: str) -> Any:
    amount = {"amount_minor": 10_00, "currency": "BRL"}
    body = {"from": [{"party": ana.party}], "amount": amount, "note": note}
    return bruno.post("/v1/payment-requests", body, key=new_key())


def test_words_that_turn_a_line_round_are_refused(ana: Someone, bruno: Someone) -> None:
    paid = ana.pay({"party": bruno.party}, 5_00).json()["id"]
    work()
    request = asked(bruno, ana, "Pizza").json()["data"][0]["id"]
    counts = [model.objects.count() for model in (Quote, PaymentRequest, Dispute)]
    claim = {"kind": "fraud", "reason": "tricked", "text": "x"}
    for mark in MARKS:
        words = f"Pizza {mark}00,1 $R"
        answers = (
            ana.quote({"party": bruno.party}, 1_00, note=words),
            asked(bruno, ana, words),
            ana.post(f"/v1/payment-requests/{request}/decline", {"reason": words}),
            ana.post(f"/v1/payments/{paid}/return-requests", {"reason": words}, key=new_key()),
            ana.post(f"/v1/payments/{paid}/dispute", {**claim, "text": words}, key=new_key()),
            ana.post(f"/v1/payments/{paid}/dispute", {**claim, "evidence": [words]}, key=new_key()),
        )
        found = {(each.status_code, each.json()["code"]) for each in answers}
        assert found == {(400, "text_invalid")}
    assert counts == [model.objects.count() for model in (Quote, PaymentRequest, Dispute)]
    assert PaymentRequest.objects.get().state == "open"


@pytest.mark.parametrize("words", ["👩\u200d👩\u200d👧 Pizza", "بيتزا", "ক্‌ষ", "two\nlines"])
def test_other_words_stand_as_they_were_written(ana: Someone, bruno: Someone, words: str) -> None:
    quote = ana.quote({"party": bruno.party}, 1_00, note=words)
    assert quote.status_code == 201
    assert Quote.objects.get().note == words
