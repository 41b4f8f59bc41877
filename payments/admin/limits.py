"""Limits and receipts on the staff's site: the rules, what people chose, what is used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ReadOnlyAdmin,
    amount,
    choice_filter,
    link,
    recent_filter,
    record_link,
    state_words,
)
from core.clock import business_now
from payments.admin.rows import mono, party_link, party_named, put_parties
from payments.enums import LimitCondition, LimitMeasure, LimitSide, LimitWindow
from payments.models import (
    LimitDecision,
    LimitRule,
    LimitSettings,
    LimitUsage,
    PersonalLimit,
    Receipt,
    ReceiptKey,
)
from payments.receipt_codes import read_code, shown_code
from people.queries import party_by_id


class OfAParty(ReadOnlyAdmin):
    """Rows that name their party by its bare id; found by phone number or public id."""

    search_help_text = _("Party's id, or phone with country code.")
    readonly_fields: ClassVar[tuple[str, ...]] = ("owner",)
    ordering = ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a party's rows as well."""
        term = search_term.strip()
        if term.startswith(("pty_", "+")):
            return queryset.filter(party_id=party_named(term) or 0), False
        return super().get_search_results(request, queryset, term)

    def prepare_rows(self, rows: Sequence[Any]) -> None:
        """Read the parties of a page, in one query."""
        put_parties(rows, owner_facts="party_id")

    @admin.display(description=_("party"))
    def owner(self, row: Any) -> SafeString | str:
        """Name whose it is."""
        known = hasattr(row, "owner_facts")
        return party_link(row.owner_facts if known else party_by_id(row.party_id))


