"""Products: as buyers see them, and as the shop keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, F, Q, QuerySet, When, Window

from core.api import keyset_page
from core.money import Money
from merchants.models import Product
from merchants.queries.pictures import PictureFacts, read_pictures, told_pictures

_ORDER = ("position", "id")


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product as it is now.

    ``stock`` counts promised pieces too; ``available`` is what can still be sold. Both are
    None without limit. ``low_at`` is the threshold that holds for it, its own or the shop's.
    ``unit`` is what the price is for, or empty; ``preparation_minutes`` None where nothing is said.
    """

    id: int
    public_id: str
    name: str
    description: str
    emoji: str
    price: Money
    stock: int | None
    reserved: int
    low_at: int
    low_stock_threshold: int | None
    is_visible: bool
    position: int
    changed_at: datetime
    title: str
    handle: str
    sku: str
    options: tuple[tuple[str, str], ...]
    collections: tuple[str, ...]
    is_archived: bool
    unit: str
    preparation_minutes: int | None
    tax_note: str
    pictures: tuple[PictureFacts, ...] = ()

    @property
    def cover(self) -> PictureFacts | None:
        """The picture that stands for it."""
        return self.pictures[0] if self.pictures else None

    @property
    def available(self) -> int | None:
        """How many pieces can still be sold; None is without limit."""
        return None if self.stock is None else self.stock - self.reserved

    @property
    def is_available(self) -> bool:
        """Whether a buyer can have at least one piece now."""
        left = self.available
        return self.is_visible and (left is None or left > 0)

    @property
    def is_low(self) -> bool:
        """Whether so few are left that the shop should know."""
        left = self.available
        return left is not None and left <= self.low_at


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """What a shop's own list of products is narrowed to; the default narrows nothing.

    Attributes:
        q: A part of the name or description, or the beginning of the shop's own number.
        show: ``visible``, ``hidden``, ``low``, ``archived``, or empty for all that are not.
        collection: Only of this collection.
        sku: The one with this number of the shop's own.
        handle: The variants that share this handle.
        sort: One of ``SORTS``.
    """

    q: str = ""
    show: str = ""
    sort: str = ""
    collection: str = ""
    sku: str = ""
    handle: str = ""


SORTS = {
    "": _ORDER,
    "name": ("name", "id"),
    "price": ("price_minor", "id"),
    "-price": ("-price_minor", "-id"),
    "changed": ("-changed_at", "-id"),
}
"""Orders of a shop's own list, each ending in something unique."""


@dataclass(frozen=True, slots=True)
class LowStock:
    """Of how many products few are left, and the name and what is left of the fewest."""

    count: int
    fewest: tuple[tuple[str, int], ...]


def products_on_show(
    shop_id: int, q: str, cursor: str | None, limit: int, *, is_for_buyers: bool = False
) -> tuple[list[ProductFacts], str | None]:
    """Return a page of what buyers see, in the shop's own order; of a closed shop nothing.

    Args:
        shop_id: Primary key of the shop.
        q: A part of the name or description; empty: any.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.
        is_for_buyers: Nothing where the shop's number shows no catalogue; the shop itself sees it.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows = Product.objects.filter(shop_id=shop_id, is_visible=True, shop__closed_at__isnull=True)
    if is_for_buyers:
        rows = rows.exclude(shop__line__is_catalog_visible=False)
    return _page(_named(rows, q), cursor, limit)


def products_on_show_named(shop_id: int, public_ids: Sequence[str]) -> list[ProductFacts]:
    """Return those of some products that buyers see, in the shop's own order; one query, or none.

    Products that are hidden, archived or not the shop's are left out.
    """
    if not public_ids:
        return []
    rows = Product.objects.filter(shop_id=shop_id, is_visible=True, public_id__in=public_ids)
    return [product_facts(each) for each in _whole(rows).order_by(*_ORDER)]


def products_of_shop(
    shop_id: int, q: str, cursor: str | None, limit: int
) -> tuple[list[ProductFacts], str | None]:
    """Return a page of the whole catalogue, hidden products included, in the shop's order.

    Args:
        shop_id: Primary key of the shop.
        q: A part of the name or description; empty: any.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows = Product.objects.filter(shop_id=shop_id, archived_at__isnull=True)
    return _page(_named(rows, q), cursor, limit)


