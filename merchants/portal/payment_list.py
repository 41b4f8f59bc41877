"""The list of payments, and what it adds up to."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from merchants.codes.amounts import plain_amount
from merchants.codes.sheets import in_zone
from merchants.portal.access import READERS
from merchants.portal.lists import (
    ALL,
    ORDERS,
    Choices,
    Column,
    Empty,
    Fetched,
    Field,
    Listing,
    ListPage,
)
from merchants.portal.money import order_numbers, order_of_number, payment_rows, reference_of
from merchants.portal.team import member_choices
from merchants.portal.words import WAYS, state_words
from merchants.queries.askers import asked_by_link, asked_by_member
from merchants.queries.teams import MemberFacts, everybody_of
from payments.queries import shop as shop_queries
from payments.queries.payments import PaymentFilter, PaymentSnapshot
from people.enums import ProofMethod
from people.queries import proof_methods

STATES = (
    "completed",
    "processing",
    "unknown",
    "failed",
    "partially_refunded",
    "refunded",
    "disputed",
    "returned",
)
BY = (ALL, *WAYS.items())
CONFIRMED = (
    ALL,
    (ProofMethod.PIN.value, gettext_lazy("PIN")),
    (ProofMethod.PASSKEY.value, gettext_lazy("Fingerprint or face")),
)
DIRECT = {"direct": ""}
"""What the address says for payments that nothing asked for."""


class PaymentsPage(ListPage):
    """The list of payments; completed ones count on their day of completion."""

    section = "payments"
    roles = READERS
    name = "payments"
    caption = gettext_lazy("Payments")
    template = "payments.html"
    row_template = "parts/rows/payment.html"
    carried = ("state",)
    known: ClassVar = {"state": STATES}
    fields = (
        Field("q", gettext_lazy("Customer, order or payment id"), is_wide=True),
        Field("from", gettext_lazy("From"), "date"),
        Field("to", pgettext_lazy("last day", "To"), "date"),
        Field("least", gettext_lazy("At least"), "text"),
        Field("most", gettext_lazy("At most"), "text"),
        Field("by", gettext_lazy("How it came"), "choice", BY),
        Field("link", gettext_lazy("Payment link"), "text"),
        Field("member", gettext_lazy("Asked for by"), "choice"),
        Field("confirmed", gettext_lazy("Confirmed by"), "choice", CONFIRMED),
        Field("sort", gettext_lazy("Order"), "choice", ORDERS),
    )
    columns = (
        Column(gettext_lazy("When")),
        Column(gettext_lazy("Customer"), may_hide=False),
        Column(gettext_lazy("Confirmed by")),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("Amount"), is_end=True),
    )
    sheet_head = (
        "id",
        "created_at",
        "completed_at",
        "state",
        "customer",
        "reference",
        "amount",
        "fee",
        "refunds",
        "net",
        "amount_minor",
        "currency",
        "time_zone",
        "confirmed_by",
    )

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of payments."""
        return shop_queries.shop_payments(self.seat.shop.party_id, self._wanted, cursor, limit)

    def choices_now(self) -> Mapping[str, Choices]:
        """Return those who may have asked for money: also who left the team."""
        return {"member": member_choices(self._team)}

    def rows(self, found: list[PaymentSnapshot]) -> list[dict[str, Any]]:
        """Return payments as their rows show them."""
        return payment_rows(found, order_numbers(self.seat.shop.id, found))

    def sheet_rows(self, found: list[PaymentSnapshot]) -> Iterable[Sequence[str]]:
        """Return payments as lines of the file."""
        numbers = order_numbers(self.seat.shop.id, found)
        methods, zone = proof_methods(each.id for each in found), self.seat.shop.timezone
        return [
            (*_sheet_row(each, reference_of(each, numbers), zone), methods.get(each.id, ""))
            for each in found
        ]

    def chips(self) -> list[dict[str, Any]]:
        """Return the states, one press each."""
        states = [self.chip(state_words("payment", code).words, "state", code) for code in STATES]
        return [self.chip(_("All"), "state", ""), *states]

    def empty(self) -> Empty:
        """Say where payments come from."""
        return Empty(
            "credit-card",
            _("No payments yet"),
            _("The first one appears here the moment a customer confirms it in the chat."),
        )

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Return what the list adds up to, where it holds sales only."""
        wanted = self._wanted
        if not wanted.is_sale:
            return {"sums": None}
        sums = shop_queries.shop_sums(self.seat.shop.party_id, wanted, self.seat.shop.currency)
        names = ("count", "gross", "fee", "refunds", "net")
        return {"sums": {name: getattr(sums, name) for name in names}}

    @cached_property
    def _wanted(self) -> PaymentFilter:
        state, q = self.asked("state"), self.asked("q")
        return PaymentFilter(
            state=None if state == "completed" else state or None,
            is_sale=state == "completed",
            direction="received",
            demand_kind=DIRECT.get(self.asked("by"), self.asked("by") or None),
            asked=self._asked_for(),
            method=self.asked("confirmed") or None,
            text=order_of_number(self.seat.shop.id, q) or q or None,
            first_day=self.asked_day("from"),
            last_day=self.asked_day("to"),
            timezone=self.seat.shop.timezone,
            least_minor=self.asked_minor("least"),
            most_minor=self.asked_minor("most"),
            is_oldest_first=bool(self.asked("sort")),
        )

    @cached_property
    def _team(self) -> list[MemberFacts]:
        return everybody_of(self.seat.shop.id)

    def _asked_for(self) -> Q | None:
        """Return what is asked of the link and of the member of staff, if anything is."""
        shop_id, found = self.seat.shop.id, Q()
        if self.asked("link"):
            found &= asked_by_link(shop_id, self.asked("link"))
        for each in self._team:
            if str(each.person_id) == self.asked("member"):
                found &= asked_by_member(shop_id, each.person_id, each.raw_login)
        return found or None


def _sheet_row(payment: PaymentSnapshot, reference: str, zone: str) -> Sequence[str]:
    back = payment.refunded + payment.refunding - payment.fee_refunded
    net = payment.amount - payment.fee - back
    done = payment.completed_at
    return (
        payment.id,
        in_zone(payment.created_at, zone),
        in_zone(done, zone) if done else "",
        payment.state,
        payment.payer.display_name,
        reference,
        plain_amount(payment.amount),
        plain_amount(payment.fee),
        plain_amount(back),
        plain_amount(net) if done else "",
        str(payment.amount.amount_minor),
        payment.amount.currency,
        zone,
    )
