"""Banks, and the agreements with them."""

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
    recent_filter,
    record_link,
    row_filter,
    state_words,
    table,
)
from payments.admin.rows import bank_choices, country_choices
from payments.enums import AgreementState
from payments.models import (
    AgreementMove,
    AgreementRail,
    Bank,
    BankAgreement,
    BankTrouble,
    ConnectorHealth,
)
from payments.states import AGREEMENT_MOVES

_VERBS = {
    AgreementState.LIVE: (_("Make live…"), False),
    AgreementState.SUSPENDED: (_("Suspend…"), True),
    AgreementState.TERMINATED: (_("Terminate…"), True),
}


class ConnectorHealthInline(ReadOnlyInline):
    """Whether the bank answers."""

    model = ConnectorHealth
    fields = ("is_healthy", "good_streak", "bad_streak", "probed_at", "changed_at", "last_error")


class HealthFilter(admin.SimpleListFilter):
    """By whether the connector answers."""

    title = _("connector")
    parameter_name = "health"

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: Any,  # noqa: ARG002
    ) -> list[tuple[str, Any]]:
        """Offer both."""
        return [("down", _("does not answer")), ("up", _("answers"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
        """Narrow the list."""
        if self.value() not in {"down", "up"}:
            return queryset
        return queryset.filter(health__is_healthy=self.value() == "up")


@admin.register(Bank)
class BankAdmin(ReadOnlyAdmin):
    """Banks."""

    list_display = ("name", "slug", "country", "national_id", "currency", "rail", "connector")
    list_filter = (HealthFilter, row_filter("country_id", _("country"), country_choices))
    list_select_related = ("country", "health")
    search_fields = ("slug__startswith", "name", "national_id__startswith")
    ordering = ("name",)
    audit_field = "slug"
    readonly_fields = ("agreements_table", "troubles_table")
    fields = (
        "name",
        "slug",
        "country",
        "national_id",
        "currency",
        "timezone",
        "rail",
        "created_at",
        "agreements_table",
        "troubles_table",
    )
    inlines = (ConnectorHealthInline,)

    def tools(self, bank: Bank) -> Iterable[Tool]:
        """Draft an agreement."""
        url = reverse("staff-draft-agreement", args=[bank.slug])
        yield Tool(_("Draft an agreement…"), url, "payments.move_bankagreement")

    @admin.display(description=_("connector"))
    def connector(self, bank: Bank) -> SafeString:
        """Say whether it answers."""
        health = getattr(bank, "health", None)
        return state_words("live" if health and health.is_healthy else "failed")

    @admin.display(description=_("agreements"))
    def agreements_table(self, bank: Bank) -> SafeString:
        """Show the agreements, newest first."""
        rows = [
            (
                record_link("payments_bankagreement", each.pk, each.public_id),
                state_words(each.state),
                each.valid_from_date,
                each.valid_to_date or "—",
            )
            for each in bank.agreements.order_by("-id")[:20]
        ]
        return table((_("Agreement"), _("State"), _("From"), _("To")), rows)

    @admin.display(description=_("what fails"))
    def troubles_table(self, bank: Bank) -> SafeString | str:
        """Show what failed the last time it was tried, with the last error."""
        rows = [
            (each.work, each.error, each.times, each.since_at)
            for each in BankTrouble.objects.filter(bank=bank).order_by("since_at")
        ]
        if not rows:
            return "—"
        return table((_("Work"), _("The last error"), _("Times"), _("Since")), rows)


class AgreementRailInline(ReadOnlyInline):
    """How settlement goes."""

    model = AgreementRail
    fields = (
        "rail",
        "cutoff",
        "timezone",
        "settlement_days",
        "message_version",
        "one_payout",
        "second_person",
    )
    readonly_fields = ("one_payout", "second_person")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgreementRail]:
        """Read the bank along: amounts are in its currency."""
        rows: QuerySet[AgreementRail] = super().get_queryset(request)
        return rows.select_related("agreement__bank")

    @admin.display(description=_("one payout at most"))
    def one_payout(self, rail: AgreementRail) -> str:
        """Show what the bank takes in one instruction."""
        most = rail.instruction_limit_minor
        return amount(most, rail.agreement.bank.currency) if most is not None else "—"

    @admin.display(description=_("a second person above"))
    def second_person(self, rail: AgreementRail) -> str:
        """Show from which total on a batch takes two."""
        return amount(rail.approval_above_minor, rail.agreement.bank.currency)


class AgreementMoveInline(ReadOnlyInline):
    """The agreement's history."""

    model = AgreementMove
    fields = ("from_state", "to_state", "at", "by", "reason")
    ordering = ("-id",)


@admin.register(BankAgreement)
class BankAgreementAdmin(ReadOnlyAdmin):
    """Contracts with banks."""

    list_display = ("public_id", "bank", "colour", "valid_from_date", "valid_to_date", "covers")
    list_filter = (
        choice_filter("state", _("state"), AgreementState.values),
        row_filter("bank_id", _("bank"), bank_choices),
        recent_filter("created_at", _("made")),
    )
    list_select_related = ("bank",)
    search_fields = ("public_id__startswith", "bank__slug__startswith")
    ordering = ("-id",)
    inlines = (AgreementRailInline, AgreementMoveInline)

    @admin.display(description=_("state"), ordering="state")
    def colour(self, agreement: BankAgreement) -> SafeString:
        """Show the state."""
        return state_words(agreement.state)

    @admin.display(description=_("covers"))
    def covers(self, agreement: BankAgreement) -> str:
        """List what it covers."""
        return ", ".join(agreement.capabilities).replace("_", " ")

    def tools(self, agreement: BankAgreement) -> Iterable[Tool]:
        """Offer the states a person may move it to from here."""
        if agreement.state == AgreementState.DRAFT:
            url = reverse("staff-sign-agreement", args=[agreement.public_id])
            yield Tool(_("Record the signatures…"), url, "payments.move_bankagreement")
        for state, (words, is_grave) in _VERBS.items():
            if AGREEMENT_MOVES.allows(agreement.state, state):
                url = reverse("staff-move-agreement", args=[agreement.public_id, state])
                yield Tool(words, url, "payments.move_bankagreement", is_grave)
