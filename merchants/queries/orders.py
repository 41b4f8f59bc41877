"""Orders: lists with filters, and one order with all that happened to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Prefetch, QuerySet

from core.api import MAX_PAGE, keyset_page
from core.money import Money
from merchants.enums import OrderState
from merchants.models import Order, OrderLine, OrderMove, OrderNote, Shipment
from merchants.queries.order_search import OrderFilter, matches, those_named
from people.queries import PartyFacts, facts_of, facts_with


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line of an order, with the name and price it was ordered at.

    ``product`` is None for what is not in the catalogue; ``code`` is the shop's own word for it.
    ``unit_code`` is what the price is for, or empty; ``preparation_minutes`` None where nothing
    is said of it.
    """

    product: str | None
    code: str
    name: str
    quantity: int
    unit: Money
    total: Money
    position: int
    unit_code: str
    preparation_minutes: int | None
    tax_note: str


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as it is now; ``payment_ref`` is the payment that paid it, or empty.

    ``tax``, ``shipping`` and ``discount`` stand beside the lines of an order that the shop made
    itself, and ``reference`` is the shop's own name for it.

    ``external_told_at`` and ``external_received_at``: when the buyer said that they paid outside
    of Troco, and when the shop said that it came.
    """

    id: int
    public_id: str
    number: int
    shop_id: int
    shop_public_id: str
    shop_name: str
    buyer: PartyFacts
    state: OrderState
    payment_kind: str
    payment_ref: str
    lines: tuple[LineFacts, ...]
    total: Money
    note: str
    conversation_ref: str
    placed_at: datetime
    moved_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    external_told_at: datetime | None
    external_received_at: datetime | None
    tax: Money
    shipping: Money
    discount: Money
    reference: str = ""

    @property
    def pieces(self) -> int:
        """How many pieces were ordered in all."""
        return sum(line.quantity for line in self.lines)

    @property
    def preparation_minutes(self) -> int | None:
        """About how long it takes from the payment until all of it is ready; None: not said."""
        told = [each.preparation_minutes for each in self.lines]
        return max((each for each in told if each is not None), default=None)

    @property
    def ready_at(self) -> datetime | None:
        """When it should be ready; None before somebody says it is paid, and without a time."""
        begin, minutes = self.paid_at or self.external_received_at, self.preparation_minutes
        return begin + timedelta(minutes=minutes) if begin and minutes is not None else None

    @property
    def tax_notes(self) -> tuple[str, ...]:
        """What its papers say of taxes, each once."""
        return tuple(dict.fromkeys(each.tax_note for each in self.lines if each.tax_note))


@dataclass(frozen=True, slots=True)
class OrderNews:
    """An order as it is told of when it comes."""

    public_id: str
    number: int
    buyer_name: str
    total: Money
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """Something that happened to an order.

    Attributes:
        at: Business time.
        kind: ``move`` or ``note``.
        code: The state it moved to, or the kind of the note.
        side: Who moved it: buyer, seller, clock or bank; empty on a note.
        actor: The person's name, where a person did it, or that of the key a program did it with.
        reason: In the person's words, or a payment's failure code.
        payment_ref: The payment that a note is about; empty on a move.
    """

    at: datetime
    kind: str
    code: str
    side: str
    actor: str
    reason: str
    payment_ref: str


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order with its timeline, oldest first.

    ``shipped`` is how many pieces of each line, by its position, have gone out in parts.
    """

    order: OrderFacts
    timeline: tuple[TimelineRow, ...]
    shipped: Mapping[int, int]


