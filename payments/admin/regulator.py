"""The regulator's words, the checks of the rule, and the rules themselves."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    Tool,
    choice_filter,
    recent_filter,
    row_filter,
    state_words,
)
from payments.admin.hold_acts import covers, document_words
from payments.admin.rows import country_choices, verdict_words
from payments.enums import Capability, HoldLevel
from payments.models import (
    AvailabilityCheck,
    DayOverride,
    FeeRule,
    HoldLift,
    RegulatorClearance,
    RegulatorHold,
)
from payments.queries.rule import Verdict, reason_from


@admin.register(AvailabilityCheck)
class AvailabilityCheckAdmin(ReadOnlyAdmin):
    """Every answer of the rule, with what it looked at."""

    list_display = ("at", "country", "capability", "is_open", "has_evidence", "codes")
    list_filter = (
        row_filter("country_id", _("country"), country_choices),
        choice_filter("capability", _("business"), Capability.values),
        "is_open",
        recent_filter("at", _("made")),
    )
    list_select_related = ("country",)
    search_fields = ("country__iso2__exact", "capability__startswith")
    ordering = ("-id",)
    fields = ("country", "capability", "at", "is_open", "has_evidence", "sentences", "inputs")
    readonly_fields = ("sentences",)

    @admin.display(description=_("reasons"))
    def codes(self, check: AvailabilityCheck) -> str:
        """List the codes."""
        return ", ".join(str(reason["code"]) for reason in check.reasons) or "—"

    @admin.display(description=_("reasons"))
    def sentences(self, check: AvailabilityCheck) -> SafeString | str:
        """Write the reasons out."""
        return verdict_words(Verdict(tuple(reason_from(each) for each in check.reasons)))


class HoldLiftInline(ReadOnlyInline):
    """Who approved lifting."""

    model = HoldLift
    fields = ("ordinal", "by", "at", "reason")
    ordering = ("ordinal",)


class StandingFilter(admin.SimpleListFilter):
    """Holds in force, half lifted, or lifted."""

    title = _("in force")
    parameter_name = "standing"

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: Any,  # noqa: ARG002
    ) -> list[tuple[str, Any]]:
        """Offer the three."""
        return [("yes", _("in force")), ("half", _("one approved lifting")), ("no", _("lifted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
        """Narrow the list."""
        chosen = self.value()
        if chosen == "half":
            return queryset.filter(lifted_at__isnull=True, lifts__ordinal=1)
        return queryset.filter(lifted_at__isnull=chosen == "yes") if chosen else queryset


@admin.register(RegulatorHold)
class RegulatorHoldAdmin(ReadOnlyAdmin):
    """Orders to stop."""

    list_display = (
        "public_id",
        "country",
        "business",
        "only",
        "stops",
        "legal_reference",
        "imposed_by",
        "imposed_at",
        "lifted_at",
    )
    list_filter = (
        StandingFilter,
        choice_filter("level", _("stops"), HoldLevel.values),
        row_filter("country_id", _("country"), country_choices),
        recent_filter("imposed_at", _("imposed")),
    )
    list_select_related = ("country", "imposed_by", "bank")
    search_fields = ("public_id__startswith", "country__iso2__exact", "legal_reference")
    ordering = ("-id",)
    inlines = (HoldLiftInline,)
    fields = (
        "public_id",
        "country",
        "business",
        "covers",
        "stops",
        "reason",
        "legal_reference",
        "paper",
        "imposed_by",
        "imposed_at",
        "starts_at",
        "lifted_at",
    )
    readonly_fields = ("business", "covers", "stops", "paper")

    @admin.display(description=_("business"))
    def business(self, hold: RegulatorHold) -> str:
        """Name the scope."""
        return hold.capability.replace("_", " ") or __("every business")

    @admin.display(description=_("stops"))
    def stops(self, hold: RegulatorHold) -> SafeString:
        """Say what it stops, or that it is over."""
        return state_words(hold.level if hold.lifted_at is None else "lifted")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegulatorHold]:
        """Leave the papers where they are."""
        return super().get_queryset(request).defer("document")

    @admin.display(description=_("only"))
    def only(self, hold: RegulatorHold) -> SafeString | str:
        """Name the bank or party that it is over alone."""
        if hold.bank is not None:
            return str(hold.bank)
        return __("one party") if hold.party_id is not None else "—"

    @admin.display(description=_("covers"))
    def covers(self, hold: RegulatorHold) -> SafeString | str:
        """Lead to the party, or name the bank."""
        return format_html("{}", covers(hold))

    @admin.display(description=_("the order itself"))
    def paper(self, hold: RegulatorHold) -> SafeString | str:
        """Name the file and its hash."""
        return format_html("{}", document_words(hold))

    def list_tools(self) -> Iterable[Tool]:
        """Impose."""
        url = reverse("staff-impose-hold")
        yield Tool(_("Impose a hold…"), url, "payments.impose_regulatorhold", is_grave=True)

    def tools(self, hold: RegulatorHold) -> Iterable[Tool]:
        """Approve lifting, and hand over what happened."""
        place = [hold.public_id]
        seen = "payments.view_regulatorhold"
        yield Tool(_("Record for the regulator"), reverse("staff-hold-record", args=place), seen)
        if hold.document_sha256:
            yield Tool(_("The order itself"), reverse("staff-hold-paper", args=place), seen)
        if hold.lifted_at is None:
            url = reverse("staff-lift-hold", args=[hold.public_id])
            yield Tool(_("Approve lifting…"), url, "payments.lift_regulatorhold")


@admin.register(RegulatorClearance)
class RegulatorClearanceAdmin(ReadOnlyAdmin):
    """The regulator's permissions."""

    list_display = ("instrument", "country", "capability", "valid_from_date", "valid_to_date")
    list_filter = (
        row_filter("country_id", _("country"), country_choices),
        recent_filter("recorded_at", _("recorded")),
    )
    list_select_related = ("country",)
    search_fields = ("instrument", "country__iso2__exact")
    ordering = ("-id",)

    def list_tools(self) -> Iterable[Tool]:
        """Record."""
        url = reverse("staff-record-clearance")
        yield Tool(_("Record a clearance…"), url, "payments.record_regulatorclearance")


@admin.register(FeeRule)
class FeeRuleAdmin(ReadOnlyAdmin):
    """Prices."""

    list_display = ("country", "kind", "basis_points")
    search_fields = ("country__exact",)
    ordering = ("country", "kind")


@admin.register(DayOverride)
class DayOverrideAdmin(ReadOnlyAdmin):
    """Days on which banks work or rest, whatever the calendar says."""

    list_display = ("date", "country", "is_business_day", "name")
    list_select_related = ("country",)
    search_fields = ("country__iso2__exact", "name")
    ordering = ("-date",)

    def list_tools(self) -> Iterable[Tool]:
        """Correct the calendar."""
        url = reverse("staff-set-day")
        yield Tool(_("Say whether banks work…"), url, "payments.set_dayoverride")
