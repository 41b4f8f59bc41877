"""Countries, what they are open for, the regulator's words, and every check."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
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
from core.clock import business_now
from payments.admin.rows import country_choices, verdict_words
from payments.enums import Capability, CapabilityState
from payments.models import (
    Bank,
    BankAgreement,
    CapabilityMove,
    Country,
    CountryCapability,
    RegulatorHold,
    WaitlistEntry,
)
from payments.queries.countries import availability, newest_checks
from payments.queries.queues import FAILING

CHECKS_SHOWN = 8
_OPENABLE = (CapabilityState.PLANNED, CapabilityState.READY, CapabilityState.SUSPENDED)


def capability_tools(capability: CountryCapability) -> Iterable[Tool]:
    """Offer to open what is not open, and to close what is not closed."""
    place = [capability.country.iso2, capability.capability]
    if capability.state in _OPENABLE:
        url = reverse("staff-open-capability", args=place)
        yield Tool(_("Open…"), url, "payments.open_countrycapability")
    if capability.state != CapabilityState.CLOSED:
        url = reverse("staff-close-capability", args=place)
        yield Tool(_("Close…"), url, "payments.close_countrycapability", is_grave=True)


@admin.register(Country)
class CountryAdmin(ReadOnlyAdmin):
    """A country, and all that decides what people there may do."""

    list_display = ("name", "iso2", "currency", "open_for", "hold_count", "checked_at")
    search_fields = ("iso2__exact", "name")
    ordering = ("name",)
    audit_field = "iso2"
    readonly_fields = (
        "under_duress",
        "seen",
        "states",
        "banks",
        "agreements",
        "clearances",
        "holds",
        "checks",
        "waiting",
        "known_rails_table",
        "known_banks_table",
    )
    fieldsets = (
        (_("What users see now"), {"fields": ("seen",)}),
        (_("Business, one by one"), {"fields": ("states",)}),
        (_("The regulator"), {"fields": ("holds", "clearances")}),
        (_("Banks"), {"fields": ("banks", "agreements")}),
        (_("Latest checks"), {"fields": ("checked_at", "checks")}),
        (_("What is known"), {"fields": ("waiting", "known_rails_table", "known_banks_table")}),
        (
            _("Particulars"),
            {
                "fields": (
                    "iso2",
                    "currency",
                    "timezone",
                    "min_live_banks",
                    "holds_funds",
                    "claim_hours",
                    "under_duress",
                    "enrolled_count",
                    "created_at",
                )
            },
        ),
    )

    def tools(self, country: Country) -> Iterable[Tool]:
        """The one thing that must be quick."""
        url = reverse("staff-impose-hold") + f"?country={country.iso2}"
        yield Tool(_("Impose a hold…"), url, "payments.impose_regulatorhold", is_grave=True)

    def prepare_rows(self, rows: Any) -> None:
        """Read what each country is open for and which holds stand, in two queries."""
        open_for: dict[int, list[str]] = {}
        states = (CapabilityState.OPEN, CapabilityState.DEGRADED)
        found = CountryCapability.objects.filter(country__in=rows, state__in=states)
        for country_id, capability in found.order_by("id").values_list("country_id", "capability"):
            open_for.setdefault(country_id, []).append(capability.replace("_", " "))
        standing = RegulatorHold.objects.filter(country__in=rows, lifted_at__isnull=True)
        counted = standing.values("country_id").annotate(count=Count("id"))
        holds = {row["country_id"]: row["count"] for row in counted}
        for row in rows:
            row.open_words = ", ".join(open_for.get(row.pk, ()))
            row.hold_number = holds.get(row.pk, 0)

    @admin.display(description=_("paid under duress at most"))
    def under_duress(self, country: Country) -> str:
        """Show what the second PIN pays altogether."""
        return amount(country.duress_minor, country.currency)

    @admin.display(description=_("open for"))
    def open_for(self, country: Country) -> str:
        """List what a person opened."""
        return getattr(country, "open_words", "") or __("nothing yet")

    @admin.display(description=_("holds in force"))
    def hold_count(self, country: Country) -> int:
        """Count the standing holds."""
        return int(getattr(country, "hold_number", 0))

    @admin.display(description=_("now"))
    def seen(self, country: Country) -> SafeString:
        """Show the public page's answer of this moment."""
        found = availability(country.iso2, business_now())
        rows = [
            (
                each.capability.replace("_", " "),
                state_words("open" if each.verdict.is_open else "closed"),
                verdict_words(each.verdict),
                format_html_join("", "<div>{}</div>", ((line,) for line in each.verdict.missing)),
            )
            for each in (found.capabilities if found else ())
        ]
        heads = (_("Business"), _("Now"), _("Why not"), _("What is missing"))
        return table(heads, rows)

    @admin.display(description=_("states"))
    def states(self, country: Country) -> SafeString:
        """Show the states that people and checks have moved, with the doors to move them."""
        rows = [
            (
                record_link("payments_countrycapability", each.pk, each.capability),
                state_words(each.state),
                each.since_at,
                each.opened_by or "—",
                format_html_join(
                    " ",
                    '<a class="button-small" href="{}">{}</a>',
                    ((tool.url, tool.words) for tool in capability_tools(each)),
                ),
            )
            for each in country.capabilities.select_related("country", "opened_by").order_by("id")
        ]
        heads = (_("Business"), _("State"), _("Since"), _("Opened by"), _("Acts"))
        return table(heads, rows)

    @admin.display(description=_("banks"))
    def banks(self, country: Country) -> SafeString:
        """Show the banks and whether they answer."""
        rows = [
            (
                record_link("payments_bank", bank.pk, bank.name),
                bank.national_id,
                state_words("live" if _is_healthy(bank) else "failed"),
            )
            for bank in Bank.objects.filter(country=country)
            .select_related("health")
            .order_by("name")
        ]
        return table((_("Bank"), _("National id"), _("Connector")), rows)

    @admin.display(description=_("agreements"))
    def agreements(self, country: Country) -> SafeString:
        """Show the agreements with the country's banks."""
        found = BankAgreement.objects.filter(bank__country=country).select_related("bank")
        rows = [
            (
                record_link("payments_bankagreement", each.pk, each.public_id),
                each.bank.name,
                state_words(each.state),
                each.valid_from_date,
                each.valid_to_date or "—",
                ", ".join(each.capabilities).replace("_", " "),
            )
            for each in found.order_by("-id")
        ]
        heads = (_("Agreement"), _("Bank"), _("State"), _("From"), _("To"), _("Covers"))
        return table(heads, rows)

    @admin.display(description=_("clearances"))
    def clearances(self, country: Country) -> SafeString:
        """Show the regulator's clearances."""
        rows = [
            (
                record_link("payments_regulatorclearance", each.pk, each.instrument),
                each.capability or __("every business"),
                each.valid_from_date,
                each.valid_to_date or "—",
                each.max_users or "—",
            )
            for each in country.clearances.order_by("-id")
        ]
        heads = (_("Instrument"), _("For"), _("From"), _("To"), _("Most people"))
        return table(heads, rows)

    @admin.display(description=_("holds"))
    def holds(self, country: Country) -> SafeString:
        """Show the holds, standing ones first."""
        found = country.holds.select_related("imposed_by").order_by("-lifted_at", "-id")
        rows = [
            (
                record_link("payments_regulatorhold", each.pk, each.public_id),
                state_words(each.level if each.lifted_at is None else "lifted"),
                each.capability or __("every business"),
                each.legal_reference,
                each.imposed_by,
                each.imposed_at,
            )
            for each in found[:20]
        ]
        heads = (_("Hold"), _("Stops"), _("Business"), _("Order"), _("Imposed by"), _("At"))
        return table(heads, rows)

    @admin.display(description=_("checks"))
    def checks(self, country: Country) -> SafeString:
        """Show the newest checks."""
        rows: list[tuple[object, ...]] = [
            (
                record_link("payments_availabilitycheck", each.pk, each.at),
                each.capability.replace("_", " "),
                state_words("open" if each.is_open else "closed"),
                ", ".join(str(reason["code"]) for reason in each.reasons) or "—",
            )
            for each in newest_checks(country.iso2, CHECKS_SHOWN)
        ]
        trail = reverse("admin:payments_availabilitycheck_changelist")
        rows.append((link(f"{trail}?country_id={country.pk}", _("All checks…")), "", "", ""))
        return table((_("At"), _("Business"), _("Answer"), _("Reasons")), rows)

    @admin.display(description=_("waiting to hear"))
    def waiting(self, country: Country) -> int:
        """Count who asked to be told when it opens."""
        return WaitlistEntry.objects.filter(country=country, told_at__isnull=True).count()

    @admin.display(description=_("rails"))
    def known_rails_table(self, country: Country) -> SafeString:
        """Show how banks of the country move money, each with its source."""
        rows = [
            (each.name, each.operator, each.settles, each.limit, each.source)
            for each in country.known_rails.order_by("id")
        ]
        heads = (_("Rail"), _("Run by"), _("Settles"), _("Limit"), _("Source"))
        return table(heads, rows)

    @admin.display(description=_("banks there are"))
    def known_banks_table(self, country: Country) -> SafeString:
        """Show banks that exist, whether or not one has signed."""
        rows = [
            (each.name, f"{each.national_id} ({each.id_kind})", ", ".join(each.rails), each.source)
            for each in country.known_banks.order_by("name")
        ]
        return table((_("Bank"), _("National id"), _("Rails"), _("Source")), rows)