def products_listed(
    shop_id: int, wanted: ProductFilter, cursor: str | None, limit: int
) -> tuple[list[ProductFacts], str | None]:
    """Return a page of a shop's own list of products; one query.

    Args:
        shop_id: Primary key of the shop.
        wanted: What it is narrowed to, and its order.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    return _page(_wanted(shop_id, wanted), cursor, limit, SORTS[wanted.sort])


def beside_in_order(
    shop_id: int, among: ProductFilter, position: int, *, is_before: bool
) -> tuple[int, int] | None:
    """Return key and position of the next product in the shop's order, or None; one query.

    Args:
        shop_id: Primary key of the shop.
        among: Which products count.
        position: From where on.
        is_before: Whether the one before is asked for.
    """
    rows = _wanted(shop_id, among)
    if is_before:
        rows = rows.filter(position__lt=position).order_by("-position")
    else:
        rows = rows.filter(position__gt=position).order_by("position")
    return rows.values_list("pk", "position").first()


def product_of_shop(shop_id: int, public_id: str) -> ProductFacts | None:
    """Return one product of a shop, or None."""
    found = _whole(Product.objects.filter(shop_id=shop_id, public_id=public_id)).first()
    return None if found is None else product_facts(found)


def products_named(shop_id: int, public_ids: Sequence[str]) -> dict[str, ProductFacts]:
    """Return some of a shop's products by their public ids; one query, or none."""
    if not public_ids:
        return {}
    rows = Product.objects.select_related("shop").filter(shop_id=shop_id, public_id__in=public_ids)
    return {row.public_id: product_facts(row) for row in rows}


def product_shown(public_id: str) -> tuple[ProductFacts, int] | None:
    """Return a product that buyers may see and its shop's key, or None; one query."""
    rows = Product.objects.filter(public_id=public_id, is_visible=True)
    row = _whole(rows.filter(shop__closed_at__isnull=True)).first()
    return None if row is None else (product_facts(row), row.shop_id)


def product_url(public_id: str) -> str:
    """Return the address that a product's code says."""
    return f"{settings.TROCO_PUBLIC_URL}/p/{public_id}"


def variants_of(shop_id: int, handle: str) -> list[ProductFacts]:
    """Return the products that share a handle, in the shop's order; one query."""
    rows = Product.objects.filter(shop_id=shop_id, handle=handle, archived_at__isnull=True)
    return [product_facts(each) for each in _whole(rows).order_by(*_ORDER)]


def shelf_keys(shop_id: int, *, is_archived: bool) -> list[int]:
    """Return the keys of all products of a shop, or of its archive, in its order; one query."""
    rows = Product.objects.filter(shop_id=shop_id, archived_at__isnull=not is_archived)
    return list(rows.order_by(*_ORDER).values_list("pk", flat=True))


def products_with(shop_id: int, keys: Sequence[int], *, is_archived: bool) -> list[ProductFacts]:
    """Return those of some products that are still there, in the order of the keys; one query."""
    rows = Product.objects.filter(shop_id=shop_id, archived_at__isnull=not is_archived)
    found = {row.pk: row for row in _whole(rows.filter(pk__in=keys))}
    return [product_facts(found[key]) for key in keys if key in found]


def handles_among(shop_id: int, keys: Sequence[int], page: Sequence[ProductFacts]) -> set[str]:
    """Return which handles of a page some other products have too; one query, or none.

    Args:
        shop_id: Primary key of the shop.
        keys: The others.
        page: Products.
    """
    if not page or not keys:
        return set()
    rows = Product.objects.filter(shop_id=shop_id, handle__in={each.handle for each in page})
    others = set(keys)
    return {handle for key, handle in rows.values_list("pk", "handle") if key in others}


