"""Disputes: what customers say is wrong, until when to answer, and the answer, given once."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.errors import NotFound, TrocoError
from merchants.codes.amounts import plain_amount
from merchants.portal.access import SELLERS
from merchants.portal.lists import Column, Empty, Fetched, ListPage
from merchants.portal.pages import REFUSED, Page, reason_of, see_other
from merchants.portal.words import DISPUTE_KINDS, DISPUTE_REASONS, EVIDENCE, state_words
from merchants.queries.dispute_papers import papers_of_dispute
from merchants.services.dispute_papers import LONGEST_SHOWS
from payments.queries.disputes import (
    DisputeDetail,
    DisputeFacts,
    dispute_detail,
    disputes_listed,
    is_open,
)
from payments.services.disputes import LONGEST_TEXT, MOST_EVIDENCE, answer_dispute

SOON = timedelta(days=2)


class AnswerForm(forms.Form):
    """What the shop says."""

    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    evidence = forms.CharField(
        label=gettext_lazy("References"),
        required=False,
        help_text=gettext_lazy("One a line: tracking numbers, order numbers, names of papers."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_evidence(self) -> list[str]:
        """Take each line as one reference."""
        lines = [line.strip() for line in self.cleaned_data["evidence"].splitlines()]
        found = [line for line in lines if line]
        if len(found) > MOST_EVIDENCE:
            raise forms.ValidationError(_("At most ten lines."))
        return found


class PaperForm(forms.Form):
    """A paper of the answer, and what it shows."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("A PDF, or a picture: JPEG, PNG or WebP. At most 5 MB."),
    )
    shows = forms.CharField(
        label=gettext_lazy("What it shows"), max_length=LONGEST_SHOWS, required=False
    )


