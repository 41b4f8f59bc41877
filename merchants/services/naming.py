"""What a product is: its facts, what it is called and grouped by, checked in one place."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import IntegrityError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from core.errors import AmountInvalid, CurrencyMismatch, InputInvalid
from core.transactions import joins
from merchants.enums import Unit
from merchants.models import Product, ProductPicture, Shop
from merchants.models.products import MAX_PREPARATION_MINUTES, MAX_PRICE_MINOR, MAX_TAX_NOTE
from merchants.services.texts import clean_text, refusal

if TYPE_CHECKING:
    from merchants.services.products import ProductFacts

_UNIQUE = {
    "merchants_product_sku_once": "sku",
    "merchants_product_variant_once": "options",
}
"""Which field another product of the shop has, by the constraint that says so."""

MAX_OPTIONS = 3
MAX_COLLECTIONS = 10


@joins
def set_facts(*, product: Product, shop: Shop, facts: "ProductFacts") -> None:
    """Set what a product is; the caller saves it.

    Raises:
        InputInvalid, TextInvalid: A value is out of bounds.
        AmountInvalid: The price is not positive, or too high.
        CurrencyMismatch: The price is not in the shop's currency.

    Transaction: joins.
    """
    if facts.low_stock_threshold is not None and facts.low_stock_threshold < 0:
        raise refusal("low_stock_threshold", _("A threshold is 0 or more."))
    if facts.price.currency != shop.currency:
        raise CurrencyMismatch
    if not 1 <= facts.price.amount_minor <= MAX_PRICE_MINOR:
        raise AmountInvalid
    set_naming(product=product, facts=facts)
    product.description = clean_text(facts.description, "description", 1000)
    product.emoji = clean_text(facts.emoji, "emoji", 16)
    product.price_minor = facts.price.amount_minor
    product.currency = facts.price.currency
    product.is_visible = facts.is_visible
    product.low_stock_threshold = facts.low_stock_threshold
    _set_terms(product, facts)


def _set_terms(product: Product, facts: "ProductFacts") -> None:
    """Set what the price is for, how long it takes to be ready, and the word on taxes.

    Raises:
        InputInvalid, TextInvalid: A value is out of bounds.
    """
    minutes = facts.preparation_minutes
    if facts.unit and facts.unit not in Unit.values:
        raise refusal("unit", _("There is no such unit."))
    if minutes is not None and not 0 <= minutes <= MAX_PREPARATION_MINUTES:
        words = _("It takes 0 to 10,080 minutes, which are 7 days, or nothing is said.")
        raise refusal("preparation_minutes", words)
    product.unit = facts.unit
    product.preparation_minutes = minutes
    product.tax_note = clean_text(facts.tax_note, "tax_note", MAX_TAX_NOTE)


@joins
def set_naming(*, product: Product, facts: "ProductFacts") -> None:
    """Set what a product is called and grouped by; the caller saves it.

    Raises:
        InputInvalid, TextInvalid: A value is out of bounds.

    Transaction: joins.
    """
    product.title = clean_text(facts.name, "name", 120, shortest=1)
    product.options = [
        [clean_text(name, "options", 40, 1), clean_text(value, "options", 40, 1)]
        for name, value in facts.options
    ]
    if len(product.options) > MAX_OPTIONS:
        raise refusal("options", _("A product has up to 3 options."))
    product.options_key = " / ".join(value for _name, value in product.options)
    full = f"{product.title} · {product.options_key}" if product.options else product.title
    product.name = clean_text(full, "name", 120, shortest=1)
    product.sku = clean_text(facts.sku, "sku", 64)
    product.collections = _collections(facts.collections)
    if facts.handle:
        product.handle = clean_text(facts.handle, "handle", 80)
    product.handle = product.handle or _free_handle(product)


def _collections(names: Sequence[str]) -> list[str]:
    clean = [clean_text(name, "collections", 40, 1) for name in names]
    if len(clean) > MAX_COLLECTIONS:
        raise refusal("collections", _("A product stands in up to 10 collections."))
    if any("," in name for name in clean):
        raise refusal("collections", _("A collection's name has no comma."))
    return sorted(set(clean), key=str.casefold)


def _free_handle(product: Product) -> str:
    """Return a handle made of a product's title that no other product of the shop has."""
    word = slugify(product.title, allow_unicode=True)[:60] or "product"
    taken = set(
        Product.objects.filter(shop_id=product.shop_id, handle__startswith=word).values_list(
            "handle", flat=True
        )
    )
    number, handle = 1, word
    while handle in taken:
        number += 1
        handle = f"{word}-{number}"
    return handle


@joins
def check_unique(*, product: Product) -> None:
    """Refuse a product whose number, or whose variant, another one of the shop has.

    Raises:
        InputInvalid: As it says, with the field.

    Transaction: joins (the database has the last word).
    """
    others = Product.objects.filter(shop_id=product.shop_id, archived_at__isnull=True)
    others = others.exclude(pk=product.pk)
    if product.sku and others.filter(sku=product.sku).exists():
        raise _taken("sku")
    if others.filter(handle=product.handle, options_key=product.options_key).exists():
        raise _taken("options")


@contextmanager
def told_unique() -> Iterator[None]:
    """Refuse as ``check_unique`` does what somebody else took in the same moment.

    The transaction is over then: nothing can follow but the refusal.

    Raises:
        InputInvalid: As it says, with the field.

    Transaction: none (its caller's ends with the refusal).
    """
    try:
        yield
    except IntegrityError as error:
        field = next((_UNIQUE[name] for name in _UNIQUE if name in str(error)), None)
        if field is None:
            raise
        raise _taken(field) from error


def _taken(field: str) -> InputInvalid:
    if field == "sku":
        return refusal("sku", _("Another product has this number."))
    return refusal("options", _("There is this variant already."))


@joins
def follow_handle(*, product: Product, before: str) -> None:
    """Let pictures go with a product whose handle changed, if nothing else has the old one.

    Where other variants keep it, or the new one has pictures, they stay where they are.

    Transaction: joins.
    """
    kept = Product.objects.filter(shop_id=product.shop_id, handle=before).exclude(pk=product.pk)
    of_shop = ProductPicture.objects.filter(shop_id=product.shop_id)
    if before == product.handle or kept.exists():
        return
    if not of_shop.filter(handle=product.handle).exists():
        of_shop.filter(handle=before).update(handle=product.handle)
