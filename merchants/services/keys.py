"""Keys of shops: made, shown once, used, ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now
from core.errors import AmountInvalid, CurrencyMismatch, Forbidden, NotFound, StateConflict
from core.ids import new_id
from core.money import Money
from core.transactions import joins, owns
from merchants.enums import KeyScope, Role
from merchants.models import Shop, ShopCall, ShopKey, TeamMember
from merchants.queries.keys import KeyFacts, key_by_digest, keys_of_shop
from merchants.services.texts import clean_text, refusal
from merchants.tokens import key_digest, key_hint, new_key
from people.services.audit import record

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from people.models import Person

MOST_KEYS = 20
OWNERS_SCOPES = frozenset({KeyScope.REFUNDS, KeyScope.PAYOUTS})
LONGEST_OVERLAP = timedelta(days=7)
CALLS_KEPT_FOR = timedelta(days=7)
_FORGOTTEN_AT_ONCE = 5_000
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key; ``secret`` is not kept and is shown this once."""

    key: ShopKey
    secret: str


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What a key is for, what it opens and from where, and what it gives back of one payment."""

    name: str
    scopes: Sequence[str]
    refund_minor: int | None
    addresses: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """What a program called with a key, and what came of it."""

    method: str
    path: str
    http_status: int
    took_ms: int
    request_id: str


@owns
def make_key(
    *,
    shop_id: int,
    actor: "Person | None",
    name: str,
    scopes: Sequence[KeyScope],
    refund_limit: Money | None = None,
) -> MadeKey:
    """Make a key with which a program acts for a shop.

    Changes: one ``ShopKey``; recorded in the audit trail.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team makes it.
        name: What it is for, 1 to 80 characters.
        scopes: What it opens, at least one.
        refund_limit: What a key that opens refunds gives back of one payment, counting all its
            refunds; None is any amount.

    Returns:
        The key with its secret.

    Raises:
        NotFound: No such shop.
        InputInvalid, TextInvalid: The name or the scopes are not right.
        Forbidden: Who makes it may not give one of the scopes (``scopes_given_by``).
        AmountInvalid, CurrencyMismatch: The limit is none of the shop's, or of no refunds.
        StateConflict: The shop has twenty living keys.

    Transaction: owns.
    """
    wanted = sorted({KeyScope(scope).value for scope in scopes})
    if not wanted:
        raise refusal("scopes", _("A key opens at least one thing."))
    clean = clean_text(name, "name", 80, 1)
    shop = lock_shop(shop_id=shop_id)
    if len(keys_of_shop(shop.pk)) >= MOST_KEYS:
        raise StateConflict(_("The shop has twenty keys. End one first."))
    check_scopes(shop, actor, wanted)
    _check_limit(shop, wanted, refund_limit)
    limit_minor = None if refund_limit is None else refund_limit.amount_minor
    made = _write_key(shop, actor, KeyWish(clean, wanted, limit_minor))
    record(
        actor=actor,
        action="shop_key.made",
        object_ref=shop.public_id,
        before={},
        after={
            "key": made.key.public_id,
            "name": clean,
            "scopes": wanted,
            "refund_minor": limit_minor,
        },
        reason="",
    )
    return made


@owns
def roll_key(
    *, shop_id: int, actor: "Person | None", key_id: str, overlap: timedelta = timedelta(0)
) -> MadeKey:
    """Put a fresh key in the place of one, which opens on for a while beside it.

    Changes: one ``ShopKey`` more; the old one ends after the overlap, or at once. Recorded in the
    audit trail.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team rolls it.
        key_id: Public id of the key.
        overlap: For how long both open: none to a week.

    Returns:
        The new key with its secret; it has the old one's name, scopes, limit and addresses.

    Raises:
        NotFound: The shop has no such living key.
        InputInvalid: The overlap is out of bounds.
        StateConflict: The key was rolled already.
        Forbidden: Who rolls it could not make it.

    Transaction: owns.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise refusal("overlap", _("Both keys open for a week at most."))
    shop = lock_shop(shop_id=shop_id)
    rows = ShopKey.objects.select_for_update(of=("self",))
    old = rows.filter(shop=shop, public_id=key_id, revoked_at__isnull=True).first()
    if old is None or (old.ends_at is not None and old.ends_at <= wall_now()):
        raise NotFound
    if old.ends_at is not None:
        raise StateConflict(_("Another key takes its place already."))
    check_scopes(shop, actor, old.scopes)
    made = _write_key(shop, actor, KeyWish(old.name, old.scopes, old.refund_minor, old.addresses))
    if overlap:
        old.ends_at = wall_now() + overlap
    else:
        old.revoked_at, old.revoked_by = business_now(), actor
    old.save(update_fields=["ends_at", "revoked_at", "revoked_by"])
    record(
        actor=actor,
        action="shop_key.rolled",
        object_ref=shop.public_id,
        before={"key": old.public_id, "name": old.name},
        after={"key": made.key.public_id, "overlap_hours": int(overlap.total_seconds()) // 3600},
        reason="",
    )
    return made


@owns
def revoke_key(*, shop_id: int, actor: "Person | None", key_id: str) -> ShopKey:
    """End a key: the next call with it is nobody's. Ending it again changes nothing.

    Whoever may hand a key out may take it back: a developer does not stop the program that gives
    an owner's money back. One that leaked is ended by an owner, or by staff whom anybody may call.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team ends it, or None for the operator.
        key_id: Public id of the key.

    Returns:
        The key.

    Raises:
        NotFound: The shop has no such key.
        Forbidden: Who ends it could not make it (``scopes_given_by``).

    Transaction: owns.
    """
    key = _key_to_end(ShopKey.objects.filter(shop_id=shop_id, public_id=key_id))
    if actor is not None and not may_end(role_of(key.shop, actor), key.scopes):
        raise Forbidden(_("It opens more than you may give: an owner ends it."))
    return _end(key, actor, "")


@owns
def revoke_by_staff(*, staff: "Person", key_id: str, reason: str) -> ShopKey:
    """End a key from the operator's side. Ending it again changes nothing.

    Raises:
        NotFound: There is no such key.

    Transaction: owns.
    """
    return _end(_key_to_end(ShopKey.objects.filter(public_id=key_id)), staff, reason)


def _key_to_end(rows: "QuerySet[ShopKey]") -> ShopKey:
    key = rows.select_related("shop").select_for_update(of=("self",)).first()
    if key is None:
        raise NotFound
    return key


def _end(key: ShopKey, actor: "Person | None", reason: str) -> ShopKey:
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by = business_now(), actor
        key.save(update_fields=["revoked_at", "revoked_by"])
        record(
            actor=actor,
            action="shop_key.revoked",
            object_ref=key.shop.public_id,
            before={"key": key.public_id, "name": key.name},
            after={},
            reason=reason,
        )
    return key


def living_key(*, token: str) -> KeyFacts | None:
    """Return the living key that a token is, and note that it was used; or None.

    Transaction: none (one query, and a statement once a minute).
    """
    digest = key_digest(token)
    found = key_by_digest(digest) if digest is not None else None
    if found is not None:
        note_used(key_id=found.id, used_at=found.used_at)
    return found


def note_used(*, key_id: int, used_at: datetime | None) -> None:
    """Note that a key was used just now; at most once a minute for each.

    Args:
        key_id: Primary key of the key.
        used_at: When it was used before, as far as its reader knows.

    Transaction: none (one statement, or none).
    """
    now = wall_now()
    if used_at is None or used_at < now - _SEEN_EVERY:
        ShopKey.objects.filter(pk=key_id).update(used_at=now)


def note_call(*, key: KeyFacts, call: Call) -> None:
    """Write a line of a shop's request log, after its call was answered.

    Transaction: none (one statement).
    """
    ShopCall.objects.create(
        shop_id=key.shop_id,
        key_id=key.id,
        at=wall_now(),
        method=call.method[:8],
        path=call.path[:200],
        http_status=call.http_status,
        took_ms=call.took_ms,
        request_id=call.request_id[:64],
    )


def forget_old_calls() -> int:
    """Delete lines of request logs that are older than a week; return how many.

    Transaction: none (one statement).
    """
    old = ShopCall.objects.filter(at__lt=wall_now() - CALLS_KEPT_FOR).order_by("at")
    found = list(old.values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE])
    ShopCall.objects.filter(pk__in=found).delete()
    return len(found)


