"""Refunds that shops' teams asked each other for, on the staff's site."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, amount, choice_filter, recent_filter, state_words
from merchants.enums import ProposalState
from merchants.models import RefundProposal


@admin.register(RefundProposal)
class RefundProposalAdmin(ReadOnlyAdmin):
    """What somebody of a team asked to give back, and who decided."""

    list_display = ("public_id", "shop", "colour", "sum", "asked_by", "decided_by", "asked_at")
    list_filter = (
        choice_filter("state", _("state"), ProposalState.values),
        recent_filter("asked_at", _("asked")),
    )
    list_select_related = ("shop", "asked_by", "decided_by")
    search_fields = (
        "public_id__startswith",
        "shop__public_id__exact",
        "payment_ref__exact",
        "refund_ref__exact",
    )
    search_help_text = _("Proposal, shop, payment, or refund.")
    ordering = ("-id",)
    readonly_fields = ("colour", "sum")
    fields = (
        "public_id",
        "shop",
        "payment_ref",
        "sum",
        "reason",
        "note",
        "colour",
        "asked_by",
        "asked_at",
        "expires_at",
        "decided_by",
        "answer",
        "refund_ref",
        "ended_at",
    )

    @admin.display(description=_("state"), ordering="state")
    def colour(self, proposal: RefundProposal) -> SafeString:
        """Show the state."""
        return state_words(proposal.state)

    @admin.display(description=_("amount"))
    def sum(self, proposal: RefundProposal) -> str:
        """Show the amount."""
        return amount(proposal.amount_minor, proposal.currency)
