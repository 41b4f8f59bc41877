"""The search understands a day, an amount as it is written, and the end of a phone number."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.money import Money
from merchants.codes.searches import read_day, read_sum
from merchants.enums import Role
from merchants.models import Order, Product, Shop
from merchants.portal.search import currency_signs
from merchants.portal.templatetags.troco import day
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from messaging.models import Message
from tests.merchants import cast as consumers
from tests.payments.cast import Someone, new_payer, work
from tests.portal import cast
from tests.portal.test_forms import found_by
from tests.portal.test_talk import write

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-25", date(2026, 11, 25)),
        ("25/11/2026", date(2026, 11, 25)),
        ("11/25/2026", date(2026, 11, 25)),
        ("25/11", date(2026, 11, 25)),
        ("5/11", date(2026, 11, 5)),
        ("27/11", date(2025, 11, 27)),
        ("29/2", date(2024, 2, 29)),
        ("2026-11-27", None),
        ("9999-12-31", None),
        ("0001-01-01", None),
        ("31/31", None),
        ("25/11/26", None),
        ("25.11", None),
        ("x", None),
    ],
)
def test_a_day_is_read(text: str, day: date | None) -> None:
    assert read_day(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12,50", 1250),
        ("12.50", 1250),
        ("1.234,56", 123_456),
        ("R$ 12,50", 1250),
        ("R$12", 1200),
        ("12 BRL", 1200),
        ("12", None),
        ("#12", None),
        ("12,5", None),
        ("0,00", None),
        ("R$", None),
        ("Pão", None),
    ],
)
def test_an_amount_is_read(text: str, minor: int | None) -> None:
    wanted = None if minor is None else Money(minor, "BRL")
    assert read_sum(text, "BRL", ("R$", "BRL")) == wanted


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("৳ 500", "BDT", 50_000),
        ("12,34,567.50৳", "BDT", 123_456_750),
        ("BDT 1.234,50", "BDT", 123_450),
        ("12 US$", "USD", 1200),
        ("$12", "USD", 1200),
        ("12,34,567.50R$", "BRL", 123_456_750),
        ("R$ 1.234,50", "BDT", None),
    ],
)
def test_an_amount_is_read_as_any_of_our_languages_writes_it(
    text: str, currency: str, minor: int | None
) -> None:
    wanted = None if minor is None else Money(minor, currency)
    assert read_sum(text, currency, currency_signs(currency)) == wanted


@pytest.fixture
def order(db: None, ana: consumers.Caller, shop: Shop, bread: Product) -> Order:
    """Ana's order of one loaf."""
    lines = [LineWish(bread.public_id, 1)]
    return place_order(buyer=ana.person, shop_id=shop.public_id, lines=lines)


def test_the_end_of_a_number_finds_its_customer(
    shop: Shop, owner: cast.Clerk, stranger: cast.Clerk, ana: consumers.Caller, order: Order
) -> None:
    phone = str(ana.person.phone)
    party = ana.person.party
    assert party is not None
    assert found_by(owner, phone[-4:])["Customers"] == ["Ana"]
    assert found_by(owner, phone) == {"Customers": ["Ana"]}
    for part in (phone[-5:], phone[-3:]):
        assert "Customers" not in found_by(owner, part)
    assert owner.get("/search", q=party.public_id)["Location"].endswith(party.public_id)
    assert "Customers" not in found_by(stranger, phone[-4:])
    assert found_by(stranger, phone) == {}
    assert found_by(cast.member_of(shop, Role.ACCOUNTANT), phone) == {}


def test_a_day_finds_what_was_ordered_on_it(
    owner: cast.Clerk, stranger: cast.Clerk, order: Order
) -> None:
    day = order.placed_at.astimezone(ZoneInfo(order.shop.timezone)).date().isoformat()
    assert found_by(owner, day) == {"Orders": ["Order 1"]}
    assert found_by(owner, "2020-01-01") == found_by(stranger, day) == {}
    assert f"/portal/orders?from={day}&amp;to={day}" in owner.body("/search", q=day)


def test_an_amount_finds_payments_of_exactly_it(brazil: Any) -> None:
    person = cast.hire("Zé")
    shop = consumers.new_paid_shop(brazil, person)
    ze, ana = cast.signed_in(person), new_payer(brazil, "Ana")
    roll = consumers.new_product(shop, "Rosca", 333, None)
    for quantity in (1, 2):
        buy(ana, shop, roll, quantity)
    for written in ("3,33", "R$ 3.33", "3.33"):
        assert found_by(ze, written) == {"Orders": ["Order 1"], "Payments": ["Ana"]}
    for table in ("orders", "payments"):
        assert f"/portal/{table}?least=3.33&amp;most=3.33" in ze.body("/search", q="3,33")
    assert [row["number"] for row in ze.rows("/orders", least="3,34")] == [2]
    assert [row["number"] for row in ze.rows("/orders", q="Rosca", most="3,33")] == [1]
    assert [row["number"] for row in ze.rows("/orders", q="Rosca", least="6,66")] == [2]
    assert found_by(ze, "3,34") == {}
    day = ze.rows("/payments")[0]["at"].astimezone(ZoneInfo(shop.timezone)).date()
    assert "Payments" in found_by(ze, day.isoformat())


def buy(payer: Someone, shop: Shop, product: Product, quantity: int) -> None:
    lines = [{"product": product.public_id, "quantity": quantity}]
    talk = payer.post("/v1/conversations", {"with": [consumers.facts(shop).party_public_id]})
    body = {"shop": shop.public_id, "lines": lines, "conversation": talk.json()["id"]}
    payer.pay({"order": payer.post("/v1/orders", body).json()["id"]})
    work()


def test_what_was_said_is_found_and_leads_to_its_message(
    owner: cast.Clerk, stranger: cast.Clerk, ana: consumers.Caller, shop: Shop
) -> None:
    talk = write(ana, shop, "Vocês fazem bolo sem glúten?")
    said = Message.objects.get(seq=1)
    (group,) = owner.get("/search", q="gluten").context["groups"]
    (row,) = group["rows"]
    with timezone.override(shop.timezone):
        said_on = day(said.created_at)
    assert (row["title"], row["detail"]) == ("Ana", f"Vocês fazem bolo sem glúten? · {said_on}")
    assert row["href"] == f"/portal/conversations/{talk}?before=2#{said.public_id}"
    assert said.public_id in owner.client.get(row["href"]).content.decode()
    assert found_by(stranger, "gluten") == {}
    assert found_by(owner, "…") == {}
    asked = "/portal/search?messages=1&amp;q=gluten"
    assert asked in owner.body("/conversations", q="gluten")
    # Beside anything else that is found they are one press away.
    consumers.new_product(shop, "Bolo sem gluten")
    assert [group["words"] for group in owner.get("/search", q="gluten").context["groups"]] == [
        "Products"
    ]
    assert asked in owner.body("/search", q="gluten")
    assert owner.get("/search", q="gluten", messages="1").context["groups"] == [group]
    assert found_by(cast.member_of(shop, Role.ACCOUNTANT), "gluten") == {}


def test_no_search_asks_more_than_fifteen_things(
    owner: cast.Clerk, ana: consumers.Caller, order: Order
) -> None:
    end = str(ana.person.phone)[-4:]
    for q in (
        end,
        "12,50",
        order.placed_at.date().isoformat(),
        "1/2",
        "franc",
        "pao",
        "1",
        f"+{end}",
    ):
        owner.get("/search", q=q)
        with CaptureQueriesContext(connection) as asked:
            owner.get("/search", q=q)
        assert len(asked) <= 15, q