def scopes_given_by(role: Role | str) -> frozenset[KeyScope]:
    """Return what a member of a team may let a program do.

    A developer builds what talks and sells. What gives money back, and what shows the shop's books
    and its bank, is an owner's to hand out; nobody else makes keys.

    Transaction: none.
    """
    if role == Role.OWNER:
        return frozenset(KeyScope)
    return frozenset(KeyScope) - OWNERS_SCOPES if role == Role.DEVELOPER else frozenset()


def may_end(role: Role | str, scopes: Sequence[str]) -> bool:
    """Tell whether a member of a team may end a key that opens this: who could have made it.

    Transaction: none.
    """
    given = scopes_given_by(role)
    return bool(given) and given.issuperset(KeyScope(each) for each in scopes)


def role_of(shop: Shop, person: "Person") -> str:
    """Return what somebody is at a shop; empty where they are not of its team.

    Transaction: none (one query).
    """
    members = TeamMember.objects.filter(shop=shop, person=person, removed_at__isnull=True)
    return members.values_list("role", flat=True).first() or ""


def check_scopes(shop: Shop, actor: "Person | None", scopes: Sequence[str]) -> None:
    """Refuse a key that opens more than its maker may give; the operator may give all.

    Raises:
        Forbidden: As it says.

    Transaction: none (one query).
    """
    if actor is None:
        return
    given = scopes_given_by(role_of(shop, actor))
    if not given:
        raise Forbidden(_("Only an owner or a developer makes keys."))
    if not set(scopes) <= given:
        raise Forbidden(_("Only an owner gives a key refunds or payouts."))


def _check_limit(shop: Shop, scopes: Sequence[str], limit: Money | None) -> None:
    """Refuse a limit that is senseless, or of a key that gives nothing back."""
    opens = KeyScope.REFUNDS in scopes
    if limit is not None and (not opens or limit.amount_minor < 1):
        raise AmountInvalid
    if limit is not None and limit.currency != shop.currency:
        raise CurrencyMismatch


def _write_key(shop: Shop, actor: "Person | None", wish: KeyWish) -> MadeKey:
    secret = new_key()
    key = ShopKey.objects.create(
        public_id=new_id("key"),
        shop=shop,
        name=wish.name,
        scopes=list(wish.scopes),
        refund_minor=wish.refund_minor,
        addresses=list(wish.addresses),
        hint=key_hint(secret),
        token_hash=key_digest(secret),
        made_by=actor,
        made_at=business_now(),
    )
    return MadeKey(key, secret)


@joins
def lock_shop(*, shop_id: int) -> Shop:
    """Return a shop, locked until its keys are changed.

    Raises:
        NotFound: No such shop.

    Transaction: joins.
    """
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    return shop
