"""Payments that Troco did not carry: what the buyer says, and what the shop says.

Nothing here moves money or turns an order paid. The buyer's word gives the shop time to look at
its account; the shop's word lets it prepare the order. Both are shown as what they are: words.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import StateConflict
from core.idempotency import record
from core.transactions import joins, owns
from merchants.enums import NoteKind, OrderState
from merchants.models import Order, OrderNote
from merchants.services.news import tell_change
from merchants.services.programs import acting_key
from merchants.services.steps import OrderOf, lock_order
from merchants.services.texts import clean_text
from people.services import audit

if TYPE_CHECKING:
    from people.models import Person

MAX_NOTE = 120
# A bank transfer made on a Friday evening is on the shop's account on Monday.
LOOK_FOR = timedelta(hours=72)


@owns
def say_paid_outside(*, order_id: str, buyer: "Person", note: str = "") -> Order:
    """Say, as the buyer, that the shop was paid outside of Troco; twice is as good as once.

    The goods are kept for 72 hours from then on, so that the shop can look at its account.

    Changes: ``Order.external_told_at`` and ``expires_at``, an ``OrderNote``.

    Args:
        order_id: Public id of the order.
        buyer: Whose order it must be.
        note: By what the shop finds the payment, up to 120 characters.

    Returns:
        The order.

    Raises:
        NotFound: No such order of this buyer.
        InputInvalid, TextInvalid: The note is too long, or no text.
        StateConflict: The order is not to be paid outside of Troco, or not any more.

    Transaction: owns.
    """
    words = clean_text(note, "note", MAX_NOTE)
    order = _waiting(OrderOf(order_id, buyer_id=buyer.party_id))
    if order.external_told_at is None:
        moment = business_now()
        order.external_told_at = moment
        order.expires_at = max(order.expires_at, moment + LOOK_FOR)
        order.save(update_fields=["external_told_at", "expires_at"])
        _write(order, NoteKind.BUYER_SAYS_PAID, words)
        tell_change(order=order)
    record(order)
    return order


@owns
def mark_received(*, shop_id: int, order_id: str, actor: "Person | None") -> Order:
    """Say, for the shop, that the money of an order came; the order does not expire any more.

    Changes: the order's ``external_received_at`` and ``external_received_by``, an ``OrderNote``,
    the audit trail.

    Args:
        shop_id: Primary key of the shop.
        order_id: Public id of its order.
        actor: Who of the team looked; None where a program did.

    Returns:
        The order, still ``external_pending``: the next step is to prepare it.

    Raises:
        NotFound: The shop has no such order.
        StateConflict: It is not to be paid outside of Troco, or was marked before.

    Transaction: owns.
    """
    order = _waiting(OrderOf(order_id, shop_id=shop_id))
    if order.external_received_at is not None:
        raise StateConflict(_("Somebody has marked it as received already."), state=order.state)
    order.external_received_at = business_now()
    order.external_received_by, order.external_received_key_id = actor, acting_key(actor=actor)
    _say(order, actor, NoteKind.RECEIVED_OUTSIDE)
    return order


@owns
def mark_not_received(*, shop_id: int, order_id: str, actor: "Person | None") -> Order:
    """Take the shop's word back, before the order is prepared.

    The goods are kept for 72 hours more, so that it does not expire in that very moment.

    Changes: as ``mark_received``, and ``expires_at``.

    Args:
        shop_id: Primary key of the shop.
        order_id: Public id of its order.
        actor: Who of the team takes it back; None where a program does.

    Returns:
        The order.

    Raises:
        NotFound: The shop has no such order.
        StateConflict: It was not marked, or is being prepared.

    Transaction: owns.
    """
    order = _waiting(OrderOf(order_id, shop_id=shop_id))
    if order.external_received_at is None:
        raise StateConflict(_("It is not marked as received."), state=order.state)
    order.external_received_at = None
    order.external_received_by = order.external_received_key = None
    order.expires_at = max(order.expires_at, business_now() + LOOK_FOR)
    _say(order, actor, NoteKind.NOT_RECEIVED)
    return order


@joins
def _waiting(whose: OrderOf) -> Order:
    """Lock an order that waits to be paid outside of Troco."""
    order = lock_order(whose=whose)
    if order.state != OrderState.EXTERNAL_PENDING:
        words = _("This order does not wait for a payment outside of Troco.")
        raise StateConflict(words, state=order.state)
    return order


@joins
def _say(order: Order, actor: "Person | None", kind: NoteKind) -> None:
    """Write what somebody of the shop says, and tell both sides."""
    fields = ["external_received_at", "external_received_by", "external_received_key"]
    order.save(update_fields=[*fields, "expires_at"])
    _write(order, kind, "")
    is_received = order.external_received_at is not None
    audit.record(
        actor=actor,
        action=f"order.{kind.value}",
        object_ref=order.public_id,
        before={"received": not is_received},
        after={"received": is_received},
        reason="",
    )
    tell_change(order=order)
    record(order)


@joins
def _write(order: Order, kind: NoteKind, detail: str) -> None:
    OrderNote.objects.create(order=order, kind=kind, at=business_now(), detail=detail)
