"""What a payment link's poster says, in the language of whoever prints it."""

from typing import Any

from babel import Locale, numbers
from django.utils import translation
from django.utils.translation import gettext as _

from core.money import Money
from merchants.codes.amounts import plain_amount
from merchants.codes.colours import ink_on
from merchants.codes.posters import Poster
from merchants.portal.public_pictures import small_picture
from merchants.portal.unit_words import per
from merchants.queries.catalogue import ProductFacts, product_url
from merchants.queries.links import LinkFacts
from merchants.queries.shops import ShopFacts


def product_poster(product: ProductFacts, shop: ShopFacts, legal_name: str) -> Poster:
    """Return the poster of a product that a shop shares."""
    language = translation.get_language() or "en"
    price = f"{_written(product.price, language)} {per(product.unit)}".strip()
    return Poster(
        heading=_("Order here with Troco"),
        name=shop.name,
        detail=f"{product.name} · {price}",
        hint=_("Point the camera and order in the conversation"),
        address=product_url(product.public_id),
        check=_("Sold by:"),
        legal_name=legal_name,
        language=language,
        **_looks(shop),
    )


def _written(amount: Money, language: str) -> str:
    locale = Locale.parse(translation.to_locale(language))
    return numbers.format_currency(plain_amount(amount), amount.currency, locale=locale)


def poster_of(link: LinkFacts, shop: ShopFacts, legal_name: str) -> Poster:
    """Return a link's poster."""
    language = translation.get_language() or "en"
    detail = ""
    if link.amount is not None:
        detail = f"{link.title} · {_written(link.amount, language)}"
    return Poster(
        heading=_("Pay here with Troco"),
        name=shop.name,
        detail=detail,
        hint=_("Point the camera and confirm with your fingerprint or PIN"),
        address=link.url,
        check=_("Check the name before you confirm:"),
        legal_name=legal_name,
        language=language,
        **_looks(shop),
    )


def _looks(shop: ShopFacts) -> dict[str, Any]:
    """Return the shop's colour, what is read on it, and its logo, where it has them."""
    looks: dict[str, Any] = {"logo": small_picture(shop.logo_ref)} if shop.logo_ref else {}
    if shop.brand_colour:
        looks |= {"colour": shop.brand_colour, "ink": ink_on(shop.brand_colour)}
    return looks
