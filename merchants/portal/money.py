"""Payments and payouts: what came in, what goes to the bank, and how the two add up."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.clock import business_now
from core.errors import NotFound
from core.money import Money
from merchants.portal.access import READERS
from merchants.portal.pages import Page, address_with
from merchants.portal.refunds import may_refund, refund_rows
from merchants.portal.words import ANY_FAILURE, ENTRIES, FAILURES, KINDS, state_words
from merchants.queries.orders import OrderFilter, orders_of_shop
from payments.queries import payments as payment_queries
from payments.queries import shop as shop_queries
from payments.queries.countries import bank_by_slug
from payments.queries.funding import payout_account_of
from payments.queries.payments import PaymentDetail, PaymentFilter, PaymentSnapshot
from payments.queries.receipts import receipt_link
from payments.queries.shop import PayoutDetail, PayoutFacts
from payments.queries.waiting import why_waiting
from payments.services.settlement import next_cutoff

PAGE_SIZE = 30
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


def payment_rows(found: Iterable[PaymentSnapshot], numbers: dict[str, int]) -> list[dict[str, Any]]:
    """Return payments as ``parts/payment_rows.html`` shows them.

    Args:
        found: The payments.
        numbers: The shop's order numbers by public id of the order.
    """
    return [
        {
            "id": payment.id,
            "at": payment.created_at,
            "customer": payment.payer.display_name,
            "reference": _reference(payment, numbers),
            "method": _("PIN"),
            "state": payment.state,
            "amount": payment.amount,
        }
        for payment in found
    ]


def order_numbers(shop_id: int, found: Iterable[PaymentSnapshot]) -> dict[str, int]:
    """Return the numbers of the orders that some payments are for; one query for the page."""
    wanted = [each.demand_reference for each in found if each.demand_kind == "order"]
    return numbers_of(shop_id, [reference for reference in wanted if reference])


class PaymentsPage(Page):
    """The list of payments, with filters that live in the address."""

    section = "payments"
    roles = READERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show one page of it."""
        query = self.request.GET
        wanted = self._wanted()
        found, following = shop_queries.shop_payments(
            self.seat.shop.party_id, wanted, query.get("after"), PAGE_SIZE
        )
        is_filtered = any(query.get(name) for name in ("state", "q", "from", "to"))
        context = {
            "filters": self._filters(query.get("state", "")),
            "chosen": {
                "q": query.get("q", ""),
                "from_date": query.get("from", ""),
                "to_date": query.get("to", ""),
                "state": query.get("state", ""),
            },
            "sums": self._sums(wanted),
            "payments": payment_rows(found, order_numbers(self.seat.shop.id, found)),
            "next_href": address_with(self.request, after=following) if following else "",
            "is_filtered": is_filtered,
        }
        return self.page("payments.html", context)

    def _wanted(self) -> PaymentFilter:
        """Return what the address asks for; completed ones count on their day of completion."""
        query = self.request.GET
        state, q = query.get("state", ""), query.get("q", "").strip()
        return PaymentFilter(
            state=None if state == "completed" else state or None,
            is_sale=state == "completed",
            direction="received",
            text=order_of_number(self.seat.shop.id, q) or q or None,
            first_day=_day(query.get("from", "")),
            last_day=_day(query.get("to", "")),
            timezone=self.seat.shop.timezone,
        )

    def _sums(self, wanted: PaymentFilter) -> dict[str, Any] | None:
        """Return what the list adds up to, where it holds sales only."""
        if not wanted.is_sale:
            return None
        sums = shop_queries.shop_sums(self.seat.shop.party_id, wanted)
        return {
            "count": sums.count,
            "gross": sums.gross,
            "fee": sums.fee,
            "refunds": sums.refunds,
            "net": sums.net,
        }

    def _filters(self, state: str) -> list[dict[str, Any]]:
        everything = {
            "words": _("All"),
            "href": address_with(self.request, state=None, after=None),
            "count": None,
            "current": not state,
        }
        return [
            everything,
            *(
                {
                    "words": state_words("payment", code).words,
                    "href": address_with(self.request, state=code, after=None),
                    "count": None,
                    "current": state == code,
                }
                for code in STATES
            ),
        ]


