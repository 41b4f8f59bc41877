"""The forms of the owner: products, prices, stock, and the shop itself; and the search."""

from typing import Any

import pytest
from django.test import Client

from merchants.enums import OrderState
from merchants.models import Order, Product, Shop
from merchants.portal.words import TABLES
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from payments.enums import PaymentState, PayoutState
from tests.merchants import cast as consumers
from tests.portal import cast

pytestmark = pytest.mark.django_db

SONHO = {"name": "Sonho", "price": "9,00", "stock": "3", "is_visible": "on", "emoji": "🍩"}


def errors_of(answer: Any) -> set[str]:
    assert answer.status_code == 422
    return set(answer.context["form"].errors)


def test_what_most_products_never_need_is_folded_until_it_is_used(owner: cast.Clerk) -> None:
    assert not owner.get("/catalogue/new").context["form"].is_rare_used()
    refused = owner.post("/catalogue/new", **SONHO, options="nonsense")
    assert refused.status_code == 422
    assert refused.context["form"].is_rare_used()


def test_a_new_product_is_on_the_shelf(owner: cast.Clerk) -> None:
    answer = owner.post("/catalogue/new", **SONHO, description="Com creme")
    product = Product.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == f"/portal/catalogue/{product.public_id}#pictures"
    assert "Here you can add pictures of it." in owner.body(f"/catalogue/{product.public_id}")
    assert (product.name, product.price_minor, product.stock) == ("Sonho", 900, 3)
    assert (product.emoji, product.description, product.is_visible) == ("🍩", "Com creme", True)
    shelf = owner.body("/catalogue")
    assert "R$9.00" in shelf


def test_a_product_says_what_its_price_is_for_and_how_long_it_takes(
    owner: cast.Clerk, shop: Shop
) -> None:
    terms = {"unit": "kg", "preparation_minutes": "90", "tax_note": "ISS incluso"}
    owner.post("/catalogue/new", **SONHO, **terms, collections="Doces, Festa")
    product = Product.objects.get()
    assert (product.unit, product.preparation_minutes, product.tax_note) == (
        "kg",
        90,
        "ISS incluso",
    )
    assert 'R$9.00</span> <span class="per">per kg' in owner.body("/catalogue")
    assert "Doces, Festa" in owner.body("/catalogue")
    path = f"/catalogue/{product.public_id}"
    page = owner.body(path)
    assert "Ready in about 1 hour 30 minutes" in page
    assert '<option value="kg" selected>' in page
    public = Client().get(f"/p/{product.public_id}").content.decode()
    assert "per kg" in public
    assert "Ready in about 1 hour 30 minutes" in public
    for wrong in ({"unit": "stone"}, {"preparation_minutes": "10081"}, {"tax_note": "x" * 201}):
        assert errors_of(owner.post(path, **{**SONHO, **terms, **wrong})) == set(wrong)
    owner.post(path, **SONHO)
    product.refresh_from_db()
    assert (product.unit, product.preparation_minutes, product.tax_note) == ("", None, "")


def test_the_form_shows_a_product_as_it_is_and_changes_it(
    owner: cast.Clerk, bread: Product
) -> None:
    page = owner.body(f"/catalogue/{bread.public_id}")
    for value in ('value="Pão francês"', 'value="1.50"', 'value="10"'):
        assert value in page
    path, shown = f"/catalogue/{bread.public_id}", {"initial-stock": "10"}
    assert owner.post(path, name="Pão", price="1.234,50", stock="", **shown).status_code == 303
    bread.refresh_from_db()
    assert (bread.name, bread.price_minor, bread.stock) == ("Pão", 123_450, None)
    assert not bread.is_visible
    assert 'value="1234.50"' in owner.body(path)


@pytest.mark.parametrize(
    ("price", "amount"),
    [("12,50", 1250), ("1.234,50", 123_450), ("12.5", 1250), ("1,234", 123_400)],
)
def test_prices_are_read_exactly(owner: cast.Clerk, price: str, amount: int) -> None:
    assert owner.post("/catalogue/new", **{**SONHO, "price": price}).status_code == 303
    assert Product.objects.get().price_minor == amount


@pytest.mark.parametrize(
    "change",
    [
        {"price": "0"},
        {"price": "-1"},
        {"price": ""},
        {"price": "12,505,1"},
        {"price": "free"},
        {"stock": "-1"},
        {"stock": "1.5"},
        {"stock": "many"},
        {"stock": "1000001"},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 121},
        {"emoji": "123456789"},
        {"description": "x" * 1001},
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    owner: cast.Clerk, bread: Product, change: dict[str, str]
) -> None:
    form = {**SONHO, **change}
    for path in ("/catalogue/new", f"/catalogue/{bread.public_id}"):
        assert errors_of(owner.post(path, **form)) == set(change)
    assert Product.objects.count() == 1
    bread.refresh_from_db()
    assert (bread.name, bread.price_minor, bread.stock) == ("Pão francês", 150, 10)


def test_stock_that_is_promised_cannot_be_taken_away(
    owner: cast.Clerk, bread: Product, shop: Shop, ana: consumers.Caller
) -> None:
    lines = [LineWish(bread.public_id, 4)]
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=lines)
    path = f"/catalogue/{bread.public_id}"
    form = {"name": "Pão francês", "price": "1,50", "is_visible": "on"}
    assert errors_of(owner.post(path, **form, stock="3")) == {"__all__"}
    assert owner.post(path, **form, stock="4").status_code == 303
    shelf = owner.rows("/catalogue")
    assert [(row["stock"], row["reserved"], row["state"]) for row in shelf] == [(4, 4, "sold_out")]
    assert [row["name"] for row in owner.rows("/catalogue", show="low")] == ["Pão francês"]


