"""Many buyers at once: what is there is sold once, and nobody waits for ever."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from merchants.models import Order, Product, Shop, StockReservation
from merchants.services.orders import cancel_order, place_order
from merchants.services.stock import LineWish
from tests.merchants import cast

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS = 50


def test_fifty_buyers_and_one_piece_make_one_order(
    in_threads: Callable[..., list[Any]],
    names_of: Callable[[Sequence[Any]], list[str]],
    shop: Shop,
) -> None:
    last = cast.new_product(shop, "Último pão", stock=1)
    buyers = [cast.join(f"Comprador {n}").person for n in range(BUYERS)]

    outcomes = in_threads(
        *(
            lambda buyer=buyer: place_order(
                buyer=buyer, shop_id=shop.public_id, lines=[LineWish(last.public_id, 1)]
            )
            for buyer in buyers
        )
    )

    assert names_of(outcomes) == ["StockShort"] * (BUYERS - 1) + ["ok"]
    last.refresh_from_db()
    assert (Order.objects.count(), StockReservation.objects.count()) == (1, 1)
    assert (last.stock, last.reserved) == (1, 1)


def test_orders_of_the_same_products_in_any_order_do_not_deadlock(
    in_threads: Callable[..., list[Any]],
    names_of: Callable[[Sequence[Any]], list[str]],
    shop: Shop,
) -> None:
    products = [cast.new_product(shop, f"Pão {n}", stock=100) for n in range(4)]
    there = [LineWish(product.public_id, 1) for product in products]
    buyers = [cast.join(f"Comprador {n}").person for n in range(20)]

    outcomes = in_threads(
        *(
            lambda buyer=buyer, n=n: place_order(
                buyer=buyer,
                shop_id=shop.public_id,
                lines=there if n % 2 else list(reversed(there)),
            )
            for n, buyer in enumerate(buyers)
        )
    )

    assert names_of(outcomes) == ["ok"] * 20
    numbers = sorted(Order.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 21))
    assert set(Product.objects.values_list("reserved", flat=True)) == {20}


def test_cancelling_at_once_gives_the_stock_back_once(
    in_threads: Callable[..., list[Any]],
    names_of: Callable[[Sequence[Any]], list[str]],
    ana: cast.Caller,
    shop: Shop,
    bread: Product,
) -> None:
    order = place_order(
        buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 3)]
    )

    outcomes = in_threads(lambda: cancel_order(order_id=order.public_id, buyer=ana.person), times=8)

    assert names_of(outcomes) == ["StateConflict"] * 7 + ["ok"]
    bread.refresh_from_db()
    assert (bread.stock, bread.reserved) == (10, 0)
