"""How far the news for shops' programs is behind."""

from datetime import datetime

from django.db.models import Count, Min

from core.clock import wall_now
from merchants.enums import DeliveryState
from merchants.models import WebhookDelivery

MOST = 1_000


def deliveries_behind() -> tuple[int, datetime | None]:
    """Return how many deliveries are due again and not made, up to 1000, and since when.

    Those failed before; what was never tried waits for its turn behind them. One query.
    """
    rows = WebhookDelivery.objects.filter(state=DeliveryState.ASIDE, due_at__lte=wall_now())
    first = rows.order_by("due_at").values("due_at")[:MOST]
    found = first.aggregate(count=Count("*"), oldest=Min("due_at"))
    return found["count"], found["oldest"]
