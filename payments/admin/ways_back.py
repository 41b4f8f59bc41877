"""Money on its way back to whoever paid it in, and asking its bank what became of it."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import Http404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import (
    Act,
    Fact,
    ReadOnlyAdmin,
    Tool,
    amount,
    choice_filter,
    queue_filter,
    record_link,
    state_words,
)
from core.errors import StateConflict
from core.events import Later
from payments.models import WayBack
from payments.queries.queues import open_ways_back
from payments.services.ways_back import look_up_way_back
from payments.statement_enums import WayBackState

_MAY = "payments.resolve_statementline"
_ASKABLE = (WayBackState.SENT, WayBackState.UNKNOWN)


@admin.register(WayBack)
class WayBackAdmin(ReadOnlyAdmin):
    """Instructions to send money back, the newest first."""

    list_display = ("return_id", "bank", "colour", "money", "asked_at", "reason")
    list_filter = (
        queue_filter("open", _("shown"), ("yes", _("not yet by a statement")), open_ways_back),
        choice_filter("state", _("state"), WayBackState.values),
    )
    list_select_related = ("line__bank",)
    search_fields = ("return_id__exact", "line__bank_reference__exact")
    search_help_text = _("The instruction, or the bank's reference of what came in.")
    ordering = ("-id",)
    readonly_fields = ("bank", "colour", "money", "came_as")
    fields = (
        "return_id",
        "bank",
        "colour",
        "money",
        "came_as",
        "asked_at",
        "sent_at",
        "answered_at",
        "reason",
        "bank_reference",
        "look_ups",
        "look_up_at",
    )

    def tools(self, row: WayBack) -> Iterable[Tool]:
        """What a bank was told and has not decided it may be asked about."""
        if row.state in _ASKABLE:
            url = reverse("staff-ask-way-back", args=[row.return_id])
            yield Tool(_("Ask the bank…"), url, _MAY)

    def trail_term(self, row: WayBack) -> str:
        """Its history is the line's."""
        return row.line.reference

    @admin.display(description=_("bank"))
    def bank(self, row: WayBack) -> str:
        """Name the bank."""
        return row.line.bank.name

    @admin.display(description=_("state"))
    def colour(self, row: WayBack) -> SafeString:
        """Show the state."""
        return state_words(row.state)

    @admin.display(description=_("amount"))
    def money(self, row: WayBack) -> str:
        """Show how much goes back."""
        return amount(row.amount_minor, row.currency)

    @admin.display(description=_("what came in"))
    def came_as(self, row: WayBack) -> SafeString:
        """Lead to the line."""
        return record_link("payments_statementline", row.line_id, row.line.reference)


class AskWayBack(Act):
    """The bank is asked what became of it; nothing is sent again."""

    permission = _MAY
    title = _("Ask a bank about money on its way back")
    words = _("The bank is asked what became of it. Nothing is sent again.")
    button = _("Ask")
    row: WayBack

    def find(self) -> None:
        """Load the row."""
        rows = WayBack.objects.select_related("line__bank")
        found = rows.filter(return_id=self.kwargs["return_id"]).first()
        if found is None:
            raise Http404
        self.row = found

    def facts(self) -> list[Fact]:
        """Show what is known."""
        row = self.row
        return [
            Fact(_("Instruction"), row.return_id),
            Fact(_("Bank"), row.line.bank),
            Fact(_("Amount"), amount(row.amount_minor, row.currency)),
            Fact(_("State"), state_words(row.state)),
            Fact(_("Told the bank"), row.sent_at or "—"),
        ]

    def back(self) -> str:
        """Return to the row."""
        return reverse("admin:payments_wayback_change", args=[self.row.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Ask."""
        try:
            row = look_up_way_back(
                staff=staff, return_id=self.row.return_id, reason=answers["reason"]
            )
        except Later as later:
            raise StateConflict(_("The bank is left alone for a moment. Ask again.")) from later
        words = {
            WayBackState.EXECUTED: _("The bank has sent it back; its statement will show it."),
            WayBackState.REFUSED: _("The bank refused it; the line waits for you again."),
        }
        return str(words.get(WayBackState(row.state)) or gettext("It is still not known."))
