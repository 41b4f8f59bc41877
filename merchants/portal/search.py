"""One box over orders, payments and products."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from merchants.portal.access import READERS, TALKERS
from merchants.portal.money import order_numbers, order_of_number, payment_rows
from merchants.portal.orders import order_row
from merchants.portal.pages import Page
from merchants.queries.catalogue import ProductFacts, products_of_shop
from merchants.queries.orders import OrderFilter, order_of_shop, orders_of_shop
from payments.queries import shop as shop_queries
from payments.queries.payments import PaymentFilter, payment_detail

if TYPE_CHECKING:
    from collections.abc import Callable

FOUND = 5


class SearchPage(Page):
    """One box over orders, payments and products; an id that is whole leads straight there."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show what was found, by kind."""
        q = self.request.GET.get("q", "").strip()[:80]
        name = self._named(q)
        if name:
            return self.go(name, q)
        role = self.seat.membership.role
        kinds = (
            (TALKERS, self._orders),
            (READERS, self._payments),
            (TALKERS, self._products),
        )
        groups = [find(q) for roles, find in kinds if q and role in roles]
        return self.page("search.html", {"q": q, "groups": [g for g in groups if g["rows"]]})

    def _named(self, q: str) -> str:
        """Return the page of what an id names, if it is this shop's."""
        shop = self.seat.shop
        found: dict[str, Callable[[], object]] = {
            "order": lambda: order_of_shop(shop.id, q),
            "payment": lambda: payment_detail(shop.party_id, q),
            "payout": lambda: shop_queries.payout_detail(shop.party_id, q),
        }
        name = {"ord_": "order", "pay_": "payment", "pyo_": "payout"}.get(q[:4], "")
        return name if name and found[name]() is not None else ""

    def _orders(self, q: str) -> dict[str, Any]:
        found, _more = orders_of_shop(self.seat.shop.id, OrderFilter(q=q), None, FOUND)
        rows = []
        for order in found:
            row = order_row(order, self.now)
            rows.append(
                {
                    "title": _("Order %(number)s") % {"number": order.number},
                    "detail": f"{row['customer']} · {row['items']}",
                    "href": reverse("portal:order", args=[order.public_id]),
                    "amount": order.total,
                    "table": "order",
                    "state": row["state"],
                }
            )
        return {"words": _("Orders"), "href": _all("orders", q), "rows": rows}

    def _payments(self, q: str) -> dict[str, Any]:
        shop = self.seat.shop
        text = order_of_number(shop.id, q) or q
        wanted = PaymentFilter(direction="received", text=text)
        found, _more = shop_queries.shop_payments(shop.party_id, wanted, None, FOUND)
        rows = [
            {
                "title": row["customer"],
                "detail": row["reference"],
                "href": reverse("portal:payment", args=[row["id"]]),
                "amount": row["amount"],
                "table": "payment",
                "state": row["state"],
            }
            for row in payment_rows(found, order_numbers(shop.id, found))
        ]
        return {"words": _("Payments"), "href": _all("payments", q), "rows": rows}

    def _products(self, q: str) -> dict[str, Any]:
        found, _more = products_of_shop(self.seat.shop.id, q, None, FOUND)
        rows = [
            {
                "title": f"{product.emoji} {product.name}".strip(),
                "detail": product.description,
                "href": self._product_href(product),
                "amount": product.price,
                "table": "",
                "state": "",
            }
            for product in found
        ]
        return {
            "words": _("Products"),
            "href": _all("catalogue", q),
            "rows": rows,
        }

    def _product_href(self, product: ProductFacts) -> str:
        """Return the product's form for whoever may change it, its line in the list else."""
        if self.seat.may_edit:
            return reverse("portal:product", args=[product.public_id])
        return _all("catalogue", product.name)


def _all(name: str, q: str) -> str:
    """Return the list that shows everything found."""
    return f"{reverse(f'portal:{name}')}?{urlencode({'q': q})}"
