"""Orders that a shop makes itself, for somebody it talks with, under a reference of its own.

The shop names what it sells and what it costs: it is the seller, and the sums are checked to the
last minor unit. The buyer pays it, or not, like any other order. The catalogue's stock is
promised only for lines that name one of its products.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import CurrencyMismatch, NotFound, StateConflict
from core.idempotency import record
from core.ids import new_id
from core.money import MAX_MINOR, Money
from core.transactions import owns
from merchants.enums import OrderState, Side
from merchants.models import LineOrder, Order, OrderLine, Product, Shop
from merchants.queries.snapshots import order_snapshot
from merchants.services import fulfilment
from merchants.services.line_talk import To, keep_opaque, tell_sent
from merchants.services.news import MESSAGE_KIND, append_both
from merchants.services.steps import Step, begin_order, open_payment
from merchants.services.stock import LineWish, check_stock, lock_products, reserve_stock
from merchants.services.texts import clean_text, refusal
from messaging.services.messages import Sender, Snapshot, post_snapshot
from people.queries import blocked_between

MAX_LINES: Final = 50
MAX_QUANTITY: Final = 999
MAX_NOTE: Final = 500
PRODUCT_ID: Final = "prd_"
SOONEST: Final = timedelta(seconds=300)
LATEST: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One line as the shop prices it; ``code`` is its own word for it, or a product's id."""

    code: str
    name: str
    quantity: int
    unit_minor: int


@dataclass(frozen=True, slots=True)
class Sale:
    """An order as a shop asks for it.

    Attributes:
        reference: The shop's own name for it.
        lines: What is sold; none where only the total is told.
        total: What is to be paid: lines + tax + shipping - discount.
        tax_minor: In minor units, 0 or more; so are
        shipping_minor: and
        discount_minor: which is taken off.
        until: Until when it can be paid; None for as long as the shop's orders wait.
        note: A word to the buyer.
        configuration: The name of a payment configuration, where one is used.
        asked: What came, as it came.
        reply_to: Public id of the message that it answers.
        opaque: What a program wants to hear again in the message's statuses; None where no
            program asks for the order, and none is told that its message is kept.
    """

    reference: str
    lines: Sequence[SaleLine]
    total: Money
    tax_minor: int
    shipping_minor: int
    discount_minor: int
    until: datetime | None
    note: str
    configuration: str
    asked: Mapping[str, Any]
    reply_to: str | None = None
    opaque: str | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """An order that was made, and the message that shows it."""

    order: Order
    message_id: str


@owns
def offer_order(*, shop_id: int, buyer_id: int, conversation_id: str, sale: Sale) -> Offered:
    """Make an order for somebody, and show it in the conversation; it can be paid at once.

    The same again under the same reference makes nothing, tells nothing and answers the same.

    Changes: the order with its lines and reservations, its ``LineOrder``, one message and the
    news that it is kept. Publishes ``order.placed`` and what accepting publishes.

    Args:
        shop_id: Primary key of the shop.
        buyer_id: Key of the party that is to pay.
        conversation_id: Public id of the conversation of the two.
        sale: What is sold.

    Raises:
        NotFound: No such shop, or the two do not talk with each other.
        StateConflict: The reference names another order, or the shop has closed.
        InputInvalid, TextInvalid: The sums are not right, or something is out of bounds.
        CurrencyMismatch: It is not the shop's currency.
        StockShort: A product of the catalogue is hidden or short.

    Transaction: owns.
    """
    moment = business_now()
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None or blocked_between(shop.party_id, buyer_id):
        raise NotFound
    _check(sale, shop, moment)
    # Before the shop's counter, as whoever places an order takes them: the other way round, an
    # order of each kind for one product would wait for the other.
    goods = _lock_goods(shop, sale)
    numbered = Shop.objects.filter(pk=shop.pk, closed_at__isnull=True)
    if not numbered.update(last_order_number=F("last_order_number") + 1):
        raise StateConflict(_("This shop has closed."))
    known = LineOrder.objects.filter(shop=shop, reference=sale.reference).first()
    if known is not None:
        order = _same(known, buyer_id, sale)
        Shop.objects.filter(pk=shop.pk).update(last_order_number=F("last_order_number") - 1)
    else:
        order = _write(shop, buyer_id, conversation_id, sale, goods)
    snapshot = order_snapshot(order, order.lines.order_by("position"))
    to = To(shop.pk, shop.party_id, buyer_id, conversation_id)
    is_told = known is None and sale.opaque is not None
    message = post_snapshot(
        conversation=conversation_id,
        sender=Sender(shop.party_id, None),
        snapshot=Snapshot(MESSAGE_KIND, snapshot, order.public_id, sale.reply_to),
        client_id=keep_opaque(to=to, opaque=sale.opaque or "") if is_told else None,
    )
    if known is None:
        append_both(order=order, snapshot=snapshot)
    if is_told:
        tell_sent(to=to, message_id=message.public_id, opaque=sale.opaque or "")
    offered = Offered(order, message.public_id)
    record(offered)
    return offered


