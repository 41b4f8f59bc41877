"""Orders as a list and as a board over the same rows, and steps with several at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from merchants.codes.amounts import plain_amount
from merchants.codes.sheets import in_zone
from merchants.enums import OrderState
from merchants.portal.access import TALKERS
from merchants.portal.bulk import BulkStep
from merchants.portal.lists import (
    ORDERS,
    Bulk,
    Column,
    Empty,
    Fetched,
    Field,
    Listing,
    ListPage,
)
from merchants.portal.orders import order_row
from merchants.portal.pages import address_with
from merchants.portal.words import state_words
from merchants.queries.order_search import OrderFilter
from merchants.queries.orders import (
    OrderFacts,
    counts_by_state,
    orders_by_states,
    orders_of_shop,
)
from merchants.services import fulfilment

COLUMN_SIZE = 20
COLUMNS = (
    (OrderState.PLACED,),
    (OrderState.AWAITING_PAYMENT, OrderState.EXTERNAL_PENDING),
    (OrderState.PAID,),
    (OrderState.PREPARING,),
    (OrderState.READY, OrderState.SHIPPED),
    (OrderState.COMPLETED,),
)


SHEET_HEAD = (
    *("number", "id", "placed_at", "state", "customer", "items", "pieces", "total", "total_minor"),
    *("currency", "paid_at", "payment", "note", "time_zone"),
)


class OrdersPage(ListPage):
    """The orders as a list with filters, or as a board."""

    section = "orders"
    roles = TALKERS
    name = "orders"
    caption = gettext_lazy("Orders")
    template = "orders.html"
    row_template = "parts/rows/order.html"
    carried = ("state",)
    known: ClassVar = {"state": OrderState.values}
    fields = (
        Field("q", gettext_lazy("Number, customer or product"), is_wide=True),
        Field("from", gettext_lazy("From"), "date"),
        Field("to", pgettext_lazy("last day", "To"), "date"),
        Field("least", gettext_lazy("At least"), "text"),
        Field("most", gettext_lazy("At most"), "text"),
        Field("sort", gettext_lazy("Order"), "choice", ORDERS),
    )
    columns = (
        Column(gettext_lazy("Order"), may_hide=False),
        Column(gettext_lazy("What")),
        Column(gettext_lazy("When")),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("Total"), is_end=True),
        Column(gettext_lazy("Next step"), is_unseen=True),
    )
    sheet_head = SHEET_HEAD
    bulk = (
        Bulk("accept", gettext_lazy("Accept")),
        Bulk("prepare", gettext_lazy("Start preparing")),
        Bulk("ready", gettext_lazy("Ready to collect")),
        Bulk("ship", gettext_lazy("Hand to delivery")),
        Bulk("complete", gettext_lazy("Done")),
    )

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show the view that the address asks for."""
        if request.GET.get("view") != "board":
            return super().get(request)
        context = {"view": "board", "columns": self._columns(), **self._switch()}
        return self.page(self.template, context)

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of orders."""
        state = self.asked("state")
        since, until = self.asked_span()
        narrowed = OrderFilter(
            states=(OrderState(state),) if state else (),
            q=self.asked("q"),
            since=since,
            until=until,
            least_minor=self.asked_minor("least"),
            most_minor=self.asked_minor("most"),
            is_oldest_first=bool(self.asked("sort")),
        )
        return orders_of_shop(self.seat.shop.id, narrowed, cursor, limit)

    def rows(self, found: list[OrderFacts]) -> list[dict[str, Any]]:
        """Return orders as their rows show them."""
        return [order_row(order, self.now) for order in found]

    def sheet_rows(self, found: list[OrderFacts]) -> Iterable[Sequence[str]]:
        """Return orders as lines of the file."""
        return [sheet_row(order, self.seat.shop.timezone) for order in found]

    def chips(self) -> list[dict[str, Any]]:
        """Return the states that there are orders in, with how many."""
        counts = counts_by_state(self.seat.shop.id)
        there = [state for state in OrderState if counts.get(state)]
        return [
            self.chip(_("All"), "state", ""),
            *(
                self.chip(state_words("order", state).words, "state", state, counts[state])
                for state in there
            ),
        ]

    def empty(self) -> Empty:
        """Say where orders come from."""
        return Empty(
            "shopping-cart",
            _("No orders here"),
            _("Customers order inside the conversation. Send them a product to begin."),
            reverse("portal:inbox"),
            _("Open conversations"),
        )

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Add the way to the board."""
        return {"view": "list", **self._switch()}

    def _switch(self) -> dict[str, str]:
        return {
            "list_href": address_with(self.request, view=None, after=None),
            "board_href": address_with(self.request, view="board", after=None),
        }

    def _columns(self) -> list[dict[str, Any]]:
        shop_id = self.seat.shop.id
        counts = counts_by_state(shop_id)
        return [
            {
                "words": state_words("order", states[0].value).words,
                "count": sum(counts.get(state, 0) for state in states),
                "orders": [order_row(order, self.now) for order in found],
            }
            for states, found in zip(
                COLUMNS, orders_by_states(shop_id, COLUMNS, COLUMN_SIZE), strict=True
            )
        ]


class BulkOrders(BulkStep):
    """Takes one step with several orders; none that needs a reason."""

    roles = TALKERS
    list_url = "portal:orders"

    def steps(self) -> Mapping[str, Callable[[str], object]]:
        """Return the steps of an order that may be taken at once."""
        names: dict[str, Callable[..., object]] = {
            "accept": fulfilment.accept_order,
            "prepare": fulfilment.prepare_order,
            "ready": fulfilment.mark_ready,
            "ship": fulfilment.ship_order,
            "complete": fulfilment.complete_order,
        }

        def bound(service: Callable[..., object]) -> Callable[[str], object]:
            return lambda order_id: service(
                shop_id=self.seat.shop.id, order_id=order_id, actor=self.seat.person
            )

        return {verb: bound(service) for verb, service in names.items()}


def sheet_row(order: OrderFacts, zone: str) -> Sequence[str]:
    """Return an order as a line of the file."""
    return (
        str(order.number),
        order.public_id,
        in_zone(order.placed_at, zone),
        order.state.value,
        order.buyer.display_name,
        "; ".join(f"{line.quantity} x {line.name}" for line in order.lines),
        str(order.pieces),
        plain_amount(order.total),
        str(order.total.amount_minor),
        order.total.currency,
        in_zone(order.paid_at, zone) if order.paid_at else "",
        order.payment_ref,
        order.note,
        zone,
    )