class PaymentPage(Page):
    """One payment: what happened, in order, and its lines in the books."""

    section = "payments"
    roles = READERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show it, if it is this shop's."""
        detail = payment_queries.payment_detail(self.seat.shop.party_id, public_id)
        if detail is None:
            raise NotFound
        payment = detail.payment
        context = {
            "payment": _payment_facts(detail),
            "failure": _failure(payment),
            "links": self._links(payment),
            "moves": [_move(each.to_state, each.at) for each in detail.moves],
            "refunds": refund_rows(detail.refunds),
            "refund_href": reverse("portal:refund", args=[payment.id])
            if may_refund(payment)
            else "",
            "dispute": {"id": detail.dispute_id} if detail.dispute_id else None,
            "journal": [
                {
                    "at": line.at,
                    "kind": KINDS.get(line.kind, line.kind),
                    "debit": line.debit,
                    "credit": line.credit,
                    "amount": line.amount,
                }
                for line in detail.lines
            ],
        }
        return self.page("payment.html", context)

    def _links(self, payment: PaymentSnapshot) -> dict[str, Any]:
        shop = self.seat.shop
        number = order_numbers(shop.id, [payment]).get(payment.demand_reference or "")
        payout = shop_queries.payout_of_payment(shop.party_id, payment.id)
        talk = payment.conversation_ref
        return {
            "order": {"id": payment.demand_reference, "number": number} if number else None,
            "conversation_href": reverse("portal:conversation", args=[talk]) if talk else "",
            "payout": {"id": payout.id, "date": _date_of(payout)} if payout else None,
        }


class PayoutsPage(Page):
    """What will be paid out next, and what was."""

    section = "payouts"
    roles = READERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show one page of payouts."""
        shop = self.seat.shop
        found, following = shop_queries.shop_payouts(
            shop.party_id, self.request.GET.get("after"), PAGE_SIZE
        )
        context = {
            "coming": coming_payout(shop.party_id, shop.timezone),
            "payouts": [_payout_row(each) for each in found],
            "next_href": address_with(self.request, after=following) if following else "",
        }
        return self.page("payouts.html", context)


class PayoutPage(Page):
    """One payout: gross less fee is net, and exactly the sales in it."""

    section = "payouts"
    roles = READERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show it, if it is this shop's."""
        detail = shop_queries.payout_detail(self.seat.shop.party_id, public_id)
        if detail is None:
            raise NotFound
        return self.page("payout.html", self._context(detail))

    def _context(self, detail: PayoutDetail) -> dict[str, Any]:
        payout = detail.payout
        numbers = order_numbers(self.seat.shop.id, [item.payment for item in detail.items])
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
                for each in detail.entries
            ],
            "payments": [
                {
                    "id": item.payment.id,
                    "at": item.payment.completed_at or item.payment.created_at,
                    "customer": item.payment.payer.display_name,
                    "reference": _reference(item.payment, numbers),
                    "gross": item.gross,
                    "fee": item.fee,
                    "net": item.net,
                }
                for item in detail.items
            ],
            "next_href": "",
            "moves": [
                {**_told("payout", to_state), "at": at, "actor": "", "reason": ""}
                for _from_state, to_state, at in detail.moves
            ],
        }


