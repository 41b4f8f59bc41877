"""The shop's steps with an order, and how a refusal is told."""

import pytest
from django.test import Client

from merchants.enums import OrderState
from merchants.models import Order, Product, Shop
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from tests.merchants import cast as consumers
from tests.portal import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(ana: consumers.Caller, shop: Shop, bread: Product) -> Order:
    """Ana's order of two loaves, which waits for Zé."""
    consumers.set_up(shop, auto_accept=False)
    return new_order(ana, shop, bread)


def new_order(buyer: consumers.Caller, shop: Shop, product: Product, quantity: int = 2) -> Order:
    return place_order(
        buyer=buyer.person,
        shop_id=shop.public_id,
        lines=[LineWish(product.public_id, quantity)],
        note="Bem assado",
    )


def move(clerk: cast.Clerk, order: Order, verb: str, **fields: str) -> str:
    """Press a button and return the page that follows."""
    answer = clerk.post(f"/orders/{order.public_id}/move", verb=verb, **fields)
    assert answer.status_code == 303, answer.content.decode()
    follow = clerk.client.get(answer["Location"])
    order.refresh_from_db()
    return str(follow.content.decode())


def test_an_order_shows_what_was_ordered_and_by_whom(owner: cast.Clerk, order: Order) -> None:
    page = owner.body(f"/orders/{order.public_id}")
    for words in ("Pão francês", "R$3.00", "Ana", "Bem assado", "Accept", "Decline"):
        assert words in page
    phone = order.buyer.person.phone
    assert phone is not None
    assert f"+•••• {phone[-4:]}" in page
    assert phone not in page


def test_an_order_is_accepted_from_the_list_and_the_list_comes_back(
    cashier: cast.Clerk, order: Order
) -> None:
    listed = cashier.body("/orders")
    assert "Pão francês" in listed
    answer = cashier.post(
        f"/orders/{order.public_id}/move", verb="accept", next="/portal/orders?view=board"
    )
    assert answer["Location"] == "/portal/orders?view=board"
    order.refresh_from_db()
    assert order.state == OrderState.EXTERNAL_PENDING
    assert "The order was moved." in cashier.body("/orders", view="board")
    away = cashier.post(f"/orders/{order.public_id}/move", verb="accept", next="//evil.example")
    assert away["Location"] == f"/portal/orders/{order.public_id}"


def test_declining_needs_no_more_than_a_reason_and_frees_the_stock(
    owner: cast.Clerk, order: Order, bread: Product
) -> None:
    page = move(owner, order, "decline", note="O forno quebrou")
    assert order.state == OrderState.DECLINED
    assert "O forno quebrou" in page
    bread.refresh_from_db()
    assert bread.reserved == 0


@pytest.mark.parametrize("verb", ["prepare", "ready", "ship", "complete"])
def test_a_step_too_far_is_refused_in_words(owner: cast.Clerk, order: Order, verb: str) -> None:
    page = move(owner, order, verb)
    assert order.state == OrderState.PLACED
    assert 'class="toast error"' in page or "toast bad" in page
    assert "The order was moved." not in page


def test_the_same_step_twice_says_so(owner: cast.Clerk, order: Order) -> None:
    assert "The order was moved." in move(owner, order, "decline", note="x")
    assert "The order was moved." not in move(owner, order, "decline", note="x")
    assert order.state == OrderState.DECLINED


@pytest.mark.parametrize("verb", ["", "pay", "expire", "__class__"])
def test_a_verb_that_is_none_leads_nowhere(owner: cast.Clerk, order: Order, verb: str) -> None:
    assert owner.post(f"/orders/{order.public_id}/move", verb=verb).status_code == 404


def test_a_reason_that_cannot_be_kept_is_refused(owner: cast.Clerk, order: Order) -> None:
    page = move(owner, order, "decline", note="x" * 5000)
    assert "The order was moved." not in page
    path = f"/orders/{order.public_id}/move"
    assert owner.post(path, verb="decline", note="a\0b").status_code == 404
    order.refresh_from_db()
    assert order.state == OrderState.PLACED


