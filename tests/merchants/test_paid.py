"""Paying an order by a real payment at a simulated bank, and what follows."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.errors import StateConflict
from core.transactions import owns_block
from merchants import handlers
from merchants.models import Order, OrderNote, Product, Shop
from merchants.services.expiry import expire_due_orders, expire_order
from merchants.services.fulfilment import (
    cancel_for_shop,
    complete_order,
    decline_order,
    mark_ready,
    prepare_order,
)
from merchants.services.orders import cancel_order
from messaging.models import Message
from payments.services.payments import cancel_payment
from payments.services.refunding import carry_refund
from tests.bank_simulator.harness import Simulator
from tests.merchants import cast
from tests.payments.cast import Someone, new_payer, work
from tests.payments.refund_cast import give_back

pytestmark = pytest.mark.django_db(transaction=True)
ORDER = '"merchants_order"'


@pytest.fixture
def payer(brazil: Simulator) -> Someone:
    """Ana, signed up to the end, with money at her bank."""
    return new_payer(brazil, "Ana")


@pytest.fixture
def loaf(bakery: Shop) -> Product:
    """Ten loaves at R$ 1,50."""
    return cast.new_product(bakery)


def order_two(payer: Someone, bakery: Shop, loaf: Product) -> dict[str, Any]:
    lines = [{"product": loaf.public_id, "quantity": 2}]
    answer = payer.post("/v1/orders", {"shop": bakery.public_id, "lines": lines})
    assert answer.status_code == 201, answer.json()
    body: dict[str, Any] = answer.json()
    return body


def pay(payer: Someone, order: dict[str, Any]) -> str:
    answer = payer.pay({"order": order["id"]})
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def look(payer: Someone, order: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = payer.get(f"/v1/orders/{order['id']}").json()
    return body


def test_an_order_is_paid_and_handed_over(
    payer: Someone, bakery: Shop, loaf: Product, ze: cast.Caller
) -> None:
    order = order_two(payer, bakery, loaf)
    assert (order["state"], order["payment"]["kind"]) == ("awaiting_payment", "troco")
    payment = pay(payer, order)
    assert look(payer, order)["state"] == "awaiting_payment"

    work()
    paid = look(payer, order)
    assert (paid["state"], paid["payment"]["payment"]) == ("paid", payment)
    assert paid["paid_at"] is not None
    loaf.refresh_from_db()
    assert (loaf.stock, loaf.reserved) == (8, 0)
    history = payer.get(f"/v1/conversations/{order['conversation']}/messages").json()["data"]
    assert [(m["type"], m["content"]["state"]) for m in history] == [
        ("payment", "completed"),
        ("order", "paid"),
    ]

    known = {"shop_id": bakery.pk, "order_id": order["id"], "actor": ze.person}
    prepare_order(**known)
    mark_ready(**known, note="No balcão")
    complete_order(**known)
    timeline = look(payer, order)["timeline"]
    assert [(row["code"], row["side"], row["reason"]) for row in timeline] == [
        ("placed", "buyer", ""),
        ("accepted", "seller", ""),
        ("awaiting_payment", "seller", ""),
        ("paid", "bank", ""),
        ("preparing", "seller", ""),
        ("ready", "seller", "No balcão"),
        ("completed", "seller", ""),
    ]


def test_nobody_closes_an_order_while_money_may_be_on_its_way(
    payer: Someone, bakery: Shop, loaf: Product, ze: cast.Caller
) -> None:
    order = order_two(payer, bakery, loaf)
    pay(payer, order)
    clock.advance(31 * 60)
    refused = payer.post(f"/v1/orders/{order['id']}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")
    assert "under way" in refused.json()["detail"]
    known: dict[str, Any] = {"shop_id": bakery.pk, "order_id": order["id"], "actor": ze.person}
    with pytest.raises(StateConflict):
        decline_order(**known, reason="Acabou")
    with pytest.raises(StateConflict):
        cancel_for_shop(**known)
    assert expire_due_orders() == 0
    with pytest.raises(StateConflict):
        expire_order(order_id=order["id"])

    work()
    assert look(payer, order)["state"] == "paid"
    refused = payer.post(f"/v1/orders/{order['id']}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")
    assert "refund" in refused.json()["detail"]
    assert expire_due_orders() == 0


def test_a_failed_payment_is_told_and_may_be_made_again(
    brazil: Simulator, bakery: Shop, loaf: Product
) -> None:
    poor = new_payer(brazil, "Ana", balance_minor=100)
    order = order_two(poor, bakery, loaf)
    failed = pay(poor, order)
    work()
    seen = look(poor, order)
    assert seen["state"] == "awaiting_payment"
    assert seen["timeline"][-1] | {"at": None} == {
        "at": None,
        "kind": "note",
        "code": "payment_failed",
        "side": "",
        "reason": "insufficient_funds",
        "payment": failed,
    }
    with owns_block():
        handlers.note_failed(payment_id=failed)
    assert OrderNote.objects.count() == 1
    assert poor.quote({"order": order["id"]}).status_code == 201
    clock.advance(31 * 60)
    assert expire_due_orders() == 1
    assert look(poor, order)["state"] == "expired"
    loaf.refresh_from_db()
    assert (loaf.stock, loaf.reserved) == (10, 0)


def test_a_closed_order_cannot_be_paid(payer: Someone, bakery: Shop, loaf: Product) -> None:
    order = order_two(payer, bakery, loaf)
    quote = payer.quote({"order": order["id"]}).json()
    assert payer.post(f"/v1/orders/{order['id']}/cancel").status_code == 200
    assert payer.approve(quote).json()["code"] == "state_conflict"
    assert payer.quote({"order": order["id"]}).status_code == 409


def test_a_cancelled_payment_frees_the_order(payer: Someone, bakery: Shop, loaf: Product) -> None:
    order = order_two(payer, bakery, loaf)
    cancel_payment(person=payer.person, payment_id=pay(payer, order))
    assert payer.post(f"/v1/orders/{order['id']}/cancel").json()["state"] == "cancelled"


def test_another_party_can_neither_see_nor_pay_it(
    brazil: Simulator, payer: Someone, bakery: Shop, loaf: Product
) -> None:
    order = order_two(payer, bakery, loaf)
    carla = new_payer(brazil, "Carla")
    assert carla.quote({"order": order["id"]}).status_code == 404
    assert carla.get(f"/v1/orders/{order['id']}").status_code == 404


def test_money_for_a_closed_order_is_written_down_and_never_refused(
    payer: Someone, bakery: Shop, loaf: Product
) -> None:
    order = order_two(payer, bakery, loaf)
    payment = pay(payer, order)
    # No service does this: the row is bent to see that the handler does not refuse.
    Order.objects.filter(public_id=order["id"]).update(state="expired")
    work()
    seen = look(payer, order)
    assert seen["state"] == "expired"
    assert (seen["timeline"][-1]["code"], seen["timeline"][-1]["payment"]) == (
        "paid_after_closing",
        payment,
    )


def test_paying_and_cancelling_at_once_leaves_one_of_them(
    in_threads: Callable[..., list[Any]],
    names_of: Callable[[Sequence[Any]], list[str]],
    payer: Someone,
    bakery: Shop,
    loaf: Product,
) -> None:
    for _ in range(3):
        order = order_two(payer, bakery, loaf)
        quote = payer.quote({"order": order["id"]}).json()

        def cancel(order: dict[str, Any] = order) -> Order:
            return cancel_order(order_id=order["id"], buyer=payer.person)

        def approve(quote: dict[str, Any] = quote) -> Any:
            return payer.approve(quote)

        cancelled, answer = in_threads(cancel, approve)
        work()
        state = look(payer, order)["state"]
        if isinstance(cancelled, Exception):
            assert names_of([cancelled]) == ["StateConflict"]
            assert (answer.status_code, state) == (201, "paid")
        else:
            assert (answer.json()["code"], state) == ("state_conflict", "cancelled")


def test_a_refund_holds_its_order_before_the_conversation(
    payer: Someone, bakery: Shop, loaf: Product
) -> None:
    order = order_two(payer, bakery, loaf)
    payment = pay(payer, order)
    work()
    refund = give_back(bakery.party, payment, 1_00)
    with CaptureQueriesContext(connection) as asked:
        carry_refund(refund_id=refund.public_id)
    told = [each["sql"] for each in asked.captured_queries]
    held = next(at for at, sql in enumerate(told) if "FOR NO KEY UPDATE OF" in sql and ORDER in sql)
    shown = next(at for at, sql in enumerate(told) if "messaging_" in sql)
    assert held < shown
    bubble = Message.objects.get(content_ref=payment)
    assert bubble.content["state"] == "partially_refunded"


def test_finishing_and_cancelling_at_once_never_deadlock(
    in_threads: Callable[..., list[Any]], payer: Someone, bakery: Shop, loaf: Product
) -> None:
    for _ in range(3):
        order = order_two(payer, bakery, loaf)
        pay(payer, order)

        def cancel(order: dict[str, Any] = order) -> Order:
            return cancel_order(order_id=order["id"], buyer=payer.person)

        outcomes = in_threads(work, cancel, cancel, cancel)
        assert [type(outcome) for outcome in outcomes[1:]] == [StateConflict] * 3
        work()
        assert look(payer, order)["state"] == "paid"
