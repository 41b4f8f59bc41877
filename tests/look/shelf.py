"""The pages of the catalogue: the list, the order of the products, and one product."""

from functools import partial
from typing import Any

from merchants.portal.product_list import CataloguePage
from merchants.portal.shelf import ProductForm
from tests.look import data, links
from tests.look.data import frame
from tests.look.lists import listing

_CHIPS = [
    {"words": words, "href": f"?in={words}", "count": count, "current": words == "All"}
    for words, count in (("All", 6), ("In the shop", 5), ("Low stock", 2), ("Sweet", None))
]
PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "/portal/catalogue": (
        "portal/catalogue.html",
        {
            **frame("catalogue"),
            "listing": listing(
                CataloguePage,
                [{**row, "may_edit": True} for row in data.CATALOGUE],
                chips=_CHIPS,
            ),
            "may_edit": True,
        },
    ),
    "/portal/catalogue/order": (
        "portal/product_order.html",
        {
            **frame("catalogue"),
            "rows": [
                {**row, "shut": {"top", "up"} if not index else set(), "focus": ""}
                for index, row in enumerate(data.CATALOGUE)
            ],
            "chips": _CHIPS,
            "collection": "",
            "after": "",
            "next_href": "?after=x",
            "first_href": "?",
        },
    ),
    "/portal/catalogue/prd_0001": (
        "portal/product_form.html",
        {
            **frame("catalogue"),
            "form": partial(
                ProductForm,
                {"name": "Carrot cake", "price": "seventy", "stock": "1", "unit": "kg"},
                currency="BRL",
            ),
            "product": data.CATALOGUE[1],
            "variants": [data.CATALOGUE[2]],
            "share": links.SHARE,
            "preview": {**data.CATALOGUE[1], "cover": data.PICTURES[0], "preparation_minutes": 90},
            "pictures": data.PICTURES,
            "most_pictures": 10,
        },
    ),
}
