"""Refunds and disputes on the staff's site, and the terms that a country gives them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    Tool,
    amount,
    choice_filter,
    recent_filter,
    record_link,
    state_words,
)
from payments.admin.rows import party_link, put_parties
from payments.enums import DisputeKind, DisputeState, RefundOrigin, RefundState
from payments.models import CaseTerms, Country, Dispute, DisputeMove, Refund, RefundMove
from payments.states import OPEN_DISPUTES
from people.queries import parties_by_ids


class RefundMoveInline(ReadOnlyInline):
    """The refund's history."""

    model = RefundMove
    fields = ("from_state", "to_state", "at", "actor", "reason")
    ordering = ("position",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Refunds: the queue of those that wait for a second person is a filter of the list."""

    list_display = ("public_id", "colour", "money", "origin", "paid", "asked_by", "created_at")
    list_filter = (
        choice_filter("state", _("state"), RefundState),
        choice_filter("origin", _("decided by"), RefundOrigin),
        recent_filter("created_at", _("asked")),
    )
    list_select_related = ("payment", "asked_by")
    search_fields = ("public_id__startswith", "payment__public_id__exact")
    search_help_text = _("Refund or payment.")
    ordering = ("-id",)
    readonly_fields = ("colour", "money", "fee", "paid", "second_person")
    fields = (
        "public_id",
        "colour",
        "money",
        "fee",
        "paid",
        "origin",
        "reason",
        "note",
        "asked_by",
        "approved_by",
        "second_person",
        "failure_code",
        "created_at",
        "closed_at",
    )
    inlines = (RefundMoveInline,)

    def tools(self, refund: Refund) -> Iterable[Tool]:
        """A waiting refund is approved by a second person, or declined."""
        if refund.state == RefundState.AWAITING_SECOND:
            approve = reverse("staff-approve-refund", args=[refund.public_id])
            decline = reverse("staff-decline-refund", args=[refund.public_id])
            yield Tool(_("Approve…"), approve, "payments.approve_refund")
            yield Tool(_("Decline…"), decline, "payments.approve_refund")

    @admin.display(description=_("state"), ordering="state")
    def colour(self, refund: Refund) -> SafeString:
        """Show the state."""
        return state_words(refund.state)

    @admin.display(description=_("amount"))
    def money(self, refund: Refund) -> str:
        """Show what goes back to the payer."""
        return amount(refund.amount_minor, refund.currency)

    @admin.display(description=_("fee given back"))
    def fee(self, refund: Refund) -> str:
        """Show the operator's part of it."""
        return amount(refund.fee_minor, refund.currency)

    @admin.display(description=_("a second person above"))
    def second_person(self, refund: Refund) -> str:
        """Show from which amount on a refund by staff takes two."""
        above = refund.approval_above_minor
        return amount(above, refund.currency) if above is not None else "—"

    @admin.display(description=_("payment"))
    def paid(self, refund: Refund) -> SafeString:
        """Lead to the payment."""
        return record_link("payments_payment", refund.payment_id, refund.payment.public_id)


class DisputeMoveInline(ReadOnlyInline):
    """The dispute's history."""

    model = DisputeMove
    fields = ("from_state", "to_state", "at", "actor", "reason")
    ordering = ("position",)


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    """Disputes, the nearest deadline first; closed ones come after."""

    list_display = ("public_id", "colour", "kind", "reason", "money", "held", "payer", "due_at")
    list_filter = (
        choice_filter("state", _("state"), DisputeState),
        choice_filter("kind", _("kind"), DisputeKind),
        recent_filter("created_at", _("opened")),
    )
    list_select_related = ("payment",)
    search_fields = ("public_id__startswith", "payment__public_id__exact")
    search_help_text = _("Dispute or payment.")
    ordering = ("due_at", "-id")
    readonly_fields = (
        "colour",
        "money",
        "held",
        "short",
        "payer",
        "payee",
        "paid",
        "answer_text",
        "answer_evidence",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "public_id",
                    "colour",
                    "kind",
                    "money",
                    "held",
                    "short",
                    "paid",
                    "payer",
                    "payee",
                )
            },
        ),
        (_("What the payer says"), {"fields": ("reason", "text", "evidence")}),
        (_("What the payee says"), {"fields": ("answer_text", "answer_evidence")}),
        (
            _("Deadlines"),
            {
                "fields": (
                    "created_at",
                    "answer_by",
                    "decide_by",
                    "block_until",
                    "return_by",
                    "chase_until",
                    "closed_at",
                )
            },
        ),
        (
            _("Two people"),
            {"fields": ("proposed", "proposed_by", "decided_by", "decision_reason")},
        ),
    )
    inlines = (DisputeMoveInline,)

    def prepare_rows(self, rows: Sequence[Dispute]) -> None:
        """Read the payers of a page at once."""
        put_parties(rows, payer_facts="payer_id")

    def tools(self, dispute: Dispute) -> Iterable[Tool]:
        """What can be done about it from where it is."""
        is_issuers = dispute.kind == DisputeKind.CHARGEBACK
        if dispute.state == DisputeState.UNDER_REVIEW and not is_issuers:
            decide = reverse("staff-decide-dispute", args=[dispute.public_id])
            yield Tool(_("Decide…"), decide, "payments.decide_dispute")
        if dispute.state in OPEN_DISPUTES and dispute.block_until is not None:
            block = reverse("staff-confirm-block", args=[dispute.public_id])
            yield Tool(_("Keep the block…"), block, "payments.decide_dispute")
        if dispute.state == DisputeState.LOST and dispute.held_minor:
            again = reverse("staff-pay-back-again", args=[dispute.public_id])
            yield Tool(_("Pay back once more…"), again, "payments.decide_dispute")

    @admin.display(description=_("state"), ordering="state")
    def colour(self, dispute: Dispute) -> SafeString:
        """Show the state."""
        return state_words(dispute.state)

    @admin.display(description=_("disputed"))
    def money(self, dispute: Dispute) -> str:
        """Show what is disputed."""
        return amount(dispute.amount_minor, dispute.currency)

    @admin.display(description=_("held"))
    def held(self, dispute: Dispute) -> str:
        """Show what is held of the payee's money."""
        return amount(dispute.held_minor, dispute.currency)

    @admin.display(description=_("still to be held"))
    def short(self, dispute: Dispute) -> str:
        """Show what is not there yet."""
        return amount(dispute.short_minor, dispute.currency)

    @admin.display(description=_("payer"))
    def payer(self, dispute: Dispute) -> SafeString | str:
        """Name the payer."""
        read = vars(dispute).get("payer_facts")  # With the list's page.
        return party_link(read or parties_by_ids([dispute.payer_id]).get(dispute.payer_id))

    @admin.display(description=_("payee"))
    def payee(self, dispute: Dispute) -> SafeString | str:
        """Name the payee."""
        return party_link(parties_by_ids([dispute.payee_id]).get(dispute.payee_id))

    @admin.display(description=_("payment"))
    def paid(self, dispute: Dispute) -> SafeString:
        """Lead to the payment."""
        return record_link("payments_payment", dispute.payment_id, dispute.payment.public_id)

    @admin.display(description=_("answer"))
    def answer_text(self, dispute: Dispute) -> str:
        """Show what was submitted; a draft is the payee's own."""
        answer = _submitted(dispute)
        return answer.text if answer else "—"

    @admin.display(description=_("references"))
    def answer_evidence(self, dispute: Dispute) -> str:
        """Show the references that were submitted."""
        answer = _submitted(dispute)
        return "; ".join(answer.evidence) if answer else "—"


