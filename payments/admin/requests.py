"""Requests for money on the staff's site: rows to read, nothing to change."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, amount, choice_filter, recent_filter, state_words, table
from payments.admin.rows import party_named
from payments.enums import RequestState
from payments.models import PaymentRequest


@admin.register(PaymentRequest)
class PaymentRequestAdmin(ReadOnlyAdmin):
    """Who asked whom for money, and how it went."""

    list_display = ("public_id", "colour", "money", "payee", "payer", "means", "created_at")
    list_filter = (
        choice_filter("state", _("state"), RequestState),
        recent_filter("created_at", _("made")),
    )
    search_fields = ("public_id__startswith", "split__public_id__exact", "payment_ref__exact")
    search_help_text = _("Request, split, payment, party, or phone with country code.")
    list_select_related = ("payee", "payer")
    ordering = ("-id",)
    readonly_fields = ("colour", "money", "bill", "timeline")
    fields = (
        "public_id",
        "colour",
        "money",
        "payee",
        "payer",
        "note",
        "means",
        "payment_ref",
        "bill",
        "reminders",
        "created_at",
        "expires_at",
        "closed_at",
        "timeline",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by any id that staff are told; every way is an index."""
        term = search_term.strip()
        if term.startswith(("pty_", "+")):
            party = party_named(term)
            return queryset.filter(Q(payer_id=party) | Q(payee_id=party)), False
        return super().get_search_results(request, queryset, term)

    @admin.display(description=_("state"), ordering="state")
    def colour(self, request: PaymentRequest) -> SafeString:
        """Show the state."""
        return state_words(request.state)

    @admin.display(description=_("amount"))
    def money(self, request: PaymentRequest) -> str:
        """Show what is asked for."""
        return amount(request.amount_minor, request.currency)

    @admin.display(description=_("part of the bill"))
    def bill(self, request: PaymentRequest) -> str:
        """Name the split and its total."""
        split = request.split
        return f"{split.public_id}: {amount(split.total_minor, split.currency)}" if split else "—"

    @admin.display(description=_("moves"))
    def timeline(self, request: PaymentRequest) -> SafeString:
        """Show every move."""
        rows = [
            (move.at, state_words(move.to_state), move.actor, move.reason or "—")
            for move in request.moves.order_by("id")
        ]
        return table((_("At"), _("State"), _("By"), _("Reason")), rows)
