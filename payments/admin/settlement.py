"""Paying merchants: batches and the payouts inside them."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    Tool,
    amount,
    choice_filter,
    link,
    recent_filter,
    record_link,
    row_filter,
    state_words,
    table,
)
from payments.admin.rows import bank_choices, mono
from payments.enums import BatchState, PayoutState
from payments.models import BatchMove, Payout, PayoutMove, SettlementBatch
from payments.queries.queues import TO_REISSUE, late_of

SHOWN = 50


class BatchMoveInline(ReadOnlyInline):
    """The batch's history."""

    model = BatchMove
    fields = ("from_state", "to_state", "at", "by", "reason")
    ordering = ("id",)


class BatchStateFilter(choice_filter("state", _("state"), BatchState.values)):  # type: ignore[misc]
    """By state; ``late`` is what its bank should have booked by now."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the states, and the group that is late."""
        found: list[tuple[str, Any]] = super().lookups(request, model_admin)
        return [("late", _("late")), *found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Narrow the list."""
        if self.value() == "late":
            return late_of(queryset)  # type: ignore[arg-type]
        found: QuerySet[Model] = super().queryset(request, queryset)
        return found


@admin.register(SettlementBatch)
class SettlementBatchAdmin(ReadOnlyAdmin):
    """Batches, by bank and day."""

    list_display = ("public_id", "colour", "bank", "day", "progress", "total", "claimed_at")
    list_filter = (
        BatchStateFilter,
        row_filter("bank_id", _("bank"), bank_choices),
        recent_filter("claimed_at", _("claimed")),
    )
    list_select_related = ("bank", "window")
    search_fields = ("public_id__startswith", "message_id__exact", "payouts__public_id__exact")
    search_help_text = _("Batch, file's message id, or payout.")
    ordering = ("-id",)
    readonly_fields = ("colour", "day", "total", "threshold", "progress", "file", "payouts_table")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "public_id",
                    "colour",
                    "bank",
                    "day",
                    "progress",
                    "total",
                    "threshold",
                )
            },
        ),
        (_("Two people"), {"fields": ("prepared_by", "approved_by", "approved_at")}),
        (
            _("The file"),
            {
                "fields": (
                    "message_id",
                    "file",
                    "file_size",
                    "asked_at",
                    "look_ups",
                    "next_look_up_at",
                )
            },
        ),
        (_("The answer"), {"fields": ("acknowledged_at", "reconciled_at")}),
        (_("Payouts"), {"fields": ("payouts_table",)}),
    )
    inlines = (BatchMoveInline,)

    def tools(self, batch: SettlementBatch) -> Iterable[Tool]:
        """A claimed batch can be approved."""
        if batch.state == BatchState.CLAIMED:
            url = reverse("staff-approve", args=[batch.public_id])
            yield Tool(_("Approve…"), url, "payments.approve_settlementbatch")

    @admin.display(description=_("state"), ordering="state")
    def colour(self, batch: SettlementBatch) -> SafeString:
        """Show the state."""
        return state_words(batch.state)

    @admin.display(description=_("business day"))
    def day(self, batch: SettlementBatch) -> object:
        """Show the cutoff's day."""
        return batch.window.business_date

    @admin.display(description=_("payouts: claimed, written, answered"))
    def progress(self, batch: SettlementBatch) -> str:
        """Show how far the batch is, also while it is worked on."""
        return f"{batch.payout_count} / {batch.written_count} / {batch.answered_count}"

    @admin.display(description=_("total"))
    def total(self, batch: SettlementBatch) -> str:
        """Show the frozen total."""
        return amount(batch.total_minor, batch.currency)

    @admin.display(description=_("needs a second person above"))
    def threshold(self, batch: SettlementBatch) -> str:
        """Show the threshold."""
        return amount(batch.approval_above_minor, batch.currency)

    @admin.display(description=_("file's SHA-256"))
    def file(self, batch: SettlementBatch) -> SafeString:
        """Show the file's hash."""
        return mono(batch.file_sha256 or "—")

    @admin.display(description=_("payouts"))
    def payouts_table(self, batch: SettlementBatch) -> SafeString:
        """Show the first payouts, and lead to all."""
        found = batch.payouts.select_related("party").order_by("id")[:SHOWN]
        rows: list[tuple[object, ...]] = [
            (
                record_link("payments_payout", each.pk, each.public_id),
                each.party,
                state_words(each.state),
                amount(each.gross_minor, each.currency),
                amount(each.fee_minor, each.currency),
                amount(each.net_minor, each.currency),
            )
            for each in found
        ]
        if batch.payout_count > SHOWN:
            url = reverse("admin:payments_payout_changelist")
            rows.append((link(f"{url}?batch__id__exact={batch.pk}", _("All…")), *[""] * 5))
        return table((_("Payout"), _("Shop"), _("State"), _("Gross"), _("Fee"), _("Net")), rows)


class PayoutStateFilter(choice_filter("state", _("state"), PayoutState.values)):  # type: ignore[misc]
    """By state; ``waiting`` is what a person has to decide about."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the states, and the group that waits for a person."""
        found: list[tuple[str, Any]] = super().lookups(request, model_admin)
        return [("waiting", _("to reissue")), *found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Narrow the list."""
        if self.value() == "waiting":
            return queryset.filter(state__in=TO_REISSUE)
        found: QuerySet[Model] = super().queryset(request, queryset)
        return found


class PayoutMoveInline(ReadOnlyInline):
    """The payout's history."""

    model = PayoutMove
    fields = ("from_state", "to_state", "at", "reason")
    ordering = ("id",)


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    """Payouts: what a merchant's sales of a window came to."""

    list_display = ("public_id", "colour", "party", "bank", "gross", "fee", "net", "created_at")
    list_filter = (
        PayoutStateFilter,
        row_filter("bank_id", _("bank"), bank_choices),
        recent_filter("created_at", _("made")),
    )
    list_select_related = ("party", "bank")
    search_fields = ("public_id__startswith", "party__public_id__exact", "bank_reference__exact")
    search_help_text = _("Payout, shop's party, or bank's reference.")
    ordering = ("-id",)
    readonly_fields = ("colour", "gross", "fee", "net", "account", "replaces", "sales")
    fieldsets = (
        (None, {"fields": ("public_id", "colour", "reason", "party", "gross", "fee", "net")}),
        (_("Where"), {"fields": ("bank", "account", "holder_name", "bank_reference")}),
        (_("When"), {"fields": ("created_at", "settled_at", "batch", "replaces")}),
        (_("Sales"), {"fields": ("sales",)}),
    )
    inlines = (PayoutMoveInline,)

    def tools(self, payout: Payout) -> Iterable[Tool]:
        """Only what was definitely not executed can be replaced."""
        if payout.state in TO_REISSUE:
            url = reverse("staff-reissue", args=[payout.public_id])
            yield Tool(_("Reissue…"), url, "payments.reissue_payout")

    @admin.display(description=_("state"), ordering="state")
    def colour(self, payout: Payout) -> SafeString:
        """Show the state."""
        return state_words(payout.state)

    @admin.display(description=_("gross"))
    def gross(self, payout: Payout) -> str:
        """Show the sales."""
        return amount(payout.gross_minor, payout.currency)

    @admin.display(description=_("fee"))
    def fee(self, payout: Payout) -> str:
        """Show the fee."""
        return amount(payout.fee_minor, payout.currency)

    @admin.display(description=_("net"))
    def net(self, payout: Payout) -> str:
        """Show what is paid."""
        return amount(payout.net_minor, payout.currency)

    @admin.display(description=_("account"))
    def account(self, payout: Payout) -> str:
        """Show the last digits only."""
        return f"···{payout.account_last4}"

    @admin.display(description=_("replaces / replaced by"))
    def replaces(self, payout: Payout) -> str:
        """Name the payouts before and after."""
        after = Payout.objects.filter(reissue_of=payout).first()
        before = payout.reissue_of
        return " / ".join(each.public_id if each else "—" for each in (before, after))

    @admin.display(description=_("sales"))
    def sales(self, payout: Payout) -> SafeString:
        """Show the first sales inside."""
        rows = [
            (
                record_link("payments_payment", item.payment_id, item.payment.public_id),
                amount(item.gross_minor, payout.currency),
                amount(item.fee_minor, payout.currency),
            )
            for item in payout.items.select_related("payment").order_by("id")[:SHOWN]
        ]
        return table((_("Payment"), _("Gross"), _("Fee")), rows)
