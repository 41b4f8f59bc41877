"""The same call twice, as a client sees it: one effect, one answer, and nothing frozen."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from core.clock import wall_now
from core.idempotency import forget_expired
from core.models import KeptAnswer
from payments.models import Payment, Quote
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_payer

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def ask(someone: Someone, other: Someone, key: str, amount_minor: int = 10_00) -> Any:
    money = {"amount_minor": amount_minor, "currency": "BRL"}
    return someone.post("/v1/quotes", {"to": {"party": other.party}, "amount": money}, key)


def test_the_kept_answer_comes_back_and_says_so(ana: Someone, bruno: Someone) -> None:
    first, again = ask(ana, bruno, "k"), ask(ana, bruno, "k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Quote.objects.count() == 1


def test_another_body_or_address_under_the_key_is_refused(ana: Someone, bruno: Someone) -> None:
    quote = ask(ana, bruno, "k").json()
    assert problem(ask(ana, bruno, "k", 11_00)) == (422, "idempotency_key_reused")
    assert problem(ana.approve(quote, key="k")) == (422, "idempotency_key_reused")
    assert (Quote.objects.count(), Payment.objects.count()) == (1, 0)


def test_a_key_belongs_to_its_party(ana: Someone, bruno: Someone) -> None:
    assert ask(ana, bruno, "k").status_code == 201
    theirs = ask(bruno, ana, "k")
    assert (theirs.status_code, "Idempotent-Replayed" in theirs.headers) == (201, False)
    paid = [
        who.approve(ask(who, other, "q").json(), key="p")
        for who, other in ((ana, bruno), (bruno, ana))
    ]
    assert [each.status_code for each in paid] == [201, 201]
    assert Payment.objects.count() == 2


@pytest.mark.parametrize("key", ["", "ç", "a" * 256, "a\tb"])
def test_a_malformed_key_is_refused_and_does_nothing(
    ana: Someone, bruno: Someone, key: str
) -> None:
    assert problem(ask(ana, bruno, key)) == (400, "idempotency_key_missing")
    assert (Quote.objects.count(), KeptAnswer.objects.count()) == (0, 0)


def test_the_longest_key_is_taken(ana: Someone, bruno: Someone) -> None:
    assert ask(ana, bruno, "~" * 255).status_code == 201


def test_money_takes_a_key(ana: Someone, bruno: Someone) -> None:
    money = {"amount_minor": 10_00, "currency": "BRL"}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("/v1/payments/pay_nothing/cancel", {}),
        ("/v1/payment-requests", {"from": [{"party": bruno.party}], "amount": money}),
    ]
    found = [problem(ana.post(path, body)) for path, body in calls]
    assert found == [(400, "idempotency_key_missing")] * len(calls)


def test_a_refusal_leaves_the_key_free(ana: Someone, bruno: Someone) -> None:
    quote = ask(ana, bruno, "q").json()
    assert problem(ana.approve(quote, key="k", pin="000001")) == (403, "proof_rejected")
    assert problem(ana.post("/v1/payments", {"quote": 1}, "k")) == (400, "input_invalid")
    assert KeptAnswer.objects.filter(key="k").count() == 0
    assert ana.approve(quote, key="k").status_code == 201


def test_an_unexpected_error_is_never_frozen(ana: Someone, bruno: Someone) -> None:
    """The database refuses the answer at the last moment: nothing stays, and a retry works."""
    quote = ask(ana, bruno, "q").json()
    ana.client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_keptanswer ADD CONSTRAINT broken CHECK (key <> 'k')")
        answer = ana.approve(quote, key="k")
        cursor.execute("ALTER TABLE core_keptanswer DROP CONSTRAINT broken")
    assert problem(answer) == (500, "unexpected")
    assert (Payment.objects.count(), KeptAnswer.objects.filter(key="k").count()) == (0, 0)
    assert ana.approve(quote, key="k").status_code == 201


def test_answers_about_payments_are_kept_for_ever(ana: Someone, bruno: Someone) -> None:
    made = ana.approve(ask(ana, bruno, "q").json(), key="p").json()
    assert ana.post(f"/v1/payments/{made['id']}/cancel", key="c").status_code == 200
    ends = dict(KeptAnswer.objects.values_list("key", "expires_at"))
    assert (ends["p"], ends["c"]) == (None, None)
    assert ends["q"] is not None
    assert timedelta(days=29) < ends["q"] - wall_now() <= timedelta(days=30)
    KeptAnswer.objects.filter(key="q").update(expires_at=wall_now() - timedelta(seconds=1))
    assert forget_expired() == 1
    assert sorted(KeptAnswer.objects.values_list("key", flat=True)) == ["c", "p"]


def test_without_the_kept_answer_a_key_still_pays_once(ana: Someone, bruno: Someone) -> None:
    quote = ask(ana, bruno, "q").json()
    made = ana.approve(quote, key="p").json()
    KeptAnswer.objects.filter(key="p").delete()
    again = ana.approve(quote, key="p")
    assert (again.status_code, again.json()["id"]) == (201, made["id"])
    other = ask(ana, bruno, "other").json()
    KeptAnswer.objects.filter(key="p").delete()
    assert problem(ana.approve(other, key="p")) == (422, "idempotency_key_reused")
    assert Payment.objects.count() == 1
