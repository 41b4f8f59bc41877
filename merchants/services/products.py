"""The catalogue: what a shop sells, at which price, and how much of it there is.

Every change is written into the audit trail with what was before and after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.idempotency import record as remember
from core.ids import new_id
from core.money import Money
from core.transactions import joins, owns
from merchants.models import Product, Shop
from merchants.services.naming import check_unique, follow_handle, set_facts, told_unique
from merchants.services.shelf_order import last_position, lock_shelf
from merchants.services.texts import refusal
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

MAX_STOCK = 1_000_000
MAX_PRODUCTS = 10_000  # For each shop; a catalogue page stays quick and a mistake stays small.
_SAME = (
    *("description", "emoji", "is_visible", "low_stock_threshold", "options", "sku", "handle"),
    *("unit", "preparation_minutes", "tax_note"),
)


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a product is.

    Attributes:
        name: 1 to 120 characters.
        price: At least 1 minor unit, in the shop's currency.
        description: Up to 1000 characters.
        emoji: A small picture, or nothing.
        is_visible: Whether buyers see it.
        low_stock_threshold: From how few pieces on it is called low; None: as the shop says.
        options: Of a variant up to 3 pairs of name and value, 1 to 40 characters each.
        sku: The shop's own number of it, up to 64 characters; no two products share one.
        handle: The word that variants of one thing share; empty: kept, or made of the name.
        collections: Names of up to 10 groups it stands in, 1 to 40 characters each.
        unit: What the price is for, one of ``Unit``; empty: it is not said.
        preparation_minutes: About how long it takes until it is ready, up to 10,080; None: it is
            not said.
        tax_note: A word on taxes for the papers of orders, up to 200 characters.
    """

    name: str
    price: Money
    description: str = ""
    emoji: str = ""
    is_visible: bool = True
    low_stock_threshold: int | None = None
    options: Sequence[tuple[str, str]] = ()
    sku: str = ""
    handle: str = ""
    collections: Sequence[str] = ()
    unit: str = ""
    preparation_minutes: int | None = None
    tax_note: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in the shop, promised pieces included; None is without limit."""

    pieces: int | None


@owns
def create_product(
    *, shop_id: int, actor: "Person | None", facts: ProductFacts, stock: int | None
) -> Product:
    """Put a product into a shop's catalogue, at its end.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team does it.
        facts: What it is.
        stock: Pieces in the shop, 0 to 1,000,000; None is without limit.

    Returns:
        The product.

    Raises:
        NotFound: No such shop.
        InputInvalid, TextInvalid: A value is out of bounds, or the catalogue is full.
        AmountInvalid: The price is not positive, or too high.
        CurrencyMismatch: The price is not in the shop's currency.

    Transaction: owns.
    """
    lock_shelf(shop_id=shop_id)
    shop = _lock_shop(shop_id)
    _check_stock(stock)
    if Product.objects.filter(shop=shop).count() >= MAX_PRODUCTS:
        raise refusal("name", _("The catalogue is full."))
    moment = business_now()
    product = Product(
        public_id=new_id("prd"),
        shop=shop,
        stock=stock,
        position=last_position(shop_id=shop_id) + 1,
        created_at=moment,
        changed_at=moment,
    )
    set_facts(product=product, shop=shop, facts=facts)
    check_unique(product=product)
    with told_unique():
        product.save(force_insert=True)
    made = {**_facts_of(product), "stock": stock}
    record_product(actor=actor, action="product.created", product=product, before={}, after=made)
    remember(product)
    return product


@owns
def update_product(
    *,
    shop_id: int,
    product_id: str,
    actor: "Person | None",
    facts: ProductFacts | Mapping[str, Any],
    counted: Counted | None = None,
) -> Product:
    """Change what a product is; orders that are placed keep the name and price they had.

    Args:
        shop_id: Primary key of the shop.
        product_id: Public id of its product.
        actor: Who of the team does it.
        facts: All the facts as they shall be, or by their names only those that change.
        counted: The stock if it was counted as well; None leaves it.

    Returns:
        The product.

    Raises:
        NotFound: The shop has no such product.
        InputInvalid, TextInvalid: A value is out of bounds.
        StateConflict: More pieces than were counted are promised, or it is archived and was to be
            seen; nothing is changed then.
        AmountInvalid: The price is not positive, or too high.
        CurrencyMismatch: The price is not in the shop's currency.

    Transaction: owns.
    """
    product = lock_product(shop_id=shop_id, product_id=product_id)
    before = _facts_of(product)
    wanted = facts if isinstance(facts, ProductFacts) else replace(_as_it_is(product), **facts)
    _check_shown(product, is_visible=wanted.is_visible)
    set_facts(product=product, shop=product.shop, facts=wanted)
    check_unique(product=product)
    _save_change(product, actor, "product.changed", before, _facts_of(product))
    follow_handle(product=product, before=before["handle"])
    if counted is not None:
        _set_stock(product, actor, counted.pieces)
    return product


@owns
def set_stock(
    *, shop_id: int, product_id: str, actor: "Person | None", stock: int | None
) -> Product:
    """Say how many pieces of a product are in the shop, promised ones included.

    Args:
        shop_id: Primary key of the shop.
        product_id: Public id of its product.
        actor: Who of the team counted.
        stock: 0 to 1,000,000; None is without limit.

    Returns:
        The product.

    Raises:
        NotFound: The shop has no such product.
        InputInvalid: The number is out of bounds.
        StateConflict: More pieces than that are promised to open orders.

    Transaction: owns.
    """
    product = lock_product(shop_id=shop_id, product_id=product_id)
    _set_stock(product, actor, stock)
    return product


@owns
def hide_product(*, shop_id: int, product_id: str, actor: "Person | None") -> Product:
    """Take a product off the shelf; open orders of it go on.

    Args:
        shop_id: Primary key of the shop.
        product_id: Public id of its product.
        actor: Who of the team does it.

    Returns:
        The product.

    Raises:
        NotFound: The shop has no such product.

    Transaction: owns.
    """
    product = lock_product(shop_id=shop_id, product_id=product_id)
    return set_visible(product=product, actor=actor, is_visible=False)


@owns
def show_product(*, shop_id: int, product_id: str, actor: "Person | None") -> Product:
    """Put a product back on the shelf.

    Args:
        shop_id: Primary key of the shop.
        product_id: Public id of its product.
        actor: Who of the team does it.

    Returns:
        The product.

    Raises:
        NotFound: The shop has no such product.

    Transaction: owns.
    """
    product = lock_product(shop_id=shop_id, product_id=product_id)
    return set_visible(product=product, actor=actor, is_visible=True)


def _lock_shop(shop_id: int) -> Shop:
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    return shop


@joins
def lock_product(*, shop_id: int, product_id: str) -> Product:
    """Lock a product; another shop's is none.

    Raises:
        NotFound: The shop has no such product.

    Transaction: joins.
    """
    product = (
        Product.objects.select_for_update(of=("self",), no_key=True)
        .select_related("shop")
        .filter(shop_id=shop_id, public_id=product_id)
        .first()
    )
    if product is None:
        raise NotFound
    return product


@joins
def set_visible(*, product: Product, actor: "Person | None", is_visible: bool) -> Product:
    """Put a locked product on the shelf, or take it off.

    Raises:
        StateConflict: It is archived, and was to be seen.

    Transaction: joins.
    """
    _check_shown(product, is_visible=is_visible)
    before = {"is_visible": product.is_visible}
    product.is_visible = is_visible
    action = "product.shown" if is_visible else "product.hidden"
    _save_change(product, actor, action, before, {"is_visible": is_visible})
    return product


def _check_shown(product: Product, *, is_visible: bool) -> None:
    if is_visible and product.archived_at is not None:
        raise StateConflict(_("It is archived. Bring it back first."))


def _check_stock(stock: int | None) -> None:
    if stock is not None and not 0 <= stock <= MAX_STOCK:
        raise refusal("stock", _("A stock is 0 to 1,000,000 pieces, or without limit."))


def _set_stock(product: Product, actor: "Person | None", stock: int | None) -> None:
    """Set the stock of a locked product, not below what is promised."""
    _check_stock(stock)
    if stock is not None and stock < product.reserved:
        words = _("%(n)d pieces are promised to open orders. Answer or cancel these first.")
        raise StateConflict(words % {"n": product.reserved}, reserved=product.reserved)
    before = {"stock": product.stock}
    product.stock = stock
    _save_change(product, actor, "product.stock_set", before, {"stock": stock})


def _as_it_is(product: Product) -> ProductFacts:
    """Return all the facts of a product, to change some of them."""
    same = {name: getattr(product, name) for name in _SAME}
    price, groups = Money(product.price_minor, product.currency), product.collections
    return ProductFacts(product.title or product.name, price, collections=groups, **same)


def _facts_of(product: Product) -> dict[str, Any]:
    """Return what the audit trail keeps of a product."""
    return {
        "name": product.name,
        "description": product.description,
        "emoji": product.emoji,
        "price_minor": product.price_minor,
        "currency": product.currency,
        "is_visible": product.is_visible,
        "low_stock_threshold": product.low_stock_threshold,
        "sku": product.sku,
        "options": product.options,
        "options_key": product.options_key,
        "collections": product.collections,
        "title": product.title,
        "handle": product.handle,
        "unit": product.unit,
        "preparation_minutes": product.preparation_minutes,
        "tax_note": product.tax_note,
    }


def _save_change(
    product: Product,
    actor: "Person | None",
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Save a product and record what changed; nothing is recorded if nothing did."""
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return
    product.changed_at = business_now()
    with told_unique():
        product.save(update_fields=[*changed, "changed_at"])
    record_product(
        actor=actor,
        action=action,
        product=product,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )


@joins
def record_product(
    *,
    actor: "Person | None",
    action: str,
    product: Product,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Write into the audit trail what became of a product.

    Transaction: joins.
    """
    record(
        actor=actor,
        action=action,
        object_ref=product.public_id,
        before=before,
        after=after,
        reason="",
    )
