"""Broadcasts and how far they are, and who wants a shop's news."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from core.api import keyset_page
from core.errors import NotFound
from merchants.enums import RecipientState
from merchants.models import Broadcast, NewsWish, Recipient


@dataclass(frozen=True, slots=True)
class BroadcastFacts:
    """A broadcast, with how many of its customers are in which state."""

    public_id: str
    text: str
    state: str
    author: str
    author_name: str
    starts_at: datetime
    created_at: datetime
    ended_at: datetime | None
    counts: dict[str, int]


def broadcasts_of(
    shop_id: int, cursor: str | None, limit: int
) -> tuple[list[BroadcastFacts], str | None]:
    """Return a shop's broadcasts, the latest first; two questions to the database.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows = Broadcast.objects.filter(shop_id=shop_id).select_related("author__party")
    page, following = keyset_page(rows, cursor, limit)
    return _facts(page), following


def broadcast_of(shop_id: int, public_id: str) -> BroadcastFacts:
    """Return one of a shop's broadcasts.

    Raises:
        NotFound: The shop has no such broadcast.
    """
    rows = Broadcast.objects.filter(shop_id=shop_id, public_id=public_id)
    found = _facts(list(rows.select_related("author__party")))
    if not found:
        raise NotFound
    return found[0]


def wants_news(shop_id: int, party_id: int) -> bool:
    """Tell whether a customer wants a shop's news."""
    return NewsWish.objects.filter(shop_id=shop_id, party_id=party_id, is_wanted=True).exists()


def wish_of(shop_id: int, party_id: int) -> bool | None:
    """Return what a customer said about a shop's news; None where they said nothing."""
    wishes = NewsWish.objects.filter(shop_id=shop_id, party_id=party_id)
    return wishes.values_list("is_wanted", flat=True).first()


def news_audience(shop_id: int) -> int:
    """Return how many customers want a shop's news."""
    return NewsWish.objects.filter(shop_id=shop_id, is_wanted=True).count()


def _facts(rows: list[Broadcast]) -> list[BroadcastFacts]:
    counted = (
        Recipient.objects.filter(broadcast__in=rows)
        .values_list("broadcast_id", "state")
        .annotate(number=Count("id"))
        .order_by()
    )
    counts = {row.pk: dict.fromkeys(RecipientState.values, 0) for row in rows}
    for broadcast_id, state, number in counted:
        counts[broadcast_id][state] = number
    return [
        BroadcastFacts(
            public_id=row.public_id,
            text=row.text,
            state=row.state,
            author=row.author.login,
            author_name=str(row.author.party or row.author),
            starts_at=row.starts_at,
            created_at=row.created_at,
            ended_at=row.ended_at,
            counts=counts[row.pk],
        )
        for row in rows
    ]
