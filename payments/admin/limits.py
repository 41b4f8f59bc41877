"""Limits on the staff's site: the rules, what people chose, what is used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ReadOnlyAdmin,
    amount,
    choice_filter,
    link,
    queue_filter,
    recent_filter,
    record_link,
    state_words,
)
from core.clock import business_now
from payments.admin.rows import party_link, party_named, put_parties
from payments.enums import LimitCondition, LimitMeasure, LimitSide, LimitWindow
from payments.models import (
    LimitDecision,
    LimitRule,
    LimitSettings,
    LimitUsage,
    PersonalLimit,
)
from people.queries import PartyFacts, party_by_id

Key = tuple[str, str, str]
_COUNT = (LimitMeasure.COUNT.value, "")


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
        "number",
    )
    list_filter = (
        choice_filter("side", _("side"), [each.value for each in LimitSide]),
        choice_filter("window", _("window"), [each.value for each in LimitWindow]),
        choice_filter("condition", _("condition"), [each.value for each in LimitCondition]),
    )
    search_fields = ("country__exact", "kind__startswith", "name__startswith")
    ordering = ("country", "kind", "name", "tier")
    readonly_fields = ("number",)
    fields = (
        "country",
        "kind",
        "name",
        "tier",
        "side",
        "window",
        "condition",
        "number",
        "source",
    )

    @admin.display(description=_("limit"))
    def number(self, rule: LimitRule) -> str:
        """Show the number in its measure."""
        return _in_measure(rule.value, rule.measure, rule.currency)


@admin.register(PersonalLimit)
class PersonalLimitAdmin(OfAParty):
    """What people chose below their country's limits, and raises that wait."""

    list_display = ("owner", "kind", "name", "chosen", "raise_to", "raised_from", "changed_at")
    list_display_links = ("name",)
    readonly_fields: ClassVar[tuple[str, ...]] = ("owner", "chosen", "raise_to")
    list_filter = (recent_filter("changed_at", _("changed")),)
    search_fields = ("kind__startswith", "name__startswith")
    fields = ("owner", "kind", "name", "chosen", "raise_to", "raised_from", "changed_at")

    def prepare_rows(self, rows: Sequence[Any]) -> None:
        """Read the parties and the measures of a page, in two queries."""
        super().prepare_rows(rows)
        measures = _measures_of(rows)
        for row in rows:
            row.measure = measures.get(_key(row, row.owner_facts), _COUNT)

    @admin.display(description=_("chosen"))
    def chosen(self, limit: PersonalLimit) -> str:
        """Show what they chose."""
        return _in_measure(limit.value, *self._measure(limit))

    @admin.display(description=_("raised to"))
    def raise_to(self, limit: PersonalLimit) -> str:
        """Show the raise, if one was asked for; the country's own limit has no number here."""
        if limit.raised_from is None:
            return "—"
        if limit.raised_to is None:
            return str(_("the country's own"))
        return _in_measure(limit.raised_to, *self._measure(limit))

    def _measure(self, limit: PersonalLimit) -> tuple[str, str]:
        if not hasattr(limit, "measure"):
            self.prepare_rows([limit])
        measure: tuple[str, str] = limit.measure  # type: ignore[attr-defined]
        return measure


@admin.register(LimitDecision)
class LimitDecisionAdmin(ReadOnlyAdmin):
    """What two of the staff set for a person or shop, for a time."""

    list_display = ("party", "kind", "name", "number", "colour", "until", "asked_by", "approved_by")
    list_filter = (
        queue_filter(
            "standing",
            _("in force"),
            ("yes", _("yes")),
            lambda rows: rows.filter(ended_at__isnull=True, until__gt=business_now()),
        ),
        recent_filter("begins_at", _("set")),
    )
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
    list_display_links = ("changed_at",)
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

    list_display = ("owner", "rule", "window_key", "so_much")
    list_display_links = ("window_key",)
    search_fields = ("window_key__startswith",)
    readonly_fields: ClassVar[tuple[str, ...]] = ("owner", "rule", "so_much")
    fields = ("owner", "rule", "window_key", "so_much")

    def prepare_rows(self, rows: Sequence[Any]) -> None:
        """Read parties and rules of a page, in two queries."""
        super().prepare_rows(rows)
        rules = LimitRule.objects.in_bulk({row.rule_id for row in rows})
        for row in rows:
            row.rule_row = rules.get(row.rule_id)

    @admin.display(description=_("used"))
    def so_much(self, usage: LimitUsage) -> str:
        """Show what is used, in the rule's measure."""
        rule = _rule_of(usage)
        return _in_measure(usage.used, rule.measure, rule.currency) if rule else str(usage.used)

    @admin.display(description=_("rule"))
    def rule(self, usage: LimitUsage) -> SafeString | str:
        """Name the rule."""
        found = _rule_of(usage)
        return record_link("payments_limitrule", usage.rule_id, found) if found else "—"


def _standing(decision: LimitDecision, now: datetime) -> str:
    """Say whether it holds; its end comes by the clock."""
    return "ended" if decision.ended_at or decision.until <= now else "in_force"


def _measures(rows: Sequence[LimitDecision]) -> dict[Key, tuple[str, str]]:
    """Return measure and currency of the rules that decisions are about, in one query."""
    return _read_measures({row.party.country for row in rows}, {row.name for row in rows})


def _measures_of(rows: Sequence[Any]) -> dict[Key, tuple[str, str]]:
    """Return the same for rows whose parties were read."""
    countries = {row.owner_facts.country for row in rows if row.owner_facts}
    return _read_measures(countries, {row.name for row in rows})


def _read_measures(countries: set[str], names: set[str]) -> dict[Key, tuple[str, str]]:
    rules = LimitRule.objects.filter(country__in=countries, name__in=names)
    return {(each.country, each.kind, each.name): (each.measure, each.currency) for each in rules}


def _key(row: Any, party: PartyFacts | None) -> Key:
    return (party.country if party else "", row.kind, row.name)


def _written(decision: LimitDecision, measures: dict[Key, tuple[str, str]]) -> str:
    """Write the number as its rule is measured."""
    key = (decision.party.country, decision.kind, decision.name)
    return _in_measure(decision.value, *measures.get(key, _COUNT))


def _in_measure(value: int, measure: str, currency: str) -> str:
    return str(value) if measure == LimitMeasure.COUNT else amount(value, currency)


def _rule_of(usage: LimitUsage) -> LimitRule | None:
    """Return the rule of a counter, read before where a whole page was."""
    known: LimitRule | None = getattr(usage, "rule_row", None)
    return known or LimitRule.objects.filter(id=usage.rule_id).first()
