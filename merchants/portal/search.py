"""One box over orders, payments, conversations and products."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from merchants.portal.access import EDITORS, PROGRAMMERS, READERS, SELLERS, TALKERS
from merchants.portal.money import order_numbers, order_of_number, reference_of
from merchants.portal.orders import order_row
from merchants.portal.pages import Page
from merchants.queries.catalogue import ProductFacts, product_of_shop, products_of_shop
from merchants.queries.keys import key_of_shop
from merchants.queries.order_search import OrderFilter
from merchants.queries.orders import order_of_shop, orders_of_shop
from merchants.queries.webhooks import listener_of_shop
from messaging import queries as messaging
from payments.queries import shop as shop_queries
from payments.queries.disputes import dispute_detail
from payments.queries.payment_details import payment_detail
from payments.queries.payments import PaymentFilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from merchants.enums import Role

FOUND = 5


class SearchPage(Page):
    """One box over what the role may see; an id that is whole leads straight there."""

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
            (TALKERS, self._talks),
            (TALKERS, self._products),
        )
        groups = [find(q) for roles, find in kinds if q and role in roles]
        return self.page("search.html", {"q": q, "groups": [g for g in groups if g["rows"]]})

    def _named(self, q: str) -> str:
        """Return the page of what an id names, if it is this shop's and the role opens it."""
        shop, role = self.seat.shop, self.seat.membership.role
        known: dict[str, tuple[str, tuple[Role, ...], Callable[[], object]]] = {
            "ord_": ("order", TALKERS, lambda: order_of_shop(shop.id, q)),
            "pay_": ("payment", READERS, lambda: payment_detail(shop.party_id, q)),
            "pyo_": ("payout", READERS, lambda: shop_queries.shop_payout(shop.party_id, q)),
            "dsp_": ("dispute", SELLERS, lambda: dispute_detail(shop.party_id, q)),
            "prd_": ("product", EDITORS, lambda: product_of_shop(shop.id, q)),
            "key_": ("key", PROGRAMMERS, lambda: key_of_shop(shop.id, q)),
            "whk_": ("webhook", PROGRAMMERS, lambda: listener_of_shop(shop.id, q)),
        }
        name, roles, find = known.get(q[:4], ("", (), lambda: None))
        return name if role in roles and find() is not None else ""

    def _talks(self, q: str) -> dict[str, Any]:
        found, _more = messaging.inbox(self.seat.shop.party_id, None, FOUND, name=q)
        rows = [
            {
                "title": talk.counterpart.display_name if talk.counterpart else talk.title,
                "detail": "",
                "href": reverse("portal:conversation", args=[talk.public_id]),
                "amount": None,
                "table": "",
                "state": "",
            }
            for talk in (row.conversation for row in found)
        ]
        return {"words": _("Conversations"), "href": _all("inbox", q), "rows": rows}

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
        numbers = order_numbers(shop.id, found)
        rows = [
            {
                "title": payment.payer.display_name,
                "detail": reference_of(payment, numbers),
                "href": reverse("portal:payment", args=[payment.id]),
                "amount": payment.amount,
                "table": "payment",
                "state": payment.state,
            }
            for payment in found
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
