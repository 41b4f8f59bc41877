"""Orders from the seller's side: answered, prepared, handed over.

Nothing here asks for a role: the portal's door decided that before. Every call names the
shop, so that an id of another shop's order finds nothing.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import StateConflict
from core.idempotency import record
from core.transactions import owns
from merchants.enums import OrderState, Side
from merchants.models import Order
from merchants.services.news import tell_change
from merchants.services.steps import (
    OrderOf,
    Step,
    close_order,
    lock_order,
    move_order,
    open_payment,
)
from merchants.services.stock import consume_stock
from merchants.services.texts import clean_text, refusal

if TYPE_CHECKING:
    from people.models import Person

MAX_NOTE = 500


@owns
def accept_order(*, shop_id: int, order_id: str, actor: "Person | None") -> Order:
    """Say the seller's yes: the order can be paid from now on.

    Publishes ``order.accepted`` and then ``order.awaiting_payment`` or
    ``order.external_pending``.

    Args:
        shop_id: Primary key of the shop.
        order_id: Public id of its order.
        actor: Who of the team accepts.

    Returns:
        The order.

    Raises:
        NotFound: The shop has no such order.
        StateConflict: It was answered or closed before, or its time is over.

    Transaction: owns.
    """
    moment = business_now()
    order = lock_order(whose=OrderOf(order_id, shop_id=shop_id))
    if order.state == OrderState.PLACED and order.expires_at <= moment:
        raise StateConflict(_("The time for this order is over."), state=order.state)
    open_payment(order=order, step=Step(Side.SELLER, moment, actor))
    tell_change(order=order)
    record(order)
    return order


@owns
def decline_order(*, shop_id: int, order_id: str, actor: "Person | None", reason: str) -> Order:
    """Say the seller's no, with a reason that the buyer reads; the stock is free again.

    Publishes ``order.declined``.

    Args:
        shop_id: Primary key of the shop.
        order_id: Public id of its order.
        actor: Who of the team declines.
        reason: What the buyer is told, 1 to 500 characters.

    Returns:
        The order.

    Raises:
        NotFound: The shop has no such order.
        InputInvalid, TextInvalid: There is no reason, or it is too long.
        StateConflict: It is paid or closed, or a payment of it is under way.

    Transaction: owns.
    """
    if not reason.strip():
        raise refusal("reason", _("Say why, so that the buyer knows."))
    return _close(OrderOf(order_id, shop_id=shop_id), OrderState.DECLINED, actor, reason)


@owns
def cancel_for_shop(
    *, shop_id: int, order_id: str, actor: "Person | None", reason: str = ""
) -> Order:
    """Call off an order from the shop's side before it is paid; the stock is free again.

    Publishes ``order.cancelled``.

    Args:
        shop_id: Primary key of the shop.
        order_id: Public id of its order.
        actor: Who of the team cancels.
        reason: What the buyer is told.

    Returns:
        The order.

    Raises:
        NotFound: The shop has no such order.
        StateConflict: It is paid or closed, or a payment of it is under way.

    Transaction: owns.
    """
    return _close(OrderOf(order_id, shop_id=shop_id), OrderState.CANCELLED, actor, reason)


@owns
def prepare_order(*, shop_id: int, order_id: str, actor: "Person | None") -> Order:
    """Start preparing a paid order. Publishes ``order.preparing``.

    One that is paid outside of Troco is prepared once the shop says that the money came; its
    goods leave the stock then.

    Args:
        shop_id: Primary key of the shop.
        order_id: Public id of its order.
        actor: Who of the team does it.

    Returns:
        The order.

    Raises:
        NotFound: The shop has no such order.
        StateConflict: It is not paid, or further on.

    Transaction: owns.
    """
    order = lock_order(whose=OrderOf(order_id, shop_id=shop_id))
    if order.state == OrderState.EXTERNAL_PENDING:
        if order.external_received_at is None:
            words = _("Mark the money as received first.")
            raise StateConflict(words, state=order.state)
        consume_stock(order=order, moment=business_now())
    return _go_on(order, OrderState.PREPARING, actor)


@owns
def mark_ready(*, shop_id: int, order_id: str, actor: "Person | None", note: str = "") -> Order:
    """Say that a prepared order can be fetched. Publishes ``order.ready``.

    Args:
        shop_id: Primary key of the shop.
        order_id: Public id of its order.
        actor: Who of the team does it.
        note: Where and when, for the buyer.

    Returns:
        The order.

    Raises:
        NotFound: The shop has no such order.
        StateConflict: It is not being prepared.

    Transaction: owns.
    """
    return _fulfil(OrderOf(order_id, shop_id=shop_id), OrderState.READY, actor, note)


@owns
def ship_order(*, shop_id: int, order_id: str, actor: "Person | None", note: str = "") -> Order:
    """Say that a prepared order is on its way. Publishes ``order.shipped``.

    Args:
        shop_id: Primary key of the shop.
        order_id: Public id of its order.
        actor: Who of the team does it.
        note: Carrier and tracking, for the buyer.

    Returns:
        The order.

    Raises:
        NotFound: The shop has no such order.
        StateConflict: It is not being prepared.

    Transaction: owns.
    """
    return _fulfil(OrderOf(order_id, shop_id=shop_id), OrderState.SHIPPED, actor, note)


@owns
def complete_order(*, shop_id: int, order_id: str, actor: "Person | None") -> Order:
    """Say that the buyer has what was ordered. Publishes ``order.completed``.

    Args:
        shop_id: Primary key of the shop.
        order_id: Public id of its order.
        actor: Who of the team does it.

    Returns:
        The order.

    Raises:
        NotFound: The shop has no such order.
        StateConflict: It is neither shipped nor ready.

    Transaction: owns.
    """
    return _fulfil(OrderOf(order_id, shop_id=shop_id), OrderState.COMPLETED, actor)


def _close(whose: OrderOf, to: OrderState, actor: "Person | None", reason: str) -> Order:
    """Close an unpaid order for the shop and tell both sides."""
    step = Step(Side.SELLER, business_now(), actor, clean_text(reason, "reason", MAX_NOTE))
    order = close_order(whose=whose, to=to, step=step)
    tell_change(order=order)
    record(order)
    return order


def _fulfil(whose: OrderOf, to: OrderState, actor: "Person | None", note: str = "") -> Order:
    """Lock an order, move it one step on and tell both sides."""
    return _go_on(lock_order(whose=whose), to, actor, note)


def _go_on(order: Order, to: OrderState, actor: "Person | None", note: str = "") -> Order:
    """Move a locked order one step on and tell both sides."""
    step = Step(Side.SELLER, business_now(), actor, clean_text(note, "note", MAX_NOTE))
    move_order(order=order, to=to, step=step)
    tell_change(order=order)
    record(order)
    return order
