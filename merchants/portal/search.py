"""One box over orders, payments, customers, conversations and products."""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_symbol
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import to_locale

from core.money import Money
from merchants.codes.amounts import plain_amount
from merchants.codes.searches import read_day, read_sum
from merchants.portal.access import EDITORS, PROGRAMMERS, READERS, SELLERS, TALKERS
from merchants.portal.money import order_numbers, order_of_number, reference_of
from merchants.portal.orders import order_row
from merchants.portal.pages import Page
from merchants.portal.sayings import words_of
from merchants.portal.templatetags.troco import day
from merchants.queries.catalogue import ProductFacts, product_of_shop, products_of_shop
from merchants.queries.customers import SHOWN_DIGITS, customer_of_shop, customers_found
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
    from collections.abc import Callable, Iterable, Iterator

    from merchants.enums import Role

    Finders = Iterable[tuple[tuple[Role, ...], Callable[[], dict[str, Any]]]]

FOUND = 5
SAID = 10
"""So many messages: there is no list of all that were found."""


class SearchPage(Page):
    """One box over what the role may see; an id that is whole leads straight there."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show what was found, by kind."""
        q = self.request.GET.get("q", "").strip()[:80]
        name = self._named(q)
        if name:
            return self.go(name, q)
        said = ((TALKERS, partial(self._said, q)),)
        groups: list[dict[str, Any]] = []
        if "messages" not in self.request.GET:
            groups = list(self._groups(self._meant(q))) or list(self._groups(self._words(q)))
        # What was said is looked for where nothing else is found, or where it is asked for.
        more = bool(groups) and self.seat.is_one_of(TALKERS)
        groups = groups or list(self._groups(said))
        return self.page("search.html", {"q": q, "groups": groups, "may_search_messages": more})

    def _groups(self, finders: "Finders") -> "Iterator[dict[str, Any]]":
        """Yield what this person may see of what is found."""
        for roles, find in finders:
            group = find() if self.seat.is_one_of(roles) else None
            if group and group["rows"]:
                yield group

    def _meant(self, q: str) -> "Finders":
        """Return how to find what a day, an amount or a number with its country means."""
        shop = self.seat.shop
        zone = ZoneInfo(shop.timezone)
        if day := read_day(q, self.now.astimezone(zone).date()):
            since, until = (
                datetime.combine(day + timedelta(days=days), time(), zone) for days in (0, 1)
            )
            wanted = OrderFilter(since=since, until=until)
            days = {"from": day.isoformat(), "to": day.isoformat()}
            return (
                (TALKERS, partial(self._orders, wanted, days)),
                (READERS, partial(self._payments, self._on(day), days)),
            )
        if amount := read_sum(q, shop.currency, currency_signs(shop.currency)):
            return self._of(amount)
        return ((TALKERS, partial(self._customers, q)),) if q.startswith("+") else ()

    def _on(self, day: date) -> PaymentFilter:
        zone = self.seat.shop.timezone
        return PaymentFilter(direction="received", first_day=day, last_day=day, timezone=zone)

    def _of(self, amount: Money) -> "Finders":
        """Return how to find what came to exactly an amount."""
        minor, written = amount.amount_minor, plain_amount(amount)
        orders = OrderFilter(least_minor=minor, most_minor=minor)
        paid = PaymentFilter(direction="received", least_minor=minor, most_minor=minor)
        asked = {"least": written, "most": written}
        return (
            (TALKERS, partial(self._orders, orders, asked)),
            (READERS, partial(self._payments, paid, asked)),
        )

    def _words(self, q: str) -> "Finders":
        """Return how to find anything else: numbers, parts of names, ends of phone numbers."""
        if not q:
            return ()
        text = {"q": q}
        is_end = q.isascii() and q.isdigit() and len(q) == SHOWN_DIGITS
        talks = partial(self._customers if is_end else self._talks, q)
        return (
            (TALKERS, partial(self._orders, OrderFilter(q=q), text)),
            (READERS, partial(self._named_payments, q)),
            (TALKERS, talks),
            (TALKERS, partial(self._products, q)),
        )

    def _named(self, q: str) -> str:
        """Return the page of what an id names, if it is this shop's and the role opens it."""
        shop, role = self.seat.shop, self.seat.membership.role
        known: dict[str, tuple[str, tuple[Role, ...], Callable[[], object]]] = {
            "ord_": ("order", TALKERS, lambda: order_of_shop(shop.id, q)),
            "pay_": ("payment", READERS, lambda: payment_detail(shop.party_id, q)),
            "pyo_": ("payout", READERS, lambda: shop_queries.shop_payout(shop.party_id, q)),
            "dsp_": ("dispute", SELLERS, lambda: dispute_detail(shop.party_id, q)),
            "pty_": ("customer", TALKERS, lambda: customer_of_shop(shop, q)),
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
        return {"words": _("Conversations"), "href": _all("inbox", q=q), "rows": rows}

    def _said(self, q: str) -> dict[str, Any]:
        """Find what was said; each row leads into its conversation, up to that message."""
        is_said = any(letter.isalnum() for letter in q)
        found, _more = (
            messaging.search(self.seat.shop.party_id, q, limit=SAID) if is_said else ([], None)
        )
        names = messaging.sender_names(found) if found else {}
        rows = [
            {
                "title": names[message.sender_id],
                "detail": f"{words_of(message)} · {day(message.created_at)}",
                "href": f"{reverse('portal:conversation', args=[message.conversation])}"
                f"?before={message.seq + 1}#{message.public_id}",
                "amount": None,
                "table": "",
                "state": "",
            }
            for message in found
        ]
        return {"words": _("Messages"), "href": "", "rows": rows}

    def _customers(self, q: str) -> dict[str, Any]:
        rows = [
            {
                "title": name,
                "detail": "",
                "href": reverse("portal:customer", args=[party]),
                "amount": None,
                "table": "",
                "state": "",
            }
            for party, name in customers_found(self.seat.shop.id, q, FOUND)
        ]
        return {"words": _("Customers"), "href": _all("customers", q=q), "rows": rows}

    def _orders(self, wanted: OrderFilter, asked: dict[str, str]) -> dict[str, Any]:
        found, _more = orders_of_shop(self.seat.shop.id, wanted, None, FOUND)
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
        return {"words": _("Orders"), "href": _all("orders", **asked), "rows": rows}

    def _named_payments(self, q: str) -> dict[str, Any]:
        text = order_of_number(self.seat.shop.id, q) or q
        return self._payments(PaymentFilter(direction="received", text=text), {"q": q})

    def _payments(self, wanted: PaymentFilter, asked: dict[str, str]) -> dict[str, Any]:
        shop = self.seat.shop
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
        return {"words": _("Payments"), "href": _all("payments", **asked), "rows": rows}

    def _products(self, q: str) -> dict[str, Any]:
        found, _more = products_of_shop(self.seat.shop.id, q, None, FOUND)
        rows = [
            {
                "title": f"{product.emoji} {product.name}".strip(),
                "detail": product.description,
                "href": self._product_href(product),
                "amount": product.price,
                "unit": product.unit,
                "table": "",
                "state": "",
            }
            for product in found
        ]
        return {
            "words": _("Products"),
            "href": _all("catalogue", q=q),
            "rows": rows,
        }

    def _product_href(self, product: ProductFacts) -> str:
        """Return the product's form for whoever may change it, its line in the list else."""
        if self.seat.may_edit:
            return reverse("portal:product", args=[product.public_id])
        return _all("catalogue", q=product.name)


def _all(name: str, **asked: str) -> str:
    """Return the list that shows everything found."""
    return f"{reverse(f'portal:{name}')}?{urlencode(asked)}"


def currency_signs(currency: str) -> tuple[str, ...]:
    """Return what a currency is called beside an amount in any of our languages, longest first."""
    locales = (to_locale(code) for code, _name in settings.LANGUAGES)
    known = {currency, *(get_currency_symbol(currency, locale) for locale in locales)}
    return tuple(sorted(known, key=len, reverse=True))
