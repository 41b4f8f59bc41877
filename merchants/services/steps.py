"""The steps of an order: the one place that changes its state.

``_move`` writes the row, its history and the news together, checked against the table in
``merchants.states``. Everything else here is a chain of moves that belong in one commit.

Locks are taken in this order, everywhere: demand, order, products by id, the shop's counter,
ledger accounts never, conversation last. A payment that finishes holds its demand before it
marks the order paid; whoever closes an order therefore closes the demand first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.errors import NotFound, StateConflict
from core.events import publish
from core.money import Money
from core.transactions import joins
from merchants import states
from merchants.enums import OrderState, PaymentKind, Side
from merchants.models import Order, OrderMove
from merchants.services.programs import acting_key
from merchants.services.standing import refuse_closed
from merchants.services.stock import release_stock
from payments.queries.countries import takes_purchases
from payments.services.demands import Asked, close_demand, create_demand

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from people.models import Person

DEMAND_KIND = "order"
# Paying outside of Troco takes a bank transfer or a visit, not a tap: stock waits a day for it.
EXTERNAL_WAIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Step:
    """Who moves an order, when, and why.

    Attributes:
        side: Which side asked for the move.
        moment: Business time of the commit.
        actor: The person behind it; None for the clock and the bank.
        reason: What the other side is told, in the actor's own words.
    """

    side: Side
    moment: datetime
    actor: "Person | None" = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OrderOf:
    """An order as one side knows it.

    Attributes:
        public_id: The order's public id.
        shop_id: Primary key of the shop whose order it must be; None asks nothing.
        buyer_id: Primary key of the party whose order it must be; None asks nothing.
    """

    public_id: str
    shop_id: int | None = None
    buyer_id: int | None = None


@joins
def begin_order(*, order: Order, step: Step) -> None:
    """Write the first line of an order's history and publish ``order.placed``.

    Args:
        order: The order, just written in the state ``placed``.
        step: Who placed it.

    Transaction: joins.
    """
    _write_move(order, "", step)


@joins
def move_order(*, order: Order, to: OrderState, step: Step) -> None:
    """Move a locked order and publish the news of its new state.

    Args:
        order: The locked order.
        to: Where it goes.
        step: Who moves it.

    Raises:
        StateConflict: The order cannot go there from where it is.

    Transaction: joins.
    """
    _move(order, to, step)


@joins
def open_payment(*, order: Order, step: Step, until: datetime | None = None) -> None:
    """Accept an order and open the way to pay it, in one commit.

    Where the shop's country is open for purchases, a demand is created that quotes can be
    taken of; otherwise the order waits for a payment outside of Troco, which Troco will
    never call paid. The time to pay starts now.

    Args:
        order: The locked order in the state ``placed``, with its shop loaded.
        step: Who accepts.
        until: Until when it can be paid; None for as long as the shop's orders wait.

    Raises:
        StateConflict: The order is not waiting for the seller's word.

    Transaction: joins.
    """
    shop = order.shop
    _move(order, OrderState.ACCEPTED, step)
    if takes_purchases(shop.country, step.moment):
        order.payment_kind = PaymentKind.TROCO
        order.expires_at = step.moment + timedelta(minutes=shop.order_minutes)
        to = OrderState.AWAITING_PAYMENT
    else:
        order.payment_kind = PaymentKind.EXTERNAL
        order.expires_at = step.moment + EXTERNAL_WAIT
        to = OrderState.EXTERNAL_PENDING
    order.expires_at = until or order.expires_at
    order.save(update_fields=["payment_kind", "expires_at"])
    _move(order, to, step)
    if order.payment_kind == PaymentKind.TROCO:
        create_demand(
            kind=DEMAND_KIND,
            reference=order.public_id,
            asked=Asked(
                payee_id=shop.party_id,
                payer_id=order.buyer_id,
                amount=Money(order.total_minor, order.currency),
                expires_at=order.expires_at,
                conversation_ref=order.conversation_ref,
            ),
        )


@joins
def close_order(*, whose: OrderOf, to: OrderState, step: Step, skip_locked: bool = False) -> Order:
    """Close an order that is not paid: its demand, its reservations, its state.

    Args:
        whose: The order, and who says it is theirs.
        to: ``declined``, ``cancelled`` or ``expired``.
        step: Who closes it.
        skip_locked: Leave an order alone that somebody else is moving at this moment.

    Returns:
        The closed order, with its shop.

    Raises:
        NotFound: No such order of theirs, or it is being moved and was to be skipped.
        StateConflict: It is paid, a payment of it is under way, or it was closed before.

    Transaction: joins.
    """
    seen = _rows(whose).values_list("state", flat=True).first()
    if seen is None:
        raise NotFound
    _check_closable(seen, to)
    if seen == OrderState.AWAITING_PAYMENT:
        _close_demand(whose.public_id)
    order = lock_order(whose=whose, skip_locked=skip_locked)
    if order.state != seen:
        raise StateConflict(state=order.state, asked=to)
    release_stock(order=order, moment=step.moment)
    _move(order, to, step)
    return order


@joins
def lock_order(*, whose: OrderOf, skip_locked: bool = False) -> Order:
    """Lock an order's row and return it with its shop (the shop's row is not locked).

    The seller of a shop that has closed moves no order: all were finished before.

    Args:
        whose: The order, and who says it is theirs.
        skip_locked: Answer as if it did not exist while somebody else holds it.

    Raises:
        NotFound: No such order of theirs, or it is locked and was to be skipped.
        StateConflict: The seller asks, and the shop has closed.

    Transaction: joins.
    """
    rows = _rows(whose).select_related("shop")
    order = rows.select_for_update(of=("self",), skip_locked=skip_locked, no_key=True).first()
    if order is None:
        raise NotFound
    if whose.shop_id is not None:
        refuse_closed(order.shop)
    return order


def _rows(whose: OrderOf) -> "QuerySet[Order]":
    """Return the order as its side may reach it: somebody else's is no order."""
    rows = Order.objects.filter(public_id=whose.public_id)
    if whose.shop_id is not None:
        rows = rows.filter(shop_id=whose.shop_id)
    if whose.buyer_id is not None:
        rows = rows.filter(buyer_id=whose.buyer_id)
    return rows