def test_the_board_and_the_filters_count_the_same_orders(
    owner: cast.Clerk, ana: consumers.Caller, order: Order, shop: Shop, bread: Product
) -> None:
    new_order(ana, shop, bread, 1)
    move(owner, order, "decline", note="x")
    board = owner.get("/orders", view="board").context
    assert [column["count"] for column in board["columns"]] == [1, 0, 0, 0, 0, 0]
    assert [len(column["orders"]) for column in board["columns"]] == [1, 0, 0, 0, 0, 0]
    listed = owner.get("/orders").context
    assert [row["number"] for row in listed["listing"].rows] == [2, 1]
    counts = {str(each["words"]): each["count"] for each in listed["listing"].chips}
    assert counts == {"All": None, "New": 1, "Declined": 1}
    assert [row["number"] for row in owner.rows("/orders", state="placed")] == [2]
    assert listed["portal"]["counts"] == {"inbox": 2, "orders": 1, "disputes": 0}


@pytest.mark.parametrize(
    ("q", "found"), [("1", [1]), ("#2", [2]), ("ana", [1]), ("sonho", [2]), ("nobody", [])]
)
def test_orders_are_found_by_number_name_and_product(
    owner: cast.Clerk,
    carla: consumers.Caller,
    order: Order,
    shop: Shop,
    q: str,
    found: list[int],
) -> None:
    new_order(carla, shop, consumers.new_product(shop, "Sonho de creme", 900))
    assert [row["number"] for row in owner.rows("/orders", q=q)] == found


def test_nothing_moves_for_somebody_signed_out(order: Order) -> None:
    answer = Client().post(f"/portal/orders/{order.public_id}/move", {"verb": "accept"})
    assert answer.status_code == 302
    order.refresh_from_db()
    assert order.state == OrderState.PLACED


def test_an_order_goes_out_in_parts_and_is_shipped_with_the_last(
    owner: cast.Clerk, stranger: cast.Clerk, ana: consumers.Caller, shop: Shop, bread: Product
) -> None:
    consumers.set_up(shop, auto_accept=False)
    sonho = consumers.new_product(shop, "Sonho")
    lines = [LineWish(bread.public_id, 3), LineWish(sonho.public_id, 2)]
    order = place_order(buyer=ana.person, shop_id=shop.public_id, lines=lines)
    Order.objects.update(state=OrderState.PREPARING)
    path = f"/orders/{order.public_id}/ship"
    for wrong in ({}, {"line-1": "0"}, {"line-1": "4"}, {"line-9": "1"}, {"line-1": "-1"}):
        owner.post(path, **wrong)
        assert not order.shipments.exists()
    assert stranger.post(path, **{"line-1": "1"}).status_code == 404
    owner.post(path, **{"line-1": "2", "line-2": "1", "note": "Moto 7"})
    order.refresh_from_db()
    assert order.state == OrderState.PREPARING
    page = owner.body(f"/orders/{order.public_id}")
    for words in ("A part is on its way", "3 / 5 · Moto 7", "2 of 3 on their way", "1 of 2 left"):
        assert words in page
    owner.post(path, **{"line-1": "1", "line-2": "1"})
    order.refresh_from_db()
    assert order.state == OrderState.SHIPPED
    assert [each.number for each in order.shipments.order_by("number")] == [1, 2]
    owner.post(path, **{"line-1": "1"})
    assert order.shipments.count() == 2


def test_a_ticket_is_printed_for_whoever_prepares_it(
    owner: cast.Clerk, stranger: cast.Clerk, order: Order
) -> None:
    page = owner.body(f"/orders/{order.public_id}/ticket")
    for words in ("#1", "Pão francês", "Bem assado", "R$3.00"):
        assert words in page
    assert stranger.get(f"/orders/{order.public_id}/ticket").status_code == 404
