"""Products that a program shows: only those of its shop, and what buyers see leads to them."""

from typing import Any

import pytest

from merchants.models import Order, Product
from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller, new_product, new_shop
from tests.merchants.test_cloud_rules import messages

WORDS = {"body": {"text": "Este"}}


@pytest.fixture
def bot(shop: Any) -> Bot:
    return Bot(shop)


@pytest.fixture
def talk(bot: Bot, ana: Caller) -> str:
    return write_to(bot.shop, ana)


def one(bot: Bot, named: str) -> dict[str, Any]:
    action = {"catalog_id": str(bot.account), "product_retailer_id": named}
    return {"type": "product", **WORDS, "action": action}


def several(bot: Bot, *named: str) -> dict[str, Any]:
    items = [{"product_retailer_id": each} for each in named]
    sections = [{"title": "Pães", "product_items": items}]
    action = {"catalog_id": str(bot.account), "sections": sections}
    header = {"type": "text", "text": "Do dia"}
    return {"type": "product_list", **WORDS, "header": header, "action": action}


def catalogue(named: str) -> dict[str, Any]:
    parameters = {"thumbnail_product_retailer_id": named}
    action = {"name": "catalog_message", "parameters": parameters}
    return {"type": "catalog_message", **WORDS, "action": action}


def test_what_is_shown_leads_to_the_product(
    bot: Bot, ana: Caller, bread: Product, talk: str
) -> None:
    Product.objects.filter(pk=bread.pk).update(sku="PF-1")
    shown = [one(bot, "PF-1"), several(bot, bread.public_id, "PF-1"), catalogue("PF-1")]
    for content in shown:
        assert bot.say(digits(ana), "interactive", content).status_code == 200
    single, listed, whole = [each.content["action"] for each in messages(bot, talk)[1:]]
    sections = listed["sections"][0]["product_items"]
    for each in (single, *sections, whole["parameters"]):
        assert each["product"]["product"] == bread.public_id
        assert each["product"]["price"] == {"amount_minor": 150, "currency": "BRL"}
    assert [each["product_retailer_id"] for each in sections] == [bread.public_id, "PF-1"]
    found = ana.get(f"/v1/shops/{bot.shop.public_id}/products").json()["data"]
    assert single["product"]["product"] in [each["id"] for each in found]


def test_a_catalogue_is_shown_without_a_product(bot: Bot, ana: Caller, talk: str) -> None:
    plain = {"type": "catalog_message", **WORDS, "action": {"name": "catalog_message"}}
    assert bot.say(digits(ana), "interactive", plain).status_code == 200
    assert messages(bot, talk)[-1].content["action"] == {"name": "catalog_message"}


def test_what_is_not_in_the_catalogue_is_refused(
    bot: Bot, ze: Caller, ana: Caller, bread: Product, talk: str
) -> None:
    """Unknown, hidden, archived, another shop's: all the same; and nothing is sent."""
    others = new_product(new_shop(ze.person))
    hidden, archived = new_product(bot.shop), new_product(bot.shop)
    Product.objects.filter(pk=hidden.pk).update(is_visible=False)
    Product.objects.filter(pk=archived.pk).update(archived_at=bread.changed_at, is_visible=False)
    absent = ["bolo", others.public_id, hidden.public_id, archived.public_id]
    for named in absent:
        for content in (one(bot, named), several(bot, bread.public_id, named), catalogue(named)):
            error = bot.say(digits(ana), "interactive", content).json()["error"]
            assert (error["code"], named in error["message"]) == (131009, True), content
    assert len(messages(bot, talk)) == 1


def test_another_catalogue_is_refused(bot: Bot, ana: Caller, bread: Product, talk: str) -> None:
    content = one(bot, bread.public_id)
    content["action"]["catalog_id"] = "123"
    reply = bot.say(digits(ana), "interactive", content)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 131009)
    assert len(messages(bot, talk)) == 1


def test_the_commerce_settings_hold_for_buyers(bot: Bot, ana: Caller, bread: Product) -> None:
    products = f"/v1/shops/{bot.shop.public_id}/products"
    wish = {
        "shop": bot.shop.public_id,
        "lines": [{"product": bread.public_id, "quantity": 1}],
    }
    path = f"{bot.phone}/whatsapp_commerce_settings"
    assert ana.post("/v1/orders", wish, key="1").status_code == 201
    off = {"is_cart_enabled": "false", "is_catalog_visible": "false"}
    assert bot.call("POST", path, **off).json() == {"success": True}
    assert ana.get(products).json()["data"] == []
    refused = ana.post("/v1/orders", wish, key="2")
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")
    assert Order.objects.count() == 1
    on = {"is_cart_enabled": "true", "is_catalog_visible": "true"}
    assert bot.call("POST", path, **on).json() == {"success": True}
    assert [each["id"] for each in ana.get(products).json()["data"]] == [bread.public_id]
    assert ana.post("/v1/orders", wish, key="2").status_code == 201
