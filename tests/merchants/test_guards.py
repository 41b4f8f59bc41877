"""What the database itself refuses, whoever asks."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F

from core.clock import business_now
from merchants.models import Order, OrderLine, OrderMove, OrderNote, Product, Shop, TeamMember
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from tests.merchants import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(ana: cast.Caller, shop: Shop, bread: Product) -> Order:
    """Two loaves for Ana."""
    return place_order(
        buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 2)]
    )


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        act()
    return str(refusal.value)


def test_history_is_written_once(order: Order) -> None:
    OrderNote.objects.create(
        order=order, kind="payment_failed", at=business_now(), payment_ref="pay_1"
    )
    for table in (OrderLine, OrderMove, OrderNote):
        rows: Any = table.objects.filter(order=order)
        assert "does not change" in refused(partial(rows.update, order=F("order")))
        assert "does not change" in refused(partial(rows._raw_delete, "default"))  # noqa: SLF001
    newest = OrderMove.objects.filter(order=order, most_recent=True)
    assert "does not change" in refused(lambda: newest.update(most_recent=False, reason="x"))
    old = OrderMove.objects.filter(order=order, most_recent=False)
    assert "does not change" in refused(lambda: old.update(most_recent=True))


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"stock": -1, "reserved": -1}, "merchants_product_"),
        ({"reserved": -1}, "merchants_product_reserved_not_negative"),
        ({"reserved": 11}, "merchants_product_reserved_within_stock"),
        ({"stock": 1}, "merchants_product_reserved_within_stock"),
        ({"price_minor": 0}, "merchants_product_price_sane"),
    ],
)
def test_stock_and_price_have_bounds(
    order: Order, bread: Product, change: dict[str, int], constraint: str
) -> None:
    rows = Product.objects.filter(pk=bread.pk)
    assert constraint in refused(lambda: rows.update(**change))
    assert order.state == "external_pending"


def test_a_paid_order_names_its_payment(order: Order) -> None:
    rows: Any = Order.objects.filter(pk=order.pk)
    for change in ({"paid_at": business_now()}, {"payment_ref": "pay_1"}):
        assert "merchants_order_paid_names_payment" in refused(partial(rows.update, **change))


def test_a_person_is_in_a_team_once(shop: Shop, ze: cast.Caller) -> None:
    now = business_now()
    with pytest.raises(IntegrityError, match="merchants_teammember_once_in_a_shop"):
        TeamMember.objects.create(shop=shop, person=ze.person, role="cashier", joined_at=now)


def test_a_membership_does_not_end_before_it_began(shop: Shop) -> None:
    rows = TeamMember.objects.filter(shop=shop)
    assert "merchants_teammember_ends_after_start" in refused(
        lambda: rows.update(removed_at=F("joined_at") - timedelta(seconds=1))
    )


@pytest.mark.django_db(transaction=True)
def test_the_application_may_not_rewrite_what_was_ordered(order: Order, app_role_dsn: str) -> None:
    for statement in (
        "UPDATE merchants_orderline SET unit_minor = 1",
        "UPDATE merchants_ordermove SET reason = 'x'",
        "DELETE FROM merchants_order",
        "DELETE FROM merchants_ordernote",
        "TRUNCATE merchants_ordermove",
    ):
        with psycopg.connect(app_role_dsn) as link, pytest.raises(psycopg.Error, match="denied"):
            link.execute(statement)
    assert order.number == 1
