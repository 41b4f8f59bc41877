"""What shop and buyer can do with an order before it is paid."""

from datetime import timedelta

import pytest

from core import clock
from core.errors import InputInvalid, NotFound, StateConflict
from merchants.models import Order, OrderMove, Product, Shop
from merchants.queries import order_of_shop
from merchants.services.expiry import expire_due_orders, expire_order
from merchants.services.fulfilment import (
    accept_order,
    cancel_for_shop,
    complete_order,
    decline_order,
    mark_ready,
    prepare_order,
    ship_order,
)
from merchants.services.orders import cancel_order, place_order
from merchants.services.stock import LineWish
from messaging.queries import updates
from tests.merchants import cast
from tests.messaging.cast import settle_feed

pytestmark = pytest.mark.django_db


@pytest.fixture
def placed(ana: cast.Caller, shop: Shop, bread: Product) -> Order:
    """An order that waits for Zé's word."""
    cast.set_up(shop, auto_accept=False)
    return place_order(
        buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 3)]
    )


def reserved(product: Product) -> int:
    product.refresh_from_db()
    return product.reserved


def state(order: Order) -> str:
    order.refresh_from_db()
    return order.state


def test_accepting_starts_the_time_to_pay(placed: Order, shop: Shop, ze: cast.Caller) -> None:
    before = placed.expires_at
    clock.advance(600)
    order = accept_order(shop_id=shop.pk, order_id=placed.public_id, actor=ze.person)
    assert order.state == "external_pending"
    assert order.expires_at - before > timedelta(hours=23)
    moves = OrderMove.objects.filter(order=order).order_by("id")
    assert [(m.from_state, m.to_state, m.side, m.most_recent) for m in moves] == [
        ("", "placed", "buyer", False),
        ("placed", "accepted", "seller", False),
        ("accepted", "external_pending", "seller", True),
    ]
    assert moves[1].actor == ze.person


def test_accepting_twice_is_refused(placed: Order, shop: Shop, ze: cast.Caller) -> None:
    accept_order(shop_id=shop.pk, order_id=placed.public_id, actor=ze.person)
    with pytest.raises(StateConflict):
        accept_order(shop_id=shop.pk, order_id=placed.public_id, actor=ze.person)


def test_what_is_over_cannot_be_accepted(placed: Order, shop: Shop, ze: cast.Caller) -> None:
    clock.advance(30 * 60)
    with pytest.raises(StateConflict):
        accept_order(shop_id=shop.pk, order_id=placed.public_id, actor=ze.person)
    assert state(placed) == "placed"


def test_declining_frees_the_stock_and_tells_why(
    placed: Order, shop: Shop, ze: cast.Caller, ana: cast.Caller, bread: Product
) -> None:
    assert reserved(bread) == 3
    decline_order(
        shop_id=shop.pk, order_id=placed.public_id, actor=ze.person, reason="O forno quebrou"
    )
    assert (state(placed), reserved(bread)) == ("declined", 0)
    body = ana.get(f"/v1/orders/{placed.public_id}").json()
    assert (body["timeline"][-1]["code"], body["timeline"][-1]["reason"]) == (
        "declined",
        "O forno quebrou",
    )
    history = ana.get(f"/v1/conversations/{placed.conversation_ref}/messages").json()["data"]
    assert [message["content"]["state"] for message in history] == ["declined"]


@pytest.mark.django_db(transaction=True)
def test_both_sides_hear_each_change(placed: Order, shop: Shop, ana: cast.Caller) -> None:
    cancel_for_shop(shop_id=shop.pk, order_id=placed.public_id, actor=None)
    settle_feed()
    news = ana.get("/v1/updates").json()["data"]
    heard = [(item["kind"], item["data"]) for item in news if item["kind"] != "device"]
    assert [kind for kind, _data in heard] == [
        "message.created",
        "order",
        "message.updated",
        "order",
    ]
    assert [data["state"] for kind, data in heard if kind == "order"] == ["placed", "cancelled"]
    page = updates(shop.party_id, None)
    assert [item.kind for item in page.items] == [kind for kind, _data in heard]