def collections_of(shop_id: int) -> list[str]:
    """Return the names of a shop's collections; one query."""
    rows = Product.objects.filter(shop_id=shop_id, archived_at__isnull=True)
    told: list[Any] = list(
        rows.exclude(collections=[]).values_list("collections", flat=True).distinct()
    )
    return sorted({str(name) for names in told for name in names}, key=str.casefold)


def lowest_stock(shop_id: int, limit: int = 3) -> LowStock:
    """Return of how many products few are left, and the fewest of them by name; one query."""
    rows = _low(shop_id).annotate(left=F("stock") - F("reserved"), among=Window(Count("id")))
    found = list(rows.order_by("left", "id").values_list("name", "left", "among")[:limit])
    return LowStock(found[0][2] if found else 0, tuple((name, left) for name, left, _n in found))


def low_stock_keys(shop_id: int) -> list[int]:
    """Return the keys of the visible products of which few are left; one query."""
    return list(_low(shop_id).values_list("pk", flat=True))


def low_stock_count(shop_id: int) -> int:
    """Return of how many visible products few are left."""
    return _low(shop_id).count()


def product_facts(product: Product) -> ProductFacts:
    """Return the facts of a product whose shop is loaded, and pictures if ``_whole`` loaded it."""
    own = product.low_stock_threshold
    return ProductFacts(
        id=product.pk,
        public_id=product.public_id,
        name=product.name,
        description=product.description,
        emoji=product.emoji,
        price=Money(product.price_minor, product.currency),
        stock=product.stock,
        reserved=product.reserved,
        low_at=product.shop.low_stock_threshold if own is None else own,
        low_stock_threshold=own,
        is_visible=product.is_visible,
        position=product.position,
        changed_at=product.changed_at,
        title=product.title or product.name,
        handle=product.handle,
        sku=product.sku,
        options=tuple((name, value) for name, value in product.options),
        collections=tuple(product.collections),
        is_archived=product.archived_at is not None,
        unit=product.unit,
        preparation_minutes=product.preparation_minutes,
        tax_note=product.tax_note,
        pictures=read_pictures(vars(product).get("told_pictures", ())),
    )


def _whole(rows: QuerySet[Product]) -> QuerySet[Product]:
    """Load all that the facts of a product take, in the one query."""
    return rows.select_related("shop").annotate(told_pictures=told_pictures())


def _wanted(shop_id: int, wanted: ProductFilter) -> QuerySet[Product]:
    """Return what a shop's own list is narrowed to, without its order."""
    rows = _low(shop_id) if wanted.show == "low" else Product.objects.filter(shop_id=shop_id)
    rows = rows.filter(archived_at__isnull=wanted.show != "archived")
    if wanted.show in {"visible", "hidden"}:
        rows = rows.filter(is_visible=wanted.show == "visible")
    if wanted.collection:
        rows = rows.filter(collections__contains=[wanted.collection])
    for name in ("sku", "handle"):
        if getattr(wanted, name):
            rows = rows.filter(**{name: getattr(wanted, name)})
    return _named(rows, wanted.q)


def _named(rows: QuerySet[Product], q: str) -> QuerySet[Product]:
    if not q:
        return rows
    words = Q(name__icontains=q) | Q(description__icontains=q)
    return rows.filter(words | Q(sku__istartswith=q))


def _page(
    rows: QuerySet[Product],
    cursor: str | None,
    limit: int,
    order: Sequence[str] = _ORDER,
) -> tuple[list[ProductFacts], str | None]:
    found, following = keyset_page(_whole(rows), cursor, limit, fields=order)
    return [product_facts(product) for product in found], following


def _low(shop_id: int) -> QuerySet[Product]:
    """Visible products with a stock at or below the threshold that holds for them."""
    threshold = Case(
        When(low_stock_threshold__isnull=False, then=F("low_stock_threshold")),
        default=F("shop__low_stock_threshold"),
    )
    rows = Product.objects.filter(shop_id=shop_id, is_visible=True, stock__isnull=False)
    return rows.annotate(low_at=threshold).filter(stock__lte=F("low_at") + F("reserved"))