class CapabilityMoveInline(ReadOnlyInline):
    """The history of one capability."""

    model = CapabilityMove
    fields = ("from_state", "to_state", "at", "by", "reason")
    ordering = ("-id",)


class CapabilityStateFilter(choice_filter("state", _("state"), CapabilityState.values)):  # type: ignore[misc]
    """By state; ``failing`` is what checks moved away from open."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the states, and the group that waits for a person."""
        found: list[tuple[str, Any]] = super().lookups(request, model_admin)
        return [("failing", _("degraded or suspended")), *found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Narrow the list."""
        if self.value() == "failing":
            return queryset.filter(state__in=FAILING)
        found: QuerySet[Model] = super().queryset(request, queryset)
        return found


@admin.register(CountryCapability)
class CountryCapabilityAdmin(ReadOnlyAdmin):
    """One kind of business in one country."""

    list_display = ("country", "capability", "colour", "since_at", "opened_by")
    list_filter = (
        CapabilityStateFilter,
        choice_filter("capability", _("business"), Capability.values),
        row_filter("country_id", _("country"), country_choices),
        recent_filter("since_at", _("since")),
    )
    list_select_related = ("country", "opened_by")
    search_fields = ("country__iso2__exact", "capability__startswith")
    ordering = ("country__name", "id")
    fields = ("country", "capability", "colour", "since_at", "opened_by", "proof")
    readonly_fields = ("colour", "proof")
    inlines = (CapabilityMoveInline,)

    @admin.display(description=_("state"), ordering="state")
    def colour(self, capability: CountryCapability) -> SafeString:
        """Show the state."""
        return state_words(capability.state)

    @admin.display(description=_("evidence of the opening"))
    def proof(self, capability: CountryCapability) -> SafeString | str:
        """Lead to the check on which a person opened it."""
        if capability.evidence_id is None:
            return "—"
        return record_link(
            "payments_availabilitycheck", capability.evidence_id, capability.evidence
        )

    def tools(self, capability: CountryCapability) -> Iterable[Tool]:
        """Open or close."""
        return capability_tools(capability)


def _is_healthy(bank: Bank) -> bool:
    health = getattr(bank, "health", None)
    return bool(health and health.is_healthy)
