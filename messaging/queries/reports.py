"""What members told the operator of and nobody has looked at yet."""

from datetime import datetime
from typing import Final

from django.db.models import Count, Min

from messaging.models import Report

MOST: Final = 1000


def open_reports() -> tuple[int, datetime | None]:
    """Return how many reports are open, up to 1000, and since when the oldest."""
    rows = Report.objects.filter(closed_at__isnull=True).order_by("id").values("created_at")[:MOST]
    found = rows.aggregate(count=Count("*"), oldest=Min("created_at"))
    return found["count"], found["oldest"]
