"""Tells both sides of an order what became of it: in the chat and in their feeds."""

from collections.abc import Mapping

from core.transactions import joins
from merchants.models import Order
from merchants.queries.snapshots import order_snapshot
from messaging.services.feed import append_feed
from messaging.services.messages import refresh_content

MESSAGE_KIND = "order"
FEED_KIND = "order"


@joins
def tell_change(*, order: Order, shipped: Mapping[int, int] | None = None) -> None:
    """Refresh the order's message in the chat and append a feed row for each side.

    Conversations are locked last of all (ruling 5), so this is the last thing that a service
    does with an order.

    Args:
        order: The order after its change.
        shipped: Of an order that goes out in parts, how much of each line has gone.

    Transaction: joins.
    """
    snapshot = order_snapshot(order, order.lines.order_by("position"), shipped)
    refresh_content(kind=MESSAGE_KIND, content_ref=order.public_id, content=snapshot)
    append_both(order=order, snapshot=snapshot)


@joins
def append_both(*, order: Order, snapshot: dict[str, object]) -> None:
    """Append a feed row for the buyer and one for the shop.

    Args:
        order: The order after its change.
        snapshot: What is shown of it.

    Transaction: joins.
    """
    for party_id in sorted((order.buyer_id, order.shop.party_id)):
        append_feed(party_id=party_id, kind=FEED_KIND, payload=snapshot)