class DisputesPage(ListPage):
    """The open disputes by deadline, then the decided ones, newest first."""

    section = "disputes"
    roles = SELLERS
    name = "disputes"
    caption = gettext_lazy("Disputes")
    template = "disputes.html"
    row_template = "parts/rows/dispute.html"
    carried = ("show",)
    known: ClassVar = {"show": ("mine", "held", "over")}
    columns = (
        Column(gettext_lazy("Customer"), may_hide=False),
        Column(gettext_lazy("Kind")),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("Until")),
        Column(gettext_lazy("On hold"), is_end=True),
        Column(gettext_lazy("Disputed"), is_end=True),
    )
    sheet_head = (
        *("id", "opened_at", "state", "kind", "reason", "payment", "customer"),
        *("amount", "held", "amount_minor", "currency", "answer_by", "closed_at"),
    )

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of what the address asks for."""
        return disputes_listed(self.seat.shop.party_id, self.asked("show"), cursor, limit)

    def rows(self, found: list[DisputeFacts]) -> list[dict[str, Any]]:
        """Return disputes as their rows show them."""
        return [_row(each, self.now) for each in found]

    def sheet_rows(self, found: list[DisputeFacts]) -> Iterable[Sequence[str]]:
        """Return disputes as lines of the file."""
        return [_sheet_row(each) for each in found]

    def chips(self) -> list[dict[str, Any]]:
        """Return the choices: all, what waits for this shop, what holds money, what is decided."""
        return [
            self.chip(_("All"), "show", ""),
            self.chip(state_words("dispute", "evidence_due").words, "show", "mine"),
            self.chip(_("Holding money"), "show", "held"),
            self.chip(_("Over"), "show", "over"),
        ]

    def empty(self) -> Empty:
        """Say what a dispute is."""
        return Empty(
            "shield-check",
            _("No disputes"),
            _(
                "When a customer disputes a payment, it appears here with the time you have to"
                " answer."
            ),
        )


class DisputePage(Page):
    """One dispute: what is held and why, what was said, and the form of the answer."""

    section = "disputes"
    roles = SELLERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show it, if it is against this shop."""
        detail = self.detail(public_id)
        return self.show(detail, form_of(detail))

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Save the draft, or submit it for good."""
        detail = self.detail(public_id)
        form = AnswerForm(self.request.POST)
        is_last = self.request.POST.get("verb") == "submit"
        if form.is_valid():
            facts = form.cleaned_data
            if is_last and not facts["text"].strip():
                form.add_error("text", _("Say something before you submit."))
                return self.show(detail, form, http_status=REFUSED)
            try:
                answer_dispute(
                    person=self.seat.person,
                    party_id=self.seat.shop.party_id,
                    dispute_id=public_id,
                    text=facts["text"],
                    evidence=facts["evidence"],
                    submit=is_last,
                )
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                if self.request.POST.get("verb") == "preview":
                    return see_other(f"{reverse('portal:dispute', args=[public_id])}?preview=yes")
                self.done(_("Submitted.") if is_last else _("The draft is saved."))
                return self.go("dispute", public_id)
        return self.show(detail, form, http_status=REFUSED)

    def detail(self, public_id: str) -> DisputeDetail:
        """Return the dispute, if it is against this shop.

        Raises:
            NotFound: It is not.
        """
        detail = dispute_detail(self.seat.shop.party_id, public_id)
        if detail is None or detail.dispute.payment.payee.id != self.seat.shop.party_id:
            raise NotFound
        return detail

    def _papers(self, dispute_id: str) -> list[dict[str, Any]]:
        return [
            {
                "name": each.name,
                "shows": each.shows,
                "is_picture": each.is_picture,
                "at": each.sent_at,
                "href": reverse("portal:dispute_paper", args=[dispute_id, each.id]),
            }
            for each in papers_of_dispute(self.seat.shop.id, dispute_id)
        ]

    def show(
        self,
        detail: DisputeDetail,
        form: AnswerForm,
        *,
        paper_form: PaperForm | None = None,
        http_status: int = 200,
    ) -> HttpResponse:
        """Show the dispute; its draft as whoever decides will read it, where that is asked for."""
        dispute, answer = detail.dispute, detail.answer
        may_answer = dispute.state == "evidence_due"
        context = {
            "dispute": {
                **_row(dispute, self.now),
                "text": dispute.text,
                "evidence": dispute.evidence,
                "payment": dispute.payment.id,
                "amount": dispute.amount,
                "decision": dispute.decision_reason,
                "return_by": dispute.return_by,
            },
            "answer": {"text": answer.text, "evidence": answer.evidence, "at": answer.submitted_at}
            if answer and answer.submitted_at
            else None,
            "papers": self._papers(dispute.id),
            "paper_form": (paper_form or PaperForm()) if may_answer else None,
            "preview": _preview(detail) if self.request.GET.get("preview") else None,
            "saved_at": answer.saved_at if answer and may_answer else None,
            "form": form if may_answer else None,
            "checklist": EVIDENCE.get(dispute.reason, ()),
            "moves": [_move(dispute, state, at) for state, at in detail.moves],
        }
        return self.page("dispute.html", context, http_status=http_status)


def _preview(detail: DisputeDetail) -> dict[str, Any] | None:
    """Return what would be submitted; nothing where nothing is said yet, or it is over."""
    answer = detail.answer
    if detail.dispute.state != "evidence_due" or answer is None or not answer.text:
        return None
    return {"text": answer.text, "evidence": answer.evidence}


def form_of(detail: DisputeDetail) -> AnswerForm:
    """Return the form of an answer, with what the draft says."""
    answer = detail.answer
    if answer is None:
        return AnswerForm()
    return AnswerForm(initial={"text": answer.text, "evidence": "\n".join(answer.evidence)})


def _row(dispute: DisputeFacts, now: datetime) -> dict[str, Any]:
    until = dispute.answer_by if dispute.state == "evidence_due" else dispute.decide_by
    return {
        "id": dispute.id,
        "state": dispute.state,
        "customer": dispute.payment.payer.display_name,
        "reason": DISPUTE_REASONS.get(dispute.reason, dispute.reason),
        "kind": DISPUTE_KINDS.get(dispute.kind, dispute.kind),
        "decider": _("The card's issuer") if dispute.kind == "chargeback" else _("Troco"),
        "if_silent": _("Without an answer the money stays with the customer.")
        if dispute.kind == "chargeback" and dispute.state == "evidence_due"
        else "",
        "at": dispute.created_at,
        "until": until if is_open(dispute) else None,
        "left": left_words(until, now) if is_open(dispute) else "",
        "is_mine": dispute.state == "evidence_due",
        "is_soon": dispute.state == "evidence_due" and until is not None and until - now < SOON,
        "amount": dispute.amount,
        "held": dispute.held,
        "short": dispute.short,
    }


def _sheet_row(dispute: DisputeFacts) -> Sequence[str]:
    return (
        dispute.id,
        dispute.created_at.isoformat(),
        dispute.state,
        dispute.kind,
        dispute.reason,
        dispute.payment.id,
        dispute.payment.payer.display_name,
        plain_amount(dispute.amount),
        plain_amount(dispute.held),
        str(dispute.amount.amount_minor),
        dispute.amount.currency,
        dispute.answer_by.isoformat() if dispute.answer_by else "",
        dispute.closed_at.isoformat() if dispute.closed_at else "",
    )


def left_words(until: datetime | None, now: datetime) -> str:
    """Say how long there is until a deadline."""
    if until is None:
        return ""
    hours = int((until - now).total_seconds() // 3600)
    if hours < 0:
        return _("over")
    if hours < 48:  # noqa: PLR2004 - Two days are told in hours.
        return ngettext("%(n)s hour left", "%(n)s hours left", hours) % {"n": hours}
    return ngettext("%(n)s day left", "%(n)s days left", hours // 24) % {"n": hours // 24}


def _move(dispute: DisputeFacts, state: str, at: datetime) -> dict[str, Any]:
    is_issuers = dispute.kind == "chargeback"
    opener = _("The card's issuer") if is_issuers else _("Customer")
    decider = _("The card's issuer") if is_issuers else _("Troco")
    actors = {"opened": opener, "withdrawn": opener, "won": decider, "lost": decider}
    found = state_words("dispute", state)
    return {
        "title": found.words,
        "tone": found.tone,
        "symbol": found.icon,
        "at": at,
        "actor": actors.get(state, ""),
        "reason": "",
    }
