"""A shop as whoever scans a code of it sees it: name, colour, logo, where and when it is open."""

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from merchants.codes.colours import ink_on
from merchants.models import OpeningHours, Shop
from merchants.queries.pictures import picture_url


@dataclass(frozen=True, slots=True)
class ShopFace:
    """What a shop shows of itself.

    Attributes:
        name: As buyers see it.
        colour: Its own, such as ``#0a7d5c``; empty without one.
        ink: What is read on it: black or white.
        logo: The logo's address; empty without one.
        address: Where it is; may be empty.
        hours: Of each weekday on which somebody answers, Monday being 0, the spans as
            ``06:00-18:30``, by the shop's own clock.
    """

    name: str
    colour: str
    ink: str
    logo: str
    address: str
    hours: tuple[tuple[int, tuple[str, ...]], ...]


def face_of(shop_id: int) -> ShopFace:
    """Return a shop's face; two queries."""
    shop = Shop.objects.get(pk=shop_id)
    rows = OpeningHours.objects.filter(shop_id=shop_id).order_by("weekday", "opens_minute")
    hours = tuple(
        (day, tuple(f"{_clock(each.opens_minute)}-{_clock(each.closes_minute)}" for each in spans))
        for day, spans in groupby(rows, key=attrgetter("weekday"))
    )
    return ShopFace(
        name=shop.name,
        colour=shop.brand_colour,
        ink=ink_on(shop.brand_colour) if shop.brand_colour else "",
        logo=picture_url(shop.logo_ref) if shop.logo_ref else "",
        address=shop.address,
        hours=hours,
    )


def logo_of_party(party_id: int) -> str:
    """Return the address of the logo that a shop shows, by its party; empty without one.

    One query. A closed shop's is not shown: nobody answers for it.
    """
    rows = Shop.objects.filter(party_id=party_id, closed_at__isnull=True)
    ref = rows.values_list("logo_ref", flat=True).first()
    return picture_url(ref) if ref else ""


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
