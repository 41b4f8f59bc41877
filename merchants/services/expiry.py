"""Orders that nobody paid in time are closed, and their stock goes back on the shelf."""

from collections.abc import Iterator
from datetime import datetime

import structlog
from django.db.models import Q

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.transactions import owns
from merchants.enums import OrderState, Side
from merchants.models import Order
from merchants.models.orders import EXPIRING
from merchants.services.news import tell_change
from merchants.services.steps import DEMAND_KIND, OrderOf, Step, close_order
from payments.queries import demand_is_busy

CHUNK = 100

logger = structlog.get_logger(__name__)


def expire_due_orders(*, limit: int = 1000) -> int:
    """Expire the orders whose time is over, oldest first; called by the clock.

    Each order is closed in a transaction of its own, so a sweep never holds more than one
    order, and one that cannot be closed holds up no other. Two sweeps at once are harmless:
    an order that somebody holds is skipped.

    Args:
        limit: How many orders to look at, at most.

    Returns:
        How many were expired.

    Transaction: none (one for each order).
    """
    moment = business_now()
    return sum(1 for order_id in _due(moment, limit) if _expire(order_id))


@owns
def expire_order(*, order_id: str) -> Order:
    """Expire one order that is not paid in time. Publishes ``order.expired``.

    Args:
        order_id: Public id of the order.

    Returns:
        The order.

    Raises:
        NotFound: No such order, or somebody is moving it just now.
        StateConflict: It is paid or closed, its time is not over, a payment of it is under
            way: money may be on its way to it, or the shop says that it was paid outside.

    Transaction: owns.
    """
    moment = business_now()
    whose = OrderOf(order_id)
    step = Step(Side.CLOCK, moment)
    order = close_order(whose=whose, to=OrderState.EXPIRED, step=step, skip_locked=True)
    if order.expires_at > moment or order.external_received_at is not None:
        raise StateConflict(state=order.state)
    tell_change(order=order)
    return order


def _expire(order_id: str) -> bool:
    """Expire one order unless a payment of it is under way; tell whether it was."""
    if demand_is_busy(DEMAND_KIND, order_id):
        return False
    try:
        expire_order(order_id=order_id)
    except (NotFound, StateConflict) as refusal:
        logger.info("order_not_expired", order=order_id, code=refusal.code)
        return False
    return True


def _due(moment: datetime, limit: int) -> Iterator[str]:
    """Yield the ids of orders whose time is over, in chunks read by key."""
    after: tuple[datetime, int] | None = None
    seen = 0
    while seen < limit:
        rows = Order.objects.filter(
            state__in=EXPIRING, expires_at__lte=moment, external_received_at__isnull=True
        )
        if after is not None:
            tie = Q(expires_at=after[0], id__gt=after[1])
            rows = rows.filter(tie | Q(expires_at__gt=after[0]))
        chunk = list(
            rows.order_by("expires_at", "id").values_list("expires_at", "id", "public_id")[
                : min(CHUNK, limit - seen)
            ]
        )
        if not chunk:
            return
        yield from (public_id for _expires_at, _id, public_id in chunk)
        after = (chunk[-1][0], chunk[-1][1])
        seen += len(chunk)