def orders_of_shop(
    shop_id: int, narrowed: OrderFilter, cursor: str | None, limit: int
) -> tuple[list[OrderFacts], str | None]:
    """Return a page of a shop's orders, newest first, and the next page's cursor.

    Args:
        shop_id: Primary key of the shop.
        narrowed: The filter.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows = Order.objects.filter(shop_id=shop_id)
    order = ("id",) if narrowed.is_oldest_first else ("-id",)
    if not narrowed.names_something:
        return _page(_narrow(rows, narrowed), cursor, limit, order)
    limit = max(1, min(limit, MAX_PAGE))
    # They are those after the cursor already: of them the page is the first.
    found = rows.filter(pk__in=those_named(shop_id, narrowed, cursor, limit + 1))
    return _page(found, None, limit, order)


def newest_orders(shop_id: int, limit: int) -> list[OrderNews]:
    """Return a shop's newest orders in a line each; one query."""
    rows = Order.objects.filter(shop_id=shop_id).select_related("buyer").order_by("-id")[:limit]
    return [
        OrderNews(
            row.public_id,
            row.number,
            row.buyer.display_name,
            Money(row.total_minor, row.currency),
            row.placed_at,
        )
        for row in rows
    ]


def orders_by_states(
    shop_id: int, columns: Sequence[Sequence[OrderState]], limit: int
) -> list[list[OrderFacts]]:
    """Return the newest orders of several groups of states; two queries for all of them.

    Args:
        shop_id: Primary key of the shop.
        columns: The groups, each with its states; no state is in two.
        limit: How many of each at most.
    """
    rows = Order.objects.filter(shop_id=shop_id).order_by("-id")
    newest = [rows.filter(state__in=list(states)).values("pk")[:limit] for states in columns]
    found = _loaded(rows.filter(pk__in=newest[0].union(*newest[1:], all=True)))
    facts = [_facts(order) for order in found]
    return [[each for each in facts if each.state in states] for states in columns]


def orders_of_buyer(
    party_id: int, states: Sequence[OrderState], cursor: str | None, limit: int
) -> tuple[list[OrderFacts], str | None]:
    """Return a page of a party's own orders, newest first, and the next page's cursor.

    Args:
        party_id: Who ordered.
        states: Any of these; empty: every state.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    narrowed = OrderFilter(states=states, buyer_id=party_id)
    return _page(_narrow(Order.objects.all(), narrowed), cursor, limit)


def order_of_shop(shop_id: int, public_id: str) -> OrderDetail | None:
    """Return an order of a shop with its timeline, or None if it is not the shop's."""
    return _detail(Order.objects.filter(shop_id=shop_id, public_id=public_id))


def order_of_buyer(party_id: int, public_id: str) -> OrderDetail | None:
    """Return an order of a buyer with its timeline, or None if it is not theirs."""
    return _detail(Order.objects.filter(buyer_id=party_id, public_id=public_id))


def numbers_of(shop_id: int, public_ids: Sequence[str]) -> dict[str, int]:
    """Return the numbers of some of a shop's orders by their public ids; one query, or none."""
    if not public_ids:
        return {}
    rows = Order.objects.filter(shop_id=shop_id, public_id__in=list(public_ids))
    return dict(rows.values_list("public_id", "number"))


def order_of_number(shop_id: int, number: int) -> str:
    """Return the public id of a shop's order, or nothing; one query."""
    rows = Order.objects.filter(shop_id=shop_id, number=number)
    return rows.values_list("public_id", flat=True).first() or ""


def counts_by_state(shop_id: int) -> dict[OrderState, int]:
    """Return how many orders a shop has in each state; states without orders are left out."""
    rows = Order.objects.filter(shop_id=shop_id).values_list("state").annotate(n=Count("id"))
    return {OrderState(state): count for state, count in rows.order_by("state")}


def _narrow(rows: QuerySet[Order], narrowed: OrderFilter) -> QuerySet[Order]:
    if narrowed.states:
        rows = rows.filter(state__in=list(narrowed.states))
    if narrowed.since is not None:
        rows = rows.filter(placed_at__gte=narrowed.since)
    if narrowed.until is not None:
        rows = rows.filter(placed_at__lt=narrowed.until)
    if narrowed.buyer_id is not None:
        rows = rows.filter(buyer_id=narrowed.buyer_id)
    if narrowed.buyer_ids:
        rows = rows.filter(buyer_id__in=list(narrowed.buyer_ids))
    if narrowed.public_ids:
        rows = rows.filter(public_id__in=list(narrowed.public_ids))
    if narrowed.reference:
        # With the shop, whose references these are: the two together are found by their index.
        rows = rows.filter(
            line_order__shop_id=F("shop_id"), line_order__reference=narrowed.reference
        )
    return _of_amount(rows.filter(matches(narrowed.q)) if narrowed.q else rows, narrowed)


