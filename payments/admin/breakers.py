"""Connections to banks that are left alone, and letting one be tried now."""

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
    ReadOnlyInline,
    Tool,
    choice_filter,
    row_filter,
    state_words,
)
from payments.admin.rows import bank_choices
from payments.enums import BreakerState
from payments.models import Breaker, BreakerMove
from payments.services.breakers import try_now


class BreakerMoveInline(ReadOnlyInline):
    """The breaker's history."""

    model = BreakerMove
    fields = ("from_state", "to_state", "at", "reason")
    ordering = ("-id",)


@admin.register(Breaker)
class BreakerAdmin(ReadOnlyAdmin):
    """Circuit breakers: a bank over a rail, and whether calls go out to it."""

    list_display = ("bank", "rail", "colour", "failures", "try_at", "changed_at", "last_failure")
    list_filter = (
        choice_filter("state", _("state"), BreakerState.values),
        row_filter("bank_id", _("bank"), bank_choices),
    )
    list_select_related = ("bank",)
    search_fields = ("bank__slug__startswith",)
    ordering = ("bank_id", "rail")
    readonly_fields = ("colour",)
    fields = (
        "bank",
        "rail",
        "colour",
        "failures",
        "openings",
        "try_at",
        "changed_at",
        "last_failure",
    )
    inlines = (BreakerMoveInline,)

    def tools(self, breaker: Breaker) -> Iterable[Tool]:
        """A breaker that is not closed can be tried now."""
        if breaker.state != BreakerState.CLOSED:
            url = reverse("staff-try-connection", args=[breaker.pk])
            yield Tool(_("Try it now…"), url, "payments.try_breaker")

    @admin.display(description=_("state"), ordering="state")
    def colour(self, breaker: Breaker) -> SafeString:
        """Show the state."""
        return state_words(breaker.state)


class TryConnection(Act):
    """A person who knows that a bank works again has it tried at once."""

    permission = "payments.try_breaker"
    title = _("Try a connection now")
    words = _(
        "The next call that waits for this bank goes out at once, one only. If it goes through,"
        " everything that waits follows; if not, the pause begins anew."
    )
    button = _("Try it")
    breaker: Breaker

    def find(self) -> None:
        """Load the breaker."""
        rows = Breaker.objects.select_related("bank")
        found = rows.filter(pk=self.kwargs["breaker_id"]).first()
        if found is None:
            raise Http404
        self.breaker = found

    def facts(self) -> list[Fact]:
        """Show how the connection is."""
        breaker = self.breaker
        return [
            Fact(_("Bank"), breaker.bank),
            Fact(_("Rail"), breaker.rail),
            Fact(_("State"), state_words(breaker.state)),
            Fact(_("Failures in a row"), breaker.failures),
            Fact(_("The last one"), breaker.last_failure or "—"),
            Fact(_("Tried again at"), breaker.try_at),
        ]

    def back(self) -> str:
        """Return to the breaker."""
        return reverse("admin:payments_breaker_change", args=[self.breaker.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Let it be tried."""
        try_now(staff=staff, breaker_id=self.breaker.pk, reason=answers["reason"])
        return gettext("The next call tries it.")
