"""Orders that a bot makes by ``order_details``, and what it says and asks of them."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from core.money import MAX_MINOR
from merchants.models import Order
from merchants.services.line_orders import SOONEST
from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller

EXTRAS = {"tax": 100, "shipping": 300, "discount": 200}


@pytest.fixture
def bot(shop: Any) -> Bot:
    return Bot(shop)


@pytest.fixture
def talk(bot: Bot, ana: Caller) -> str:
    return write_to(bot.shop, ana)


def details(**changes: Any) -> dict[str, Any]:
    """An order of two loaves and a cake, with tax, shipping and a discount."""
    reais = {"offset": 100}
    parameters = {
        "reference_id": "pedido-1",
        "type": "physical-goods",
        "payment_type": "br",
        "payment_settings": [{"type": "troco"}, {"type": "boleto", "boleto": {"x": "1"}}],
        "currency": "BRL",
        "total_amount": {"value": 2900, **reais},
        "order": {
            "status": "pending",
            "items": [
                {
                    "retailer_id": "a1",
                    "name": "Pão",
                    "amount": {"value": 150, **reais},
                    "quantity": 2,
                },
                {
                    "retailer_id": "b2",
                    "name": "Bolo",
                    "amount": {"value": 2500, **reais},
                    "sale_amount": {"value": 2400, **reais},
                    "quantity": 1,
                },
            ],
            "subtotal": {"value": 2700, **reais},
            "tax": {"value": 100, **reais},
            "shipping": {"value": 300, **reais},
            "discount": {"value": 200, **reais},
        },
        **changes,
    }
    return {
        "type": "order_details",
        "body": {"text": "Seu pedido"},
        "action": {"name": "review_and_pay", "parameters": parameters},
    }


def test_an_order_is_made_from_order_details_once(bot: Bot, ana: Caller, talk: str) -> None:
    first = bot.say(digits(ana), "interactive", details())
    assert first.status_code == 200, first.json()
    order = Order.objects.get()
    assert (order.total_minor, order.tax_minor, order.shipping_minor, order.discount_minor) == (
        2900,
        100,
        300,
        200,
    )
    assert (order.state, order.placed_by_id) == ("external_pending", None)
    lines = order.lines.order_by("position").values_list("code", "name", "quantity", "unit_minor")
    assert list(lines) == [("a1", "Pão", 2, 150), ("b2", "Bolo", 1, 2400)]
    again = bot.say(digits(ana), "interactive", details())
    assert again.json()["messages"] == first.json()["messages"]
    other = bot.say(digits(ana), "interactive", details(payment_type="in"))
    assert other.json()["error"]["code"] == 131009
    as_text = details(reference_id="pedido-2")
    as_text["action"]["parameters"] = json.dumps(as_text["action"]["parameters"])
    assert bot.say(digits(ana), "interactive", as_text).status_code == 200
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"total_amount": {"value": 2901, "offset": 100}},
        {"total_amount": {"value": 2900, "offset": 10}},
        {"total_amount": {"value": 2900.0, "offset": 100}},
        {"total_amount": {"value": -1, "offset": 100}},
        {"total_amount": None},
        {"currency": "USD"},
        {"currency": None},
        {"reference_id": "a b"},
        {"reference_id": "x" * 61},
        {"type": "goods"},
        {"payment_settings": [{"type": "bitcoin"}]},
        {"order": {"items": [{"name": "Pão", "quantity": 1}]}},
        {"order": {"items": [], "expiration": {"timestamp": "1"}}},
        {"order": {"items": [], "expiration": {"timestamp": "9" * 12}}},
        {"order": []},
        {"total_amount": {"value": 0, "offset": 100}, "order": None},
        {"order": {"tax": {"value": 2900, "offset": 100}}},
        {"order": {"discount": {"value": MAX_MINOR, "offset": 100}}},
    ],
)
def test_an_order_whose_sums_or_words_are_not_right_is_refused(
    bot: Bot, ana: Caller, talk: str, changes: dict[str, Any]
) -> None:
    reply = bot.say(digits(ana), "interactive", details(**changes))
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] in {131008, 131009}
    assert Order.objects.count() == 0


def test_an_order_without_items_is_worth_what_is_left(bot: Bot, ana: Caller, talk: str) -> None:
    extras = {name: {"value": value, "offset": 100} for name, value in EXTRAS.items()}
    assert bot.say(digits(ana), "interactive", details(order=extras)).status_code == 200
    order = Order.objects.get()
    (line,) = order.lines.all()
    assert (line.name, line.quantity, line.unit_minor) == ("pedido-1", 1, 2700)
    assert order.total_minor == 2900


def test_an_order_is_told_about_and_called_off(bot: Bot, ana: Caller, talk: str) -> None:
    until = int(time.time() + SOONEST.total_seconds() + 60 + timedelta(days=1).total_seconds())
    order = details()
    order["action"]["parameters"]["order"]["expiration"] = {"timestamp": str(until)}
    assert bot.say(digits(ana), "interactive", order).status_code == 200

    def tell(status: str, reference: str = "pedido-1") -> Any:
        content = {
            "type": "order_status",
            "body": {"text": "..."},
            "action": {
                "name": "review_order",
                "parameters": {"reference_id": reference, "order": {"status": status}},
            },
        }
        return bot.say(digits(ana), "interactive", content)

    assert tell("shipped").json()["error"]["code"] == 2046
    assert tell("pending", "other").json()["error"]["code"] == 2040
    assert tell("pending").status_code == 200
    assert tell("canceled").status_code == 200
    assert Order.objects.get().state == "cancelled"
    assert tell("completed").json()["error"]["code"] == 2046
    looked = bot.call("GET", f"{bot.phone}/payments/any/pedido-1").json()
    assert looked["payments"][0]["status"] == "pending"
    assert bot.call("GET", f"{bot.phone}/payments/any/none").status_code == 404
