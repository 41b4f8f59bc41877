"""What a payment means for its order. Called by handlers inside the payment's transaction.

Nothing here may refuse (ruling 11): the bank has moved the money, and a refusal would undo
our record of it. What does not fit is written down in the order's timeline for people.
"""

from core.clock import business_now
from core.transactions import joins
from merchants import states
from merchants.enums import NoteKind, OrderState, Side
from merchants.models import Order, OrderNote
from merchants.services.links import mark_use_paid
from merchants.services.news import tell_change
from merchants.services.steps import DEMAND_KIND, Step, move_order
from merchants.services.stock import consume_stock
from payments.enums import DemandKind
from payments.queries import PaymentSnapshot, payment_snapshot


@joins
def mark_paid(*, payment_id: str) -> None:
    """Turn an order paid in the commit that completes its payment.

    The reserved pieces leave the stock; both sides are told; ``order.paid`` is published. If
    the order was closed meanwhile, which closing its demand makes impossible by any known
    path, the order stays closed and its timeline says that money came, so that it is sent
    back. A second payment of a paid order is written down as such. What paid a link is written
    down with the use of it.

    Args:
        payment_id: Public id of the completed payment.

    Transaction: joins.
    """
    payment = payment_snapshot(payment_id)
    if payment.demand_kind == DemandKind.LINK and payment.demand_reference:
        mark_use_paid(use_id=payment.demand_reference, payment_id=payment_id)
        return
    order = _lock_order_of(payment)
    if order is None or order.payment_ref == payment_id:
        return
    moment = business_now()
    if not states.ORDER.allows(order.state, OrderState.PAID):
        is_closed = order.state in states.CLOSED_UNPAID
        kind = NoteKind.PAID_AFTER_CLOSING if is_closed else NoteKind.PAID_AGAIN
        _note(order, kind, payment_id, order.state)
        return
    order.payment_ref = payment_id
    order.paid_at = moment
    order.save(update_fields=["payment_ref", "paid_at"])
    consume_stock(order=order, moment=moment)
    move_order(order=order, to=OrderState.PAID, step=Step(Side.BANK, moment))
    tell_change(order=order)


@joins
def note_payment(*, payment_id: str, kind: NoteKind) -> None:
    """Write into an order's timeline what became of a payment that did not pay it.

    The order's state stays: after a failed payment it can be paid again until it expires.

    Args:
        payment_id: Public id of the payment.
        kind: What happened to it.

    Transaction: joins.
    """
    payment = payment_snapshot(payment_id)
    order = _lock_order_of(payment)
    if order is not None:
        _note(order, kind, payment_id, payment.failure_code or "")


@joins
def note_refund(*, payment_id: str, refund_id: str, kind: NoteKind) -> None:
    """Write into an order's timeline what became of a refund; the order's state stays.

    Args:
        payment_id: Public id of the payment.
        refund_id: Public id of the refund, the note's detail: one payment may have many.
        kind: What happened to it.

    Transaction: joins.
    """
    order = _lock_order_of(payment_snapshot(payment_id))
    if order is not None:
        OrderNote.objects.get_or_create(
            order=order,
            kind=kind,
            payment_ref=payment_id,
            detail=refund_id,
            defaults={"at": business_now()},
        )


def _lock_order_of(payment: PaymentSnapshot) -> Order | None:
    """Lock and return the order that a payment is for, if it is for one."""
    if payment.demand_kind != DEMAND_KIND:
        return None
    return (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .select_related("shop")
        .filter(public_id=payment.demand_reference)
        .first()
    )


def _note(order: Order, kind: NoteKind, payment_id: str, detail: str) -> None:
    """Write a note once, however often its news arrives."""
    OrderNote.objects.get_or_create(
        order=order,
        kind=kind,
        payment_ref=payment_id,
        defaults={"at": business_now(), "detail": detail},
    )
