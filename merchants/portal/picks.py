"""What the composer's dialogs show of the catalogue, and how the rest of it is found.

A dialog begins with the first of the shop's order. Where there are more, a search brings others,
and what was picked already stays beside what it finds.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from core.errors import NotFound
from merchants.portal.access import TALKERS
from merchants.portal.pages import Page
from merchants.queries.catalogue import ProductFacts, products_on_show, products_on_show_named
from merchants.services.line_orders import MAX_QUANTITY

PICKER_SIZE = 30
KINDS = ("products", "order")
MOST_FOUND_WITH = 100
"""So many that are picked already stay beside what a search finds."""

_NUMBERED = "q_"
_ID = re.compile(r"prd_[0-9A-Za-z]{1,40}")
_QUANTITY = re.compile(r"[0-9]{1,3}")


class PicksPart(Page):
    """The rows of one dialog: what is picked in it, then what its search finds."""

    section = "inbox"
    roles = TALKERS

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Show them; no page stands around them."""
        if kind not in KINDS:
            raise NotFound
        shop_id = self.seat.shop.id
        found, _more = products_on_show(
            shop_id, request.GET.get("q", "").strip(), None, PICKER_SIZE
        )
        rows = _rows_with(shop_id, found, picked_in(request.GET))
        context = {"kind": kind, "products": rows, "is_search": True}
        return render(request, "portal/_picks.html", context)


def first_picks(
    shop_id: int, picked: Mapping[str, Mapping[str, int]]
) -> tuple[dict[str, list[dict[str, Any]]], bool]:
    """Return what each dialog begins with, and whether the shop has more.

    Args:
        shop_id: Whose catalogue.
        picked: By dialog, what is picked in it already.
    """
    found, more = products_on_show(shop_id, "", None, PICKER_SIZE)
    rows = {kind: _rows_with(shop_id, found, picked.get(kind, {})) for kind in KINDS}
    return rows, more is not None


def picked_in(form: QueryDict) -> dict[str, int]:
    """Return how many of which product a dialog says; a tick is one."""
    picked = dict.fromkeys(form.getlist("product"), 1)
    for name in form:
        if name.startswith(_NUMBERED) and (quantity := _read(form.get(name, ""))):
            picked[name.removeprefix(_NUMBERED)] = quantity
    return {name: quantity for name, quantity in picked.items() if _ID.fullmatch(name)}


def _rows_with(
    shop_id: int, found: Sequence[ProductFacts], picked: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Return what is picked, and after it the others that were found."""
    names = list(picked)[:MOST_FOUND_WITH]
    kept = products_on_show_named(shop_id, names) if names else []
    others = [product for product in found if product.public_id not in picked]
    return _rows_of([*kept, *others], picked)


def _rows_of(products: Sequence[ProductFacts], picked: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return products as ``portal/_picks.html`` takes them."""
    return [
        {
            "id": product.public_id,
            "name": product.name,
            "price": product.price,
            "unit": product.unit,
            "stock": product.available,
            "emoji": product.emoji,
            "picture": product.cover.public_id if product.cover else "",
            "in_stock": product.is_available,
            "picked": picked.get(product.public_id, 0),
        }
        for product in products
    ]


def _read(text: str) -> int:
    plain = text.strip()
    return min(int(plain), MAX_QUANTITY) if _QUANTITY.fullmatch(plain) else 0
