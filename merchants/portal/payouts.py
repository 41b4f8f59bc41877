"""Payouts: what goes to the bank next, what went, and exactly what was in it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.errors import NotFound
from merchants.codes.amounts import plain_amount
from merchants.codes.sheets import in_zone
from merchants.portal.access import READERS
from merchants.portal.lists import Column, Empty, Fetched, Field, Listing, ListPage
from merchants.portal.money import order_numbers, payout_date, reference_of, told
from merchants.portal.words import ENTRIES, PAYOUT
from merchants.queries.shops import ShopFacts
from payments.queries import shop as shop_queries
from payments.queries.funding import PaidTo, paid_to
from payments.queries.payout_lines import (
    PayoutStory,
    payout_entries,
    payout_sales,
    payout_story,
)
from payments.queries.shop import PayoutFacts, PayoutFilter, PayoutItemFacts, Sums
from payments.queries.shop_figures import unsettled_and_back
from payments.services.settlement import next_cutoff

MOST_ENTRIES = 100
GROUPS = (
    ("on_the_way", gettext_lazy("On its way to your bank")),
    ("owed_again", gettext_lazy("Owed again")),
)
STATES = (("", gettext_lazy("All")), *((code, each.words) for code, each in PAYOUT.items()))


class PayoutsPage(ListPage):
    """What will be paid out next, and what was."""

    section = "payouts"
    roles = READERS
    name = "payouts"
    caption = gettext_lazy("Payouts")
    template = "payouts.html"
    row_template = "parts/rows/payout.html"
    fields = (
        Field(
            "state",
            gettext_lazy("State"),
            "choice",
            (*STATES, *GROUPS),
        ),
        Field("from", gettext_lazy("From"), "date"),
        Field("to", pgettext_lazy("last day", "To"), "date"),
    )
    columns = (
        Column(gettext_lazy("Date"), may_hide=False),
        Column(gettext_lazy("To")),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("Payments"), is_end=True),
        Column(gettext_lazy("Gross"), is_end=True),
        Column(gettext_lazy("Fee"), is_end=True),
        Column(gettext_lazy("Refunds and held"), is_end=True),
        Column(gettext_lazy("Net"), is_end=True),
    )
    sheet_head = (
        "id",
        "date",
        "state",
        "bank",
        "payments",
        "gross",
        "fee",
        "refunds",
        "held",
        "net",
        "net_minor",
        "currency",
        "batch",
        "bank_reference",
    )

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of payouts, newest first."""
        shop = self.seat.shop
        wanted = PayoutFilter(
            state=self.asked("state") or None,
            first_day=self.asked_day("from"),
            last_day=self.asked_day("to"),
            timezone=shop.timezone,
        )
        return shop_queries.shop_payouts(shop.party_id, cursor, limit, wanted)

    def rows(self, found: list[PayoutFacts]) -> list[dict[str, Any]]:
        """Return payouts as their rows show them."""
        return [_payout_row(each) for each in found]

    def sheet_rows(self, found: list[PayoutFacts]) -> Iterable[Sequence[str]]:
        """Return payouts as lines of the file; amounts with a point, and the net in minor units."""
        zone = ZoneInfo(self.seat.shop.timezone)
        return [_sheet_row(each, zone) for each in found]

    def empty(self) -> Empty:
        """Say what a payout is."""
        return _nothing_yet()

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Add what the next payout would be."""
        shop = self.seat.shop
        waiting, again = unsettled_and_back(shop.party_id, shop.currency)
        account = paid_to(shop.party_id)
        return {"coming": coming_payout(shop, self.now, waiting, account), "again": again}


class PayoutPage(ListPage):
    """One payout: gross less fee is net, and exactly the sales in it, also as a file."""

    section = "payouts"
    roles = READERS
    name = "payout_sales"
    caption = gettext_lazy("The payments in it")
    template = "payout.html"
    row_template = "parts/rows/payout_sale.html"
    foot_template = "parts/rows/payout_foot.html"
    columns = (
        Column(gettext_lazy("When")),
        Column(gettext_lazy("Customer"), may_hide=False),
        Column(gettext_lazy("Gross"), is_end=True),
        Column(gettext_lazy("Fee"), is_end=True),
        Column(gettext_lazy("Net"), is_end=True),
    )
    sheet_head = ("payment", "date", "customer", "gross", "fee", "net", "net_minor", "currency")
    story: PayoutStory

    def get(self, request: HttpRequest, public_id: str = "") -> HttpResponseBase:
        """Show it, if it is this shop's."""
        found = payout_story(self.seat.shop.party_id, public_id)
        if found is None:
            raise NotFound
        self.story = found
        return super().get(request)

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of its sales."""
        return payout_sales(self.story.payout.holder, cursor, limit)

    def rows(self, found: list[PayoutItemFacts]) -> list[dict[str, Any]]:
        """Return sales as their rows show them."""
        numbers = order_numbers(self.seat.shop.id, [item.payment for item in found])
        return [
            {
                "id": item.payment.id,
                "at": item.payment.completed_at or item.payment.created_at,
                "customer": item.payment.payer.display_name,
                "reference": reference_of(item.payment, numbers),
                "gross": item.gross,
                "fee": item.fee,
                "net": item.net,
            }
            for item in found
        ]

    def sheet_rows(self, found: list[PayoutItemFacts]) -> Iterable[Sequence[str]]:
        """Return sales as lines of the file."""
        return [_sale_row(item, self.seat.shop.timezone) for item in found]

    def empty(self) -> Empty:
        """Say the same as the list of payouts; none is made without a sale in it."""
        return _nothing_yet()

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Add the equation, what else it took along, and its history."""
        payout = self.story.payout
        entries, more = payout_entries(payout.holder, None, MOST_ENTRIES)
        return {
            "payout": {
                **_payout_row(payout),
                "batch": payout.batch or "",
                "reference": payout.bank_reference,
                "reason": payout.reason,
                "sold": payout.gross - payout.fee,
            },
            "entries": [
                {
                    "words": ENTRIES.get(each.kind, each.kind),
                    "payment": each.payment_id,
                    "at": each.at,
                    "taken": each.taken,
                }
                for each in entries
            ],
            "has_more_entries": more is not None,
            "moves": [
                {**told("payout", to_state), "at": at, "actor": "", "reason": ""}
                for _from_state, to_state, at in self.story.moves
            ],
        }