def _move(order: Order, to: OrderState, step: Step) -> None:
    """Change an order's state: the row, its history and the news, or nothing."""
    old = order.state
    states.ORDER.check(old, to)
    order.state = to
    order.moved_at = step.moment
    order.save(update_fields=["state", "moved_at"])
    _write_move(order, old, step)


def _write_move(order: Order, old: str, step: Step) -> None:
    """Append to an order's history and publish the event of its state."""
    OrderMove.objects.filter(order=order, most_recent=True).update(most_recent=False)
    OrderMove.objects.create(
        order=order,
        from_state=old,
        to_state=order.state,
        at=step.moment,
        side=step.side,
        actor=step.actor,
        key_id=acting_key(actor=step.actor),
        reason=step.reason,
    )
    publish(states.EVENTS[OrderState(order.state)], order_id=order.public_id)


def _check_closable(state: str, to: OrderState) -> None:
    """Refuse in words what the table refuses with a code."""
    if states.ORDER.allows(state, to):
        return
    if state in states.CLOSED_UNPAID:
        raise StateConflict(_("This order is closed already."), state=state, asked=to)
    words = _("This order is paid and cannot be closed. Money goes back by a refund.")
    raise StateConflict(words, state=state, asked=to)


def _close_demand(order_id: str) -> None:
    """Close what quotes are taken of, or say that a payment is under way."""
    try:
        close_demand(kind=DEMAND_KIND, reference=order_id)
    except StateConflict as error:
        words = _("A payment of this order is under way. Wait until it has ended.")
        raise StateConflict(words, state=OrderState.AWAITING_PAYMENT) from error