@admin.register(CaseTerms)
class CaseTermsAdmin(ReadOnlyAdmin):
    """How long a country gives a dispute, and above which amount staff are two."""

    list_display = (
        "country",
        "second_person",
        "report_days",
        "answer_days",
        "analysis_days",
        "return_hours",
        "block_hours",
        "chase_days",
        "chargeback_days",
    )
    search_fields = ("country__exact",)
    ordering = ("country",)
    audit_field = "country"
    readonly_fields = ("second_person",)
    exclude = ("four_eyes_above_minor",)

    def prepare_rows(self, rows: Sequence[CaseTerms]) -> None:
        """Read the currencies of a page, in one query."""
        found = Country.objects.filter(iso2__in=[row.country for row in rows])
        currencies = dict(found.values_list("iso2", "currency"))
        for row in rows:
            vars(row)["currency"] = currencies.get(row.country, "")

    @admin.display(description=_("two people above"))
    def second_person(self, terms: CaseTerms) -> str:
        """Show from which amount on a decision takes two."""
        if "currency" not in vars(terms):
            self.prepare_rows([terms])
        currency = vars(terms)["currency"]
        minor = terms.four_eyes_above_minor
        return amount(minor, currency) if currency else str(minor)


def _submitted(dispute: Dispute) -> Any:
    answer = getattr(dispute, "answer", None)
    return answer if answer is not None and answer.submitted_at else None
