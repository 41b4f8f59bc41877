"""Shops, and who may act for them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import QuerySet

from core.api import keyset_page
from core.money import Money
from merchants.codes.news import NewsChoices, read_choices
from merchants.enums import TALKING_ROLES, Role
from merchants.models import OpeningHours, Shop, TeamMember
from merchants.queries.pictures import picture_url


@dataclass(frozen=True, slots=True)
class HoursFacts:
    """A span of a weekday in which somebody answers, by the shop's clock; Monday is 0."""

    weekday: int
    opens_minute: int
    closes_minute: int


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """A shop as others see it, and how it is set up; ``hours`` where ``with_hours`` read them."""

    id: int
    public_id: str
    party_id: int
    party_public_id: str
    name: str
    slug: str
    about: str
    country: str
    currency: str
    timezone: str
    auto_accept: bool
    is_open: bool
    order_minutes: int
    low_stock_threshold: int
    cashier_refund: Money
    manager_refund: Money
    created_at: datetime
    closed_at: datetime | None = None
    address: str = ""
    brand_colour: str = ""
    language: str = ""
    logo_ref: str = ""
    hours: tuple[HoursFacts, ...] = ()

    @property
    def logo(self) -> dict[str, str] | None:
        """Where its logo is, large and small; None without one."""
        if not self.logo_ref:
            return None
        url = picture_url(self.logo_ref)
        return {"url": url, "small_url": f"{url}/small"}


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's right to act for a shop, with the shop they may act for.

    ``name`` is how the person is called on screen.
    """

    person_id: int
    role: Role
    joined_at: datetime
    shop: ShopFacts
    looked_at: datetime | None = None
    name: str = ""
    news: NewsChoices = field(default_factory=NewsChoices)

    @property
    def is_owner(self) -> bool:
        """Whether this member may change the shop itself, its team and its prices."""
        return self.role == Role.OWNER

    @property
    def refund_limit(self) -> Money | None:
        """What this member may give back of one payment; None for any amount."""
        limits = {
            Role.OWNER: None,
            Role.MANAGER: self.shop.manager_refund,
            Role.CASHIER: self.shop.cashier_refund,
        }
        return limits.get(self.role, Money(0, self.shop.currency))


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A line of the team's list."""

    person_id: int
    login: str
    name: str
    role: Role
    joined_at: datetime


def shop_by_public_id(public_id: str) -> ShopFacts | None:
    """Return a shop, or None."""
    shop = Shop.objects.select_related("party").filter(public_id=public_id).first()
    return None if shop is None else facts_of(shop)


def shop_by_party(party_id: int) -> ShopFacts | None:
    """Return the shop that a business party sells from, or None."""
    shop = Shop.objects.select_related("party").filter(party_id=party_id).first()
    return None if shop is None else facts_of(shop)


def shop_by_key(shop_id: int) -> ShopFacts:
    """Return a shop by its primary key; one query."""
    return facts_of(Shop.objects.select_related("party").get(pk=shop_id))


def shops(
    country: str | None, q: str, cursor: str | None, limit: int
) -> tuple[list[ShopFacts], str | None]:
    """Return a page of shops, newest first, and the next page's cursor.

    Args:
        country: Only shops of this country; None: of every country.
        q: A part of the name; empty: any.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows = Shop.objects.select_related("party")
    if country:
        rows = rows.filter(country=country.upper())
    if q:
        rows = rows.filter(name__icontains=q)
    found, following = keyset_page(rows, cursor, limit)
    return [facts_of(shop) for shop in found], following


def with_hours(found: Iterable[ShopFacts]) -> list[ShopFacts]:
    """Return some shops with when they are open; one query for all of them."""
    shown = list(found)
    rows = OpeningHours.objects.filter(shop_id__in=[each.id for each in shown])
    spans: dict[int, list[HoursFacts]] = defaultdict(list)
    for row in rows.order_by("shop_id", "weekday", "opens_minute"):
        spans[row.shop_id].append(HoursFacts(row.weekday, row.opens_minute, row.closes_minute))
    return [replace(each, hours=tuple(spans[each.id])) for each in shown]


def membership(person_id: int, shop_public_id: str) -> Membership | None:
    """Return a person's right to act for a shop, or None: the shop may as well not exist.

    This is the question that the portal's door asks on every request.
    """
    member = _living().filter(person_id=person_id, shop__public_id=shop_public_id).first()
    return None if member is None else _membership_of(member)


def memberships(person_id: int) -> list[Membership]:
    """Return every shop a person may act for, the longest known first."""
    return [_membership_of(m) for m in _living().filter(person_id=person_id).order_by("id")]


def parties_of_person(person_id: int) -> frozenset[int]:
    """Return the business parties a person may speak for: whose streams they may open."""
    living = TeamMember.objects.filter(person_id=person_id, removed_at__isnull=True)
    found = living.filter(role__in=TALKING_ROLES)
    return frozenset(found.values_list("shop__party_id", flat=True))


def team(shop_id: int) -> list[TeamRow]:
    """Return who runs a shop, the longest in it first."""
    rows = (
        TeamMember.objects.filter(shop_id=shop_id, removed_at__isnull=True)
        .order_by("id")
        .values_list(
            "person_id", "person__login", "person__party__display_name", "role", "joined_at"
        )
    )
    return [
        TeamRow(person_id, login, name or login, Role(role), joined_at)
        for person_id, login, name, role, joined_at in rows
    ]


def facts_of(shop: Shop) -> ShopFacts:
    """Return the facts of a shop whose party is loaded."""
    return ShopFacts(
        id=shop.pk,
        public_id=shop.public_id,
        party_id=shop.party_id,
        party_public_id=shop.party.public_id,
        name=shop.name,
        slug=shop.slug,
        about=shop.about,
        country=shop.country,
        currency=shop.currency,
        timezone=shop.timezone,
        auto_accept=shop.auto_accept,
        is_open=shop.is_open,
        order_minutes=shop.order_minutes,
        low_stock_threshold=shop.low_stock_threshold,
        cashier_refund=Money(shop.cashier_refund_minor, shop.currency),
        manager_refund=Money(shop.manager_refund_minor, shop.currency),
        created_at=shop.created_at,
        closed_at=shop.closed_at,
        address=shop.address,
        brand_colour=shop.brand_colour,
        language=shop.language,
        logo_ref=shop.logo_ref,
    )


def _living() -> QuerySet[TeamMember]:
    rows = TeamMember.objects.filter(removed_at__isnull=True)
    return rows.select_related("shop__party", "person__party")


def _membership_of(member: TeamMember) -> Membership:
    who = member.person
    return Membership(
        person_id=member.person_id,
        role=Role(member.role),
        joined_at=member.joined_at,
        shop=facts_of(member.shop),
        looked_at=member.looked_at,
        name=who.party.display_name if who.party else who.login,
        news=read_choices(member.news),
    )