class StandingFilter(admin.SimpleListFilter):
    """Whether what staff set still holds."""

    title = _("in force")
    parameter_name = "standing"

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: "admin.ModelAdmin[Any]",  # noqa: ARG002
    ) -> list[tuple[str, Any]]:
        """Offer one choice."""
        return [("yes", _("yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
        """Narrow the list."""
        if self.value() != "yes":
            return queryset
        return queryset.filter(ended_at__isnull=True, until__gt=business_now())


@admin.register(LimitRule)
class LimitRuleAdmin(ReadOnlyAdmin):
    """The countries' limits, with their sources."""

    list_display = (
        "country",
        "kind",
        "name",
        "tier",
        "side",
        "window",
        "condition",
        "measure",
        "value",
        "currency",
    )
    list_filter = (
        choice_filter("side", _("side"), [each.value for each in LimitSide]),
        choice_filter("window", _("window"), [each.value for each in LimitWindow]),
        choice_filter("condition", _("condition"), [each.value for each in LimitCondition]),
    )
    search_fields = ("country__exact", "kind__startswith", "name__startswith")
    ordering = ("country", "kind", "name", "tier")


@admin.register(PersonalLimit)
class PersonalLimitAdmin(OfAParty):
    """What people chose below their country's limits, and raises that wait."""

    list_display = ("owner", "kind", "name", "value", "raised_to", "raised_from", "changed_at")
    list_filter = (recent_filter("changed_at", _("changed")),)
    search_fields = ("kind__startswith", "name__startswith")
    fields = ("owner", "kind", "name", "value", "raised_to", "raised_from", "changed_at")


@admin.register(LimitDecision)
class LimitDecisionAdmin(ReadOnlyAdmin):
    """What two of the staff set for a person or shop, for a time."""

    list_display = ("party", "kind", "name", "number", "colour", "until", "asked_by", "approved_by")
    list_filter = (StandingFilter, recent_filter("begins_at", _("set")))
    list_select_related = ("party", "asked_by", "approved_by")
    search_fields = ("party__public_id__exact", "name__startswith")
    search_help_text = _("Party, or the limit's name.")
    ordering = ("-id",)
    readonly_fields = ("number", "colour", "ways")
    fields = (
        "party",
        "kind",
        "name",
        "number",
        "colour",
        "why",
        "reason",
        "begins_at",
        "until",
        "ended_at",
        "asked_by",
        "approved_by",
        "ways",
    )

    def trail_term(self, record: LimitDecision) -> str:
        """The trail names the party."""
        return record.party.public_id

    def prepare_rows(self, rows: Sequence[Any]) -> None:
        """Read the clock and the limits of a page, in one query."""
        now, limits = business_now(), _measures(rows)
        for row in rows:
            row.state_now = _standing(row, now)
            row.written = _written(row, limits)

    @admin.display(description=_("limit"))
    def number(self, decision: LimitDecision) -> str:
        """Show the number in its measure."""
        known: str | None = getattr(decision, "written", None)
        return known or _written(decision, _measures([decision]))

    @admin.display(description=_("state"))
    def colour(self, decision: LimitDecision) -> SafeString:
        """Show whether it holds."""
        known = getattr(decision, "state_now", None)
        return state_words(known or _standing(decision, business_now()))

    @admin.display(description=_("see also"))
    def ways(self, decision: LimitDecision) -> SafeString:
        """Lead to all limits of the party."""
        url = reverse("staff-party-limits", args=[decision.party.public_id])
        return link(url, _("Limits: why?"))


@admin.register(LimitSettings)
class LimitSettingsAdmin(OfAParty):
    """When people's nights begin, and who is in going-out mode."""

    list_display = ("owner", "late_night_from", "out_from", "out_until", "changed_at")
    list_filter = (recent_filter("changed_at", _("changed")),)
    search_fields = ("party_id__exact",)
    fields = (
        "owner",
        "late_night_from",
        "out_from",
        "out_until",
        "out_per_payment",
        "out_per_day",
        "changed_at",
    )


@admin.register(LimitUsage)
class LimitUsageAdmin(OfAParty):
    """How much of each rule is used in each window."""

    list_display = ("owner", "rule", "window_key", "used")
    search_fields = ("window_key__startswith",)
    readonly_fields: ClassVar[tuple[str, ...]] = ("owner", "rule")
    fields = ("owner", "rule", "window_key", "used")

    def prepare_rows(self, rows: Sequence[Any]) -> None:
        """Read parties and rules of a page, in two queries."""
        super().prepare_rows(rows)
        rules = LimitRule.objects.in_bulk({row.rule_id for row in rows})
        for row in rows:
            row.rule_row = rules.get(row.rule_id)

    @admin.display(description=_("rule"))
    def rule(self, usage: LimitUsage) -> SafeString | str:
        """Name the rule."""
        known = getattr(usage, "rule_row", None)
        found: Model | None = known or LimitRule.objects.filter(id=usage.rule_id).first()
        return record_link("payments_limitrule", usage.rule_id, found) if found else "—"


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """Signed receipts, by their code or their payment."""

    list_display = ("shown", "paid", "money", "issued_at", "key")
    list_filter = (recent_filter("issued_at", _("issued")),)
    list_select_related = ("payment", "key")
    search_fields = ("code__exact", "payment__public_id__exact")
    search_help_text = _("Receipt's code, with or without dashes, or payment's id.")
    readonly_fields = ("shown", "paid", "money")
    fields = ("shown", "paid", "money", "issued_at", "key", "signed_text", "signature")
    ordering = ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Read a code as people type it."""
        code = read_code(search_term)
        return super().get_search_results(request, queryset, code or search_term)

    @admin.display(description=_("code"))
    def shown(self, receipt: Receipt) -> SafeString:
        """Show the code in groups."""
        return mono(shown_code(receipt.code))

    @admin.display(description=_("payment"))
    def paid(self, receipt: Receipt) -> SafeString:
        """Lead to the payment."""
        payment = receipt.payment
        return record_link("payments_payment", payment.pk, payment.public_id)

    @admin.display(description=_("amount"))
    def money(self, receipt: Receipt) -> str:
        """Show how much."""
        return amount(receipt.payment.amount_minor, receipt.payment.currency)


@admin.register(ReceiptKey)
class ReceiptKeyAdmin(ReadOnlyAdmin):
    """The public keys that receipts were signed with."""

    list_display = ("key_id", "valid_from", "valid_to")
    search_fields = ("key_id__startswith",)
    ordering = ("-id",)


def _standing(decision: LimitDecision, now: datetime) -> str:
    """Say whether it holds; its end comes by the clock."""
    return "ended" if decision.ended_at or decision.until <= now else "in_force"


def _measures(rows: Sequence[LimitDecision]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Return measure and currency of the rules that decisions are about, in one query."""
    rules = LimitRule.objects.filter(
        country__in={row.party.country for row in rows}, name__in={row.name for row in rows}
    )
    return {(each.country, each.kind, each.name): (each.measure, each.currency) for each in rules}


def _written(decision: LimitDecision, measures: dict[tuple[str, str, str], tuple[str, str]]) -> str:
    """Write the number as its rule is measured."""
    key = (decision.party.country, decision.kind, decision.name)
    measure, currency = measures.get(key, (LimitMeasure.COUNT.value, ""))
    is_count = measure == LimitMeasure.COUNT
    return str(decision.value) if is_count else amount(decision.value, currency)