def tell_status(*, shop_id: int, reference: str, told: str, note: str) -> Order:
    """Move an order to where the shop's program says it is.

    ``partially-shipped`` and what comes twice change nothing but what was told.

    Args:
        shop_id: Primary key of the shop.
        reference: The shop's own name for the order.
        told: ``pending``, ``processing``, ``partially-shipped``, ``shipped``, ``completed`` or
            ``canceled``.
        note: A word to the buyer, up to 120 characters.

    Returns:
        The order as it is now.

    Raises:
        NotFound: The shop has no order of that reference.
        InputInvalid, TextInvalid: The note is too long, or no text.
        StateConflict: It cannot go there from where it is.

    Transaction: none (each of its steps owns its own).
    """
    found = line_order_of(shop_id=shop_id, reference=reference)
    order = found.order
    for to in _PATHS[told]:
        if not _has_passed(order, to):
            order = _go(order, to, note)
    LineOrder.objects.filter(pk=found.pk).update(told=told)
    return order


def line_order_of(*, shop_id: int, reference: str) -> LineOrder:
    """Return an order by the shop's own name for it.

    Raises:
        NotFound: The shop has none of that name.

    Transaction: none.
    """
    rows = LineOrder.objects.select_related("order__shop")
    found = rows.filter(shop_id=shop_id, reference=reference).first()
    if found is None:
        raise NotFound
    return found


_SHIPPED_WAY = (OrderState.PREPARING, OrderState.SHIPPED, OrderState.COMPLETED)
_PATHS: Final[Mapping[str, Sequence[OrderState]]] = {
    "pending": (),
    "processing": _SHIPPED_WAY[:1],
    "partially-shipped": _SHIPPED_WAY[:1],
    "shipped": _SHIPPED_WAY[:2],
    "completed": _SHIPPED_WAY,
    "canceled": (OrderState.CANCELLED,),
}
TOLD: Final = frozenset(_PATHS)


def _has_passed(order: Order, to: OrderState) -> bool:
    """Tell whether an order is there already, or further on."""
    if order.state == to:
        return True
    if order.state == OrderState.READY and to == OrderState.SHIPPED:
        return True
    if order.state not in _SHIPPED_WAY or to not in _SHIPPED_WAY:
        return False
    return _SHIPPED_WAY.index(OrderState(order.state)) > _SHIPPED_WAY.index(to)


def _go(order: Order, to: OrderState, note: str) -> Order:
    shop_id, order_id = order.shop_id, order.public_id
    if to == OrderState.PREPARING:
        return fulfilment.prepare_order(shop_id=shop_id, order_id=order_id, actor=None)
    if to == OrderState.SHIPPED:
        return fulfilment.ship_order(shop_id=shop_id, order_id=order_id, actor=None, note=note)
    if to == OrderState.COMPLETED:
        return fulfilment.complete_order(shop_id=shop_id, order_id=order_id, actor=None)
    return fulfilment.cancel_for_shop(shop_id=shop_id, order_id=order_id, actor=None, reason=note)


def _same(known: LineOrder, buyer_id: int, sale: Sale) -> Order:
    if known.order.buyer_id != buyer_id or known.asked != dict(sale.asked):
        raise StateConflict(_("This reference names another order already."))
    return known.order


