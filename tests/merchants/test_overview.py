"""The first page's figures, over real payments: each adds up to the list behind it."""

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
from merchants.models import Shop
from merchants.queries.catalogue import LowStock
from tests.bank_simulator.harness import Simulator
from tests.merchants import cast
from tests.payments.cast import Someone, new_payer, work

pytestmark = pytest.mark.django_db(transaction=True)


def buy(payer: Someone, shop: Shop, product: str, quantity: int) -> None:
    lines = [{"product": product, "quantity": quantity}]
    order = payer.post("/v1/orders", {"shop": shop.public_id, "lines": lines}).json()
    assert payer.pay({"order": order["id"]}).status_code == 201
    work()


def test_the_figures_of_the_first_page(brazil: Simulator, bakery: Shop) -> None:
    ana = new_payer(brazil, "Ana")
    loaf = cast.new_product(bakery, stock=6)
    buy(ana, bakery, loaf.public_id, 1)
    clock.advance(7 * 24 * 3600)
    buy(ana, bakery, loaf.public_id, 2)
    lines: Any = [{"product": loaf.public_id, "quantity": 1}]
    ana.post("/v1/orders", {"shop": bakery.public_id, "lines": lines})

    shop = cast.facts(bakery)
    with CaptureQueriesContext(connection) as asked:
        found = queries.overview(shop, business_now())
    assert len(asked) == 3  # The moment, the money, and the stock.
    assert (found.sales_today.total, found.sales_today.count) == (Money(300, "BRL"), 1)
    assert (found.sales_week_ago.total, found.sales_week_ago.count) == (Money(150, "BRL"), 1)
    assert found.sales_today.day - found.sales_week_ago.day == timedelta(days=7)
    assert (len(found.days), len(found.days_before)) == (30, 30)
    assert sum(day.total.amount_minor for day in found.days) == 450
    assert sum(day.count for day in found.days_before) == 0
    assert found.days[-1].day == found.today
    assert found.low_stock == LowStock(1, (("Pão francês", 2),))
    assert found.unsettled.net == found.payable
    payments, _next = queries.orders_of_shop(
        shop.id, queries.OrderFilter(states=[OrderState.PAID]), None, 50
    )
    assert sum(order.total.amount_minor for order in payments) == 450
    assert 0 < found.payable.amount_minor <= 450

    counts = queries.navigation_counts(shop, business_now())
    assert (counts.orders_to_confirm, counts.orders_to_prepare) == (0, 2)
    assert counts.unread_messages == 5
