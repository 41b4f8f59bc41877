"""Customers: who ordered here, how much, and what the team wrote about them.

A shop sees of a person what they gave it by ordering: the name they chose, the end of their
number, their orders here and nothing from elsewhere. Notes and labels are the team's own, and
hang on the conversation.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.errors import NotFound, TrocoError
from merchants.codes.amounts import plain_amount
from merchants.codes.sheets import in_zone
from merchants.enums import OrderState
from merchants.portal.access import EDITORS, TALKERS
from merchants.portal.desk import tell_label
from merchants.portal.lists import ALL, Column, Empty, Fetched, Field, Listing, ListPage
from merchants.portal.order_list import SHEET_HEAD, sheet_row
from merchants.portal.orders import order_row
from merchants.portal.pages import Page, address_with
from merchants.portal.words import state_words
from merchants.queries.beside import beside_customer
from merchants.queries.customers import (
    Customer,
    CustomerFilter,
    customer_of_shop,
    customers_listed,
)
from merchants.queries.desk import labels
from merchants.queries.order_search import OrderFilter
from merchants.queries.orders import OrderFacts, orders_of_shop
from merchants.services import desk
from merchants.services.erasing import erase_customer

ORDER_STATES = (
    ALL,
    *((state.value, state_words("order", state).words) for state in OrderState),
)


class CustomersPage(ListPage):
    """Who ordered here, the latest first."""

    section = "customers"
    roles = TALKERS
    name = "customers"
    caption = gettext_lazy("Customers")
    template = "customers.html"
    row_template = "parts/rows/customer.html"
    css = "faces"
    carried = ("show", "label")
    known: ClassVar = {"show": ("buyers", "once", "again", "news")}
    fields = (
        Field("q", gettext_lazy("Name, last 4 digits, or whole number with +"), is_wide=True),
        Field(
            "sort",
            gettext_lazy("Order"),
            "choice",
            (
                ("", gettext_lazy("Latest order first")),
                ("spent", gettext_lazy("Most spent first")),
                ("orders", gettext_lazy("Most orders first")),
                ("first", gettext_lazy("Longest known first")),
            ),
        ),
    )
    columns = (
        Column(gettext_lazy("Customer"), may_hide=False),
        Column(gettext_lazy("Since")),
        Column(gettext_lazy("Last order")),
        Column(gettext_lazy("Orders"), is_end=True),
        Column(gettext_lazy("Spent here"), is_end=True),
        Column(gettext_lazy("News")),
    )
    sheet_head = (
        "id",
        "name",
        "orders",
        "paid_orders",
        "spent",
        "spent_minor",
        "currency",
        "since",
        "last_order",
        "wants_news",
        "time_zone",
    )

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of customers."""
        wanted = CustomerFilter(
            self.asked("q"), self.asked("show"), self.asked("sort"), self.asked("label")
        )
        return customers_listed(self.seat.shop, wanted, cursor, limit)

    def rows(self, found: list[Customer]) -> list[dict[str, Any]]:
        """Return customers as their rows show them."""
        return [customer_row(each) for each in found]

    def sheet_rows(self, found: list[Customer]) -> Iterable[Sequence[str]]:
        """Return customers as lines of the file; no number, as on the page."""
        return [_sheet_row(each, self.seat.shop.timezone) for each in found]

    def chips(self) -> list[dict[str, Any]]:
        """Return which customers can be looked at with one press."""
        return [
            self.chip(_("All"), "show", ""),
            self.chip(_("Have paid"), "show", "buyers"),
            self.chip(_("Came once"), "show", "once"),
            self.chip(_("Came again"), "show", "again"),
            self.chip(_("Want news"), "show", "news"),
            *(self._label_chip(each.name) for each in labels(self.seat.shop.id)),
        ]

    def _label_chip(self, name: str) -> dict[str, Any]:
        """Return a chip that sets a label, or takes it away where it is set."""
        is_set = self.asked("label") == name
        address = address_with(self.request, label=None if is_set else name, after=None)
        return {"words": name, "href": address, "count": None, "current": is_set}

    def empty(self) -> Empty:
        """Say who appears here."""
        return Empty(
            "users",
            _("No customers yet"),
            _("Whoever orders in the conversation appears here, with all they ordered."),
            reverse("portal:inbox"),
            _("Open conversations"),
        )