def _check(sale: Sale, shop: Shop, moment: datetime) -> None:
    """Refuse what does not add up or is out of bounds.

    Raises:
        InputInvalid, CurrencyMismatch: As they say.
    """
    if sale.total.currency != shop.currency:
        raise CurrencyMismatch
    if len(sale.lines) > MAX_LINES:
        raise refusal("items", _("An order has up to 50 lines."))
    if any(not 1 <= line.quantity <= MAX_QUANTITY or line.unit_minor < 1 for line in sale.lines):
        raise refusal("items", _("A quantity is 1 to 999, and a price at least 1."))
    if min(sale.tax_minor, sale.shipping_minor, sale.discount_minor) < 0:
        raise refusal("order", _("Tax, shipping and discount are 0 or more."))
    if sale.until is not None and not moment + SOONEST <= sale.until <= moment + LATEST:
        raise refusal("expiration", _("It ends in 5 minutes to 30 days."))
    _check_sum(sale)


def _check_sum(sale: Sale) -> None:
    named = [line.code for line in sale.lines if line.code.startswith(PRODUCT_ID)]
    if len(set(named)) != len(named):
        raise refusal("items", _("A product stands twice. Add up its quantities."))
    comes_to = sum(line.quantity * line.unit_minor for line in sale.lines)
    goods = _goods_minor(sale)
    is_worth_it = sale.total.amount_minor >= 1 and 1 <= goods <= MAX_MINOR
    if not is_worth_it or (sale.lines and comes_to != goods):
        raise refusal("total_amount", _("The total is not what the lines come to."))


def _goods_minor(sale: Sale) -> int:
    """Return what the goods alone have to come to."""
    return sale.total.amount_minor - sale.tax_minor - sale.shipping_minor + sale.discount_minor


def _lock_goods(shop: Shop, sale: Sale) -> dict[str, Product]:
    """Lock what of the catalogue is sold; a code of the shop's own names nothing there."""
    named = {line.code for line in sale.lines if line.code.startswith(PRODUCT_ID)}
    own = Product.objects.filter(shop=shop, public_id__in=named)
    public_ids = list(own.values_list("public_id", flat=True))
    return lock_products(shop_id=shop.pk, public_ids=public_ids)


def _write(
    shop: Shop, buyer_id: int, conversation_id: str, sale: Sale, goods: Mapping[str, Product]
) -> Order:
    """Write the order, reserve what is in the catalogue, and open the way to pay it."""
    moment = business_now()
    shop.refresh_from_db(fields=["last_order_number"])
    order = Order.objects.create(
        public_id=new_id("ord"),
        shop=shop,
        number=shop.last_order_number,
        buyer_id=buyer_id,
        state=OrderState.PLACED,
        total_minor=sale.total.amount_minor,
        tax_minor=sale.tax_minor,
        shipping_minor=sale.shipping_minor,
        discount_minor=sale.discount_minor,
        currency=sale.total.currency,
        conversation_ref=conversation_id,
        note=clean_text(sale.note, "note", MAX_NOTE),
        placed_at=moment,
        moved_at=moment,
        expires_at=sale.until or moment + timedelta(minutes=shop.order_minutes),
    )
    LineOrder.objects.create(
        shop=shop,
        order=order,
        reference=sale.reference,
        configuration=sale.configuration,
        asked=dict(sale.asked),
    )
    _write_lines(order, sale, goods)
    step = Step(Side.SELLER, moment)
    begin_order(order=order, step=step)
    open_payment(order=order, step=step, until=sale.until)
    return order


def _write_lines(order: Order, sale: Sale, goods: Mapping[str, Product]) -> None:
    """Write the lines; a line of the catalogue, which is locked, promises its pieces."""
    sold = sale.lines or [SaleLine("", sale.reference, 1, _goods_minor(sale))]
    wishes = [LineWish(line.code, line.quantity) for line in sold if line.code in goods]
    check_stock(products=goods, wishes=wishes)
    lines = OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            shop_id=order.shop_id,
            position=position,
            product=goods.get(line.code),
            code=line.code,
            name=line.name,
            quantity=line.quantity,
            unit_minor=line.unit_minor,
            **(goods[line.code].terms if line.code in goods else {}),
        )
        for position, line in enumerate(sold, start=1)
    )
    reserve_stock(
        lines=lines,
        products={product.pk: product for product in goods.values()},
        moment=order.placed_at,
    )
