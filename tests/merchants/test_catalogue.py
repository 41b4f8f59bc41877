"""The catalogue: kept by the shop, shown to buyers, every change on record."""

import pytest

from core.errors import (
    AmountInvalid,
    CurrencyMismatch,
    InputInvalid,
    NotFound,
    StateConflict,
    TextInvalid,
    TrocoError,
)
from core.money import Money
from merchants.models import Product, Shop
from merchants.queries import low_stock_count, lowest_stock, product_of_shop, products_of_shop
from merchants.queries.catalogue import LowStock
from merchants.services.orders import place_order
from merchants.services.products import (
    ProductFacts,
    create_product,
    hide_product,
    set_stock,
    show_product,
    update_product,
)
from merchants.services.stock import LineWish
from people.models import AuditEntry
from tests.merchants import cast

pytestmark = pytest.mark.django_db


def names(shop: Shop, q: str = "") -> list[str]:
    return [product.name for product in products_of_shop(shop.pk, q, None, 50)[0]]


def test_a_product_comes_last_and_is_on_record(shop: Shop, bread: Product, ze: cast.Caller) -> None:
    cake = create_product(
        shop_id=shop.pk,
        actor=ze.person,
        facts=ProductFacts(" Bolo ", Money(2200, "BRL"), emoji="🍰"),
        stock=3,
    )
    assert names(shop) == ["Pão francês", "Bolo"]
    entry = AuditEntry.objects.get(object_ref=cake.public_id)
    assert (entry.action, entry.actor, entry.before) == ("product.created", ze.person, {})
    assert entry.after["price_minor"] == 2200


def test_a_change_records_only_what_changed(shop: Shop, bread: Product, ze: cast.Caller) -> None:
    same = ProductFacts("Pão francês", Money(150, "BRL"))
    update_product(shop_id=shop.pk, product_id=bread.public_id, actor=ze.person, facts=same)
    dearer = ProductFacts("Pão francês", Money(180, "BRL"))
    update_product(shop_id=shop.pk, product_id=bread.public_id, actor=ze.person, facts=dearer)
    entry = AuditEntry.objects.get(action="product.changed")
    assert (entry.before, entry.after) == ({"price_minor": 150}, {"price_minor": 180})


def test_an_order_keeps_the_price_it_was_placed_at(
    shop: Shop, bread: Product, ana: cast.Caller
) -> None:
    order = place_order(
        buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 2)]
    )
    renamed = ProductFacts("Pão", Money(999, "BRL"))
    update_product(shop_id=shop.pk, product_id=bread.public_id, actor=None, facts=renamed)
    body = ana.get(f"/v1/orders/{order.public_id}").json()
    assert body["lines"] == [
        {
            "product": bread.public_id,
            "name": "Pão francês",
            "quantity": 2,
            "unit": {"amount_minor": 150, "currency": "BRL"},
            "unit_code": "",
            "total": {"amount_minor": 300, "currency": "BRL"},
        }
    ]


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        (ProductFacts("", Money(1, "BRL")), InputInvalid),
        (ProductFacts("x" * 121, Money(1, "BRL")), InputInvalid),
        (ProductFacts("x", Money(1, "BRL"), description="x" * 1001), InputInvalid),
        (ProductFacts("x", Money(1, "BRL"), emoji="x" * 17), InputInvalid),
        (ProductFacts("x", Money(0, "BRL")), AmountInvalid),
        (ProductFacts("x", Money(10**12 + 1, "BRL")), AmountInvalid),
        (ProductFacts("x", Money(1, "USD")), CurrencyMismatch),
        (ProductFacts("x", Money(1, "BRL"), low_stock_threshold=-1), InputInvalid),
        (ProductFacts("x", Money(1, "BRL"), unit="stone"), InputInvalid),
        (ProductFacts("x", Money(1, "BRL"), preparation_minutes=-1), InputInvalid),
        (ProductFacts("x", Money(1, "BRL"), preparation_minutes=10_081), InputInvalid),
        (ProductFacts("x", Money(1, "BRL"), tax_note="x" * 201), InputInvalid),
        (ProductFacts("x", Money(1, "BRL"), tax_note="a\0b"), TextInvalid),
    ],
)
def test_impossible_facts_are_refused(
    shop: Shop, facts: ProductFacts, error: type[TrocoError]
) -> None:
    with pytest.raises(error):
        create_product(shop_id=shop.pk, actor=None, facts=facts, stock=None)
    assert names(shop) == []


@pytest.mark.parametrize("stock", [-1, 1_000_001])
def test_an_impossible_stock_is_refused(shop: Shop, bread: Product, stock: int) -> None:
    with pytest.raises(InputInvalid):
        set_stock(shop_id=shop.pk, product_id=bread.public_id, actor=None, stock=stock)


