"""Placing an order over HTTP: what it answers, writes and refuses."""

from typing import Any

import pytest

from core.money import Money
from merchants.models import Order, OrderMove, Product, Shop, StockReservation
from merchants.services.products import update_product
from tests.merchants import cast

pytestmark = pytest.mark.django_db


def wish(shop: Shop, *lines: tuple[Product, int], **more: Any) -> dict[str, Any]:
    picked = [{"product": product.public_id, "quantity": n} for product, n in lines]
    return {"shop": shop.public_id, "lines": picked, **more}


def test_an_order_is_priced_by_the_server_and_reserves_stock(
    ana: cast.Caller, shop: Shop, bread: Product
) -> None:
    cake = cast.new_product(shop, "Bolo de fubá", price=2200, stock=None)
    answer = ana.post("/v1/orders", wish(shop, (bread, 4), (cake, 1), note="Sem embalagem"))

    assert answer.status_code == 201
    body = answer.json()
    assert body["number"] == 1
    assert body["shop"] == {"id": shop.public_id, "name": "Padaria do Zé"}
    assert body["total"] == {"amount_minor": 2800, "currency": "BRL"}
    assert body["note"] == "Sem embalagem"
    assert [
        (line["name"], line["quantity"], line["total"]["amount_minor"]) for line in body["lines"]
    ] == [
        ("Pão francês", 4, 600),
        ("Bolo de fubá", 1, 2200),
    ]
    bread.refresh_from_db()
    cake.refresh_from_db()
    assert (bread.stock, bread.reserved, bread.available) == (10, 4, 6)
    assert (cake.stock, cake.reserved, cake.available) == (None, 1, None)
    assert StockReservation.objects.filter(state="live").count() == 2


def test_where_purchases_are_closed_the_order_says_so(
    ana: cast.Caller, shop: Shop, bread: Product
) -> None:
    body = ana.post("/v1/orders", wish(shop, (bread, 1))).json()
    assert body["state"] == "external_pending"
    assert body["payment"]["kind"] == "external"
    assert body["payment"]["means"] == []
    assert "not verified by Troco" in body["payment"]["note"]
    assert body["payment"]["payment"] is None
    assert [row["code"] for row in body["timeline"]] == ["placed", "accepted", "external_pending"]


def test_a_shop_that_answers_itself_leaves_the_order_placed(
    ana: cast.Caller, shop: Shop, bread: Product
) -> None:
    cast.set_up(shop, auto_accept=False)
    body = ana.post("/v1/orders", wish(shop, (bread, 1))).json()
    assert (body["state"], body["payment"]) == ("placed", None)
    assert [move.to_state for move in OrderMove.objects.all()] == ["placed"]


def test_the_chat_and_both_feeds_show_the_order(
    ana: cast.Caller, carla: cast.Caller, shop: Shop, bread: Product
) -> None:
    body = ana.post("/v1/orders", wish(shop, (bread, 2))).json()
    history = ana.get(f"/v1/conversations/{body['conversation']}/messages").json()["data"]
    assert [message["type"] for message in history] == ["order"]
    assert history[0]["content"] == {
        "order": body["id"],
        "number": 1,
        "state": "external_pending",
        "lines": [{"name": "Pão francês", "quantity": 2, "unit_minor": 150, "total_minor": 300}],
        "more_lines": 0,
        "total": {"amount_minor": 300, "currency": "BRL"},
        "expires_at": body["expires_at"],
        "outside": {"told_at": None, "received_at": None, "is_verified": False},
    }
    assert carla.get(f"/v1/conversations/{body['conversation']}/messages").status_code == 404


def test_the_largest_order_with_the_longest_names_fits(ana: cast.Caller, shop: Shop) -> None:
    products = [
        cast.new_product(shop, name=f"{n:02d}" + "🥖" * 118, price=10**12, stock=None)
        for n in range(50)
    ]
    answer = ana.post("/v1/orders", wish(shop, *((product, 999) for product in products)))
    assert answer.status_code == 201
    assert answer.json()["total"]["amount_minor"] == 50 * 999 * 10**12
    history = ana.get(f"/v1/conversations/{answer.json()['conversation']}/messages").json()
    assert history["data"][0]["content"]["more_lines"] == 35


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lines": []}, 400, "input_invalid"),
        ({"lines": "x"}, 400, "input_invalid"),
        ({"shop": "mer_unknown"}, 404, "not_found"),
        ({"conversation": "cnv_unknown"}, 404, "not_found"),
        ({"note": "x" * 501}, 400, "input_invalid"),
        ({"note": "\x00"}, 400, "text_invalid"),
        ({"total": 1}, 400, "unknown_field"),
    ],
)
def test_a_malformed_order_writes_nothing(
    ana: cast.Caller, shop: Shop, bread: Product, change: dict[str, Any], status: int, code: str
) -> None:
    answer = ana.post("/v1/orders", wish(shop, (bread, 1)) | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    bread.refresh_from_db()
    assert (Order.objects.count(), bread.reserved) == (0, 0)


@pytest.mark.parametrize("quantity", [0, -1, 1000, 1.0, True, "2", None, 2**63])
def test_a_quantity_is_a_whole_number_from_1_to_999(
    ana: cast.Caller, shop: Shop, bread: Product, quantity: Any
) -> None:
    answer = ana.post("/v1/orders", wish(shop, (bread, quantity)))
    assert (answer.status_code, answer.json()["code"]) == (400, "input_invalid")
    assert Order.objects.count() == 0


def test_a_cart_whose_prices_moved_is_told_before_it_is_sent(
    ana: cast.Caller, shop: Shop, bread: Product
) -> None:
    def reais(minor: int) -> dict[str, Any]:
        return {"amount_minor": minor, "currency": "BRL"}

    cake = cast.new_product(shop, "Bolo de fubá", price=2200, stock=None)
    dearer = {"price": Money(180, "BRL")}
    update_product(shop_id=shop.pk, product_id=bread.public_id, actor=None, facts=dearer)
    cart = wish(shop, (bread, 4), (cake, 1), shown_total=reais(2800))
    answer = ana.post("/v1/orders", cart)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "cart_changed")
    assert told["total"] == reais(2920)
    assert told["lines"][0] == {
        "product": bread.public_id,
        "name": "Pão francês",
        "quantity": 4,
        "unit": reais(180),
        "total": reais(720),
    }
    bread.refresh_from_db()
    assert (Order.objects.count(), bread.reserved) == (0, 0)
    assert ana.post("/v1/orders", {**cart, "shown_total": told["total"]}).status_code == 201
    other = {"shown_total": {"amount_minor": 2920, "currency": "USD"}}
    assert ana.post("/v1/orders", {**cart, **other}).json()["code"] == "cart_changed"
    assert Order.objects.count() == 1


