"""Orders that go out in parts: some pieces now, the rest later."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import StateConflict
from core.idempotency import record
from core.transactions import owns
from merchants.enums import NoteKind, OrderState, Side
from merchants.models import Order, OrderNote, Shipment
from merchants.queries.orders import shipped_of
from merchants.services.news import tell_change
from merchants.services.steps import OrderOf, Step, lock_order, move_order
from merchants.services.texts import clean_text, refusal
from people.services import audit

if TYPE_CHECKING:
    from people.models import Person

MAX_NOTE = 500


@owns
def ship_pieces(
    *,
    shop_id: int,
    order_id: str,
    actor: "Person | None",
    pieces: Mapping[int, int],
    note: str = "",
) -> Order:
    """Say that some pieces of a prepared order are on their way.

    With the last of them the order is shipped, and ``order.shipped`` is published; before that it
    stays where it is, its timeline and message say how much has gone, and the audit trail by whom.

    Args:
        shop_id: Primary key of the shop.
        order_id: Public id of its order.
        actor: Who of the team does it.
        pieces: How many of each line, by its position; lines of none may be left out.
        note: Carrier and tracking, for the buyer; up to 500 characters.

    Returns:
        The order.

    Raises:
        NotFound: The shop has no such order.
        InputInvalid, TextInvalid: No piece at all, more of a line than are left, or a note that
            is too long.
        StateConflict: It is not being prepared.

    Transaction: owns.
    """
    moment = business_now()
    words = clean_text(note, "note", MAX_NOTE)
    order = lock_order(whose=OrderOf(order_id, shop_id=shop_id))
    if order.state != OrderState.PREPARING:
        raise StateConflict(state=order.state, asked=OrderState.SHIPPED)
    gone = _with(order, pieces)
    every = sum(order.lines.values_list("quantity", flat=True))
    Shipment.objects.create(
        order=order,
        number=order.shipments.count() + 1,
        pieces=[[position, count] for position, count in sorted(pieces.items()) if count],
        note=words,
        at=moment,
        actor=actor,
    )
    if sum(gone.values()) == every:
        move_order(order=order, to=OrderState.SHIPPED, step=Step(Side.SELLER, moment, actor, words))
    else:
        detail = f"{sum(gone.values())} / {every}" + (f" · {words}" if words else "")
        OrderNote.objects.create(
            order=order, kind=NoteKind.PART_SHIPPED, at=moment, detail=detail[:120]
        )
        _say_who(order, actor, gone)
    tell_change(order=order, shipped=gone)
    record(order)
    return order


def _say_who(order: Order, actor: "Person | None", gone: Mapping[int, int]) -> None:
    """Write into the audit trail who handed a part over: without a move, nothing else tells."""
    audit.record(
        actor=actor,
        action=f"order.{NoteKind.PART_SHIPPED.value}",
        object_ref=order.public_id,
        before={},
        after={"shipped": [[position, count] for position, count in sorted(gone.items())]},
        reason="",
    )


def _with(order: Order, pieces: Mapping[int, int]) -> dict[int, int]:
    """Return what has gone out of each line with some more pieces, not more than there are.

    Raises:
        InputInvalid: No piece at all, or more than are left.
    """
    ordered = dict(order.lines.values_list("position", "quantity"))
    gone = shipped_of(order)
    if not any(pieces.values()):
        raise refusal("pieces", _("Say how many pieces go out."))
    for position, count in pieces.items():
        gone[position] = gone.get(position, 0) + count
        if count < 0 or gone[position] > ordered.get(position, 0):
            raise refusal("pieces", _("More pieces than are left."))
    return gone
