"""What is owed and what lives, on the staff's site."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, Fact, ReadOnlyAdmin, Tool, recent_filter, state_words
from core.models import Duty, Heartbeat, Tick
from core.tasks import release_parked
from core.transactions import owns_block
from people.services.audit import record

_STAGES = {
    "waiting": {"done_at__isnull": True, "parked_at__isnull": True},
    "parked": {"parked_at__isnull": False},
    "done": {"done_at__isnull": False},
}


class StageFilter(admin.SimpleListFilter):
    """Where a duty is: waiting, parked or done."""

    title = _("stage")
    parameter_name = "stage"

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: "admin.ModelAdmin[Any]",  # noqa: ARG002
    ) -> list[tuple[str, Any]]:
        """Offer the three."""
        return [("waiting", _("waiting")), ("parked", _("parked")), ("done", _("done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
        """Narrow the list."""
        return queryset.filter(**_STAGES.get(self.value() or "", {}))


@admin.register(Duty)
class DutyAdmin(ReadOnlyAdmin):
    """What must still be done; a parked duty waits for a person."""

    list_display = ("id", "event", "stage", "attempts", "due_at", "handler", "failure")
    list_filter = (StageFilter, recent_filter("created_at", _("made"), is_wall=True))
    search_fields = ("event__startswith", "payload__payment_id__exact")
    search_help_text = _("Event, or a payment's id.")
    ordering = ("-id",)
    audit_field = "event"
    fieldsets = (
        (None, {"fields": ("event", "handler", "payload", "stage")}),
        (
            _("Moments"),
            {"fields": ("created_at", "due_at", "leased_until", "done_at", "parked_at")},
        ),
        (_("Tries"), {"fields": ("attempts", "last_error")}),
    )

    @admin.display(description=_("stage"))
    def stage(self, duty: Duty) -> str:
        """Say where the duty is."""
        if duty.done_at is not None:
            return state_words("done")
        return state_words("parked" if duty.parked_at is not None else "waiting")

    @admin.display(description=_("last error"))
    def failure(self, duty: Duty) -> str:
        """Show the beginning of the last error."""
        return duty.last_error[:80]

    def tools(self, duty: Duty) -> Iterable[Tool]:
        """A parked duty can be made due again."""
        if duty.parked_at is not None:
            url = reverse("staff-release-duty", args=[duty.pk])
            yield Tool(_("Make due again"), url, "core.release_duty")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """Last signs of life."""

    list_display = ("name", "beat_at")
    ordering = ("name",)
    audit_field = "name"


@admin.register(Tick)
class TickAdmin(ReadOnlyAdmin):
    """The lines of the clock's page: when each last ran, where, and whether it fails."""

    list_display = ("name", "begun_at", "ended_at", "leased_until", "failures", "failure")
    ordering = ("name",)
    audit_field = "name"
    fieldsets = (
        (None, {"fields": ("name", "begun_at", "ended_at", "leased_until", "worked_by")}),
        (_("Tries"), {"fields": ("failures", "last_error")}),
    )

    @admin.display(description=_("last error"))
    def failure(self, tick: Tick) -> str:
        """Show the beginning of the last error; a run that goes well clears it."""
        return tick.last_error[:80]


class ReleaseDuty(Act):
    """Make a parked duty due again, after a look at why it failed."""

    permission = "core.release_duty"
    title = _("Make a parked duty due again")
    words = _(
        "The workers try it again at once, up to five times. Do this when what made it fail is"
        " gone: a duty is safe to repeat, and an outcome that is known is never made twice."
    )
    button = _("Make due again")
    duty: Duty

    def find(self) -> None:
        """Load the duty, which must be parked.

        Raises:
            Http404: There is no such duty, or it is not parked.
        """
        found = Duty.objects.filter(pk=self.kwargs["duty_id"], parked_at__isnull=False).first()
        if found is None:
            raise Http404
        self.duty = found

    def facts(self) -> list[Fact]:
        """Show what it is and why it failed."""
        return [
            Fact(_("Event"), self.duty.event),
            Fact(_("Handler"), self.duty.handler),
            Fact(_("About"), self.duty.payload),
            Fact(_("Last error"), self.duty.last_error),
        ]

    def back(self) -> str:
        """Return to the duty."""
        return reverse("admin:core_duty_change", args=[self.duty.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Write who wants it tried again, then make it due."""
        with owns_block("config.admin.release_duty"):
            record(
                actor=staff,
                action="duty.released",
                object_ref=self.duty.event,
                before={"duty": self.duty.pk, "last_error": self.duty.last_error[:200]},
                after={"payload": self.duty.payload},
                reason=answers["reason"],
            )
        release_parked(duty_id=self.duty.pk)
        return gettext("The duty is due again.")
