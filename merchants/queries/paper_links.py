"""Reading what became of a code that lets a phone send a paper."""

from dataclasses import dataclass
from datetime import datetime

from merchants.models import PaperLink


@dataclass(frozen=True, slots=True)
class PaperLinkFacts:
    """A link as the page of whoever asked for it sees it."""

    kind: str
    is_used: bool
    is_open: bool
    expires_at: datetime


def newest_paper_link(shop_id: int, person_id: int, moment: datetime) -> PaperLinkFacts | None:
    """Return what somebody last asked for at a shop; one query.

    Args:
        shop_id: Primary key of the shop.
        person_id: Who asked.
        moment: The wall clock's, which links go by.
    """
    rows = PaperLink.objects.filter(shop_id=shop_id, made_by_id=person_id)
    link = rows.order_by("-id").first()
    if link is None:
        return None
    is_used = link.used_at is not None
    return PaperLinkFacts(
        kind=link.kind,
        is_used=is_used,
        is_open=not is_used and link.cancelled_at is None and link.expires_at > moment,
        expires_at=link.expires_at,
    )