def _of_amount(rows: QuerySet[Order], narrowed: OrderFilter) -> QuerySet[Order]:
    least, most = narrowed.least_minor, narrowed.most_minor
    if least is not None and least == most:
        return rows.filter(total_minor=least)
    if least is not None:
        rows = rows.filter(total_minor__gte=least)
    return rows if most is None else rows.filter(total_minor__lte=most)


def _page(
    rows: QuerySet[Order], cursor: str | None, limit: int, order: Sequence[str] = ("-id",)
) -> tuple[list[OrderFacts], str | None]:
    found, following = keyset_page(_loaded(rows), cursor, limit, fields=order)
    return [_facts(order) for order in found], following


def _loaded(rows: QuerySet[Order]) -> QuerySet[Order]:
    lines = OrderLine.objects.select_related("product").order_by("position")
    joined = rows.select_related("shop", "line_order", *facts_with("buyer"))
    return joined.prefetch_related(Prefetch("lines", queryset=lines))


def _detail(rows: QuerySet[Order]) -> OrderDetail | None:
    order = _loaded(rows).first()
    if order is None:
        return None
    timeline = [*_moves(order), *_notes(order)]
    timeline.sort(key=lambda row: row.at)
    return OrderDetail(_facts(order), tuple(timeline), shipped_of(order))


def shipped_of(order: Order) -> dict[int, int]:
    """Return how many pieces of each line, by its position, have gone out in parts; one query."""
    gone: dict[int, int] = {}
    for pieces in Shipment.objects.filter(order=order).values_list("pieces", flat=True):
        for position, count in pieces:
            gone[position] = gone.get(position, 0) + count
    return gone


def _moves(order: Order) -> Iterable[TimelineRow]:
    rows = (
        OrderMove.objects.filter(order=order)
        .order_by("id")
        .values_list(
            "at",
            "to_state",
            "side",
            "actor__party__display_name",
            "actor__login",
            "key__name",
            "reason",
        )
    )
    for at, state, side, name, login, key, reason in rows:
        yield TimelineRow(at, "move", state, side, name or login or key or "", reason, "")


def _notes(order: Order) -> Iterable[TimelineRow]:
    for note in OrderNote.objects.filter(order=order).order_by("id"):
        yield TimelineRow(note.at, "note", note.kind, "", "", note.detail, note.payment_ref)


def _facts(order: Order) -> OrderFacts:
    """Return the facts of an order that was ``_loaded``."""
    return OrderFacts(
        id=order.pk,
        public_id=order.public_id,
        number=order.number,
        shop_id=order.shop_id,
        shop_public_id=order.shop.public_id,
        shop_name=order.shop.name,
        buyer=facts_of(order.buyer),
        state=OrderState(order.state),
        payment_kind=order.payment_kind,
        payment_ref=order.payment_ref,
        lines=tuple(_line(line, order.currency) for line in order.lines.all()),
        total=Money(order.total_minor, order.currency),
        note=order.note,
        conversation_ref=order.conversation_ref,
        placed_at=order.placed_at,
        moved_at=order.moved_at,
        expires_at=order.expires_at,
        paid_at=order.paid_at,
        external_told_at=order.external_told_at,
        external_received_at=order.external_received_at,
        tax=Money(order.tax_minor, order.currency),
        shipping=Money(order.shipping_minor, order.currency),
        discount=Money(order.discount_minor, order.currency),
        reference=_reference(order),
    )


def _reference(order: Order) -> str:
    own = getattr(order, "line_order", None)
    return own.reference if own else ""


def _line(line: OrderLine, currency: str) -> LineFacts:
    return LineFacts(
        product=line.product.public_id if line.product else None,
        code=line.code,
        name=line.name,
        quantity=line.quantity,
        unit=Money(line.unit_minor, currency),
        total=Money(line.total_minor, currency),
        position=line.position,
        unit_code=line.unit_code,
        preparation_minutes=line.preparation_minutes,
        tax_note=line.tax_note,
    )
