"""Buyers as a shop knows them: by what they ordered there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from core.api import keyset_page
from core.bundles import ask_together
from core.money import Money
from merchants.models import NewsWish, Order, Shop
from merchants.queries.desk import stuck_labels
from merchants.queries.shops import ShopFacts
from people.queries import PartyFacts, parties_by_ids, party_by_phone, party_by_public_id

MAX_CUSTOMERS = 100
SHOWN_DIGITS = 4
"""So much of a customer's number a shop reads."""
_SUMS = ("buyer_id", "orders", "paid_orders", "spent", "since", "last_at")


@dataclass(frozen=True, slots=True)
class CustomerSummary:
    """What a buyer did at one shop.

    Attributes:
        party_id: The buyer.
        orders: Orders placed, closed ones included.
        paid_orders: Orders paid.
        spent: What the paid orders came to.
        since: First order; None if there is none.
        last_at: Latest order; None if there is none.
    """

    party_id: int
    orders: int
    paid_orders: int
    spent: Money
    since: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Customer:
    """A line of a shop's list of customers.

    ``news`` is whether they want the shop's news; None where they never said.
    """

    party: PartyFacts
    summary: CustomerSummary
    news: bool | None = None


def customer_summary(shop: ShopFacts, party_id: int) -> CustomerSummary:
    """Return what one party did at a shop; zeros if it ordered nothing; one query."""
    found = ask_together(summary=summary_asked(shop.id, party_id))
    return read_summary(found["summary"], party_id, shop.currency)


def customers(shop_id: int, q: str = "", limit: int = 50) -> list[Customer]:
    """Return who ordered at a shop, the latest first.

    Args:
        shop_id: Primary key of the shop.
        q: A part of the name; empty: any.
        limit: How many at most; held to 1 to 100.
    """
    currency = Shop.objects.values_list("currency", flat=True).get(pk=shop_id)
    rows = Order.objects.filter(shop_id=shop_id)
    if q:
        rows = rows.filter(buyer__display_name__icontains=q)
    found = list(
        _summed(rows).order_by("-last_at", "buyer_id")[: max(1, min(limit, MAX_CUSTOMERS))]
    )
    parties = parties_by_ids({row["buyer_id"] for row in found})
    return [
        Customer(parties[row["buyer_id"]], _summary(row["buyer_id"], row, currency))
        for row in found
    ]


def customers_found(shop_id: int, q: str, limit: int) -> list[tuple[str, str]]:
    """Return the public ids and names of who ordered at a shop, as ``CustomerFilter.q`` says.

    One query, one more for a whole number.
    """
    rows = _asked_for(Order.objects.filter(shop_id=shop_id), q)
    names = ("buyer__public_id", "buyer__display_name")
    return list(rows.order_by(*reversed(names)).values_list(*names).distinct()[:limit])


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What a shop's list of customers is narrowed to; the default narrows nothing.

    Attributes:
        q: A part of the name, the last four digits of the number, a whole number with its
            country, or the party's id.
        show: ``buyers`` who have paid, ``once``, ``again``, ``news`` for who wants the shop's
            news, or empty for all.
        sort: One of ``SORTS``.
        label: Those whose conversation carries this label; empty: any.
    """

    q: str = ""
    show: str = ""
    sort: str = ""
    label: str = ""


SORTS = {
    "": ("-last_at", "-buyer_id"),
    "spent": ("-spent", "-buyer_id"),
    "orders": ("-orders", "-buyer_id"),
    "first": ("since", "buyer_id"),
}
"""Orders of the list of customers, each ending in something unique."""


def customers_listed(
    shop: ShopFacts, wanted: CustomerFilter, cursor: str | None, limit: int
) -> tuple[list[Customer], str | None]:
    """Return a page of who ordered at a shop; three queries, one more for a number.

    Args:
        shop: The shop.
        wanted: What it is narrowed to, and its order.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    orders = _labelled(Order.objects.filter(shop_id=shop.id), shop.id, wanted.label)
    if wanted.show == "news":
        wishes = NewsWish.objects.filter(shop_id=shop.id, is_wanted=True)
        orders = orders.filter(buyer_id__in=wishes.values("party_id"))
    rows = _summed(_asked_for(orders, wanted.q))
    if wanted.show == "buyers":
        rows = rows.filter(paid_orders__gte=1)
    elif wanted.show == "once":
        rows = rows.filter(orders=1)
    elif wanted.show == "again":
        rows = rows.filter(orders__gte=2)
    named = rows.values_list(*_SUMS, named=True)
    found, following = keyset_page(named, cursor, limit, fields=SORTS[wanted.sort])
    buyers = {row.buyer_id for row in found}
    parties, news = parties_by_ids(buyers), news_wishes(shop.id, buyers)
    return [
        Customer(
            parties[row.buyer_id],
            _summary(row.buyer_id, row._asdict(), shop.currency),
            news.get(row.buyer_id),
        )
        for row in found
    ], following


