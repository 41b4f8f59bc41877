"""What a payment link's poster says, in the language of whoever prints it."""

from babel import Locale, numbers
from django.utils import translation
from django.utils.translation import gettext as _

from core.money import Money
from merchants.codes.amounts import plain_amount
from merchants.codes.posters import Poster
from merchants.queries.catalogue import ProductFacts, product_url
from merchants.queries.links import LinkFacts


def product_poster(product: ProductFacts, shop_name: str, legal_name: str) -> Poster:
    """Return the poster of a product that a shop shares."""
    language = translation.get_language() or "en"
    return Poster(
        heading=_("Order here with Troco"),
        name=shop_name,
        detail=f"{product.name} · {_written(product.price, language)}",
        hint=_("Point the camera and order in the conversation"),
        address=product_url(product.public_id),
        check=_("Sold by:"),
        legal_name=legal_name,
        language=language,
    )


def _written(amount: Money, language: str) -> str:
    locale = Locale.parse(translation.to_locale(language))
    return numbers.format_currency(plain_amount(amount), amount.currency, locale=locale)


def poster_of(link: LinkFacts, shop_name: str, legal_name: str) -> Poster:
    """Return a link's poster."""
    language = translation.get_language() or "en"
    detail = ""
    if link.amount is not None:
        detail = f"{link.title} · {_written(link.amount, language)}"
    return Poster(
        heading=_("Pay here with Troco"),
        name=shop_name,
        detail=detail,
        hint=_("Point the camera and confirm with your fingerprint or PIN"),
        address=link.url,
        check=_("Check the name before you confirm:"),
        legal_name=legal_name,
        language=language,
    )
