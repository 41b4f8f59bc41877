"""What the shop's first page shows, in figures that the lists behind them add up to.

Sales come from payments, which read the books; orders, stock and talk from their own rooms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.money import Money
from merchants.enums import OrderState
from merchants.queries.catalogue import (
    ProductFacts,
    ProductSales,
    low_stock,
    low_stock_count,
    top_products,
)
from merchants.queries.orders import OrderFacts, OrderFilter, counts_by_state, orders_of_shop
from merchants.queries.shops import ShopFacts
from messaging.queries import unread_total
from payments.queries import payable_now, sales_by_day
from payments.queries.disputes import disputes_to_answer

CHART_DAYS = 30
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NavigationCounts:
    """The small numbers beside the entries of the navigation."""

    orders_to_confirm: int
    orders_to_prepare: int
    unread_messages: int
    low_stock: int
    disputes_to_answer: int
    orders: Mapping[OrderState, int]


@dataclass(frozen=True, slots=True)
class DaySales:
    """What a day of the shop's own time zone brought."""

    day: date
    total: Money
    count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of the first page.

    Attributes:
        today: Today in the shop's time zone.
        sales_today: Completed payments of today.
        sales_week_ago: Those of the same weekday last week.
        days: The last 30 days, today last, days without sales included.
        days_before: The 30 days before these.
        payable: Owed to the shop and not yet on its way to the bank.
        orders: How many orders are in each state.
        low_stock: Products of which few are left.
        top_products: What sold best in the last 30 days.
        latest_orders: The newest orders.
    """

    today: date
    sales_today: DaySales
    sales_week_ago: DaySales
    days: tuple[DaySales, ...]
    days_before: tuple[DaySales, ...]
    payable: Money
    orders: dict[OrderState, int]
    low_stock: tuple[ProductFacts, ...]
    top_products: tuple[ProductSales, ...]
    latest_orders: tuple[OrderFacts, ...]


def navigation_counts(shop: ShopFacts, *, with_stock: bool = True) -> NavigationCounts:
    """Return what waits for the shop's team, in four questions to the database."""
    orders = counts_by_state(shop.id)
    return NavigationCounts(
        orders_to_confirm=orders.get(OrderState.PLACED, 0),
        orders_to_prepare=orders.get(OrderState.PAID, 0),
        unread_messages=unread_total(shop.party_id),
        low_stock=low_stock_count(shop.id) if with_stock else 0,
        disputes_to_answer=disputes_to_answer(shop.party_id),
        orders=orders,
    )


def overview(shop: ShopFacts, moment: datetime) -> Overview:
    """Return the figures of the first page.

    Args:
        shop: The shop.
        moment: Business time; its day in the shop's zone is today.
    """
    zone = ZoneInfo(shop.timezone)
    today = moment.astimezone(zone).date()
    first = today - timedelta(days=2 * CHART_DAYS - 1)
    days = _every_day(shop, first, today)
    start = datetime.combine(today - timedelta(days=CHART_DAYS - 1), datetime.min.time(), zone)
    latest, _following = orders_of_shop(shop.id, OrderFilter(), None, 5)
    return Overview(
        today=today,
        sales_today=days[-1],
        sales_week_ago=days[-1 - _WEEK.days],
        days=tuple(days[CHART_DAYS:]),
        days_before=tuple(days[:CHART_DAYS]),
        payable=payable_now(shop.party_id),
        orders=counts_by_state(shop.id),
        low_stock=tuple(low_stock(shop.id)),
        top_products=tuple(top_products(shop.id, start, moment + timedelta(days=1))),
        latest_orders=tuple(latest),
    )


def _every_day(shop: ShopFacts, first: date, last: date) -> list[DaySales]:
    """Return each day's sales, days without a sale included, oldest first."""
    sold = sales_by_day(shop.party_id, first, last, shop.timezone)
    return [DaySales(day, total, count) for day, total, count in sold]
