"""Keys of shops."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from merchants.models import ShopKey


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key, and the shop that it acts for."""

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
    revoked_at: datetime | None


def key_by_digest(digest: bytes) -> KeyFacts | None:
    """Return the living key with a hash, or None; one query."""
    found = _rows().filter(token_hash=digest, revoked_at__isnull=True).first()
    return None if found is None else key_facts(found)


def keys_of_shop(shop_id: int) -> Sequence[KeyFacts]:
    """Return a shop's keys that still open something, newest first; one query."""
    rows = _rows().filter(shop_id=shop_id, revoked_at__isnull=True)
    return [key_facts(row) for row in rows.order_by("-id")]


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
        revoked_at=key.revoked_at,
    )


def _rows() -> QuerySet[ShopKey]:
    return ShopKey.objects.select_related("shop")
