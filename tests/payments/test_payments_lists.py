"""Reading payments: only one's own, and as many questions for three rows as for one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.queries import PaymentFilter, list_payments, payment_detail, payment_snapshot
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, join, new_key, new_payer, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


def pay(ana: Someone, bruno: Someone, amount_minor: int = 10_00) -> str:
    answer = ana.pay({"party": bruno.party}, amount_minor, note="Pão")
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def questions(call: Any) -> int:
    with CaptureQueriesContext(connection) as asked:
        call()
    return len(asked)


def test_lists_cost_the_same_for_one_and_three(ana: Someone, bruno: Someone) -> None:
    pay(ana, bruno)
    one = questions(lambda: list_payments(ana.party_id, PaymentFilter(), None, 20))
    pay(ana, bruno)
    pay(ana, bruno)
    assert questions(lambda: list_payments(ana.party_id, PaymentFilter(), None, 20)) == one == 2


def test_a_snapshot_costs_two_questions(ana: Someone, bruno: Someone) -> None:
    payment = pay(ana, bruno)
    assert questions(lambda: payment_snapshot(payment)) == 2
    work()
    assert questions(lambda: payment_detail(ana.party_id, payment)) == 5


def test_pages_follow_each_other(ana: Someone, bruno: Someone) -> None:
    made = [pay(ana, bruno) for _ in range(3)]
    first = ana.get("/v1/payments", limit=2).json()
    second = ana.get("/v1/payments", limit=2, cursor=first["next"]).json()
    assert [each["id"] for each in first["data"] + second["data"]] == made[::-1]
    assert second["next"] is None


def test_filters_narrow(ana: Someone, bruno: Someone) -> None:
    done = pay(ana, bruno)
    work()
    waiting = pay(ana, bruno)
    assert ids(ana.get("/v1/payments", state="completed")) == [done]
    assert ids(ana.get("/v1/payments", direction="sent")) == [waiting, done]
    assert ids(ana.get("/v1/payments", direction="received")) == []
    assert ids(bruno.get("/v1/payments", direction="received")) == [waiting, done]
    assert ids(ana.get("/v1/payments", kind="purchase")) == []
    assert ana.get("/v1/payments", state="gone").status_code == 400
    assert ana.get("/v1/payments", cursor="nonsense").status_code == 400


def ids(answer: Any) -> list[str]:
    return [each["id"] for each in answer.json()["data"]]


def test_both_sides_see_it_and_nobody_else(ana: Someone, bruno: Someone) -> None:
    carla = join("Carla")
    payment = pay(ana, bruno)
    work()
    mine = ana.get(f"/v1/payments/{payment}").json()
    assert [each["state"] for each in mine["timeline"]] == [
        "authorized",
        "processing",
        "completed",
    ]
    assert [(each["kind"], each["debit"], each["credit"]) for each in mine["journal"]] == [
        ("collect", "bank_clearing", "in_flight"),
        ("deliver", "in_flight", "bank_clearing"),
    ]
    assert [each["bank"] for each in mine["steps"]] == ["banco-ipe", None]
    theirs = bruno.get(f"/v1/payments/{payment}").json()
    assert [each["bank"] for each in theirs["steps"]] == [None, "banco-mar"]
    assert (mine["direction"], theirs["direction"]) == ("sent", "received")
    hidden = carla.get(f"/v1/payments/{payment}")
    nothing = carla.get("/v1/payments/pay_nothing")
    assert hidden.status_code == nothing.status_code == 404
    assert {**hidden.json(), "request_id": ""} == {**nothing.json(), "request_id": ""}
    assert ids(carla.get("/v1/payments")) == []


def test_only_the_payer_cancels_and_only_in_time(ana: Someone, bruno: Someone) -> None:
    payment = pay(ana, bruno)
    assert bruno.post(f"/v1/payments/{payment}/cancel", key=new_key()).status_code == 404
    assert ana.post(f"/v1/payments/{payment}/cancel").status_code == 400
    answer = ana.post(f"/v1/payments/{payment}/cancel", key=new_key())
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    again = ana.post(f"/v1/payments/{payment}/cancel", key=new_key())
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
    late = pay(ana, bruno)
    work()
    refused = ana.post(f"/v1/payments/{late}/cancel", key=new_key())
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")


def test_nothing_without_a_token(db: None, client: Any) -> None:
    for path in ("/v1/payments", "/v1/limits", "/v1/funding-sources"):
        assert client.get(path).status_code == 401
