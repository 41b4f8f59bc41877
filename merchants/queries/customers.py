"""Buyers as a shop knows them: by what they ordered there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from core.money import Money
from merchants.models import Order, Shop
from people.queries import PartyFacts, parties_by_ids

MAX_CUSTOMERS = 100


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
    """A line of a shop's list of customers."""

    party: PartyFacts
    summary: CustomerSummary


def customer_summaries(shop_id: int, party_ids: Sequence[int]) -> dict[int, CustomerSummary]:
    """Return what each of some parties did at a shop, also those who ordered nothing.

    Args:
        shop_id: Primary key of the shop.
        party_ids: The parties, such as those of one page of the inbox.
    """
    currency = Shop.objects.values_list("currency", flat=True).get(pk=shop_id)
    rows = Order.objects.filter(shop_id=shop_id, buyer_id__in=party_ids)
    found = {row["buyer_id"]: row for row in _summed(rows)}
    return {party_id: _summary(party_id, found.get(party_id), currency) for party_id in party_ids}


def customer_summary(shop_id: int, party_id: int) -> CustomerSummary:
    """Return what one party did at a shop; zeros if it ordered nothing."""
    return customer_summaries(shop_id, [party_id])[party_id]


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


def _summed(rows: QuerySet[Order]) -> Any:
    """Group orders by buyer; the stubs cannot name what such a grouping yields."""
    return rows.values("buyer_id").annotate(
        orders=Count("id"),
        paid_orders=Count("id", filter=Q(paid_at__isnull=False)),
        spent=Sum("total_minor", filter=Q(paid_at__isnull=False)),
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
