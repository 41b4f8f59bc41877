"""Keys of shops."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from core.api import keyset_page
from core.clock import wall_now
from core.money import Money
from merchants.models import ShopCall, ShopKey

_HUNDRED = 100


MOST_NAMED = 200
"""Keys that a filter offers; older ones are still in the log."""


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key, and the shop that it acts for.

    ``refund_limit`` is what it gives back of one payment, where it opens refunds; None: any amount.
    ``addresses`` are those it opens from, and ranges of them; none: everywhere.
    """

    id: int
    public_id: str
    shop_id: int
    shop_public_id: str
    party_id: int
    name: str
    hint: str
    scopes: tuple[str, ...]
    made_at: datetime
    used_at: datetime | None
    ends_at: datetime | None
    revoked_at: datetime | None
    currency: str
    timezone: str
    refund_limit: Money | None
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What a request log is narrowed to; the default narrows nothing.

    Attributes:
        hundreds: Answered with a status of these hundreds, 2 to 5; empty: with any.
        method: Such as ``POST``; empty: any.
        path: What the path begins with; empty: anything.
        key: Public id of the key it was made with; empty: with any.
        since: Made at or after this moment; the wall clock's.
        until: Made before this moment.
    """

    hundreds: Sequence[int] = ()
    method: str = ""
    path: str = ""
    key: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A line of a shop's request log; ``key`` is what of the key may be shown."""

    at: datetime
    key: str
    method: str
    path: str
    http_status: int
    took_ms: int
    request_id: str


def key_by_digest(digest: bytes) -> KeyFacts | None:
    """Return the living key with a hash, or None; one query."""
    found = _living().filter(token_hash=digest).first()
    return None if found is None else key_facts(found)


def keys_of_shop(shop_id: int, scope: str = "") -> Sequence[KeyFacts]:
    """Return a shop's keys that still open something, newest first; one query.

    Args:
        shop_id: Primary key of the shop.
        scope: Only those that open this; empty: anything.
    """
    rows = _living().filter(shop_id=shop_id)
    if scope:
        rows = rows.filter(scopes__contains=[scope])
    return [key_facts(row) for row in rows.order_by("-id")]


def key_of_shop(shop_id: int, public_id: str) -> KeyFacts | None:
    """Return a shop's key that still opens something, or None; one query."""
    found = _living().filter(shop_id=shop_id, public_id=public_id).first()
    return None if found is None else key_facts(found)


def calls_of_shop(
    shop_id: int, narrowed: CallFilter, cursor: str | None, limit: int
) -> tuple[list[CallFacts], str | None]:
    """Return a page of a shop's request log, newest first, and the next's cursor.

    Args:
        shop_id: Primary key of the shop.
        narrowed: What of it.
        cursor: What the page before gave; None for the first.
        limit: How many at most.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows = ShopCall.objects.filter(_those(narrowed), shop_id=shop_id).select_related("key")
    found, following = keyset_page(rows, cursor, limit)
    return [
        CallFacts(
            at=row.at,
            key=str(row.key or ""),
            method=row.method,
            path=row.path,
            http_status=row.http_status,
            took_ms=row.took_ms,
            request_id=row.request_id,
        )
        for row in found
    ], following


def key_facts(key: ShopKey) -> KeyFacts:
    """Return the facts of a key whose shop is loaded."""
    return KeyFacts(
        id=key.pk,
        public_id=key.public_id,
        shop_id=key.shop_id,
        shop_public_id=key.shop.public_id,
        party_id=key.shop.party_id,
        name=key.name,
        hint=key.hint,
        scopes=tuple(key.scopes),
        made_at=key.made_at,
        used_at=key.used_at,
        ends_at=key.ends_at,
        revoked_at=key.revoked_at,
        currency=key.shop.currency,
        timezone=key.shop.timezone,
        refund_limit=Money(key.refund_minor, key.shop.currency) if key.refund_minor else None,
        addresses=tuple(key.addresses),
    )


def key_names(shop_id: int, public_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of some of a shop's keys, ended ones too; one query, or none."""
    wanted = {each for each in public_ids if each}
    if not wanted:
        return {}
    rows = ShopKey.objects.filter(shop_id=shop_id, public_id__in=wanted)
    return dict(rows.values_list("public_id", "name"))


def called_with(shop_id: int) -> list[tuple[str, str]]:
    """Return a shop's keys, ended ones too, newest first: public id and what may be shown of it.

    One query.
    """
    rows = ShopKey.objects.filter(shop_id=shop_id).order_by("-id")[:MOST_NAMED]
    return [(key.public_id, str(key)) for key in rows]


def _those(wanted: CallFilter) -> Q:
    found = Q()
    for each in wanted.hundreds:
        found |= Q(http_status__range=(each * _HUNDRED, (each + 1) * _HUNDRED - 1))
    if wanted.method:
        found &= Q(method=wanted.method)
    if wanted.path:
        found &= Q(path__startswith=wanted.path)
    if wanted.key:
        found &= Q(key__public_id=wanted.key)
    if wanted.since:
        found &= Q(at__gte=wanted.since)
    return found & Q(at__lt=wanted.until) if wanted.until else found


def _living() -> QuerySet[ShopKey]:
    on = Q(ends_at__isnull=True) | Q(ends_at__gt=wall_now())
    return ShopKey.objects.select_related("shop").filter(on, revoked_at__isnull=True)