def test_a_price_from_the_client_is_an_unknown_field(
    ana: cast.Caller, shop: Shop, bread: Product
) -> None:
    line = {"product": bread.public_id, "quantity": 1, "unit_minor": 1}
    answer = ana.post("/v1/orders", {"shop": shop.public_id, "lines": [line]})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_field")


def test_a_product_stands_once(ana: cast.Caller, shop: Shop, bread: Product) -> None:
    answer = ana.post("/v1/orders", wish(shop, (bread, 1), (bread, 1)))
    assert (answer.status_code, answer.json()["code"]) == (400, "input_invalid")
    assert "lines" in answer.json()["field_errors"]


def test_an_order_has_at_most_fifty_lines(ana: cast.Caller, shop: Shop, bread: Product) -> None:
    answer = ana.post("/v1/orders", wish(shop, *[(bread, 1)] * 51))
    assert (answer.status_code, answer.json()["code"]) == (400, "input_invalid")


def test_too_little_stock_names_the_product(ana: cast.Caller, shop: Shop, bread: Product) -> None:
    answer = ana.post("/v1/orders", wish(shop, (bread, 11)))
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_short")
    assert "Pão francês" in answer.json()["detail"]
    assert answer.json()["products"] == [
        {"product": bread.public_id, "name": "Pão francês", "asked": 11, "available": 10}
    ]
    assert Order.objects.count() == 0


def test_a_hidden_product_cannot_be_had(ana: cast.Caller, shop: Shop) -> None:
    hidden = cast.new_product(shop, is_visible=False)
    answer = ana.post("/v1/orders", wish(shop, (hidden, 1)))
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_short")


def test_another_shops_product_is_unknown(ana: cast.Caller, shop: Shop, ze: cast.Caller) -> None:
    elsewhere = cast.new_product(cast.new_shop(ze.person, "Quitanda"))
    answer = ana.post("/v1/orders", wish(shop, (elsewhere, 1)))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_closed_shop_takes_no_orders(ana: cast.Caller, shop: Shop, bread: Product) -> None:
    cast.set_up(shop, is_open=False)
    answer = ana.post("/v1/orders", wish(shop, (bread, 1)))
    assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")


def test_the_same_key_orders_once(ana: cast.Caller, shop: Shop, bread: Product) -> None:
    first = ana.post("/v1/orders", wish(shop, (bread, 2)), key="basket-1")
    again = ana.post("/v1/orders", wish(shop, (bread, 2)), key="basket-1")
    other = ana.post("/v1/orders", wish(shop, (bread, 3)), key="basket-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    bread.refresh_from_db()
    assert (Order.objects.count(), bread.reserved) == (1, 2)


def test_numbers_have_no_gap_after_a_refusal(ana: cast.Caller, shop: Shop, bread: Product) -> None:
    ana.post("/v1/orders", wish(shop, (bread, 1)))
    ana.post("/v1/orders", wish(shop, (bread, 99)))
    ana.post("/v1/orders", wish(shop, (bread, 1)))
    assert list(Order.objects.order_by("id").values_list("number", flat=True)) == [1, 2]


@pytest.mark.parametrize("mark", ["\u202a", "\u202e", "\u2066", "\u2069"])
def test_a_note_that_turns_the_writing_round_places_nothing(
    ana: cast.Caller, shop: Shop, bread: Product, mark: str
) -> None:
    answer = ana.post("/v1/orders", wish(shop, (bread, 1), note=f"Troco {mark}00,1 $R"))
    assert (answer.status_code, answer.json()["code"]) == (400, "text_invalid")
    assert Order.objects.count() == 0
