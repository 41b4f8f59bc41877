"""One payment: what happened to it, its lines in the books, and what it belongs to."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import NotFound
from core.money import Money
from merchants.portal.access import PROGRAMMERS, READERS, SELLERS, TALKERS
from merchants.portal.pages import Page
from merchants.portal.proposals import proposal_row
from merchants.portal.refunds import may_refund, refund_rows
from merchants.portal.words import ANY_FAILURE, FAILURES, state_words
from merchants.queries import orders
from merchants.queries.refund_proposals import proposals_of_payment
from merchants.queries.statement_words import KINDS
from payments.queries import shop as shop_queries
from payments.queries.bank_words import bank_words
from payments.queries.payment_details import PaymentDetail, payment_detail
from payments.queries.payments import PaymentSnapshot
from payments.queries.receipts import receipt_link
from payments.queries.shop import PayoutFacts
from payments.queries.waiting import why_waiting
from people.enums import ProofMethod
from people.queries import proof_methods


def payment_rows(found: Iterable[PaymentSnapshot], numbers: dict[str, int]) -> list[dict[str, Any]]:
    """Return payments as ``parts/payment_rows.html`` shows them; one query.

    Args:
        found: The payments.
        numbers: The shop's order numbers by public id of the order.
    """
    shown = list(found)
    methods = proof_methods(payment.id for payment in shown)
    return [
        {
            "id": payment.id,
            "at": payment.created_at,
            "customer": payment.payer.display_name,
            "reference": reference_of(payment, numbers),
            "method": confirmed_by(methods.get(payment.id)),
            "state": payment.state,
            "amount": payment.amount,
        }
        for payment in shown
    ]


def order_numbers(shop_id: int, found: Iterable[PaymentSnapshot]) -> dict[str, int]:
    """Return the numbers of the orders that some payments are for; one query for the page."""
    wanted = [each.demand_reference for each in found if each.demand_kind == "order"]
    return orders.numbers_of(shop_id, [reference for reference in wanted if reference])


class PaymentPage(Page):
    """One payment: what happened, in order, and its lines in the books."""

    section = "payments"
    roles = READERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show it, if it is this shop's."""
        detail = payment_detail(self.seat.shop.party_id, public_id)
        if detail is None:
            raise NotFound
        payment, sells = detail.payment, self.seat.is_one_of(SELLERS)
        context = {
            "payment": _payment_facts(detail),
            "failure": _failure(payment, self.now),
            "links": self._links(payment),
            "moves": [_move(each.to_state, each.at) for each in detail.moves],
            "refunds": refund_rows(detail.refunds),
            "events_href": f"{reverse('portal:events')}?ref={payment.id}"
            if self.seat.is_one_of(PROGRAMMERS)
            else "",
            "proposals": self._proposals(payment.id) if sells else [],
            "refund_href": reverse("portal:refund", args=[payment.id])
            if sells and may_refund(payment)
            else "",
            "dispute": {"id": detail.dispute_id} if sells and detail.dispute_id else None,
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

    def _proposals(self, payment_id: str) -> list[dict[str, Any]]:
        found = proposals_of_payment(self.seat.shop.id, payment_id, self.now)
        return [proposal_row(each, self.seat.membership) for each in found]

    def _links(self, payment: PaymentSnapshot) -> dict[str, Any]:
        shop, talks = self.seat.shop, self.seat.is_one_of(TALKERS)
        numbers = order_numbers(shop.id, [payment]) if talks else {}
        number = numbers.get(payment.demand_reference or "")
        # Nothing is paid out of what never came.
        is_sold = payment.completed_at is not None
        payout = shop_queries.payout_of_payment(shop.party_id, payment.id) if is_sold else None
        talk = payment.conversation_ref if talks else None
        return {
            "order": {"id": payment.demand_reference, "number": number} if number else None,
            "conversation_href": reverse("portal:conversation", args=[talk]) if talk else "",
            "payout": {"id": payout.id, "date": payout_date(payout)} if payout else None,
        }


def order_of_number(shop_id: int, q: str) -> str:
    """Return the public id of the order whose number is searched for, such as ``#12``."""
    number = q.removeprefix("#")
    is_one = number.isascii() and number.isdigit() and len(number) <= 9  # noqa: PLR2004 - int4.
    return orders.order_of_number(shop_id, int(number)) if is_one else ""


def reference_of(payment: PaymentSnapshot, numbers: dict[str, int]) -> str:
    """Say what a payment was for: the order's number, or the payer's note."""
    number = numbers.get(payment.demand_reference or "")
    return _("Order %(number)s") % {"number": number} if number else payment.note


def confirmed_by(method: str | None) -> str:
    """Say by what a customer confirmed a payment."""
    if method is None:
        return ""
    return _("Fingerprint or face") if method == ProofMethod.PASSKEY else _("PIN")


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
        "method": confirmed_by(proof_methods([payment.id]).get(payment.id)),
        "bank": step.bank if step else "",
        "bank_reference": step.bank_reference if step else "",
        "note": payment.note,
        "bank_words": bank_words(payment.id),
        "refund_words": bank_words(payment.id, is_refund=True) if detail.refunds else "",
        "receipt": receipt_link(payment.receipt_code),
    }


def _given_back(payment: PaymentSnapshot) -> Money:
    """Return what refunds take out of a payment, less the fee given back with them."""
    return payment.refunded + payment.refunding - payment.fee_refunded


def _failure(payment: PaymentSnapshot, moment: datetime) -> dict[str, Any] | None:
    """Say why a payment did not go through, or what keeps it waiting."""
    waiting = why_waiting(payment, moment)
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
        **told("payment", state),
        "at": at,
        "actor": actors.get(state, _("Bank")),
        "reason": "",
    }


def told(table: str, state: str) -> dict[str, Any]:
    """Return a state as a line of a timeline begins."""
    found = state_words(table, state)
    return {"title": found.words, "tone": found.tone, "symbol": found.icon}


def payout_date(payout: PayoutFacts, zone: ZoneInfo | None = None) -> date:
    """Return the day that a payout is for: the bank's, or that of its making by the shop's clock.

    Args:
        payout: The payout.
        zone: The shop's; without one the page's own, which a file that is streamed has no more.
    """
    return payout.value_date or timezone.localdate(payout.created_at, zone)