def news_wishes(shop_id: int, party_ids: Iterable[int]) -> dict[int, bool]:
    """Return what some parties said of a shop's news; whoever never said is left out; one query."""
    rows = NewsWish.objects.filter(shop_id=shop_id, party_id__in=party_ids)
    return dict(rows.values_list("party_id", "is_wanted"))


def customer_of_shop(shop: ShopFacts, party_public_id: str) -> tuple[Customer, str] | None:
    """Return somebody who ordered at a shop, and the conversation with them; two queries.

    None where nobody did.

    Whoever never ordered there is no customer of the shop, and the same as nobody.
    """
    party = party_by_public_id(party_public_id)
    if party is None:
        return None
    theirs = _orders_of(shop.id, party.id)
    newest = theirs.order_by("-id").values("conversation_ref")[:1]
    row = _summed(theirs).annotate(talk=Subquery(newest)).order_by("buyer_id").first()
    if row is None:
        return None
    return Customer(party, _summary(party.id, row, shop.currency)), row["talk"]


def summary_asked(shop_id: int, party_id: int) -> QuerySet[Order, Any]:
    """Return what is asked for one party's summary, to be asked together with more."""
    question: QuerySet[Order, Any] = _summed(_orders_of(shop_id, party_id))
    return question


def read_summary(
    found: Sequence[Mapping[str, Any]], party_id: int, currency: str
) -> CustomerSummary:
    """Return what ``summary_asked`` found; zeros where the party ordered nothing."""
    summary = _summary(party_id, found[0] if found else None, currency)
    return replace(summary, since=_moment(summary.since), last_at=_moment(summary.last_at))


def _moment(told: Any) -> datetime | None:
    """Read a moment that came as its text."""
    return datetime.fromisoformat(told) if told else None


def _orders_of(shop_id: int, party_id: int) -> QuerySet[Order]:
    return Order.objects.filter(shop_id=shop_id, buyer_id=party_id)


def _asked_for(rows: QuerySet[Order], q: str) -> QuerySet[Order]:
    """Narrow to a name, a number, or an id.

    Of a number the shop reads the last four digits, and by just these it finds somebody. Any other
    part finds nobody: who could ask for one digit more each time would read the whole number.
    """
    if not q:
        return rows
    if q.startswith("pty_"):
        return rows.filter(buyer__public_id=q)
    if q.startswith("+"):
        party = party_by_phone("+" + "".join(filter(str.isdigit, q)))
        return rows.filter(buyer_id=party.id) if party else rows.none()
    if q.isascii() and q.isdigit() and len(q) == SHOWN_DIGITS:
        named = Q(buyer__display_name__icontains=q)
        return rows.filter(named | Q(buyer__person__phone__endswith=q))
    return rows.filter(buyer__display_name__icontains=q)


def _labelled(rows: QuerySet[Order], shop_id: int, label: str) -> QuerySet[Order]:
    """Narrow to those whose conversation with the shop carries a label."""
    if not label:
        return rows
    stuck = stuck_labels(shop_id).filter(label__name__iexact=label)
    talked = Order.objects.filter(
        shop_id=shop_id, conversation_ref__in=stuck.values("conversation__public_id")
    )
    return rows.filter(buyer_id__in=talked.values("buyer_id"))


def _summed(rows: QuerySet[Order]) -> Any:
    """Group orders by buyer; the stubs cannot name what such a grouping yields."""
    return rows.values("buyer_id").annotate(
        orders=Count("id"),
        paid_orders=Count("id", filter=Q(paid_at__isnull=False)),
        spent=Coalesce(Sum("total_minor", filter=Q(paid_at__isnull=False)), 0),
        since=Min("placed_at"),
        last_at=Max("placed_at"),
    )


def _summary(party_id: int, row: Mapping[str, Any] | None, currency: str) -> CustomerSummary:
    if row is None:
        return CustomerSummary(party_id, 0, 0, Money(0, currency), None, None)
    return CustomerSummary(
        party_id=party_id,
        orders=row["orders"],
        paid_orders=row["paid_orders"],
        spent=Money(int(row["spent"] or 0), currency),
        since=row["since"],
        last_at=row["last_at"],
    )
