"""The order in which customers see the products: each moves by buttons, by keys as by finger."""

from collections.abc import Sequence
from typing import Any, Final, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import NotFound, TrocoError
from merchants.portal.access import EDITORS
from merchants.portal.pages import Page, address_with, see_other
from merchants.portal.product_list import product_row
from merchants.queries.catalogue import (
    ProductFacts,
    ProductFilter,
    collections_of,
    products_listed,
)
from merchants.services.shelf_order import Direction, move_product

PAGE_SIZE: Final = 100
DIRECTIONS: Final = ("top", "up", "down")


class ProductOrderPage(Page):
    """Puts the products in order, all of them or those of a collection."""

    section = "catalogue"
    roles = EDITORS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show them with their buttons; the one that was moved keeps the focus."""
        after = self.request.GET.get("after")
        wanted = ProductFilter(collection=self.request.GET.get("in", ""))
        found, following = products_listed(self.seat.shop.id, wanted, after, PAGE_SIZE)
        first = "" if after or not found else found[0].public_id
        last = "" if following or not found else found[-1].public_id
        context = {
            "rows": [self._row(each, first, last) for each in found],
            "chips": self._chips(),
            "collection": wanted.collection,
            "after": after or "",
            "next_href": address_with(self.request, after=following, moved=None, to=None)
            if following
            else "",
            "first_href": address_with(self.request, after=None, moved=None, to=None),
        }
        return self.page("product_order.html", context)

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Move one, and show the page again."""
        to, _colon, public_id = self.request.POST.get("move", "").partition(":")
        if to not in DIRECTIONS:
            raise NotFound
        collection = self.request.POST.get("in", "")
        try:
            moved = move_product(
                shop_id=self.seat.shop.id,
                product_id=public_id,
                actor=self.seat.person,
                to=cast("Direction", to),
                among=ProductFilter(collection=collection),
            )
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        else:
            self.done(_said(to) % {"name": moved.name})
        kept = {"in": collection, "after": self.request.POST.get("after", "")}
        query = {**kept, "moved": public_id, "to": to}
        told = urlencode({name: value for name, value in query.items() if value})
        return see_other(f"{reverse('portal:product_order')}?{told}")

    def _row(self, product: ProductFacts, first: str, last: str) -> dict[str, Any]:
        """Return a product with the buttons it has, and on which the focus is."""
        shut = {"top", "up"} if product.public_id == first else set()
        shut |= {"down"} if product.public_id == last else set()
        is_moved = self.request.GET.get("moved") == product.public_id
        return {
            **product_row(product),
            "shut": shut,
            "focus": _focus(self.request.GET.get("to", ""), shut) if is_moved else "",
        }

    def _chips(self) -> Sequence[dict[str, Any]]:
        """Return the collections: within one, a product goes past its neighbours there."""
        asked = self.request.GET.get("in", "")
        names = collections_of(self.seat.shop.id)
        if not names:
            return []
        return [
            {
                "words": name or _("All"),
                "href": address_with(
                    self.request, **{"in": name or None}, after=None, moved=None, to=None
                ),
                "current": name == asked,
            }
            for name in ("", *names)
        ]


def _said(to: str) -> str:
    return {
        "top": _("“%(name)s” is at the top now."),
        "up": _("“%(name)s” was moved up."),
        "down": _("“%(name)s” was moved down."),
    }[to]


def _focus(to: str, shut: set[str]) -> str:
    """Return which button is pressed next: the same, or another where it is shut."""
    order = (to, "up", "down") if to in DIRECTIONS else ()
    return next((each for each in order if each not in shut), "")
