"""Which news is pushed to whom: read off the feed, so that nobody who tells it waits for a push.

One reader follows the feed of all parties, a page at a time, and owes a push for each browser that
is subscribed to what the page brings. Where it stands moves in the same commit, so nothing is
told twice by it and nothing is left out. What the feed does not carry, disputes and payouts, comes
from the outbox: it is rare.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from core.clock import business_now, wall_now
from core.errors import InputInvalid
from core.events import publish
from core.transactions import joins, owns
from merchants.codes.news import FOR_ROLES, read_choices
from merchants.enums import NewsKind, OrderState, ProposalState, Role
from merchants.models import (
    Product,
    PushPlace,
    PushSubscription,
    RefundProposal,
    Shop,
    TeamMember,
)
from merchants.queries.catalogue import low_stock_keys
from merchants.queries.refund_proposals import people_told_of
from messaging.queries.cursors import FeedCursor
from messaging.queries.feed import FeedItem, newest_cursor, tail
from payments.queries import payment_snapshot
from payments.queries.shop import payout_by_id

PAGE: Final = 500
MOST_PAGES: Final = 20
SAID: Final = frozenset(
    {"text", "image", "video", "audio", "document", "location", "contact", "sticker", "product"}
)
_WAITING: Final = frozenset({OrderState.AWAITING_PAYMENT.value, OrderState.EXTERNAL_PENDING.value})

News = tuple[Shop, NewsKind, str]
"""Whose news, of what kind, and the public id of what it is about."""


def read_feed() -> int:
    """Read what is new for pushes; return how many pushes are owed for it.

    Transaction: none (each page is one of its own).
    """
    owed = 0
    for _page in range(MOST_PAGES):
        found, is_complete = _read_page()
        owed += found
        if is_complete:
            break
    return owed


@owns
def tell_dispute(*, dispute_id: str, payment_id: str) -> None:
    """Owe pushes for a dispute that was opened.

    Transaction: owns.
    """
    payee = payment_snapshot(payment_id).payee
    for shop in Shop.objects.filter(party_id=payee.id):
        owe_pushes(news=[(shop, NewsKind.DISPUTE, dispute_id)])


@owns
def tell_payout(*, payout_id: str) -> None:
    """Owe pushes for a payout that a bank refused or sent back.

    Transaction: owns.
    """
    party_id, _payout = payout_by_id(payout_id)
    for shop in Shop.objects.filter(party_id=party_id):
        owe_pushes(news=[(shop, NewsKind.PAYOUT, payout_id)])


@owns
def tell_proposal(*, proposal_id: str) -> None:
    """Owe pushes for a refund that was asked for, or for its end, to those whom it concerns.

    Transaction: owns.
    """
    rows = RefundProposal.objects.select_related("shop").filter(public_id=proposal_id)
    proposal = rows.first()
    if proposal is not None and proposal.state != ProposalState.WITHDRAWN:
        news = [(proposal.shop, NewsKind.REFUND, proposal_id)]
        owe_pushes(news=news, people=people_told_of(proposal))


@joins
def owe_pushes(*, news: Sequence[News], people: frozenset[int] | None = None) -> int:
    """Owe a push of each news to each browser whose person may and wants to hear of it.

    Publishes: ``push.owed`` for each.

    Args:
        news: What happened.
        people: Primary keys of those whom it concerns; None for everybody of the team.

    Transaction: joins.
    """
    rows = PushSubscription.objects.filter(shop__in={shop.pk for shop, _kind, _ref in news})
    if people is not None:
        rows = rows.filter(person_id__in=people)
    subscriptions = list(rows.order_by("id").values_list("public_id", "shop_id", "person_id"))
    if not subscriptions:
        return 0
    members = {
        (member.shop_id, member.person_id): member
        for member in TeamMember.objects.filter(
            shop_id__in={shop_id for _id, shop_id, _person in subscriptions},
            removed_at__isnull=True,
        )
    }
    at, owed = int(wall_now().timestamp()), 0
    for shop, kind, ref in news:
        for subscription_id, shop_id, person_id in subscriptions:
            member = members.get((shop_id, person_id))
            if shop_id == shop.pk and member is not None and _wants(member, kind):
                publish(
                    "push.owed", subscription_id=subscription_id, kind=kind.value, ref=ref, at=at
                )
                owed += 1
    return owed


def _wants(member: TeamMember, kind: NewsKind) -> bool:
    return Role(member.role) in FOR_ROLES[kind] and kind in read_choices(member.news).push


@owns
def _read_page() -> tuple[int, bool]:
    """Read one page; return how many pushes it owes and whether it was the last for now."""
    place = PushPlace.objects.select_for_update().filter(pk=1).first()
    shops = _listening()
    if not shops:
        # Who subscribes later is told of what comes then.
        if place is not None:
            place.delete()
        return 0, True
    if place is None:
        _stand(newest_cursor())
        return 0, True
    try:
        page = tail(FeedCursor(place.xid, place.row), PAGE)
    except InputInvalid:
        # The database is one of before that place, restored: what it told then is no news.
        _stand(newest_cursor())
        return 0, True
    news = [each for item in page.items for each in _news_of(item, shops)]
    for shop in _selling(page.items, shops):
        news.extend(_low_of(shop, business_now()))
    owed = owe_pushes(news=list(dict.fromkeys(news))) if news else 0
    _stand(page.next)
    return owed, page.is_complete


def _listening() -> dict[int, Shop]:
    """Return the shops that somebody is subscribed to, by their party."""
    if not settings.TROCO_PUSH_KEY:
        return {}
    ids = PushSubscription.objects.values_list("shop_id", flat=True).distinct()
    rows = Shop.objects.filter(pk__in=list(ids)).select_related("party")
    return {shop.party_id: shop for shop in rows}


def _stand(cursor: FeedCursor) -> None:
    PushPlace.objects.update_or_create(pk=1, defaults={"xid": cursor.xid, "row": cursor.row_id})


def _news_of(item: FeedItem, shops: Mapping[int, Shop]) -> Iterable[News]:
    """Return what an item of the feed is news of, for each shop that it concerns."""
    for party_id in item.party_ids:
        shop = shops.get(party_id)
        if shop is not None:
            yield from _news_for(shop, item.kind, item.payload)


def _selling(items: Sequence[FeedItem], shops: Mapping[int, Shop]) -> list[Shop]:
    """Return the shops that orders of a page are of, each once: their stock may run low."""
    parties = {party for item in items if item.kind == "order" for party in item.party_ids}
    return [shops[party_id] for party_id in sorted(parties & set(shops))]


def _news_for(shop: Shop, kind: str, payload: Mapping[str, Any]) -> Iterable[News]:
    if kind == "message.created":
        if payload.get("type") in SAID and payload.get("sender") != shop.party.public_id:
            yield (shop, NewsKind.MESSAGE, str(payload["id"]))
    elif kind == "payment":
        if (payload.get("kind"), payload.get("state")) == ("purchase", "completed"):
            yield (shop, NewsKind.PAYMENT, str(payload["payment"]))
    elif kind == "order":
        state = payload.get("state")
        if state == OrderState.PLACED or (shop.auto_accept and state in _WAITING):
            yield (shop, NewsKind.ORDER, str(payload["order"]))


def _low_of(shop: Shop, moment: datetime) -> list[News]:
    """Return the products that run low and that the team was not told of; each is told once.

    Changes: products that are told of are marked, and those that have enough again are not any
    more.
    """
    low, mine = low_stock_keys(shop.pk), Product.objects.filter(shop=shop)
    threshold = Coalesce("low_stock_threshold", "shop__low_stock_threshold")
    enough = Q(stock__isnull=True) | Q(stock__gt=F("reserved") + threshold)
    told = mine.filter(enough, told_low_at__isnull=False).exclude(pk__in=low)
    back = list(told.values_list("pk", flat=True))
    fresh = mine.filter(pk__in=low, told_low_at__isnull=True).order_by("id")
    new = dict(fresh.values_list("pk", "public_id"))
    # In the order in which whoever orders locks them.
    rows = mine.filter(pk__in=[*back, *new]).order_by("id").select_for_update(no_key=True)
    list(rows.values_list("pk", flat=True))
    mine.filter(pk__in=back).update(told_low_at=None)
    mine.filter(pk__in=list(new)).update(told_low_at=moment)
    return [(shop, NewsKind.STOCK, ref) for ref in new.values()]
