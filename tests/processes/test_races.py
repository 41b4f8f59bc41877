"""Over HTTP against a whole instance: two acts that exclude each other, at one moment.

C5, C8 and C9 of the test programme. The ordinary run races a few pairs of each kind; the long one
races fifty.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from config.story.people import new_key
from tests.processes.cast import (
    JATOBA,
    Answer,
    Someone,
    at_once,
    new_brazilian,
    pay_at_once,
    payment,
    send,
)
from tests.processes.instance import Instance
from tests.processes.test_at_once import kinds

pytestmark = pytest.mark.processes

PAIRS = pytest.mark.parametrize("pairs", [8, pytest.param(50, marks=pytest.mark.long)])
BUYERS = 50
Act = Callable[[Any], Answer]


@pytest.fixture
def ana(instance: Instance) -> Someone:
    return new_brazilian(instance, "Ana Beatriz Souza", balance_minor=100_000_00)


@pytest.fixture
def bruno(instance: Instance) -> Someone:
    return new_brazilian(instance, "Bruno Oliveira Lima", bank=JATOBA, balance_minor=0)


def post(who: Someone, path: str, body: object = None) -> Act:
    """Return a keyed request that waits for the barrier."""
    return lambda gate: send(who, path, body or {}, key=new_key(), ready=gate)


def ask(payee: Someone, payer: Someone) -> str:
    """Ask for a real; return the request's id."""
    wish = {
        "from": [{"party": payer.party}],
        "amount": {"amount_minor": 1_00, "currency": "BRL"},
    }
    made = payee.api.call("POST", "/v1/payment-requests", wish, expect=201, key=new_key())
    return str(made["data"][0]["id"])


def request_state(who: Someone, request_id: str) -> str:
    return str(who.api.call("GET", f"/v1/payment-requests/{request_id}")["state"])


@PAIRS
@pytest.mark.parametrize(("side", "end"), [("decline", "declined"), ("cancel", "cancelled")])
def test_paying_a_request_races_with_closing_it(
    ana: Someone, bruno: Someone, pairs: int, side: str, end: str
) -> None:
    closer = ana if side == "decline" else bruno
    asked = [ask(bruno, ana) for _ in range(pairs)]
    won: dict[str, bool] = {}
    for request_id in asked:
        quote = ana.phone.quote({"request": request_id})
        pay, close = at_once(
            [
                payment(ana, ana.approval(quote), new_key()),
                post(closer, f"/v1/payment-requests/{request_id}/{side}"),
            ]
        )
        outcomes = ((pay.http_status, pay.code), (close.http_status, close.code))
        won[request_id] = pay.http_status == 201
        assert outcomes == (
            ((201, ""), (409, "state_conflict"))
            if won[request_id]
            else ((409, "state_conflict"), (200, ""))
        )
    ana.wait_until_over()
    assert {name: request_state(ana, name) for name in asked} == {
        name: "paid" if is_paid else end for name, is_paid in won.items()
    }
    assert len(ana.payments()) == sum(won.values())


@PAIRS
def test_cancelling_races_with_charging(ana: Someone, bruno: Someone, pairs: int) -> None:
    for quote in ana.quotes(bruno, 1_00, pairs):
        made = send(ana, "/v1/payments", ana.approval(quote), key=new_key())
        assert made.http_status == 201
        cancel = send(ana, f"/v1/payments/{made.body['id']}/cancel", {}, key=new_key())
        assert (cancel.http_status, cancel.code) in {(200, ""), (409, "state_conflict")}
        ana.wait_until_over()
        end = "cancelled" if cancel.http_status == 200 else "completed"
        assert ana.payments()[made.body["id"]] == (end, "")
    completed = Counter(state for state, _code in ana.payments().values())["completed"]
    moved = [each for each in ana.instance.executions() if each["account"] == ana.token]
    assert [each["amount_minor"] for each in moved] == [1_00] * completed


def test_fifty_payments_just_under_a_limit_never_pass_it(
    instance: Instance, ana: Someone, bruno: Someone
) -> None:
    """A limit of R$ 99.99 a month holds nine payments of R$ 10, whichever nine come first."""
    quotes = ana.quotes(bruno, 10_00, 50)
    rule = "UPDATE payments_limitrule SET value = %s WHERE kind = %s AND name = %s"
    month = ("person_to_person", "sent_per_month")
    instance.rows(rule, 99_99, *month)
    try:
        answers = pay_at_once(ana, [(ana.approval(quote), new_key()) for quote in quotes])
    finally:
        instance.rows(rule, 10**12, *month)
    assert kinds(answers) == {(201, ""): 9, (422, "limit_reached"): 41}
    assert ana.wait_until_over() == [("completed", "")] * 9


def test_fifty_buyers_and_one_piece_make_one_order(instance: Instance) -> None:
    shop = instance.one("SELECT public_id FROM merchants_shop")
    product = instance.one("SELECT public_id FROM merchants_product ORDER BY id LIMIT 1")
    stock = "UPDATE merchants_product SET stock = %s WHERE public_id = %s"
    before = instance.one("SELECT stock FROM merchants_product WHERE public_id = %s", product)
    buyers = [Someone(instance, f"Comprador {number}") for number in range(BUYERS)]
    wish = {"shop": shop, "lines": [{"product": product, "quantity": 1}]}
    instance.rows(stock, 1, product)
    try:
        answers = at_once([post(buyer, "/v1/orders", wish) for buyer in buyers])
    finally:
        instance.rows(stock, before, product)
    assert kinds(answers) == {(201, ""): 1, (409, "stock_short"): BUYERS - 1}
    (sold,) = [each for each in answers if each.http_status == 201]
    winner = buyers[answers.index(sold)]
    winner.api.call("POST", f"/v1/orders/{sold.body['id']}/cancel", {})


@PAIRS
def test_a_new_pin_races_with_a_payment_by_the_old_one(
    ana: Someone, bruno: Someone, pairs: int
) -> None:
    """Whichever comes first; a payment never goes through on a PIN that is no more."""
    pins = ("493817", "620837")
    for turn, quote in enumerate(ana.quotes(bruno, 1_00, pairs)):
        old, new = pins[turn % 2], pins[1 - turn % 2]
        challenge = ana.api.call("POST", "/v1/me/challenges", {"purpose": "pin"}, expect=201)
        change = {
            "pin": new,
            "pin_again": new,
            "challenge": challenge["id"],
            "proof": ana.phone.proof(challenge["digest"], pin=old),
        }
        race: list[Act] = [
            payment(ana, ana.approval(quote, pin=old), new_key()),
            partial(send, ana, "/v1/me/pin", change, method="PUT"),
        ]
        pay, changed = at_once(race)
        assert (changed.http_status, changed.code) == (200, "")
        assert (pay.http_status, pay.code) in {(201, ""), (403, "proof_rejected")}
        # The old PIN proves nothing now, whatever happened; the new one does.
        late = send(ana, "/v1/payments", ana.approval(quote, pin=old), key=new_key())
        assert (late.http_status, late.code) == (403, "proof_rejected")
        ana.phone.pin = new
    ends = {end for end in ana.wait_until_over() if end != ("completed", "")}
    assert ends == set()
