"""What banks had denied and then showed to be executed, and what a person found out about it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, Fact, ReadOnlyAdmin, ReasonForm, Tool, amount, queue_filter, state_words
from payments.models import TakenBack
from payments.services.taken_back import note_finding

FINDINGS = [
    ("executed", _("executed: nothing is ever paid in its place")),
    ("mistaken", _("the bank's paper is wrong: it was not executed")),
]


@admin.register(TakenBack)
class TakenBackAdmin(ReadOnlyAdmin):
    """What banks took back, the newest first."""

    list_display = ("name", "bank", "colour", "money", "shown_by", "found_at", "looked_at")
    list_filter = (
        queue_filter(
            "look",
            _("looked at"),
            ("needed", _("needed")),
            lambda rows: rows.filter(looked_at__isnull=True),
        ),
    )
    list_select_related = ("bank", "attempt", "payout")
    search_fields = ("payout__public_id__exact", "attempt__instruction_id__exact")
    search_help_text = _("The payout, or the instruction.")
    ordering = ("-id",)
    readonly_fields = ("name", "colour", "money")
    fields = (
        "name",
        "bank",
        "colour",
        "money",
        "shown_by",
        "found_at",
        "looked_by",
        "looked_at",
        "is_mistaken",
        "finding",
    )

    def tools(self, row: TakenBack) -> Iterable[Tool]:
        """What nobody has looked at can be looked into."""
        if row.looked_at is None:
            url = reverse("staff-taken-back", args=[row.pk])
            yield Tool(_("Say what was found…"), url, "payments.reissue_payout")

    @admin.display(description=_("movement"))
    def name(self, row: TakenBack) -> str:
        """Name the movement."""
        return row.reference

    @admin.display(description=_("what was known"), ordering="said")
    def colour(self, row: TakenBack) -> SafeString:
        """Show what the bank had said."""
        return state_words(row.said)

    @admin.display(description=_("amount"))
    def money(self, row: TakenBack) -> str:
        """Show what was moved."""
        return _money(row)


class FindingForm(ReasonForm):
    """What was found out."""

    found = forms.ChoiceField(label=_("It was"), choices=FINDINGS, widget=forms.RadioSelect)
    field_order = ("found", "reason")


class SayFinding(Act):
    """A person asked the bank which of its two words is true."""

    permission = "payments.reissue_payout"
    title = _("Say what a bank's contradiction was")
    words = _(
        "The bank had refused this, and its paper shows that it was executed. Ask the bank. While"
        " it counts as executed, nothing can be paid in its place: no new payout, no refund."
    )
    button = _("Note it")
    form_class = FindingForm
    row: TakenBack

    def find(self) -> None:
        """Load the row."""
        rows = TakenBack.objects.select_related("bank", "attempt", "payout")
        found = rows.filter(pk=self.kwargs["key"]).first()
        if found is None:
            raise Http404
        self.row = found

    def facts(self) -> list[Fact]:
        """Show both words of the bank."""
        row = self.row
        return [
            Fact(_("Movement"), row.reference),
            Fact(_("Bank"), row.bank),
            Fact(_("Amount"), _money(row)),
            Fact(_("What was known"), state_words(row.said)),
            Fact(_("Shown by its"), row.shown_by),
            Fact(_("Found"), row.found_at),
        ]

    def back(self) -> str:
        """Return to the row."""
        return reverse("admin:payments_takenback_change", args=[self.row.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Note it."""
        is_mistaken = answers["found"] == "mistaken"
        note_finding(
            staff=staff, key=self.row.pk, is_mistaken=is_mistaken, finding=answers["reason"]
        )
        return gettext("Noted.")


def _money(row: TakenBack) -> str:
    if row.payout is not None:
        return amount(row.payout.net_minor, row.payout.currency)
    return amount(row.attempt.amount_minor, row.attempt.currency) if row.attempt else "—"
