"""``/v1/shop/products``: a shop's own system keeps the catalogue by key."""

import io
from typing import Any

import pytest
from django.test import Client

from merchants.enums import KeyScope
from merchants.models import Product
from merchants.services.pictures import add_picture
from people.models import AuditEntry
from tests.merchants.cast import Caller, new_product, new_shop
from tests.merchants.program import Program, problem
from tests.messaging import samples

PATH = "/v1/shop/products"
CAKE = {"name": "Bolo de fubá", "price": {"amount_minor": 2500, "currency": "BRL"}}


def test_a_product_is_made_read_changed_and_put_away(program: Program, shop: Any) -> None:
    body = {**CAKE, "sku": "B-7", "stock": 12, "collections": ["Bolos"], "emoji": "🍰"}
    body |= {"unit": "kg", "preparation_minutes": 90, "tax_note": "ISS incluso"}
    made = program.post(PATH, body)
    assert made.status_code == 201
    shown = made.json()
    name = shown["id"]
    assert shown == {
        "id": name,
        "name": "Bolo de fubá",
        "title": "Bolo de fubá",
        "handle": "bolo-de-fubá",
        "options": [],
        "sku": "B-7",
        "description": "",
        "emoji": "🍰",
        "price": {"amount_minor": 2500, "currency": "BRL"},
        "unit": "kg",
        "preparation_minutes": 90,
        "tax_note": "ISS incluso",
        "stock": 12,
        "reserved": 0,
        "available": 12,
        "low_stock_threshold": None,
        "is_low": False,
        "is_visible": True,
        "is_archived": False,
        "collections": ["Bolos"],
        "pictures": [],
        "url": shown["url"],
        "changed_at": shown["changed_at"],
    }
    assert shown["url"].endswith(f"/p/{name}")
    assert program.get(f"{PATH}/{name}").json() == shown
    assert program.get("/v1/shop/collections").json() == {"data": [{"name": "Bolos"}], "next": None}
    change = {"price": {"amount_minor": 2700, "currency": "BRL"}, "stock": None}
    changed = program.send("PATCH", f"{PATH}/{name}", change).json()
    same = {"price", "stock", "available", "changed_at"}
    assert {k: v for k, v in changed.items() if k not in same} == {
        k: v for k, v in shown.items() if k not in same
    }
    assert (changed["price"]["amount_minor"], changed["stock"], changed["available"]) == (
        2700,
        None,
        None,
    )
    away = program.post(f"{PATH}/{name}/archive").json()
    assert (away["is_archived"], away["is_visible"]) == (True, False)
    assert program.get(PATH).json()["data"] == []
    assert [row["id"] for row in program.get(PATH, show="archived").json()["data"]] == [name]
    seen = program.send("PATCH", f"{PATH}/{name}", {"is_visible": True})
    assert (seen.status_code, seen.json()["code"]) == (409, "state_conflict")
    back = program.post(f"{PATH}/{name}/unarchive").json()
    assert (back["is_archived"], back["is_visible"]) == (False, False)


def test_what_a_key_does_is_written_down_as_its_doing(program: Program, shop: Any) -> None:
    name = program.post(PATH, CAKE).json()["id"]
    program.send("PATCH", f"{PATH}/{name}", {"stock": 3})
    acts = AuditEntry.objects.filter(object_ref=name).order_by("id")
    assert list(acts.values_list("action", "actor_login")) == [
        ("product.created", program.key.public_id),
        ("product.stock_set", program.key.public_id),
    ]
    assert not acts.filter(actor__isnull=False).exists()
    new_product(shop, "Broa")
    assert AuditEntry.objects.latest("id").actor_login == ""


def test_variants_share_a_handle(program: Program) -> None:
    large = {**CAKE, "handle": "bolo", "options": [{"name": "Tamanho", "value": "G"}], "sku": "B-G"}
    small = {**large, "options": [{"name": "Tamanho", "value": "P"}], "sku": "B-P"}
    assert program.post(PATH, large).json()["name"] == "Bolo de fubá · G"
    assert program.post(PATH, small).status_code == 201
    found = program.get(PATH, handle="bolo", sort="name").json()["data"]
    assert [row["sku"] for row in found] == ["B-G", "B-P"]
    assert [row["sku"] for row in program.get(PATH, sku="B-P").json()["data"]] == ["B-P"]
    twice = program.post(PATH, {**small, "sku": "B-Q"})
    assert (twice.status_code, list(twice.json()["field_errors"])) == (400, ["options"])
    assert Product.objects.count() == 2


def test_pictures_are_told_wherever_a_product_is(program: Program, ze: Caller, shop: Any) -> None:
    large = {**CAKE, "handle": "bolo", "options": [{"name": "Tamanho", "value": "G"}]}
    name = program.post(PATH, large).json()["id"]
    file = io.BytesIO(samples.located())
    hung = add_picture(shop_id=shop.pk, product_id=name, actor=ze.person, file=file, alt="Bolo")
    (shown,) = program.get(f"{PATH}/{name}").json()["pictures"]
    assert (shown["id"], shown["alt"]) == (hung.public_id, "Bolo")
    assert shown["url"].endswith(f"/i/{hung.public_id}")
    assert shown["small_url"] == f"{shown['url']}/small"
    small = {**large, "options": [{"name": "Tamanho", "value": "P"}]}
    told = [
        program.post(PATH, small),
        program.send("PATCH", f"{PATH}/{name}", {"stock": 3}),
        program.post(f"{PATH}/{name}/archive"),
        program.post(f"{PATH}/{name}/unarchive"),
    ]
    assert [each.json()["pictures"] for each in told] == [[shown]] * 4
    listed = program.get(PATH).json()["data"]
    assert [each["pictures"] for each in listed] == [[shown]] * 2