def coming_payout(
    shop: ShopFacts, moment: datetime, waiting: Sums, account: PaidTo | None
) -> dict[str, Any] | None:
    """Return what the next payout would be as of now, or None without an account or anything owed.

    Args:
        shop: The shop.
        moment: Business time.
        waiting: Its sales that no payout holds yet.
        account: Where it is paid out to.
    """
    if account is None or not (waiting.count or waiting.net):
        return None
    cutoff = next_cutoff(bank=account.bank, moment=moment)
    if cutoff is None:
        return None
    return {
        "gross": waiting.gross,
        "fee": waiting.fee,
        "refunds": waiting.refunds,
        "held": waiting.held,
        "net": waiting.net,
        "count": waiting.count,
        "date": cutoff.astimezone(ZoneInfo(shop.timezone)).date(),
        "cutoff": cutoff,
        "bank": f"{account.bank_name} ••{account.last4}",
    }


def _nothing_yet() -> Empty:
    return Empty(
        "building-bank",
        _("No payouts yet"),
        _("What customers pay today is sent to your bank at its next cutoff."),
    )


def _payout_row(payout: PayoutFacts) -> dict[str, Any]:
    return {
        "id": payout.id,
        "date": payout_date(payout),
        "bank": f"{payout.bank} ••{payout.account_last4}",
        "state": payout.state,
        "gross": payout.gross,
        "fee": payout.fee,
        "refunds": payout.refunds,
        "held": payout.held,
        "taken": payout.refunds + payout.held,
        "net": payout.net,
        "count": payout.payment_count,
    }


def _sheet_row(payout: PayoutFacts, zone: ZoneInfo) -> Sequence[str]:
    amounts = (payout.gross, payout.fee, payout.refunds, payout.held, payout.net)
    return (
        payout.id,
        payout_date(payout, zone).isoformat(),
        payout.state,
        f"{payout.bank} {payout.account_last4}",
        str(payout.payment_count),
        *(plain_amount(each) for each in amounts),
        str(payout.net.amount_minor),
        payout.net.currency,
        payout.batch or "",
        payout.bank_reference,
    )


def _sale_row(item: PayoutItemFacts, zone: str) -> Sequence[str]:
    payment = item.payment
    return (
        payment.id,
        in_zone(payment.completed_at or payment.created_at, zone),
        payment.payer.display_name,
        *(plain_amount(each) for each in (item.gross, item.fee, item.net)),
        str(item.net.amount_minor),
        item.net.currency,
    )
