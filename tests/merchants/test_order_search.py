"""A part of a name finds the same orders by the short way as by looking at each of them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from benchmarks.portal.world import FIRST_PARTY, Size, fill
from core.clock import business_now
from core.errors import InputInvalid
from merchants.enums import OrderState
from merchants.models import Order, OrderLine, Product, Shop
from merchants.queries.order_search import OrderFilter, matches
from merchants.queries.orders import orders_of_shop
from people.models import Party
from tests.merchants import cast

pytestmark = pytest.mark.django_db(transaction=True)

# More than the thousand that are looked at before the names are.
PAST = Size(orders=1_300, talks=40, each=1, a_day=500)


def tell(statement: str, values: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def past(shop: Shop, bread: Product) -> Shop:
    """A bakery that long ago sold a cake to Zulmira, and another to somebody else."""
    fill(shop, bread, PAST, tell)
    Party.objects.filter(pk=FIRST_PARTY + 40).update(display_name="Zulmira_1")
    Order.objects.filter(buyer_id=FIRST_PARTY + 40, number__gt=100).update(
        buyer_id=FIRST_PARTY + 39
    )
    for number, name in ((7, "Bolo de fubá"), (1299, "Bolo de milho")):
        cake = {"position": 2, "name": name, "quantity": 1, "unit_minor": 900}
        OrderLine.objects.create(order_id=FIRST_PARTY + number, shop_id=shop.pk, **cake)
    return shop


def every(shop: Shop, wanted: OrderFilter) -> list[int]:
    """Return the numbers of what a filter finds, by looking at every order."""
    rows = Order.objects.filter(matches(wanted.q), shop_id=shop.pk)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.since:
        rows = rows.filter(placed_at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(placed_at__lt=wanted.until)
    order = "id" if wanted.is_oldest_first else "-id"
    return list(rows.order_by(order).values_list("number", flat=True))


def paged(shop: Shop, wanted: OrderFilter, limit: int, most: int) -> list[int]:
    """Return the numbers of the first pages."""
    found: list[int] = []
    cursor: str | None = None
    for _ in range(most):
        rows, cursor = orders_of_shop(shop.pk, wanted, cursor, limit)
        found += [row.number for row in rows]
        if cursor is None:
            break
    return found


def test_a_part_of_a_name_finds_what_looking_at_every_order_finds(past: Shop) -> None:
    middle = business_now() - timedelta(minutes=3 * 650)
    filters: tuple[dict[str, Any], ...] = (
        {},
        {"is_oldest_first": True},
        {"states": [OrderState.PLACED, OrderState.SHIPPED]},
        {"since": middle},
        {"until": middle, "is_oldest_first": True},
    )
    for q in ("zulm", "Zulmira_", "%", "Ana 3", "bolo", "FUBÁ", "pão", "nobody"):
        for each in filters:
            wanted = OrderFilter(q=q, **each)
            assert paged(past, wanted, 40, 3) == every(past, wanted)[:120], (q, each)


def test_rare_names_are_found_to_their_last_page(past: Shop) -> None:
    assert every(past, OrderFilter(q="bolo")) == [1299, 7]
    for limit in (1, 2, 3):
        assert paged(past, OrderFilter(q="bolo"), limit, 9) == [1299, 7]
    assert paged(past, OrderFilter(q="zulm"), 1, 9) == [79, 39]


def test_an_order_with_a_name_twice_takes_one_place_of_a_page(past: Shop) -> None:
    for number in (10, 12, 14):
        for position in (2, 3):
            OrderLine.objects.create(
                order_id=FIRST_PARTY + number,
                shop_id=past.pk,
                position=position,
                name="Torta",
                quantity=1,
                unit_minor=900,
            )
    for limit in (1, 2, 3):
        assert paged(past, OrderFilter(q="torta"), limit, 9) == [14, 12, 10]


def test_names_of_another_shop_are_not_found(past: Shop) -> None:
    other = cast.new_shop(cast.join("Carla").person, "Quitanda")
    assert orders_of_shop(other.pk, OrderFilter(q="bolo"), None, 50) == ([], None)


def test_a_cursor_of_another_list_is_refused(past: Shop) -> None:
    for cursor in ("###", "WyJ4Il0", "WzEsMl0", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ"):
        with pytest.raises(InputInvalid):
            orders_of_shop(past.pk, OrderFilter(q="bolo"), cursor, 5)


def test_a_line_is_of_its_orders_shop(past: Shop) -> None:
    lines = OrderLine.objects.filter(order__number=7)
    assert list(lines.values_list("shop_id", flat=True)) == [past.pk] * 2
    wrong = OrderLine(
        order_id=FIRST_PARTY + 7,
        shop_id=past.pk + 1,
        position=3,
        name="Bolo",
        quantity=1,
        unit_minor=1,
    )
    with pytest.raises(DatabaseError, match="of another shop"), transaction.atomic():
        wrong.save()
    assert lines.count() == 2