def test_declining_needs_a_reason(placed: Order, shop: Shop, ze: cast.Caller) -> None:
    with pytest.raises(InputInvalid):
        decline_order(shop_id=shop.pk, order_id=placed.public_id, actor=ze.person, reason="  ")
    assert state(placed) == "placed"


def test_the_buyer_cancels_over_http(
    placed: Order, ana: cast.Caller, carla: cast.Caller, bread: Product
) -> None:
    path = f"/v1/orders/{placed.public_id}/cancel"
    assert carla.post(path).status_code == 404
    answer = ana.post(path, {"reason": "Mudei de ideia"}, key="c1")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert ana.post(path, {"reason": "Mudei de ideia"}, key="c1").json() == answer.json()
    again = ana.post(path)
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
    assert reserved(bread) == 0


def test_somebody_elses_order_is_an_unknown_order(
    placed: Order, carla: cast.Caller, ana: cast.Caller
) -> None:
    theirs = carla.get(f"/v1/orders/{placed.public_id}")
    unknown = carla.get("/v1/orders/ord_unknown")
    assert (theirs.status_code, unknown.status_code) == (404, 404)
    assert theirs.json()["detail"] == unknown.json()["detail"]
    assert carla.get("/v1/orders").json() == {"data": [], "next": None}
    assert ana.get(f"/v1/orders/{placed.public_id}").status_code == 200


def test_another_shop_cannot_touch_it(placed: Order, carla: cast.Caller) -> None:
    other = cast.new_shop(carla.person, "Quitanda")
    for verb in (accept_order, cancel_for_shop, prepare_order, mark_ready, ship_order):
        with pytest.raises(NotFound):
            verb(shop_id=other.pk, order_id=placed.public_id, actor=carla.person)
    assert order_of_shop(other.pk, placed.public_id) is None
    assert state(placed) == "placed"


def test_nothing_is_prepared_before_it_is_paid(placed: Order, shop: Shop, ze: cast.Caller) -> None:
    for verb in (prepare_order, mark_ready, ship_order, complete_order):
        with pytest.raises(StateConflict):
            verb(shop_id=shop.pk, order_id=placed.public_id, actor=ze.person)
    assert state(placed) == "placed"


def test_what_nobody_paid_expires_and_the_stock_comes_back(
    placed: Order, ana: cast.Caller, bread: Product
) -> None:
    assert expire_due_orders() == 0
    with pytest.raises(StateConflict):
        expire_order(order_id=placed.public_id)
    clock.advance(30 * 60)
    assert expire_due_orders() == 1
    assert expire_due_orders() == 0
    assert (state(placed), reserved(bread)) == ("expired", 0)
    body = ana.get(f"/v1/orders/{placed.public_id}").json()
    assert (body["timeline"][-1]["side"], body["timeline"][-1]["code"]) == ("clock", "expired")


def test_a_sweep_reads_in_chunks_up_to_its_limit(
    ana: cast.Caller, shop: Shop, bread: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("merchants.services.expiry.CHUNK", 2)
    for _ in range(5):
        place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 1)])
    clock.advance(25 * 3600)
    assert expire_due_orders(limit=3) == 3
    assert expire_due_orders() == 2
    assert reserved(bread) == 0


def test_a_closed_order_cannot_be_closed_again(
    placed: Order, shop: Shop, ze: cast.Caller, ana: cast.Caller
) -> None:
    cancel_for_shop(shop_id=shop.pk, order_id=placed.public_id, actor=ze.person)
    with pytest.raises(StateConflict):
        cancel_order(order_id=placed.public_id, buyer=ana.person)
    assert OrderMove.objects.filter(order=placed, most_recent=True).get().to_state == "cancelled"