def coming_payout(party_id: int, timezone: str) -> dict[str, Any] | None:
    """Return what the next payout would be as of now, or None without sales or an account."""
    waiting = shop_queries.unsettled(party_id)
    account = payout_account_of(party_id)
    if account is None or waiting.count == 0:
        return None
    cutoff = next_cutoff(bank=account.bank, moment=business_now())
    if cutoff is None:
        return None
    bank = bank_by_slug(account.bank)
    return {
        "gross": waiting.gross,
        "fee": waiting.fee,
        "refunds": waiting.refunds,
        "held": waiting.held,
        "net": waiting.net,
        "count": waiting.count,
        "date": cutoff.astimezone(ZoneInfo(timezone)).date(),
        "cutoff": cutoff,
        "bank": f"{bank.name if bank else account.bank} ••{account.last4}",
    }


def order_of_number(shop_id: int, q: str) -> str:
    """Return the public id of the order whose number is searched for, such as ``#12``."""
    if not q.removeprefix("#").isdecimal():
        return ""
    found, _following = orders_of_shop(shop_id, OrderFilter(q=q), None, 1)
    return found[0].public_id if found else ""


def numbers_of(shop_id: int, references: list[str]) -> dict[str, int]:
    """Return the numbers of some of the shop's orders by their public ids."""
    if not references:
        return {}
    found, _following = orders_of_shop(
        shop_id, OrderFilter(public_ids=tuple(references)), None, len(references)
    )
    return {order.public_id: order.number for order in found}


def _reference(payment: PaymentSnapshot, numbers: dict[str, int]) -> str:
    number = numbers.get(payment.demand_reference or "")
    return _("Order %(number)s") % {"number": number} if number else payment.note


def _payment_facts(detail: PaymentDetail) -> dict[str, Any]:
    payment = detail.payment
    step = next((each for each in detail.steps if each.bank), None)
    return {
        "id": payment.id,
        "state": payment.state,
        "amount": payment.amount,
        "fee": payment.fee,
        "refunds": _given_back(payment),
        "net": payment.amount - payment.fee - _given_back(payment),
        "at": payment.created_at,
        "completed_at": payment.completed_at,
        "customer": payment.payer.display_name,
        "customer_document": payment.payer.masked_legal_name or "",
        "method": _("PIN and the customer's own device"),
        "bank": step.bank if step else "",
        "bank_reference": step.bank_reference if step else "",
        "note": payment.note,
        "receipt": receipt_link(payment.receipt_code),
    }


def _given_back(payment: PaymentSnapshot) -> Money:
    """Return what refunds take out of a payment, less the fee given back with them."""
    return payment.refunded + payment.refunding - payment.fee_refunded


def _failure(payment: PaymentSnapshot) -> dict[str, Any] | None:
    """Say why a payment did not go through, or what keeps it waiting."""
    waiting = why_waiting(payment)
    if waiting is not None:
        return {"title": _("This payment is held up"), "text": waiting.detail}
    if payment.state != "failed":
        return None
    title, text = FAILURES.get(payment.failure_code or "", ANY_FAILURE)
    return {"title": title, "text": text}


def _move(state: str, at: object) -> dict[str, Any]:
    actors = {
        "authorized": _("Customer"),
        "cancelled": _("Customer"),
        "disputed": _("Customer"),
    }
    return {
        **_told("payment", state),
        "at": at,
        "actor": actors.get(state, _("Bank")),
        "reason": "",
    }


def _told(table: str, state: str) -> dict[str, Any]:
    found = state_words(table, state)
    return {"title": found.words, "tone": found.tone, "symbol": found.icon}


def _payout_row(payout: PayoutFacts) -> dict[str, Any]:
    return {
        "id": payout.id,
        "date": _date_of(payout),
        "bank": f"{payout.bank} ••{payout.account_last4}",
        "state": payout.state,
        "gross": payout.gross,
        "fee": payout.fee,
        "refunds": payout.refunds,
        "held": payout.held,
        "net": payout.net,
        "count": payout.payment_count,
    }


def _date_of(payout: PayoutFacts) -> date:
    return payout.value_date or payout.created_at.date()


def _day(text: str) -> date | None:
    """Read a day of the address; what is no day is left out."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
