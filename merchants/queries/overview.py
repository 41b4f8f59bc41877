"""What the shop's first page shows, in figures that the lists behind them add up to.

Sales come from payments, which read the books; orders, stock and talk from their own rooms.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Subquery
from django.db.models.functions import Coalesce

from core.bundles import count_of
from core.money import Money
from merchants.enums import OrderState
from merchants.models import Order, Product, Shop
from merchants.queries.catalogue import LowStock, lowest_stock
from merchants.queries.means import adders_of_coming
from merchants.queries.shops import ShopFacts
from messaging.queries import unread_of
from payments.queries.disputes import waiting_for_answer
from payments.queries.shop import Sums
from payments.queries.shop_figures import figures

CHART_DAYS = 30
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NavigationCounts:
    """What stands around every page: the small numbers of the navigation, and what is coming.

    ``means_added_by`` names who added a way to be paid outside of Troco that does not count yet;
    ``has_shelf`` tells whether the shop has a product at all.
    """

    orders_to_confirm: int
    orders_to_prepare: int
    unread_messages: int
    disputes_to_answer: int
    means_added_by: tuple[str, ...]
    has_shelf: bool


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
        ways: The sales of all these days, by day and what asked for them (empty for nothing).
        payable: Owed to the shop and not yet on its way to the bank.
        held: Held by disputes until they are decided.
        on_the_way: Claimed for a payout, and not yet at the bank.
        unsettled: What the next payout would take along.
        failed: How many payments of the last 30 days did not go through.
        low_stock: Of how many products few are left, and which are the fewest.
    """

    today: date
    sales_today: DaySales
    sales_week_ago: DaySales
    days: tuple[DaySales, ...]
    days_before: tuple[DaySales, ...]
    ways: tuple[tuple[date, str, Money], ...]
    payable: Money
    held: Money
    on_the_way: Money
    unsettled: Sums
    failed: int
    low_stock: LowStock


def navigation_counts(shop: ShopFacts, moment: datetime) -> NavigationCounts:
    """Return what waits for the shop's team; one query, because every page asks it.

    Args:
        shop: The shop.
        moment: Business time, by which a new way to be paid counts or not.
    """
    orders = Order.objects.filter(shop_id=shop.id)
    shelf = Product.objects.filter(shop_id=shop.id, archived_at__isnull=True)
    confirm, prepare, unread, disputes, added_by, has_shelf = (
        Shop.objects.filter(pk=shop.id)
        .values_list(
            count_of(orders.filter(state=OrderState.PLACED)),
            count_of(orders.filter(state=OrderState.PAID)),
            Coalesce(Subquery(unread_of(shop.party_id)), 0),
            count_of(waiting_for_answer(shop.party_id)),
            ArraySubquery(adders_of_coming(shop.id, moment)),
            Exists(shelf),
        )
        .get()
    )
    return NavigationCounts(confirm, prepare, unread, disputes, tuple(added_by), has_shelf)


def has_begun(shop_id: int) -> tuple[bool, bool]:
    """Tell whether a shop has a product, and whether anybody ever ordered; one query."""
    shelf = Product.objects.filter(shop_id=shop_id, archived_at__isnull=True)
    orders = Order.objects.filter(shop_id=shop_id)
    rows = Shop.objects.filter(pk=shop_id).annotate(
        has_shelf=Exists(shelf), has_sold=Exists(orders)
    )
    found = rows.values("has_shelf", "has_sold").get()
    return found["has_shelf"], found["has_sold"]


def overview(shop: ShopFacts, moment: datetime) -> Overview:
    """Return the figures of the first page; two queries.

    Args:
        shop: The shop.
        moment: Business time; its day in the shop's zone is today.
    """
    zone = ZoneInfo(shop.timezone)
    today = moment.astimezone(zone).date()
    first = today - timedelta(days=2 * CHART_DAYS - 1)
    found = figures(
        shop.party_id,
        first,
        today,
        shop.timezone,
        shop.currency,
        failed_since=today - timedelta(days=CHART_DAYS - 1),
    )
    days = [DaySales(day, total, count) for day, total, count in found.days]
    return Overview(
        today=today,
        sales_today=days[-1],
        sales_week_ago=days[-1 - _WEEK.days],
        days=tuple(days[CHART_DAYS:]),
        days_before=tuple(days[:CHART_DAYS]),
        ways=tuple(found.ways),
        payable=found.payable,
        held=found.held,
        on_the_way=found.on_the_way,
        unsettled=found.unsettled,
        failed=found.failed,
        low_stock=lowest_stock(shop.id),
    )
