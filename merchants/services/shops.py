"""Shops: opened by their owner, set up as the owner likes."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django.conf import settings as django_settings
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound
from core.events import publish
from core.ids import new_id
from core.transactions import owns
from merchants.codes.colours import is_colour, is_seen_everywhere
from merchants.enums import ReviewCause, Role
from merchants.models import Shop, TeamMember
from merchants.models.shops import MAX_ORDER_MINUTES
from merchants.services.reviews import open_review, review_again
from merchants.services.texts import clean_text, refusal
from people.names import clean_text as clean_name
from people.names import fold_name
from people.services.audit import record
from people.services.parties import open_business

if TYPE_CHECKING:
    from people.models import Person

MOST_MINUTES = MAX_ORDER_MINUTES
LONGEST_ADDRESS = 200
_SLUG_TAIL = 6


@dataclass(frozen=True, slots=True)
class NewShop:
    """What is known of a business when it opens a shop.

    Attributes:
        name: As buyers see it.
        legal_name: As the register has it.
        tax_id: The business's tax id, such as a CNPJ; checked by people.
        country: ISO 3166 alpha-2.
        currency: ISO 4217; every price of the shop is in it.
        timezone: IANA name; days of the portal's figures are this zone's.
        about: A sentence for buyers.
    """

    name: str
    legal_name: str
    tax_id: str
    country: str
    currency: str
    timezone: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """How a shop presents itself and handles its orders.

    ``timezone`` None leaves the zone that its days are counted in, and so with what follows it.
    ``address`` and ``brand_colour`` are shown to buyers; ``language`` is what the house writes
    for the shop in, such as its monthly statements; empty: its owner's.
    """

    name: str
    about: str
    auto_accept: bool
    is_open: bool
    order_minutes: int
    low_stock_threshold: int
    timezone: str | None = None
    address: str | None = None
    brand_colour: str | None = None
    language: str | None = None


@owns
def open_shop(*, owner: "Person", facts: NewShop) -> Shop:
    """Open a shop with its own business party and its owner as first member.

    Writes the party, the shop, the membership and the review that stops its payouts until it is
    approved, records the act in the audit trail and
    publishes ``shop.opened``.

    Args:
        owner: The person who becomes owner.
        facts: What is known of the business.

    Returns:
        The shop.

    Raises:
        InputInvalid, TextInvalid: The time zone is unknown, or a name is none.
        TaxIdInvalid, TaxIdTaken, CountryUnsupported: The tax id cannot be taken.

    Transaction: owns.
    """
    if facts.timezone not in available_timezones():
        raise refusal("timezone", _("No such time zone."))
    moment = business_now()
    party = open_business(
        display_name=facts.name,
        country=facts.country,
        legal_name=facts.legal_name,
        tax_id=facts.tax_id,
    )
    public_id = new_id("mer")
    shop = Shop.objects.create(
        public_id=public_id,
        party_id=party.pk,
        name=facts.name.strip(),
        slug=_free_slug(facts.name, public_id),
        about=clean_text(facts.about, "about", 500),
        country=facts.country,
        currency=facts.currency,
        timezone=facts.timezone,
        created_at=moment,
    )
    TeamMember.objects.create(shop=shop, person=owner, role=Role.OWNER, joined_at=moment)
    open_review(shop=shop, moment=moment)
    record(
        actor=owner,
        action="shop.opened",
        object_ref=public_id,
        before={},
        after={"name": shop.name, "country": shop.country, "party": party.public_id},
        reason="",
    )
    publish("shop.opened", shop_id=public_id)
    return shop


@owns
def change_shop(*, shop_id: int, actor: "Person | None", settings: ShopSettings) -> Shop:
    """Change how a shop presents itself and handles orders; recorded in the audit trail.

    Orders that are placed already keep the time they were given. Under another name the shop is
    reviewed again, and not paid out until it is approved.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team changes it.
        settings: All the settings as they shall be; ``order_minutes`` 1 to 10080.

    Returns:
        The shop.

    Raises:
        NotFound: No such shop.
        InputInvalid, TextInvalid: A value is out of bounds.

    Transaction: owns.
    """
    _check_settings(settings)
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    if settings.is_open and shop.closed_at is not None:
        raise refusal("is_open", _("The shop is closed. Open it again first."))
    wanted = {name: value for name, value in asdict(settings).items() if value is not None}
    wanted["name"] = clean_name(settings.name, field="name", longest=80)
    wanted["about"] = clean_text(settings.about, "about", 500)
    if settings.address is not None:
        wanted["address"] = clean_text(settings.address, "address", LONGEST_ADDRESS)
    before = {name: getattr(shop, name) for name in wanted}
    for name, value in wanted.items():
        setattr(shop, name, value)
    shop.save(update_fields=list(wanted))
    changed = [name for name in wanted if before[name] != wanted[name]]
    if changed:
        record(
            actor=actor,
            action="shop.changed",
            object_ref=shop.public_id,
            before={name: before[name] for name in changed},
            after={name: wanted[name] for name in changed},
            reason="",
        )
    if fold_name(before["name"]) != fold_name(shop.name):
        review_again(shop=shop, cause=ReviewCause.NAME, actor=actor)
    return shop


def _check_settings(settings: ShopSettings) -> None:
    """Refuse what cannot be, field by field."""
    if not 1 <= settings.order_minutes <= MAX_ORDER_MINUTES:
        raise refusal("order_minutes", _("An order waits 1 minute to 7 days."))
    if settings.low_stock_threshold < 0:
        raise refusal("low_stock_threshold", _("A threshold is 0 or more."))
    if settings.timezone is not None and settings.timezone not in available_timezones():
        raise refusal("timezone", _("No such time zone."))
    if settings.language and settings.language not in dict(django_settings.LANGUAGES):
        raise refusal("language", _("There is no such language."))
    if settings.brand_colour:
        _check_colour(settings.brand_colour)


def _check_colour(colour: str) -> None:
    """Refuse what is no colour, or would not be seen on a light or a dark page."""
    if not is_colour(colour):
        raise refusal("brand_colour", _("Write a colour such as #0a7d5c."))
    if not is_seen_everywhere(colour):
        words = _("This colour is hardly seen on a light or a dark page. Take one in between.")
        raise refusal("brand_colour", words)


def _free_slug(name: str, public_id: str) -> str:
    """Return the shop's name for links; with a tail of its id where the name is taken."""
    tail = public_id[-_SLUG_TAIL:].lower()
    slug = slugify(name)[:60]
    if not slug or Shop.objects.filter(slug=slug).exists():
        return f"{slug}-{tail}".strip("-")
    return slug
