"""A refund over its asker's limit: what was asked for, and the decision of somebody who may."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from merchants.portal.access import SELLERS
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.refunds import rest_of
from merchants.portal.step_up import StepUpForm
from merchants.portal.words import REFUND_REASONS
from merchants.queries.refund_proposals import ProposalFacts, proposal_of_shop
from merchants.queries.shops import Membership
from merchants.services.refund_proposals import (
    approve_proposal,
    decline_proposal,
    withdraw_proposal,
)
from payments.queries import payment_snapshot
from payments.services.refunds import LONGEST_NOTE


class ApproveForm(StepUpForm):
    """Who gives it back shows their own second factor."""


class DeclineForm(forms.Form):
    """Why not."""

    answer = forms.CharField(
        label=gettext_lazy("Why not, for who asked"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ProposalPage(Page):
    """What somebody asks to give back: one of those who may approves or declines it."""

    section = "payments"
    roles = SELLERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show it, if it is this shop's."""
        return self._show(self._proposal(public_id), ApproveForm(), DeclineForm())

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Approve on a fresh code, decline with a reason, or take one's own back."""
        proposal = self._proposal(public_id)
        verb = request.POST.get("verb", "")
        if verb == "approve":
            return self._approve(proposal)
        if verb == "decline":
            return self._decline(proposal)
        try:
            withdraw_proposal(
                person=self.seat.person, shop_id=self.seat.shop.id, proposal_id=proposal.id
            )
        except TrocoError as refusal:
            self.refused(refusal)
        else:
            self.done(_("Taken back. Nobody is asked any more."))
        return self.go("refund_proposal", proposal.id)

    def _approve(self, proposal: ProposalFacts) -> HttpResponse:
        form = ApproveForm(self.request.POST)
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(proposal, form, DeclineForm(), http_status=REFUSED)
        try:
            approve_proposal(
                person=self.seat.person, shop_id=self.seat.shop.id, proposal_id=proposal.id
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            now = self._proposal(proposal.id)
            return self._show(now, form, DeclineForm(), http_status=REFUSED)
        self.done(_("The refund is on its way to the customer's bank."))
        return self.go("payment", proposal.payment_id)

    def _decline(self, proposal: ProposalFacts) -> HttpResponse:
        form = DeclineForm(self.request.POST)
        if not form.is_valid():
            return self._show(proposal, ApproveForm(), form, http_status=REFUSED)
        try:
            decline_proposal(
                person=self.seat.person,
                shop_id=self.seat.shop.id,
                proposal_id=proposal.id,
                answer=form.cleaned_data["answer"],
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            now = self._proposal(proposal.id)
            return self._show(now, ApproveForm(), form, http_status=REFUSED)
        self.done(_("Declined. Who asked is told."))
        return self.go("refund_proposal", proposal.id)

    def _proposal(self, public_id: str) -> ProposalFacts:
        found = proposal_of_shop(self.seat.shop.id, public_id, self.now)
        if found is None:
            raise NotFound
        return found

    def _show(
        self,
        proposal: ProposalFacts,
        form: ApproveForm,
        decline_form: DeclineForm,
        *,
        http_status: int = 200,
    ) -> HttpResponse:
        payment = payment_snapshot(proposal.payment_id)
        member = self.seat.membership
        rest = rest_of(payment)
        is_own = proposal.asked_by == member.person_id
        context = {
            "proposal": proposal_row(proposal, member),
            "payment": {
                "id": payment.id,
                "customer": payment.payer.display_name,
                "amount": payment.amount,
                "given": payment.refunded + payment.refunding,
                "rest": rest,
            },
            "too_much": rest if proposal.state == "open" and proposal.amount > rest else None,
            "may_decide": proposal.is_for(member),
            "may_withdraw": is_own and proposal.state == "open",
            "form": form,
            "decline_form": decline_form,
        }
        return self.page("proposal.html", context, http_status=http_status)


def proposal_row(proposal: ProposalFacts, member: Membership) -> dict[str, Any]:
    """Return a proposal as pages show it to somebody of the team."""
    return {
        "id": proposal.id,
        "href": reverse("portal:refund_proposal", args=[proposal.id]),
        "state": proposal.state.value,
        "asker": proposal.asker,
        "is_own": proposal.asked_by == member.person_id,
        "is_mine": proposal.is_for(member),
        "amount": proposal.amount,
        "reason": REFUND_REASONS.get(proposal.reason, proposal.reason),
        "note": proposal.note,
        "at": proposal.asked_at,
        "until": proposal.expires_at,
        "decider": proposal.decider,
        "answer": proposal.answer,
        "ended_at": proposal.ended_at,
    }
