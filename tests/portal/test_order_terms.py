"""What an order's page and ticket say of its time, its units and its taxes."""

from datetime import timedelta
from html import unescape

import pytest

from merchants.models import Order, Product, Shop
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from tests.merchants import cast as consumers
from tests.portal import cast

pytestmark = pytest.mark.django_db
TAXES = "ISS incluso"


@pytest.fixture
def order(ana: consumers.Caller, shop: Shop, bread: Product) -> Order:
    """Ana's order of bread and of a cheese that takes an hour and a half."""
    consumers.set_up(shop, auto_accept=False)
    cheese = consumers.new_product(
        shop, "Queijo", 4200, unit="kg", preparation_minutes=90, tax_note=TAXES
    )
    lines = [LineWish(bread.public_id, 1), LineWish(cheese.public_id, 2)]
    return place_order(buyer=ana.person, shop_id=shop.public_id, lines=lines)


def test_before_it_is_paid_the_order_says_how_long_it_takes(
    owner: cast.Clerk, order: Order
) -> None:
    page = unescape(owner.body(f"/orders/{order.public_id}"))
    assert "Ready in about 1 hour 30 minutes, once it is paid" in page
    assert 'R$42.00</span> <span class="per">per kg' in page
    assert page.count(TAXES) == 1
    ticket = unescape(owner.body(f"/orders/{order.public_id}/ticket"))
    assert "per kg" in ticket
    assert "Ready in about 1 hour 30 minutes" in ticket
    assert ticket.count(TAXES) == 1
    assert "To be ready by" not in page + ticket


def test_once_it_is_paid_the_order_says_when_it_should_be_ready_and_is_late_after(
    owner: cast.Clerk, order: Order
) -> None:
    path = f"/orders/{order.public_id}"
    for verb in ("accept", "received"):
        assert owner.post(f"{path}/move", verb=verb).status_code == 303
    page = owner.body(path)
    assert "To be ready by" in page
    assert "To be ready by" in owner.body(f"{path}/ticket")
    assert ("once it is paid" in page, "Late" in page) == (False, False)
    order.refresh_from_db()
    assert order.external_received_at is not None
    before = order.external_received_at - timedelta(minutes=91)
    Order.objects.filter(pk=order.pk).update(external_received_at=before)
    assert "Late" in owner.body(path)
    assert [row["is_late"] for row in owner.rows("/orders")] == [True]
    owner.post(f"{path}/move", verb="prepare")
    assert [row["is_late"] for row in owner.rows("/orders")] == [True]
    owner.post(f"{path}/move", verb="ready")
    assert [row["is_late"] for row in owner.rows("/orders")] == [False]