class CustomerPage(ListPage):
    """One customer: figures, their orders as a list, labels and notes."""

    section = "customers"
    roles = TALKERS
    name = "customer_orders"
    caption = gettext_lazy("Orders")
    template = "customer.html"
    row_template = "parts/rows/customer_order.html"
    fields = (
        Field("state", gettext_lazy("State"), "choice", ORDER_STATES),
        Field("from", gettext_lazy("From"), "date"),
        Field("to", pgettext_lazy("last day", "To"), "date"),
    )
    columns = (
        Column(gettext_lazy("Order"), may_hide=False),
        Column(gettext_lazy("When")),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("Total"), is_end=True),
    )
    sheet_head = SHEET_HEAD
    page_size = 20
    customer: Customer
    talk: str

    def get(self, request: HttpRequest, public_id: str = "") -> HttpResponseBase:
        """Show them, if they ordered at this shop."""
        self.customer, self.talk = self._customer(public_id)
        return super().get(request)

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of their orders, newest first."""
        state = self.asked("state")
        since, until = self.asked_span()
        narrowed = OrderFilter(
            states=(OrderState(state),) if state else (),
            since=since,
            until=until,
            buyer_id=self.customer.party.id,
        )
        return orders_of_shop(self.seat.shop.id, narrowed, cursor, limit)

    def rows(self, found: list[OrderFacts]) -> list[dict[str, Any]]:
        """Return orders as their rows show them."""
        return [order_row(order, self.now) for order in found]

    def sheet_rows(self, found: list[OrderFacts]) -> Iterable[Sequence[str]]:
        """Return orders as lines of the file, the same as of all orders."""
        return [sheet_row(order, self.seat.shop.timezone) for order in found]

    def empty(self) -> Empty:
        """Say what would be here; who never ordered has no page."""
        return Empty("shopping-cart", _("No orders here"), _("What they order appears here."))

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Add the figures, and what the team keeps about them."""
        customer, talk = self.customer, self.talk
        kept = beside_customer(self.seat.shop.id, customer.party.id, talk)
        return {
            "customer": {
                **customer_row(customer),
                "phone": kept.phone,
                "paid_orders": customer.summary.paid_orders,
                "conversation_href": reverse("portal:conversation", args=[talk]),
                "news": kept.news,
                "news_at": kept.news_at,
            },
            "may_erase": self.seat.may_edit,
            "labels": [
                {"name": each.name, "tone": each.colour, "is_stuck": each.name in kept.stuck}
                for each in kept.labels
            ],
            "notes": [
                {"author": each.author, "text": each.text, "at": each.created_at}
                for each in kept.notes
            ],
        }

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Write a note, or put a label on or take it off."""
        _customer, talk = self._customer(public_id)
        try:
            self._change(talk)
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        return self.go("customer", public_id)

    def _change(self, talk: str) -> None:
        shop_id, said = self.seat.shop.id, self.request.POST
        if "note" in said:
            desk.add_note(
                shop_id=shop_id, author=self.seat.person, conversation_id=talk, text=said["note"]
            )
        elif "stick" in said:
            self._mark(talk, said["stick"], is_on=True)
        elif "peel" in said:
            self._mark(talk, said["peel"], is_on=False)
        elif "label" in said:
            desk.put_label(shop_id=shop_id, name=said["label"], colour="info")
            self._mark(talk, said["label"], is_on=True)
        else:
            raise NotFound

    def _mark(self, talk: str, name: str, *, is_on: bool) -> None:
        step = desk.stick_label if is_on else desk.peel_label
        is_new = step(shop_id=self.seat.shop.id, conversation_id=talk, name=name)
        tell_label(self, talk, name, is_on=is_on, is_new=is_new)

    def _customer(self, public_id: str) -> tuple[Customer, str]:
        found = customer_of_shop(self.seat.shop, public_id)
        if found is None:
            raise NotFound
        return found


class EraseCustomer(Page):
    """Erases what the shop keeps about somebody for itself; what the law keeps stays."""

    section = "customers"
    roles = EDITORS

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Do it, and say how much there was."""
        found = customer_of_shop(self.seat.shop, public_id)
        if found is None:
            raise NotFound
        erased = erase_customer(
            shop_id=self.seat.shop.id, actor=self.seat.person, party_id=found[0].party.id
        )
        if erased:
            words = _("Erased: %(notes)s notes, %(labels)s labels, %(news)s news wishes.")
            self.done(words % {"notes": erased.notes, "labels": erased.labels, "news": erased.news})
        else:
            self.done(_("There was nothing more to erase."))
        return self.go("customer", public_id)


def customer_row(customer: Customer) -> dict[str, Any]:
    """Return a customer as a row shows them."""
    summary = customer.summary
    return {
        "id": customer.party.public_id,
        "name": customer.party.display_name,
        "since": summary.since,
        "last_at": summary.last_at,
        "orders": summary.orders,
        "spent": summary.spent,
        "news": customer.news,
    }


def _sheet_row(customer: Customer, zone: str) -> Sequence[str]:
    summary = customer.summary
    return (
        customer.party.public_id,
        customer.party.display_name,
        str(summary.orders),
        str(summary.paid_orders),
        plain_amount(summary.spent),
        str(summary.spent.amount_minor),
        summary.spent.currency,
        in_zone(summary.since, zone) if summary.since else "",
        in_zone(summary.last_at, zone) if summary.last_at else "",
        {True: "yes", False: "no", None: ""}[customer.news],
        zone,
    )
