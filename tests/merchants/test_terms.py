"""What a price is for, how long it takes, a word on taxes: told with a product, kept by orders."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.money import Money
from merchants.enums import Unit
from merchants.models import Order, OrderLine, Product, Shop
from merchants.portal.orders import is_late
from merchants.portal.unit_words import UNITS, ready_words
from merchants.queries.catalogue import ProductFilter, products_listed
from merchants.queries.exports import SHEETS
from merchants.queries.orders import OrderFacts, order_of_shop
from merchants.queries.snapshots import product_snapshot
from merchants.services.line_orders import Sale, SaleLine, offer_order
from merchants.services.orders import place_order
from merchants.services.pictures import PictureWish, add_picture, arrange_pictures
from merchants.services.products import update_product
from merchants.services.stock import LineWish
from tests.merchants import cast
from tests.messaging import samples

pytestmark = pytest.mark.django_db

TERMS: dict[str, Any] = {"unit": "kg", "preparation_minutes": 90, "tax_note": "ISS incluso"}


def placed(ana: cast.Caller, shop: Shop, *products: Product) -> Order:
    lines = [LineWish(product.public_id, 1) for product in products]
    return place_order(buyer=ana.person, shop_id=shop.public_id, lines=lines)


def as_seen(shop: Shop, order: Order, **changes: Any) -> OrderFacts:
    Order.objects.filter(pk=order.pk).update(**changes)
    detail = order_of_shop(shop.pk, order.public_id)
    assert detail is not None
    return detail.order


def test_an_order_keeps_the_terms_it_was_placed_at(
    shop: Shop, bread: Product, ana: cast.Caller
) -> None:
    cheese = cast.new_product(shop, "Queijo", 4200, **TERMS)
    cake = cast.new_product(shop, "Bolo", 2500, preparation_minutes=30, tax_note="ISS incluso")
    order = placed(ana, shop, bread, cheese, cake)
    changed = {"unit": "100g", "preparation_minutes": None, "tax_note": ""}
    update_product(shop_id=shop.pk, product_id=cheese.public_id, actor=None, facts=changed)
    body = ana.get(f"/v1/orders/{order.public_id}").json()
    assert [line["unit_code"] for line in body["lines"]] == ["", "kg", ""]
    assert (body["preparation_minutes"], body["ready_at"]) == (90, None)
    assert body["tax_notes"] == ["ISS incluso"]
    # What the shop offers itself keeps them as well, where it names a product.
    talk = order.conversation_ref
    lines = [SaleLine(cake.public_id, "Bolo", 1, 2500), SaleLine("X", "Entrega", 1, 500)]
    sale = Sale("R-1", lines, Money(3000, "BRL"), 0, 0, 0, None, "", "", {})
    made = offer_order(
        shop_id=shop.pk, buyer_id=order.buyer_id, conversation_id=talk, sale=sale
    ).order
    kept = OrderLine.objects.filter(order=made).order_by("position")
    assert list(kept.values_list("preparation_minutes", "tax_note")) == [
        (30, "ISS incluso"),
        (None, ""),
    ]


def test_an_order_is_late_when_it_is_not_ready_by_its_time(
    shop: Shop, bread: Product, ana: cast.Caller
) -> None:
    cake = cast.new_product(shop, "Bolo", 2500, preparation_minutes=90)
    quick, slow = placed(ana, shop, bread), placed(ana, shop, bread, cake)
    begin, minute = quick.placed_at, timedelta(minutes=1)
    own = quick.expires_at - quick.placed_at
    paid = {"state": "paid", "payment_ref": "pay_1", "paid_at": begin, "moved_at": begin}
    without = as_seen(shop, quick, **paid)
    assert (without.ready_at, without.preparation_minutes) == (None, None)
    assert [is_late(without, begin + own + each) for each in (0 * minute, minute)] == [False, True]
    cooked = as_seen(shop, slow, **paid | {"payment_ref": "pay_2", "state": "preparing"})
    assert cooked.ready_at == begin + 90 * minute
    assert [is_late(cooked, begin + n * minute) for n in (90, 91)] == [False, True]
    assert not is_late(as_seen(shop, slow, state="ready"), begin + 91 * minute)


def test_what_is_told_of_a_product_says_its_terms(
    shop: Shop, bread: Product, ana: cast.Caller
) -> None:
    cheese = cast.new_product(shop, "Queijo", 4200, **TERMS)
    told = product_snapshot(cheese, shop)
    assert (told["unit"], told["preparation_minutes"]) == ("kg", 90)
    assert {"unit", "preparation_minutes"} & set(product_snapshot(bread, shop)) == set()
    (_bread, shown) = ana.get(f"/v1/shops/{shop.public_id}/products").json()["data"]
    assert {name: shown[name] for name in TERMS} == TERMS


@pytest.mark.parametrize("change", [{"unit": "stone"}, {"preparation_minutes": 10_081}])
def test_the_database_has_the_last_word(bread: Product, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=bread.pk).update(**change)


def test_every_unit_has_its_words_and_every_time_is_told() -> None:
    assert list(UNITS) == Unit.values
    assert [ready_words(each) for each in (None, 0, 1, 90, 1440, 3001)] == [
        "",
        "Ready at once",
        "Ready in about 1 minute",
        "Ready in about 1 hour 30 minutes",
        "Ready in about 1 day",
        "Ready in about 2 days 2 hours 1 minute",
    ]


def test_variants_that_straddle_pages_have_their_pictures_once(shop: Shop, ze: cast.Caller) -> None:
    sizes = [
        cast.new_product(shop, "Bolo", 2500, handle="bolo", options=[("Size", each)])
        for each in ("P", "M", "G")
    ]
    made = [
        add_picture(
            shop_id=shop.pk, product_id=sizes[0].public_id, actor=ze.person, file=file, alt=""
        )
        for file in (io.BytesIO(samples.located()), io.BytesIO(samples.picture()))
    ]
    wishes = [PictureWish(each.public_id, "Bolo") for each in made]
    arrange_pictures(shop_id=shop.pk, product_id=sizes[0].public_id, actor=ze.person, wishes=wishes)
    whole, _end = SHEETS[0].page(cast.facts(shop), None, 100)
    rows, cursor = SHEETS[0].page(cast.facts(shop), None, 1)
    while cursor is not None:
        more, cursor = SHEETS[0].page(cast.facts(shop), cursor, 1)
        rows += more
    assert len(whole) == 4
    assert rows == whole
    assert len(products_listed(shop.pk, ProductFilter(), None, 100)[0]) == 3