def test_stock_cannot_be_less_than_what_is_promised(
    shop: Shop, bread: Product, ana: cast.Caller
) -> None:
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 4)])
    with pytest.raises(StateConflict) as refusal:
        set_stock(shop_id=shop.pk, product_id=bread.public_id, actor=None, stock=3)
    assert refusal.value.extra == {"reserved": 4}
    set_stock(shop_id=shop.pk, product_id=bread.public_id, actor=None, stock=4)
    found = product_of_shop(shop.pk, bread.public_id)
    assert found is not None
    assert (found.stock, found.reserved, found.available) == (4, 4, 0)


def test_a_limit_can_be_set_while_orders_are_open(shop: Shop, ana: cast.Caller) -> None:
    free = cast.new_product(shop, "Café", stock=None)
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(free.public_id, 7)])
    set_stock(shop_id=shop.pk, product_id=free.public_id, actor=None, stock=10)
    found = product_of_shop(shop.pk, free.public_id)
    assert found is not None
    assert found.available == 3


def test_hidden_products_are_for_the_shop_only(
    shop: Shop, bread: Product, ana: cast.Caller
) -> None:
    path = f"/v1/shops/{shop.public_id}/products"
    hide_product(shop_id=shop.pk, product_id=bread.public_id, actor=None)
    assert ana.get(path).json() == {"data": [], "next": None}
    assert names(shop) == ["Pão francês"]
    show_product(shop_id=shop.pk, product_id=bread.public_id, actor=None)
    assert ana.get(path).json()["data"] == [
        {
            "id": bread.public_id,
            "name": "Pão francês",
            "description": "",
            "emoji": "",
            "price": {"amount_minor": 150, "currency": "BRL"},
            "unit": "",
            "preparation_minutes": None,
            "tax_note": "",
            "is_available": True,
            "left": 10,
            "pictures": [],
        }
    ]


def test_another_shops_product_is_unknown(bread: Product, carla: cast.Caller) -> None:
    other = cast.new_shop(carla.person, "Quitanda")
    for verb in (hide_product, show_product):
        with pytest.raises(NotFound):
            verb(shop_id=other.pk, product_id=bread.public_id, actor=carla.person)
    with pytest.raises(NotFound):
        set_stock(shop_id=other.pk, product_id=bread.public_id, actor=None, stock=1)
    assert product_of_shop(other.pk, bread.public_id) is None


def test_search_looks_at_name_and_description(shop: Shop, bread: Product) -> None:
    cast.new_product(shop, "Bolo", description="de pão de ló")
    cast.new_product(shop, "Café")
    assert names(shop, "pão") == ["Pão francês", "Bolo"]
    assert names(shop, "caf") == ["Café"]
    assert names(shop, "%") == []


def test_low_stock_counts_what_can_still_be_sold(shop: Shop, ana: cast.Caller) -> None:
    cast.set_up(shop, low_stock_threshold=2)
    by_shop = cast.new_product(shop, "Pela loja", stock=5)
    cast.new_product(shop, "Por si", stock=8, low_stock_threshold=8)
    cast.new_product(shop, "Bastante", stock=9)
    cast.new_product(shop, "Sem limite", stock=None)
    cast.new_product(shop, "Escondido", stock=0, is_visible=False)
    assert lowest_stock(shop.pk) == LowStock(1, (("Por si", 8),))
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(by_shop.public_id, 3)])
    assert lowest_stock(shop.pk) == LowStock(2, (("Pela loja", 2), ("Por si", 8)))
    assert lowest_stock(shop.pk, 1) == LowStock(2, (("Pela loja", 2),))
    assert low_stock_count(shop.pk) == 2


def test_shops_are_found_by_name_and_country(ana: cast.Caller, shop: Shop, ze: cast.Caller) -> None:
    cast.new_shop(ze.person, "Quitanda")
    found = ana.get("/v1/shops", q="padaria", country="br").json()["data"]
    assert [row["id"] for row in found] == [shop.public_id]
    assert found[0] == ana.get(f"/v1/shops/{shop.public_id}").json()
    assert found[0]["name"] == "Padaria do Zé"
    assert ana.get("/v1/shops", country="IN").json()["data"] == []
    assert ana.get("/v1/shops", colour="red").json()["code"] == "unknown_field"
    assert ana.get("/v1/shops", after="x").json()["code"] == "input_invalid"
    assert ana.get("/v1/shops/mer_unknown").status_code == 404
    assert ana.get("/v1/shops/mer_unknown/products").status_code == 404
