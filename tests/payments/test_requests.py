"""Asking for money over HTTP: paid, declined, cancelled, expired, paid otherwise, reminded."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.api import moment_out
from core.clock import advance, business_now
from messaging.models import FeedRow
from payments.models import Demand, LedgerTransfer, Payment, PaymentRequest, RequestMove, Split
from payments.queries import RequestFilter, list_requests, request_snapshot
from payments.services.request_expiry import expire_due_requests
from people.services.blocks import block, unblock
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    join,
    new_business,
    new_key,
    new_payer,
    prove_the_books,
    work,
)

pytestmark = pytest.mark.django_db
REQUESTS = "/v1/payment-requests"
DAY = 24 * 60 * 60


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


def ask(someone: Someone, *of: Any, amount_minor: int = 30_00, **more: Any) -> Any:
    """Ask persons, named by party id or as they stand in ``from``, for money."""
    named = [{"party": each} if isinstance(each, str) else each for each in of]
    amount = {"amount_minor": amount_minor, "currency": "BRL"}
    body = {"from": named, "amount": amount, **more}
    return someone.post(REQUESTS, body, key=new_key())


def asked(someone: Someone, of: Someone, **more: Any) -> str:
    answer = ask(someone, of.party, **more)
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["data"][0]["id"])


def act(someone: Someone, request: str, verb: str, body: Any = None) -> Any:
    return someone.post(f"{REQUESTS}/{request}/{verb}", body)


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def bubbles(someone: Someone, other: Someone) -> list[dict[str, Any]]:
    talk = someone.post("/v1/conversations", {"with": [other.party]}).json()["id"]
    rows = someone.get(f"/v1/conversations/{talk}/messages").json()["data"]
    return [row["content"] for row in rows[::-1] if row["type"] == "request"]


def told(someone: Someone) -> list[str]:
    rows = FeedRow.objects.filter(party_id=someone.party_id, kind="request").order_by("xid", "id")
    return [row.payload["state"] for row in rows]


def test_a_request_is_paid(ana: Someone, bruno: Someone) -> None:
    made = ask(bruno, {"phone": ana.person.phone}, note="Pizza").json()
    (request,) = made["data"]
    assert made["split"] is None
    assert (request["state"], request["direction"], request["note"]) == ("open", "sent", "Pizza")
    assert request["payee"] == {"party": bruno.party, "name": "Bruno"}
    assert request["payer"] == {"party": ana.party, "name": "Ana"}
    (bubble,) = bubbles(ana, bruno)
    assert bubble == {
        "request": request["id"],
        "state": "open",
        "amount": {"amount_minor": 30_00, "currency": "BRL"},
        "payee": request["payee"],
        "payer": request["payer"],
        "note": "Pizza",
        "split": None,
        "returns": None,
        "means": None,
        "payment": None,
        "reason": None,
        "reminders": 0,
        "expires_at": request["expires_at"],
    }
    payment = ana.pay({"request": request["id"]}).json()
    assert (payment["request"], payment["amount"]) == (request["id"], bubble["amount"])
    assert ana.get(f"{REQUESTS}/{request['id']}").json()["state"] == "open"
    work()
    shown = ana.get(f"{REQUESTS}/{request['id']}").json()
    assert (shown["state"], shown["means"], shown["payment"]) == ("paid", "troco", payment["id"])
    assert shown["direction"] == "received"
    assert [step["state"] for step in shown["timeline"]] == ["open", "paid"]
    assert [each["state"] for each in bubbles(bruno, ana)] == ["paid"]
    assert told(ana) == told(bruno) == ["open", "paid"]
    assert problem(ana.quote({"request": request["id"]})) == (409, "state_conflict")
    assert problem(act(ana, request["id"], "decline")) == (409, "state_conflict")
    prove_the_books()


def test_a_request_is_declined_with_a_reason(ana: Someone, bruno: Someone) -> None:
    request = asked(bruno, ana)
    ready = ana.quote({"request": request}).json()
    declined = act(ana, request, "decline", {"reason": "Já paguei ontem"})
    assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    seen = bruno.get(f"{REQUESTS}/{request}").json()
    assert (seen["state"], seen["reason"]) == ("declined", "Já paguei ontem")
    assert bubbles(bruno, ana)[0]["reason"] == "Já paguei ontem"
    assert problem(ana.approve(ready)) == (409, "state_conflict")
    assert problem(act(bruno, request, "cancel")) == (409, "state_conflict")
    assert Payment.objects.count() == 0


def test_only_its_own_sides_may_do_their_part(ana: Someone, bruno: Someone) -> None:
    request = asked(bruno, ana)
    carla = join("Carla")
    nobody = carla.get(f"{REQUESTS}/req_nothing")
    for answer in (
        carla.get(f"{REQUESTS}/{request}"),
        carla.quote({"request": request}),
        bruno.quote({"request": request}),
        act(bruno, request, "decline"),
        act(ana, request, "cancel"),
        act(ana, request, "remind"),
        act(ana, request, "paid-otherwise"),
        *(act(carla, request, verb) for verb in ("decline", "cancel", "remind", "paid-otherwise")),
    ):
        assert {**answer.json(), "request_id": ""} == {**nobody.json(), "request_id": ""}
    assert carla.get(REQUESTS).json()["data"] == []
    assert act(bruno, request, "cancel").json()["state"] == "cancelled"
    assert [each["state"] for each in bubbles(ana, bruno)] == ["cancelled"]


def test_a_failed_payment_leaves_the_request_open(brazil: Simulator, bruno: Someone) -> None:
    ana = new_payer(brazil, "Ana", balance_minor=1_00)
    request = asked(bruno, ana)
    payment = ana.pay({"request": request}).json()["id"]
    assert problem(act(ana, request, "decline")) == (409, "state_conflict")
    work()
    assert Payment.objects.get(public_id=payment).state == "failed"
    assert act(ana, request, "decline").json()["state"] == "declined"
    prove_the_books()


def test_time_ends_a_request_at_once_and_the_clock_says_so(ana: Someone, bruno: Someone) -> None:
    soon = moment_out(business_now() + timedelta(minutes=2))
    request = asked(bruno, ana, expires_at=soon)
    ready = ana.quote({"request": request}).json()
    assert expire_due_requests() == 0
    advance(121)
    assert ana.get(f"{REQUESTS}/{request}").json()["state"] == "expired"
    for state, found in (("expired", [request]), ("open", [])):
        listed = bruno.get(REQUESTS, state=state).json()["data"]
        assert [each["id"] for each in listed] == found
    assert problem(ana.quote({"request": request})) == (409, "order_expired")
    assert problem(ana.approve(ready)) == (409, "order_expired")
    for someone, verb in ((ana, "decline"), (bruno, "cancel"), (bruno, "remind")):
        assert problem(act(someone, request, verb)) == (409, "state_conflict")
    assert [each["state"] for each in bubbles(ana, bruno)] == ["open"]
    assert expire_due_requests() == 1
    assert expire_due_requests() == 0
    assert [each["state"] for each in bubbles(ana, bruno)] == ["expired"]
    assert told(ana) == ["open", "expired"]


def test_a_payment_under_way_keeps_a_request_open(ana: Someone, bruno: Someone) -> None:
    request = asked(bruno, ana)
    ana.pay({"request": request})
    advance(8 * DAY)
    assert ana.get(f"{REQUESTS}/{request}").json()["state"] == "open"
    assert expire_due_requests() == 0
    work()
    assert ana.get(f"{REQUESTS}/{request}").json()["state"] == "paid"


def test_a_reminder_comes_once_a_day(ana: Someone, bruno: Someone) -> None:
    request = asked(bruno, ana)
    assert act(bruno, request, "remind").json()["reminders"] == 1
    advance(DAY - 100)
    refused = act(bruno, request, "remind")
    assert problem(refused) == (429, "too_many_requests")
    assert 90 <= refused.json()["retry_after_seconds"] <= 101
    advance(101)
    assert act(bruno, request, "remind").json()["reminders"] == 2
    assert told(ana) == ["open"] * 3
    assert bubbles(ana, bruno)[0]["reminders"] == 2


def test_a_bill_is_split_among_three(ana: Someone, bruno: Someone) -> None:
    carla, dora = join("Carla"), join("Dora")
    split = {"mode": "equal", "own": 1}
    answer = ask(bruno, ana.party, carla.party, dora.party, amount_minor=100_01, split=split)
    made = answer.json()
    assert [each["amount"]["amount_minor"] for each in made["data"]] == [25_01, 25_00, 25_00]
    first, second, third = (each["id"] for each in made["data"])
    ana.pay({"request": first})
    work()
    assert act(bruno, second, "paid-otherwise").json()["means"] == "otherwise"
    bill = bruno.get(f"{REQUESTS}/{third}").json()["bill"]
    assert bill["total"]["amount_minor"] == 100_01
    assert bill["own"]["amount_minor"] == 25_00
    assert (bill["count"], bill["paid_count"], bill["paid"]["amount_minor"]) == (3, 2, 50_01)
    states = [(each["payer"]["name"], each["state"]) for each in bill["requests"]]
    assert states == [("Ana", "paid"), ("Carla", "paid"), ("Dora", "open")]
    theirs = dora.get(f"{REQUESTS}/{third}").json()["bill"]
    assert theirs == {**bill, "requests": []}
    for someone in (carla, dora):
        assert [each["split"] for each in bubbles(someone, bruno)] == [made["split"]]
    assert LedgerTransfer.objects.count() == 2
    prove_the_books()


def test_what_cannot_be_asked_leaves_nothing(ana: Someone, bruno: Someone) -> None:
    padaria_talk = bruno.post("/v1/conversations", {"with": [join("Carla").party]}).json()["id"]
    soon, late = business_now() - timedelta(1), business_now() + timedelta(61)
    equal = {"mode": "equal"}
    wrong = {
        ask(bruno, "pty_nobody"): (404, "not_found"),
        ask(bruno, {"phone": "+5511900000000"}): (404, "not_found"),
        ask(bruno, ana.party, conversation="cnv_nothing"): (404, "not_found"),
        ask(bruno, ana.party, conversation=padaria_talk): (404, "not_found"),
        ask(bruno, bruno.party): (422, "payment_to_self"),
        ask(bruno): (400, "input_invalid"),
        ask(bruno, ana.party, ana.party, split=equal): (400, "input_invalid"),
        ask(bruno, ana.party, join("Dora").party): (400, "input_invalid"),
        ask(bruno, {"party": ana.party, "phone": ana.person.phone}): (400, "input_invalid"),
        ask(bruno, ana.party, expires_at=moment_out(soon)): (400, "input_invalid"),
        ask(bruno, ana.party, expires_at=moment_out(late)): (400, "input_invalid"),
        ask(bruno, ana.party, split={"mode": "half"}): (400, "input_invalid"),
        ask(bruno, ana.party, amount_minor=0): (400, "amount_invalid"),
        ask(bruno, ana.party, amount_minor=2**53): (400, "amount_invalid"),
        ask(bruno, ana.party, tip=1): (400, "unknown_field"),
        ask(bruno, ana.party, split={**equal, "tip": 1}): (400, "unknown_field"),
        ask(bruno, ana.party, note="a\x00b"): (400, "text_invalid"),
        ask(bruno, ana.party, note="x" * 141): (400, "input_invalid"),
        ask(join("Eva"), ana.party): (422, "payer_not_enrolled"),
        bruno.post(REQUESTS, {}): (400, "input_invalid"),
    }
    assert [problem(answer) for answer in wrong] == list(wrong.values())
    body = {"from": [{"party": ana.party}], "amount": {"amount_minor": 1, "currency": "USD"}}
    assert problem(bruno.post(REQUESTS, body, key=new_key())) == (422, "currency_mismatch")
    body["amount"] = {"amount_minor": 1, "currency": "BRL"}
    assert problem(bruno.post(REQUESTS, body)) == (400, "idempotency_key_missing")
    counts = [each.objects.count() for each in (PaymentRequest, Split, Demand, RequestMove)]
    assert counts == [0, 0, 0, 0]


def test_a_business_is_not_asked(brazil: Simulator, bruno: Someone) -> None:
    padaria = new_business(brazil)
    assert problem(ask(bruno, padaria.public_id)) == (400, "input_invalid")


def test_one_key_asks_once(ana: Someone, bruno: Someone) -> None:
    body = {"from": [{"party": ana.party}], "amount": {"amount_minor": 1, "currency": "BRL"}}
    first, again = (bruno.post(REQUESTS, body, key="the-key") for _ in range(2))
    assert first.json() == again.json()
    assert PaymentRequest.objects.count() == 1


def test_a_block_ends_asking(ana: Someone, bruno: Someone) -> None:
    open_one = asked(bruno, ana)
    block(party_id=ana.party_id, other_public_id=bruno.party)
    assert problem(ask(bruno, ana.party)) == (404, "not_found")
    before = told(ana)
    assert act(bruno, open_one, "remind").status_code == 200
    assert told(ana) == before
    assert ana.get(REQUESTS).json()["data"] == []
    assert problem(ana.get(f"{REQUESTS}/{open_one}")) == (404, "not_found")
    assert problem(act(ana, open_one, "decline")) == (404, "not_found")
    assert problem(ana.quote({"request": open_one})) == (404, "not_found")
    assert bruno.get(f"{REQUESTS}/{open_one}").json()["state"] == "open"
    unblock(party_id=ana.party_id, other_public_id=bruno.party)
    assert act(ana, open_one, "decline").status_code == 200


def test_lists_cost_the_same_for_one_and_three(ana: Someone, bruno: Someone) -> None:
    made = [asked(bruno, ana)]

    def questions() -> int:
        with CaptureQueriesContext(connection) as seen:
            list_requests(ana.party_id, RequestFilter("received", "open"), None, 20)
        return len(seen)

    assert questions() == 3
    made += [asked(bruno, ana) for _ in range(2)]
    assert questions() == 3
    with CaptureQueriesContext(connection) as seen:
        request_snapshot(made[0])
    assert len(seen) == 3
    first = ana.get(REQUESTS, limit=2, direction="received").json()
    second = ana.get(REQUESTS, limit=2, cursor=first["next"]).json()
    assert [each["id"] for each in first["data"] + second["data"]] == made[::-1]
    assert ana.get(REQUESTS, direction="sent").json() == {"data": [], "next": None}
    assert ana.get(REQUESTS, state="gone").status_code == 400
