"""Lists and figures: what they show, whom they show it to, and what they cost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.clock import business_now
from core.money import Money
from merchants import queries
from merchants.enums import OrderState
from merchants.models import Order, Product, Shop
from merchants.queries import OrderFilter
from merchants.services.fulfilment import cancel_for_shop
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from tests.merchants import cast

pytestmark = pytest.mark.django_db


def buy(buyer: cast.Caller, shop: Shop, *wanted: tuple[Product, int]) -> Order:
    return place_order(
        buyer=buyer.person,
        shop_id=shop.public_id,
        lines=[LineWish(product.public_id, n) for product, n in wanted],
    )


def mark(order: Order, n: int) -> None:
    """Bend an order into a paid one: what these lists read, without a bank."""
    Order.objects.filter(pk=order.pk).update(
        state="paid", paid_at=business_now(), payment_ref=f"pay_{n}"
    )


def cost(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        ask()
    return len(asked)


def test_each_list_costs_the_same_for_one_row_and_for_three(
    ana: cast.Caller, carla: cast.Caller, ze: cast.Caller, shop: Shop
) -> None:
    def asks() -> dict[str, int]:
        party = ana.person.party_id
        assert party is not None
        newest = Order.objects.order_by("-id")[0]
        facts, moment = cast.facts(shop), business_now()
        return {
            "shops": cost(lambda: queries.shops(None, "", None, 50)),
            "on show": cost(lambda: queries.products_on_show(shop.pk, "", None, 50)),
            "of shop": cost(lambda: queries.products_of_shop(shop.pk, "", None, 50)),
            "low": cost(lambda: queries.lowest_stock(shop.pk)),
            "orders": cost(lambda: queries.orders_of_shop(shop.pk, OrderFilter(), None, 50)),
            "search": cost(lambda: queries.orders_of_shop(shop.pk, OrderFilter(q="pão"), None, 50)),
            "own": cost(lambda: queries.orders_of_buyer(newest.buyer_id, [], None, 50)),
            "detail": cost(lambda: queries.order_of_shop(shop.pk, newest.public_id)),
            "customers": cost(lambda: queries.customers(shop.pk)),
            "summary": cost(lambda: queries.customer_summary(facts, party)),
            "team": cost(lambda: queries.team(shop.pk)),
            "counts": cost(lambda: queries.navigation_counts(facts, moment)),
            "door": cost(lambda: queries.membership(ze.person.pk, shop.public_id)),
            "HTTP shops": cost(lambda: ana.get("/v1/shops")),
            "HTTP products": cost(lambda: ana.get(f"/v1/shops/{shop.public_id}/products")),
            "HTTP orders": cost(lambda: ana.get("/v1/orders")),
        }

    expected = {
        "shops": 1,
        "on show": 1,
        "of shop": 1,
        "low": 1,
        "orders": 2,
        "search": 2,
        "own": 2,
        "detail": 5,
        "customers": 3,
        "summary": 1,
        "team": 1,
        "counts": 1,
        "door": 1,
        "HTTP shops": 3,  # Their opening hours, in one for all of them.
        "HTTP products": 3,
        "HTTP orders": 5,  # These wait to be paid outside of Troco: the moment, and the ways.
    }
    first = cast.new_product(shop, "Pão", stock=5)
    buy(ana, shop, (first, 1))
    assert asks() == expected
    more = [cast.new_product(shop, f"Pão {n}", stock=5) for n in range(2)]
    cast.new_shop(ze.person, "Quitanda")
    cast.new_shop(ze.person, "Mercearia")
    buy(ana, shop, (first, 1), (more[0], 1), (more[1], 1))
    buy(carla, shop, (first, 1), (more[1], 1))
    assert asks() == expected


def test_orders_page_by_key_newest_first(ana: cast.Caller, shop: Shop, bread: Product) -> None:
    for _ in range(5):
        buy(ana, shop, (bread, 1))
    seen: list[int] = []
    after: dict[str, str] = {}
    page: dict[str, Any] = {}
    for _ in range(3):
        page = ana.get("/v1/orders", limit=2, **after).json()
        seen += [order["number"] for order in page["data"]]
        after = {"after": page["next"]}
    assert (seen, page["next"]) == ([5, 4, 3, 2, 1], None)
    assert ana.get("/v1/orders", limit=101).status_code == 400
    assert ana.get("/v1/orders", after="###").json()["code"] == "input_invalid"
    assert ana.get("/v1/orders", state="nowhere").status_code == 400
    assert len(ana.get("/v1/orders", state="external_pending").json()["data"]) == 5


def test_a_shops_list_is_narrowed(
    ana: cast.Caller, carla: cast.Caller, shop: Shop, bread: Product
) -> None:
    cake = cast.new_product(shop, "Bolo de fubá")
    first = buy(ana, shop, (bread, 1))
    mark(first, 1)
    clock.advance(3600)
    middle = business_now()
    buy(carla, shop, (cake, 1))
    cancel_for_shop(shop_id=shop.pk, order_id=buy(ana, shop, (cake, 2)).public_id, actor=None)

    def numbers(**wanted: Any) -> list[int]:
        rows, _next = queries.orders_of_shop(shop.pk, OrderFilter(**wanted), None, 50)
        return [row.number for row in rows]

    assert numbers() == [3, 2, 1]
    assert numbers(states=[OrderState.CANCELLED, OrderState.PAID]) == [3, 1]
    assert numbers(since=middle) == [3, 2]
    assert numbers(until=middle) == [1]
    assert numbers(buyer_id=carla.person.party_id) == [2]
    assert numbers(q="#2") == [2]
    assert numbers(q="carl") == [2]
    assert numbers(q="fubá") == [3, 2]
    assert numbers(q=first.public_id) == [1]
    assert numbers(q="pay_1") == [1]
    assert numbers(q="9999999999999") == []
    assert queries.counts_by_state(shop.pk) == {
        OrderState.CANCELLED: 1,
        OrderState.EXTERNAL_PENDING: 1,
        OrderState.PAID: 1,
    }


def test_another_shop_sees_none_of_it(
    ana: cast.Caller, carla: cast.Caller, shop: Shop, bread: Product
) -> None:
    order = buy(ana, shop, (bread, 1))
    other = cast.new_shop(carla.person, "Quitanda")
    assert queries.orders_of_shop(other.pk, OrderFilter(), None, 50) == ([], None)
    assert queries.order_of_shop(other.pk, order.public_id) is None
    assert queries.customers(other.pk) == []
    assert queries.counts_by_state(other.pk) == {}


def test_customers_add_up_what_they_paid(
    ana: cast.Caller, carla: cast.Caller, shop: Shop, bread: Product
) -> None:
    began = business_now()
    for n in range(2):
        mark(buy(ana, shop, (bread, 2)), n)
    buy(ana, shop, (bread, 1))
    clock.advance(60)
    buy(carla, shop, (bread, 1))

    found = queries.customers(shop.pk)
    assert [(c.party.display_name, c.summary.orders, c.summary.spent) for c in found] == [
        ("Carla", 1, Money(0, "BRL")),
        ("Ana", 3, Money(600, "BRL")),
    ]
    assert [c.party.display_name for c in queries.customers(shop.pk, q="an")] == ["Ana"]
    assert ana.person.party_id is not None
    hers = queries.customer_summary(cast.facts(shop), ana.person.party_id)
    assert (hers.orders, hers.paid_orders, hers.spent) == (3, 2, Money(600, "BRL"))
    assert hers.since is not None
    assert timedelta(0) <= hers.since - began < timedelta(minutes=1)
    nobody = queries.customer_summary(cast.facts(shop), 10**9)
    assert (nobody.orders, nobody.spent, nobody.since) == (0, Money(0, "BRL"), None)
