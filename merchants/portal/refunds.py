"""Giving money back: the sheet of a payment, with the second factor asked for again."""

from secrets import token_urlsafe
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from core.money import Money
from merchants.codes.amounts import read_amount
from merchants.enums import ProposalState
from merchants.portal.access import SELLERS
from merchants.portal.amount_form import AmountForm
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.step_up import StepUpForm
from merchants.portal.words import REFUND_REASONS
from merchants.services.refund_proposals import propose_refund
from merchants.services.refunds import refund_sale
from payments.queries.payment_details import payment_detail
from payments.queries.payments import PaymentSnapshot
from payments.queries.refunds import RefundFacts, is_asked_for
from payments.services.refunds import LONGEST_NOTE, RefundWish

REFUNDABLE = ("completed", "partially_refunded")
CHOICES = [(code, words) for code, words in REFUND_REASONS.items() if code != "dispute_lost"]


class RefundForm(AmountForm, StepUpForm):
    """How much, why, and who says so: the code of the authenticator works once."""

    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Leave it empty to give back all that is left."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=CHOICES)
    note = forms.CharField(
        label=gettext_lazy("Note, shown to the customer"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    key = forms.SlugField(max_length=64, widget=forms.HiddenInput)

    field_order = ("amount", "reason", "note", "code", "key")


class RefundPage(Page):
    """The sheet: what a refund of this payment would be, and the form that begins it."""

    section = "payments"
    roles = SELLERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show it, if the payment is this shop's and something is left to give back."""
        payment = self._payment(public_id)
        if not may_refund(payment):
            return self.go("payment", public_id)
        asked = self.request.GET.get("amount", "")[:20]
        initial = {"key": token_urlsafe(16), "amount": asked}
        return self._show(payment, RefundForm(initial=initial, currency=payment.amount.currency))

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Begin the refund on a fresh code; what was begun under the form's key stands."""
        payment = self._payment(public_id)
        form = RefundForm(self.request.POST, currency=payment.amount.currency)
        key = self.request.POST.get("key", "")
        if self.request.POST.get("verb") == "ask":
            return self._ask(payment, form)
        if is_asked_for(self.seat.shop.party_id, public_id, key):
            said = _(
                "This form was sent before. What it began is shown here; open it anew for more."
            )
            messages.info(self.request, said)
            return self.go("payment", public_id)
        if not form.is_valid():
            return self._show(payment, form, http_status=REFUSED)
        if not form.is_proven_on(self):
            return self._show(payment, form, http_status=REFUSED)
        return self._begin(payment, form)

    def _begin(self, payment: PaymentSnapshot, form: RefundForm) -> HttpResponse:
        try:
            refund_sale(
                person=self.seat.person, shop_id=self.seat.shop.id, wish=_wish(payment, form)
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(payment, form, http_status=REFUSED)
        self.done(_("The refund is on its way to the customer's bank."))
        return self.go("payment", payment.id)

    def _ask(self, payment: PaymentSnapshot, form: RefundForm) -> HttpResponse:
        """Have it wait for somebody who may give it back; no money moves, so no code is asked."""
        form.fields["code"].required = False
        if not form.is_valid():
            return self._show(payment, form, http_status=REFUSED)
        try:
            asked = propose_refund(
                person=self.seat.person, shop_id=self.seat.shop.id, wish=_wish(payment, form)
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(payment, form, http_status=REFUSED)
        if asked.state == ProposalState.OPEN:
            self.done(_("Asked. Whoever may give it back is told."))
        return self.go("refund_proposal", asked.public_id)

    def _payment(self, public_id: str) -> PaymentSnapshot:
        detail = payment_detail(self.seat.shop.party_id, public_id)
        if detail is None or detail.payment.payee.id != self.seat.shop.party_id:
            raise NotFound
        return detail.payment

    def _show(
        self, payment: PaymentSnapshot, form: RefundForm, *, http_status: int = 200
    ) -> HttpResponse:
        rest = rest_of(payment)
        fee = payment.fee - payment.fee_refunded
        seat = self.seat
        context = {
            "form": form,
            "payment": {
                "id": payment.id,
                "customer": payment.payer.display_name,
                "amount": payment.amount,
                "given": payment.refunded + payment.refunding,
                "rest": rest,
                "fee": fee,
                "net": rest - fee,
            },
            "limit": seat.membership.refund_limit,
            "asked": _asked(str(form["amount"].value() or ""), rest),
        }
        return self.page("refund.html", context, http_status=http_status)


def _asked(said: str, rest: Money) -> Money | None:
    """Return what would be given back, to be said in words; None for no amount, or too much."""
    amount = read_amount(said, rest.currency) if said.strip() else rest
    return amount if amount and amount.amount_minor <= rest.amount_minor else None


def _wish(payment: PaymentSnapshot, form: RefundForm) -> RefundWish:
    facts = form.cleaned_data
    return RefundWish(payment.id, facts["amount"], facts["reason"], facts["note"], facts["key"])


def rest_of(payment: PaymentSnapshot) -> Money:
    """Return what is left to give back."""
    return payment.amount - payment.refunded - payment.refunding


def may_refund(payment: PaymentSnapshot) -> bool:
    """Tell whether something of a payment can be given back now."""
    is_sale = payment.kind == "purchase" and payment.state in REFUNDABLE
    return is_sale and bool(rest_of(payment))


def refund_rows(refunds: tuple[RefundFacts, ...]) -> list[dict[str, Any]]:
    """Return a payment's refunds as its page shows them."""
    return [
        {
            "id": each.id,
            "at": each.created_at,
            "state": each.state,
            "reason": REFUND_REASONS.get(each.reason, each.reason),
            "note": each.note,
            "amount": each.amount,
            "fee": each.fee,
        }
        for each in refunds
    ]
