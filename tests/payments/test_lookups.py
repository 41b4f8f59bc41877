"""Looking numbers up is rationed: those one knows are cheap, guesses are dear."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import override_settings

from payments.models import LimitRule, Quote
from people.models import AnswerBucket, LookupBucket
from people.services.lookups import forget_full_buckets, ration_lookups
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, join, new_key, new_payer

InThreads = Callable[..., list[Any]]


def stranger(end: int) -> str:
    return f"+55119999{10000 + end}"


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def level(someone: Someone) -> int:
    return LookupBucket.objects.get(party_id=someone.party_id).milli_tokens


def let_pass(someone: Someone, **time: float) -> None:
    rows = LookupBucket.objects.filter(party_id=someone.party_id)
    rows.update(filled_at=F("filled_at") - timedelta(**time))


@pytest.mark.django_db
@override_settings(TROCO_POLITENESS=True)
def test_guessing_numbers_ends_after_five(ana: Someone) -> None:
    for end in range(5):
        assert ana.quote({"phone": stranger(end)}, 1).status_code == 201
    refused = ana.quote({"phone": stranger(6)}, 1)
    assert problem(refused) == (429, "too_many_requests")
    assert 590 <= refused.json()["retry_after_seconds"] <= 607
    assert refused.headers["Retry-After"] == str(refused.json()["retry_after_seconds"])
    bruno = join("Bruno")
    assert problem(ana.quote({"phone": bruno.person.phone}, 1)) == (429, "too_many_requests")
    assert ana.quote({"party": bruno.party}, 1).status_code == 201
    let_pass(ana, minutes=11)
    assert ana.quote({"phone": bruno.person.phone}, 1).status_code == 201


@pytest.mark.django_db
@override_settings(TROCO_POLITENESS=True)
def test_people_one_knows_are_cheap_and_the_bucket_refills(ana: Someone) -> None:
    bruno = join("Bruno")
    talk = ana.post("/v1/conversations", {"with": [bruno.person.phone]})
    assert (talk.status_code, level(ana)) == (200, 99_000)
    body = {
        "from": [{"phone": bruno.person.phone}],
        "amount": {"amount_minor": 1, "currency": "BRL"},
    }
    assert ana.post("/v1/payment-requests", body, key=new_key()).status_code == 201
    assert level(ana) == 98_000
    nobody = ana.post("/v1/conversations", {"with": [stranger(1)]})
    assert (problem(nobody), level(ana)) == ((404, "not_found"), 78_000)
    let_pass(ana, minutes=5)
    ana.post("/v1/conversations", {"with": [bruno.person.phone]})
    assert level(ana) == 78_000 + 300 * 33 - 1_000
    let_pass(ana, days=30)
    ana.post("/v1/conversations", {"with": [bruno.person.phone]})
    assert level(ana) == 99_000


@pytest.mark.django_db
def test_without_politeness_nothing_is_counted(ana: Someone) -> None:
    ana.quote({"phone": stranger(1)}, 1)
    ana.quote({"party": join("Bruno").party}, 1)
    assert (LookupBucket.objects.count(), AnswerBucket.objects.count()) == (0, 0)


def may_receive(amount_minor: int) -> None:
    """Let people receive so much a month, and send more."""
    LimitRule.objects.filter(name="received_per_month").update(value=amount_minor)


@pytest.mark.django_db
@override_settings(TROCO_POLITENESS=True)
def test_what_a_payee_can_receive_is_not_found_by_asking(ana: Someone, brazil: Simulator) -> None:
    bruno, carla = (new_payer(brazil, name, bank="banco-mar") for name in ("Bruno", "Carla"))
    may_receive(50_00)
    for amount_minor in (51_00, 90_00, 51_00, 75_00):
        quote = ana.quote({"party": bruno.party}, amount_minor)
        assert quote.json()["refusal"]["code"] == "limit_reached"
    assert ana.quote({"party": bruno.party}, 50_00).status_code == 201
    quotes = Quote.objects.count()
    for amount_minor in (51_00, 50_00):
        refused = ana.quote({"party": bruno.party}, amount_minor)
        assert problem(refused) == (429, "too_many_requests")
        assert 20 <= refused.json()["retry_after_seconds"] <= 31
    assert Quote.objects.count() == quotes
    assert ana.quote({"party": carla.party}, 50_00).status_code == 201
    rows = AnswerBucket.objects.filter(party_id=ana.party_id, about_id=bruno.party_id)
    rows.update(filled_at=F("filled_at") - timedelta(minutes=1))
    assert ana.quote({"party": bruno.party}, 50_00).status_code == 201


@pytest.mark.django_db
@override_settings(TROCO_POLITENESS=True)
def test_who_pays_the_same_friend_often_never_notices_and_it_is_forgotten(
    ana: Someone, brazil: Simulator
) -> None:
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    for _ in range(30):
        assert ana.quote({"party": bruno.party}, 1).status_code == 201
    assert 70_000 <= AnswerBucket.objects.get().milli_tokens < 90_000
    assert forget_full_buckets() == 0
    AnswerBucket.objects.update(filled_at=F("filled_at") - timedelta(minutes=61))
    assert (forget_full_buckets(), AnswerBucket.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_looks_made_at_once_are_all_counted(in_threads: InThreads) -> None:
    ana = join("Ana")
    with override_settings(TROCO_POLITENESS=True):
        outcomes = in_threads(
            lambda: ration_lookups(party_id=ana.party_id, phones=[stranger(1)]), times=20
        )
    assert [each is None for each in outcomes].count(True) == 5