def test_a_refused_form_changes_nothing_at_all(
    owner: cast.Clerk, bread: Product, shop: Shop, ana: consumers.Caller
) -> None:
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 4)])
    owner.post(f"/catalogue/{bread.public_id}", name="Other", price="9,00", stock="1")
    bread.refresh_from_db()
    assert (bread.name, bread.price_minor, bread.stock) == ("Pão francês", 150, 10)


def test_saving_another_field_keeps_what_was_sold_meanwhile(
    owner: cast.Clerk, bread: Product
) -> None:
    path = f"/catalogue/{bread.public_id}"
    assert 'name="initial-stock" value="10"' in owner.body(path)
    Product.objects.update(stock=8)
    shown = {"stock": "10", "initial-stock": "10"}
    form = {"name": "Pão", "price": "1,50"}
    assert owner.post(path, **form, **shown).status_code == 303
    bread.refresh_from_db()
    assert (bread.name, bread.stock) == ("Pão", 8)
    assert owner.post(path, **form, **{**shown, "stock": "12"}).status_code == 303
    bread.refresh_from_db()
    assert bread.stock == 12


def test_the_owner_sets_the_shop_up(owner: cast.Clerk, shop: Shop) -> None:
    answer = owner.post("/settings", name="Padaria Nova", about="Pão.", auto_accept="on")
    assert (answer.status_code, answer["Location"]) == (303, "/portal/settings")
    shop.refresh_from_db()
    assert (shop.name, shop.about, shop.auto_accept, shop.is_open) == (
        "Padaria Nova",
        "Pão.",
        True,
        False,
    )
    assert "Saved." in owner.body("/settings")


@pytest.mark.parametrize("change", [{"name": ""}, {"name": "x" * 81}, {"about": "x" * 501}])
def test_impossible_settings_keep_what_was_typed(
    owner: cast.Clerk, shop: Shop, change: dict[str, str]
) -> None:
    form = {"name": "Padaria Nova", "about": "Pão."} | change
    answer = owner.post("/settings", **form)
    assert errors_of(answer) == set(change)
    assert answer.context["form"]["about"].value() == form["about"]
    shop.refresh_from_db()
    assert shop.name == "Padaria do Zé"


def test_settings_and_the_team_are_shown_without_whole_numbers(
    owner: cast.Clerk, cashier: cast.Clerk
) -> None:
    page = owner.body("/settings")
    for words in ("Padaria do Zé Ltda", "No account yet", "America/Sao_Paulo"):
        assert words in page
    team = owner.body("/team")
    for words in ("Lia", "Cashier"):
        assert words in team
    assert [row["is_you"] for row in cashier.rows("/team")] == [False, True]


def found_by(clerk: cast.Clerk, q: str) -> dict[str, list[str]]:
    groups = clerk.get("/search", q=q).context["groups"]
    return {str(group["words"]): [row["title"] for row in group["rows"]] for group in groups}


@pytest.fixture
def order(ana: consumers.Caller, shop: Shop, bread: Product) -> Order:
    """Ana's order of one loaf."""
    lines = [LineWish(bread.public_id, 1)]
    return place_order(buyer=ana.person, shop_id=shop.public_id, lines=lines)


def test_search_finds_by_number_name_and_product(owner: cast.Clerk, order: Order) -> None:
    assert found_by(owner, "1") == {"Orders": ["Order 1"]}
    assert found_by(owner, "#1") == {"Orders": ["Order 1"]}
    assert found_by(owner, "ana") == {"Orders": ["Order 1"], "Conversations": ["Ana"]}
    assert found_by(owner, "franc") == {"Orders": ["Order 1"], "Products": ["Pão francês"]}
    for nothing in ("", "  ", "nobody", "999999999999", "%", "_", "ord_", "pay_x", "pyo_x"):
        assert found_by(owner, nothing) == {}
    assert "/portal/orders?q=fran%26%C3%A7" not in owner.body("/search", q="fran&ç")
    assert "/portal/catalogue?q=Franc%C3%AAs" in owner.body("/search", q="Francês")


def test_a_whole_id_leads_straight_to_its_own_shops_page(
    owner: cast.Clerk, stranger: cast.Clerk, order: Order
) -> None:
    answer = owner.get("/search", q=f" {order.public_id} ")
    assert (answer.status_code, answer["Location"]) == (303, f"/portal/orders/{order.public_id}")
    assert found_by(stranger, order.public_id) == {}
    for q in ("ana", "franc", "1"):
        assert found_by(stranger, q) == {}


def test_a_cashier_is_not_led_to_forms(cashier: cast.Clerk, order: Order) -> None:
    page = cashier.get("/search", q="franc").context["groups"]
    hrefs = [row["href"] for group in page for row in group["rows"]]
    assert hrefs == [
        f"/portal/orders/{order.public_id}",
        "/portal/catalogue?q=P%C3%A3o+franc%C3%AAs",
    ]
    for href in hrefs:
        assert cashier.client.get(href).status_code == 200


def test_every_state_has_its_words() -> None:
    assert set(OrderState) - set(TABLES["order"]) == set()
    assert set(PaymentState) - set(TABLES["payment"]) == set()
    assert set(PayoutState) - set(TABLES["payout"]) == set()
