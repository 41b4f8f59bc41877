"""Payment links: as their shop sees them, and as whoever scans one is shown them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from core.api import keyset_page
from core.money import Money
from merchants.enums import LinkState
from merchants.models import LinkUse, PaymentLink
from people.queries import PartyFacts, parties_by_ids


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """A payment link.

    Attributes:
        id: Primary key.
        public_id: ``lnk_…``.
        code: What its address ends in.
        shop_id: Primary key of the shop.
        title: What it is for.
        amount: What it asks for; None: the payer says how much.
        currency: Of what it asks.
        most_uses: How often it can be paid; None without end.
        expires_at: When it is over; None without end.
        created_at: When it was made.
        disabled_at: When it was switched off.
        paid_count: How often it was paid.
        paid_total: What that came to, before fees and refunds.
        is_counter_sale: Whether it was made with the keypad, for one sale at the counter.
    """

    id: int
    public_id: str
    code: str
    shop_id: int
    title: str
    amount: Money | None
    currency: str
    most_uses: int | None
    expires_at: datetime | None
    created_at: datetime
    disabled_at: datetime | None
    paid_count: int
    paid_total: Money
    is_counter_sale: bool

    @property
    def url(self) -> str:
        """The address that its code says."""
        return link_url(self.code)

    def state_at(self, moment: datetime) -> LinkState:
        """Whether it can be paid at a moment, and why not."""
        if self.disabled_at is not None:
            return LinkState.DISABLED
        if self.expires_at is not None and self.expires_at <= moment:
            return LinkState.EXPIRED
        if self.most_uses is not None and self.paid_count >= self.most_uses:
            return LinkState.USED_UP
        return LinkState.OPEN


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """What a list of links is narrowed to; the default narrows nothing.

    Attributes:
        show: ``open`` or ``over``; anything else: all.
        q: A part of the title; empty: any.
        is_counter_sale: Only those of the keypad, or only the others; None: all.
    """

    show: str = ""
    q: str = ""
    is_counter_sale: bool | None = None


@dataclass(frozen=True, slots=True)
class PublicLink:
    """A link as whoever has its address sees it, with who would be paid."""

    link: LinkFacts
    shop_name: str
    payee: PartyFacts
    shop_id: int
    is_shop_closed: bool = False


@dataclass(frozen=True, slots=True)
class PaidUse:
    """One payment of a link."""

    payment_ref: str
    payer: PartyFacts
    amount: Money
    paid_at: datetime


def link_url(code: str) -> str:
    """Return the address of a link."""
    return f"{settings.TROCO_PUBLIC_URL}/l/{code}"


def links_of_shop(
    shop_id: int, narrowed: LinkFilter, moment: datetime, cursor: str | None, limit: int
) -> tuple[list[LinkFacts], str | None]:
    """Return a page of a shop's links, newest first; one query.

    Args:
        shop_id: Primary key of the shop.
        narrowed: Which of them.
        moment: Business time that "open" and "over" are true for.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows = _counted(PaymentLink.objects.filter(shop_id=shop_id))
    if narrowed.q:
        rows = rows.filter(title__icontains=narrowed.q)
    if narrowed.is_counter_sale is not None:
        rows = rows.filter(is_counter_sale=narrowed.is_counter_sale)
    is_over = (
        Q(disabled_at__isnull=False)
        | Q(expires_at__lte=moment)
        | Q(most_uses__isnull=False, paid_count__gte=F("most_uses"))
    )
    if narrowed.show == "open":
        rows = rows.exclude(is_over)
    elif narrowed.show == "over":
        rows = rows.filter(is_over)
    found, following = keyset_page(rows, cursor, limit)
    return [_facts(row) for row in found], following


def link_of_shop(shop_id: int, public_id: str) -> LinkFacts | None:
    """Return one of a shop's links, or None; one query."""
    rows = PaymentLink.objects.filter(shop_id=shop_id, public_id=public_id)
    row = _counted(rows).first()
    return None if row is None else _facts(row)


def link_by_code(code: str) -> PublicLink | None:
    """Return the link whose address ends in a code, or None; two queries."""
    row = _counted(PaymentLink.objects.filter(code=code).select_related("shop")).first()
    if row is None:
        return None
    payee = parties_by_ids([row.shop.party_id])[row.shop.party_id]
    return PublicLink(
        _facts(row), row.shop.name, payee, row.shop_id, row.shop.closed_at is not None
    )


def link_of_payment(shop_id: int, use_id: str) -> LinkFacts | None:
    """Return the link that one of its uses belongs to, or None; one query."""
    rows = PaymentLink.objects.filter(shop_id=shop_id, uses__public_id=use_id)
    row = _counted(rows).first()
    return None if row is None else _facts(row)


def link_titles(shop_id: int, use_ids: list[str]) -> dict[str, str]:
    """Return the titles of the links that some uses belong to; one query, none without uses."""
    if not use_ids:
        return {}
    rows = LinkUse.objects.filter(link__shop_id=shop_id, public_id__in=use_ids)
    return dict(rows.values_list("public_id", "link__title"))


def links_of_uses(shop_id: int, use_ids: Sequence[str]) -> dict[str, str]:
    """Return the public ids of the links that some uses belong to; one query, none without uses."""
    if not use_ids:
        return {}
    rows = LinkUse.objects.filter(link__shop_id=shop_id, public_id__in=use_ids)
    return dict(rows.values_list("public_id", "link__public_id"))


def paid_uses(
    link_id: int,
    cursor: str | None,
    limit: int,
    span: tuple[datetime | None, datetime | None] = (None, None),
) -> tuple[list[PaidUse], str | None]:
    """Return a page of who paid a link, the latest opened first; two queries.

    Args:
        link_id: Primary key of the link.
        cursor: What the page before gave; None for the first.
        limit: How many at most.
        span: Paid from the first moment on, and before the second; None: without end.
    """
    rows = LinkUse.objects.filter(link_id=link_id, paid_at__isnull=False).select_related("link")
    since, until = span
    if since:
        rows = rows.filter(paid_at__gte=since)
    if until:
        rows = rows.filter(paid_at__lt=until)
    found, following = keyset_page(rows, cursor, limit)
    parties = parties_by_ids({row.payer_id for row in found}) if found else {}
    return [
        PaidUse(
            row.payment_ref,
            parties[row.payer_id],
            Money(row.amount_minor, row.link.currency),
            row.paid_at,
        )
        for row in found
        if row.paid_at is not None
    ], following


def _counted(rows: QuerySet[PaymentLink]) -> Any:
    """Add how often each link was paid, and what that came to."""
    paid = LinkUse.objects.filter(link=OuterRef("pk"), paid_at__isnull=False).values("link")
    return rows.annotate(
        paid_count=Coalesce(Subquery(paid.annotate(n=Count("id")).values("n")), 0),
        paid_minor=Subquery(paid.annotate(sum=Sum("amount_minor")).values("sum")),
    )


def _facts(row: Any) -> LinkFacts:
    amount = None if row.amount_minor is None else Money(row.amount_minor, row.currency)
    return LinkFacts(
        id=row.pk,
        public_id=row.public_id,
        code=row.code,
        shop_id=row.shop_id,
        title=row.title,
        amount=amount,
        currency=row.currency,
        most_uses=row.most_uses,
        expires_at=row.expires_at,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        paid_count=row.paid_count,
        paid_total=Money(int(row.paid_minor or 0), row.currency),
        is_counter_sale=row.is_counter_sale,
    )
