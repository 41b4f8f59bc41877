"""The list of products: filters, collections, the archive, steps with several, and the file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchants.codes.catalogue_sheet import HEAD
from merchants.portal.access import EDITORS, TALKERS
from merchants.portal.bulk import BulkStep
from merchants.portal.lists import (
    Bulk,
    Column,
    Empty,
    Fetched,
    Field,
    Listing,
    ListPage,
)
from merchants.portal.undo import offer_products
from merchants.queries.catalogue import (
    ProductFacts,
    ProductFilter,
    collections_of,
    low_stock_count,
    products_listed,
)
from merchants.queries.product_sheet import sheet_lines
from merchants.services.archive import STEPS, Moved, step_product


class CataloguePage(ListPage):
    """The products, with what is left of each."""

    section = "catalogue"
    roles = TALKERS
    name = "catalogue"
    caption = gettext_lazy("Products")
    template = "catalogue.html"
    row_template = "parts/rows/product.html"
    css = "faces"
    carried = ("show", "in")
    known: ClassVar = {"show": ("visible", "hidden", "low", "archived")}
    page_size = 50
    fields = (
        Field("q", gettext_lazy("Name or description"), is_wide=True),
        Field(
            "sort",
            gettext_lazy("Order"),
            "choice",
            (
                ("", gettext_lazy("As customers see it")),
                ("name", gettext_lazy("By name")),
                ("price", gettext_lazy("Cheapest first")),
                ("-price", gettext_lazy("Dearest first")),
                ("changed", gettext_lazy("Changed last")),
            ),
        ),
    )
    columns = (
        Column(gettext_lazy("Product"), may_hide=False),
        Column(gettext_lazy("Number")),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("In stock"), is_end=True),
        Column(gettext_lazy("Held"), is_end=True),
        Column(gettext_lazy("Price"), is_end=True),
        Column(gettext_lazy("Collections")),
    )
    bulk = (
        Bulk("show", gettext_lazy("Show to customers")),
        Bulk("hide", gettext_lazy("Hide")),
        Bulk("archive", gettext_lazy("Archive")),
    )
    sheet_head = HEAD

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of the shelf."""
        wanted = ProductFilter(
            self.asked("q"), self.asked("show"), self.asked("sort"), self.asked("in")
        )
        return products_listed(self.seat.shop.id, wanted, cursor, limit)

    def rows(self, found: list[ProductFacts]) -> list[dict[str, Any]]:
        """Return products as their rows show them."""
        may_edit = self.seat.may_edit
        return [
            {**product_row(each), "pick_name": each.name, "may_edit": may_edit} for each in found
        ]

    def sheet_rows(self, found: list[ProductFacts]) -> Iterable[Sequence[str]]:
        """Return products as lines of a file that can be brought in again."""
        return [line for each in found for line in sheet_lines(each, self._pictured)]

    @cached_property
    def _pictured(self) -> set[str]:
        """The handles whose pictures stand in the file already."""
        return set()

    def chips(self) -> list[dict[str, Any]]:
        """Return which products can be looked at with one press."""
        return [
            self.chip(_("All"), "show", ""),
            self.chip(_("In the shop"), "show", "visible"),
            self.chip(_("Hidden"), "show", "hidden"),
            self.chip(_("Low stock"), "show", "low", low_stock_count(self.seat.shop.id) or None),
            self.chip(_("Archived"), "show", "archived"),
            *(self.chip(name, "in", name) for name in collections_of(self.seat.shop.id)),
        ]

    def empty(self) -> Empty:
        """Say what a product is."""
        return Empty(
            "package",
            _("No products here"),
            _(
                "A product has a name, a price and a stock. Customers see it in the"
                " conversation and order with two taps."
            ),
            reverse("portal:product_new") if self.seat.may_edit else "",
            _("Add the first product"),
        )

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Say whether this person may change anything."""
        return {"may_edit": self.seat.may_edit}

    def bulk_now(self) -> Sequence[Bulk]:
        """Let only whoever may change the catalogue pick rows."""
        if not self.seat.may_edit:
            return ()
        is_archive = self.asked("show") == "archived"
        return (Bulk("unarchive", _("Bring back")),) if is_archive else self.bulk


class BulkProducts(BulkStep):
    """Shows or hides several products."""

    section = "catalogue"
    list_url = "portal:catalogue"
    roles = EDITORS

    def way_back(self, done: Mapping[str, Any]) -> str:
        """Offer to let each be as it was."""
        return offer_products(self, done)

    def steps(self) -> Mapping[str, Callable[[str], Moved]]:
        """Return the steps that may be taken with several products."""
        shop_id, actor = self.seat.shop.id, self.seat.person

        def bound(verb: str) -> Callable[[str], Moved]:
            return lambda product_id: step_product(
                shop_id=shop_id, product_id=product_id, actor=actor, verb=verb
            )

        return {verb: bound(verb) for verb in STEPS}


def product_row(product: ProductFacts) -> dict[str, Any]:
    """Return a product as rows and forms show it."""
    return {
        "id": product.public_id,
        "name": product.title,
        "options": " / ".join(value for _name, value in product.options),
        "sku": product.sku,
        "collections": ", ".join(product.collections),
        "emoji": product.emoji,
        "picture": product.cover.public_id if product.cover else "",
        "description": product.description,
        "price": product.price,
        "unit": product.unit,
        "stock": product.stock,
        "reserved": product.reserved,
        "state": _state(product),
    }


def _state(product: ProductFacts) -> str:
    if product.is_archived:
        return "archived"
    if not product.is_visible:
        return "hidden"
    if not product.is_available:
        return "sold_out"
    return "low" if product.is_low else "visible"
