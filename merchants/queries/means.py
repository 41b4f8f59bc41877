"""How shops are paid outside of Troco: what buyers are shown now, and what is coming."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from merchants.enums import OrderState
from merchants.models import ExternalMeans
from merchants.queries.orders import OrderFacts
from payments.codes import CodeRefused
from payments.codes.outside import Asked, MeansKind, Shown, write_means


@dataclass(frozen=True, slots=True)
class MeansFacts:
    """One way to pay a shop.

    Attributes:
        public_id: Its name for the shop's team.
        kind: The way.
        payee: Key, number, account or link in its written form.
        holder_name: Whom it belongs to, as the shop says; Troco has not checked it.
        city: Where they are; Pix only.
        added_by: Who of the team added it.
        added_at: When, in business time.
        usable_at: From when buyers see it.
    """

    public_id: str
    kind: MeansKind
    payee: str
    holder_name: str
    city: str
    added_by: str
    added_at: datetime
    usable_at: datetime

    def for_amount(self, amount_minor: int, currency: str, reference: str) -> Shown:
        """Return what the payer of one amount is shown.

        Raises:
            CodeRefused: The way pays in another currency.
        """
        asked = Asked(self.holder_name, amount_minor, currency, reference, self.city)
        return write_means(self.kind, self.payee, asked)


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to pay one order: whose account it is, and what is copied or scanned."""

    kind: MeansKind
    holder_name: str
    shown: Shown


def offers_for(orders: Iterable[OrderFacts], moment: datetime) -> dict[str, list[Offer]]:
    """Return how orders that wait to be paid outside of Troco can be paid, by their public ids.

    A way whose currency is not the order's is left out.

    Args:
        orders: Orders; those that do not wait are passed over, and without any nothing is asked.
        moment: Business time.
    """
    waiting = [order for order in orders if order.state == OrderState.EXTERNAL_PENDING]
    if not waiting:
        return {}
    ways = means_shown({order.shop_id for order in waiting}, moment)
    return {order.public_id: list(_offers(order, ways.get(order.shop_id, []))) for order in waiting}


def _offers(order: OrderFacts, ways: list[MeansFacts]) -> Iterator[Offer]:
    total = order.total
    for way in ways:
        with suppress(CodeRefused):
            shown = way.for_amount(total.amount_minor, total.currency, f"T{order.number}")
            yield Offer(way.kind, way.holder_name, shown)


def means_shown(shop_ids: Iterable[int], moment: datetime) -> dict[int, list[MeansFacts]]:
    """Return what buyers of each shop are shown: of each kind the newest that counts.

    Args:
        shop_ids: Primary keys of shops; one query for all.
        moment: Business time.
    """
    rows = _standing().filter(shop_id__in=list(shop_ids), usable_at__lte=moment)
    found: dict[int, list[MeansFacts]] = {}
    for row in rows.order_by("shop_id", "kind", "-number").distinct("shop_id", "kind"):
        found.setdefault(row.shop_id, []).append(_facts(row))
    return found


def means_coming(shop_id: int, moment: datetime) -> list[MeansFacts]:
    """Return what was added and does not count yet, the newest first."""
    return [_facts(row) for row in _coming(shop_id, moment)]


def adders_of_coming(shop_id: int, moment: datetime) -> QuerySet[ExternalMeans, str]:
    """Return the names of those who added what does not count yet, for another query."""
    name = Coalesce("added_by__party__display_name", "added_by__login")
    return _coming(shop_id, moment).values_list(name, flat=True)


def _coming(shop_id: int, moment: datetime) -> QuerySet[ExternalMeans]:
    return _standing().filter(shop_id=shop_id, usable_at__gt=moment).order_by("-id")


def _standing() -> QuerySet[ExternalMeans]:
    return ExternalMeans.objects.filter(removed_at__isnull=True).select_related("added_by__party")


def _facts(row: ExternalMeans) -> MeansFacts:
    who = row.added_by
    return MeansFacts(
        public_id=row.public_id,
        kind=MeansKind(row.kind),
        payee=row.payee,
        holder_name=row.holder_name,
        city=row.city,
        added_by=who.party.display_name if who.party else who.login,
        added_at=row.added_at,
        usable_at=row.usable_at,
    )
