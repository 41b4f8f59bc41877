"""Browsers that take pushes."""

from dataclasses import dataclass
from datetime import datetime

from merchants.models import PushSubscription


@dataclass(frozen=True, slots=True)
class PushBrowser:
    """A browser of somebody that is told of a shop's news; ``agent`` is its name for itself."""

    public_id: str
    agent: str
    session_key: str
    created_at: datetime


def browsers_of(shop_id: int, person_id: int) -> list[PushBrowser]:
    """Return where a person takes pushes of a shop, newest first; one query."""
    rows = PushSubscription.objects.filter(
        shop_id=shop_id, person_id=person_id, session__ended_at__isnull=True
    )
    return [
        PushBrowser(row.public_id, row.session.agent, row.session.session_key, row.created_at)
        for row in rows.select_related("session").order_by("-id")
    ]
