"""Limits and receipts on the staff's site: the rules, what people chose, what is used."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, amount, choice_filter, recent_filter, record_link
from payments.admin.rows import mono, party_link, party_named, put_parties
from payments.enums import LimitCondition, LimitSide, LimitWindow
from payments.models import (
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
