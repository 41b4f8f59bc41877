"""Orders from the buyer's side: placed, and called off before they are paid."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core.api import money_out
from core.clock import business_now
from core.errors import CurrencyMismatch, Forbidden, NotFound, StateConflict, TrocoError
from core.idempotency import record
from core.ids import new_id
from core.money import Money
from core.transactions import owns
from merchants.enums import OrderState, Side
from merchants.models import Order, OrderLine, Product, Shop
from merchants.queries.snapshots import order_snapshot
from merchants.services.news import MESSAGE_KIND, append_both, tell_change
from merchants.services.steps import OrderOf, Step, begin_order, close_order, open_payment
from merchants.services.stock import LineWish, check_stock, lock_products, reserve_stock
from merchants.services.talk_news import tell_ordered
from merchants.services.texts import clean_text, refusal
from messaging.services.conversations import open_direct
from messaging.services.messages import post_message
from people.queries import blocked_between

if TYPE_CHECKING:
    from people.models import Person


class CartChanged(TrocoError):
    """The products cost something else than the buyer was shown; ``lines`` says what they cost."""

    code = "cart_changed"
    http_status = 409
    words = _("Prices have changed since you put this together. Look at it again.")


MAX_LINES = 50
MAX_QUANTITY = 999
MAX_NOTE = 500


@owns
def place_order(
    *,
    buyer: "Person",
    shop_id: str,
    lines: Sequence[LineWish],
    conversation_ref: str | None = None,
    note: str = "",
    shown: Money | None = None,
) -> Order:
    """Place an order: the server prices it, reserves its stock and tells the shop.

    Writes the order, its lines and reservations, posts its message in the direct
    conversation of buyer and shop, and publishes ``order.placed``. Where the shop accepts by
    itself, the order is accepted and its demand created in the same commit.

    Args:
        buyer: Who orders, for their own party.
        shop_id: Public id of the shop.
        lines: 1 to 50 different products, 1 to 999 pieces of each.
        conversation_ref: The direct conversation with the shop, when the caller names it.
        note: A word to the shop, up to 500 characters.
        shown: What the buyer was told that it comes to; None compares nothing.

    Returns:
        The order, with its shop.

    Raises:
        NotFound: No such shop, product or conversation.
        InputInvalid, TextInvalid: Too few or too many lines, a quantity out of bounds, a
            product twice, a note that is too long.
        Forbidden: Buyer and shop have blocked each other.
        StateConflict: The shop is closed, or its catalogue has no cart.
        StockShort: A product is hidden or short.
        CartChanged: It comes to something else than the buyer was shown.
        CurrencyMismatch: Products of two currencies.
        AmountInvalid: The total does not fit.

    Transaction: owns.
    """
    moment = business_now()
    words = clean_text(note, "note", MAX_NOTE)
    _check_lines(lines)
    shop = _selling_shop(shop_id, buyer)
    products = lock_products(shop_id=shop.pk, public_ids=[line.product for line in lines])
    check_stock(products=products, wishes=lines)
    picked = [(products[line.product], line.quantity) for line in lines]
    _check_shown(picked, shown)
    order = _write_order(buyer, shop, picked, moment)
    conversation = open_direct(party_id=order.buyer_id, other_id=shop.party_id)
    if conversation_ref not in (None, conversation.public_id):
        raise NotFound(_("This is not your conversation with the shop."))
    order.conversation_ref = conversation.public_id
    order.note = words
    order.save(update_fields=["conversation_ref", "note"])
    begin_order(order=order, step=Step(Side.BUYER, moment, buyer))
    if shop.auto_accept:
        open_payment(order=order, step=Step(Side.SELLER, moment))
    snapshot = order_snapshot(order, order.lines.order_by("position"))
    message = post_message(
        conversation=conversation,
        sender_party_id=order.buyer_id,
        kind=MESSAGE_KIND,
        content=snapshot,
        content_ref=order.public_id,
    )
    append_both(order=order, snapshot=snapshot)
    tell_ordered(shop_id=shop.pk, message_id=message.public_id, order_id=order.public_id)
    record(order)
    return order


@owns
def cancel_order(*, order_id: str, buyer: "Person", reason: str = "") -> Order:
    """Cancel an order for its buyer, before it is paid; the stock is free again.

    Publishes ``order.cancelled``.

    Args:
        order_id: Public id of the order.
        buyer: Whose order it must be.
        reason: What the shop is told, up to 500 characters.

    Returns:
        The order.

    Raises:
        NotFound: No such order of this buyer.
        InputInvalid, TextInvalid: The reason is too long, or no text.
        StateConflict: It is paid or closed, a payment of it is under way, or the shop says
            that it was paid outside of Troco.

    Transaction: owns.
    """
    order = close_order(
        whose=OrderOf(order_id, buyer_id=buyer.party_id),
        to=OrderState.CANCELLED,
        step=Step(Side.BUYER, business_now(), buyer, clean_text(reason, "reason", MAX_NOTE)),
    )
    if order.external_received_at is not None:
        words = _("The shop has your money. Ask it to cancel the order and to pay you back.")
        raise StateConflict(words, state=OrderState.EXTERNAL_PENDING)
    tell_change(order=order)
    record(order)
    return order


def _check_lines(lines: Sequence[LineWish]) -> None:
    """Refuse an order that is empty, too long, or asks for an impossible number.

    Raises:
        InputInvalid: As it says, with the field.
    """
    if not 1 <= len(lines) <= MAX_LINES:
        raise refusal("lines", _("An order has 1 to 50 lines."))
    if any(not 1 <= line.quantity <= MAX_QUANTITY for line in lines):
        raise refusal("lines", _("A quantity is 1 to 999."))
    if len({line.product for line in lines}) != len(lines):
        raise refusal("lines", _("A product stands twice. Add up its quantities."))


def _check_shown(picked: Sequence[tuple[Product, int]], shown: Money | None) -> None:
    """Let through only what comes to what the buyer was shown; the prices are the server's.

    Raises:
        CartChanged: It comes to something else.
    """
    if shown is None or shown == _sum_of(picked):
        return
    priced = [(product, n, Money(product.price_minor, product.currency)) for product, n in picked]
    raise CartChanged(
        lines=[
            {
                "product": product.public_id,
                "name": product.name,
                "quantity": quantity,
                "unit": money_out(unit),
                "total": money_out(unit * quantity),
            }
            for product, quantity, unit in priced
        ],
        total=money_out(_sum_of(picked)),
    )


def _sum_of(picked: Sequence[tuple[Product, int]]) -> Money:
    """Return what products come to.

    Raises:
        CurrencyMismatch: They have two currencies.
        AmountInvalid: It does not fit.
    """
    return sum(
        (Money(product.price_minor, product.currency) * n for product, n in picked[1:]),
        start=Money(picked[0][0].price_minor, picked[0][0].currency) * picked[0][1],
    )


def _selling_shop(shop_id: str, buyer: "Person") -> Shop:
    """Return the shop if it sells to this buyer now."""
    shop = Shop.objects.select_related("line").filter(public_id=shop_id).first()
    if shop is None:
        raise NotFound
    if blocked_between(_party_of(buyer), shop.party_id):
        raise Forbidden(_("You and this shop cannot write to each other."))
    if not shop.is_open:
        raise StateConflict(_("The shop is closed and takes no orders now."))
    line = getattr(shop, "line", None)
    if line is not None and not line.is_cart_enabled:
        raise StateConflict(_("The shop takes no orders from its catalogue. Write to it."))
    return shop


def _write_order(
    buyer: "Person", shop: Shop, picked: Sequence[tuple[Product, int]], moment: datetime
) -> Order:
    """Write an order with its lines and reservations, priced by the locked products."""
    total = _sum_of(picked)
    if total.currency != shop.currency:
        raise CurrencyMismatch
    order = Order.objects.create(
        public_id=new_id("ord"),
        shop=shop,
        number=_next_number(shop),
        buyer_id=_party_of(buyer),
        placed_by=buyer,
        state=OrderState.PLACED,
        total_minor=total.amount_minor,
        currency=total.currency,
        placed_at=moment,
        moved_at=moment,
        expires_at=moment + timedelta(minutes=shop.order_minutes),
    )
    lines = OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            shop_id=order.shop_id,
            position=position,
            product=product,
            name=product.name,
            quantity=quantity,
            unit_minor=product.price_minor,
            **product.terms,
        )
        for position, (product, quantity) in enumerate(picked, start=1)
    )
    by_id = {product.pk: product for product, _quantity in picked}
    reserve_stock(lines=lines, products=by_id, moment=moment)
    return order


def _party_of(buyer: "Person") -> int:
    """Return whom the order is for; staff of the operator have no party and order nothing."""
    if buyer.party_id is None:
        raise Forbidden
    return buyer.party_id


def _next_number(shop: Shop) -> int:
    """Raise the shop's counter; its row stays locked until the commit, so numbers have no gap.

    Raises:
        StateConflict: The shop has closed.
    """
    numbered = Shop.objects.filter(pk=shop.pk, closed_at__isnull=True)
    # Asked of the locked row: a shop that closes meanwhile waits, or was first.
    if not numbered.update(last_order_number=F("last_order_number") + 1):
        raise StateConflict(_("This shop has closed."))
    return Shop.objects.values_list("last_order_number", flat=True).get(pk=shop.pk)
