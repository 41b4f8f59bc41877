"""What a list of orders is narrowed to, and how orders are found by a part of a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL

from core.api import read_key
from merchants.enums import OrderState
from merchants.models import OrderLine

_NEWEST, _OLDEST = 2**63 - 1, 0
"""Before every order, whichever way they are read; and as much as no order comes to."""

_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
_FIND = "SELECT merchants_find_orders_v3(%s, %s, %s::text[], %s, %s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to; the default narrows nothing.

    Attributes:
        states: Any of these; empty: every state.
        q: An order's number or id, a payment's id, or a part of a buyer's or product's name.
        since: Placed at or after this moment.
        until: Placed before this moment.
        buyer_id: Placed by this party.
        buyer_ids: Placed by any of these parties; empty: by anybody.
        public_ids: Any of these orders; empty: every order.
        reference: The one that the shop's own system calls so; empty: any.
        least_minor: That come to at least this amount, in minor units; None: to any.
        most_minor: That come to at most this amount.
        is_oldest_first: The other way round than usual.
    """

    states: Sequence[OrderState] = ()
    q: str = ""
    since: datetime | None = None
    until: datetime | None = None
    buyer_id: int | None = None
    buyer_ids: Sequence[int] = ()
    public_ids: Sequence[str] = ()
    reference: str = ""
    least_minor: int | None = None
    most_minor: int | None = None
    is_oldest_first: bool = False

    @property
    def names_something(self) -> bool:
        """Whether a part of a name is looked for, in all that the shop ever sold."""
        is_among_few = self.buyer_id or self.buyer_ids or self.public_ids or self.reference
        return bool(self.q) and not is_among_few and _named(self.q) is None


def matches(q: str) -> Q:
    """Return the condition of a search: ids and numbers exactly, names by a part.

    For a search among few orders: names are compared in each of them.
    """
    named = _named(q)
    if named is not None:
        return named
    lines = OrderLine.objects.filter(order=OuterRef("pk"), name__icontains=q)
    return Q(buyer__display_name__icontains=q) | Q(Exists(lines))


def those_named(shop_id: int, narrowed: OrderFilter, cursor: str | None, limit: int) -> RawSQL:
    """Return the keys of a page of a shop's orders by a part of a name, for another query.

    Args:
        shop_id: Primary key of the shop.
        narrowed: The filter; its states, days, amounts and order count beside the name.
        cursor: What the page before gave; None for the first.
        limit: How many at most.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    first = _OLDEST if narrowed.is_oldest_first else _NEWEST
    asked = (
        shop_id,
        f"%{connection.ops.prep_for_like_query(narrowed.q)}%",
        [str(state) for state in narrowed.states],
        narrowed.since or _EVER[0],
        narrowed.until or _EVER[1],
        narrowed.least_minor or 0,
        _NEWEST if narrowed.most_minor is None else narrowed.most_minor,
        read_key(cursor) if cursor else first,
        narrowed.is_oldest_first,
        limit,
    )
    return RawSQL(_FIND, asked)  # noqa: S611 - A text of this module; what is asked is bound.


def _named(q: str) -> Q | None:
    """Return what names an order: its number or id, or its payment's; None for a part of a name."""
    number = q.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= 9:  # noqa: PLR2004 - int4.
        return Q(number=int(number))
    if q.startswith(("ord_", "pay_")):
        return Q(public_id=q) | Q(payment_ref=q)
    return None