def test_the_same_key_makes_one_product(program: Program) -> None:
    first = program.post(PATH, CAKE, key="bolo-1")
    again = program.post(PATH, CAKE, key="bolo-1")
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = program.post(PATH, {**CAKE, "name": "Broa"}, key="bolo-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Product.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_whatever_it_holds(
    program: Program, shop: Any, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        new_product(shop, f"Pão {number}")
    program.get(PATH)
    # The key, the page, and the line of the request log.
    with django_assert_num_queries(3):
        assert len(program.get(PATH).json()["data"]) == count
    with django_assert_num_queries(3):
        assert program.get("/v1/shop/collections").json()["data"] == []
    page = program.get(PATH, limit=2).json()
    assert [row["name"] for row in page["data"]] == ["Pão 0", "Pão 1"][:count]
    assert (page["next"] is None) == (count < 3)
    if page["next"]:
        rest = program.get(PATH, limit=2, after=page["next"]).json()
        assert ([row["name"] for row in rest["data"]], rest["next"]) == (["Pão 2"], None)


def test_another_shops_product_is_no_product(program: Program, carla: Caller, bread: Any) -> None:
    stranger = Program(new_shop(carla.person, "Outra"))
    answers = [
        stranger.get(f"{PATH}/{bread.public_id}"),
        stranger.send("PATCH", f"{PATH}/{bread.public_id}", {"stock": 0}),
        stranger.post(f"{PATH}/{bread.public_id}/archive"),
        stranger.post(f"{PATH}/{bread.public_id}/unarchive"),
    ]
    unknown = stranger.get(f"{PATH}/prd_unknown")
    assert [each.status_code for each in answers] == [404] * 4
    assert [problem(each) for each in answers] == [problem(unknown)] * 4
    assert stranger.get(PATH).json()["data"] == []
    bread.refresh_from_db()
    assert (bread.stock, bread.archived_at) == (10, None)


def test_who_may_not(shop: Any, bread: Any, ana: Caller) -> None:
    narrow = Program(shop, *(each for each in KeyScope if each != KeyScope.CATALOGUE))
    refused = narrow.send("PATCH", f"{PATH}/{bread.public_id}", {"stock": 0})
    assert refused.status_code == 403
    assert (refused.json()["code"], refused.json()["scope"]) == ("forbidden", "catalogue")
    live = {"Authorization": narrow.headers["Authorization"].replace("sk_test_", "sk_live_")}
    assert Client().get(PATH, headers=live).status_code == 401
    assert ana.get(PATH).status_code == 401
    assert Client().get(PATH).status_code == 401
    bread.refresh_from_db()
    assert bread.stock == 10


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "input_invalid"),
        ({"name": "", "price": CAKE["price"]}, "input_invalid"),
        ({"name": "x" * 121, "price": CAKE["price"]}, "input_invalid"),
        ({**CAKE, "price": 25}, "amount_invalid"),
        ({**CAKE, "price": {"amount_minor": 25.5, "currency": "BRL"}}, "amount_invalid"),
        ({**CAKE, "price": {"amount_minor": 0, "currency": "BRL"}}, "amount_invalid"),
        ({**CAKE, "price": {"amount_minor": 10**13, "currency": "BRL"}}, "amount_invalid"),
        ({**CAKE, "price": {"amount_minor": 25, "currency": "USD"}}, "currency_mismatch"),
        ({**CAKE, "price": {"amount_minor": 25, "currency": "BRL", "x": 1}}, "unknown_field"),
        ({**CAKE, "stock": -1}, "input_invalid"),
        ({**CAKE, "stock": "7"}, "input_invalid"),
        ({**CAKE, "stock": 1_000_001}, "input_invalid"),
        ({**CAKE, "options": [{"name": "Cor"}]}, "input_invalid"),
        ({**CAKE, "options": [{"name": str(n), "value": "x"} for n in range(4)]}, "input_invalid"),
        ({**CAKE, "collections": ["a,b"]}, "input_invalid"),
        ({**CAKE, "shop": "mer_1"}, "unknown_field"),
        ({**CAKE, "name": "a\x00b"}, "text_invalid"),
    ],
)
def test_what_is_no_product_is_refused(program: Program, body: dict[str, Any], code: str) -> None:
    reply = program.post(PATH, body)
    assert reply.json()["code"] == code
    assert reply.status_code == (422 if code == "currency_mismatch" else 400)
    assert Product.objects.count() == 0


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 101}, {"show": "all"}, {"sort": "stock"}, {"after": "x"}]
)
def test_a_list_that_cannot_be_is_refused(program: Program, query: dict[str, Any]) -> None:
    assert program.get(PATH, **query).json()["code"] == "input_invalid"


def test_less_stock_than_is_promised_is_refused(program: Program, bread: Any) -> None:
    Product.objects.filter(pk=bread.pk).update(reserved=4)
    body = {"stock": 3, "name": "Outro"}
    reply = program.send("PATCH", f"{PATH}/{bread.public_id}", body)
    assert (reply.status_code, reply.json()["reserved"]) == (409, 4)
    bread.refresh_from_db()
    assert (bread.name, bread.stock) == ("Pão francês", 10)
