"""The audit trail on the staff's site: the list, one entry, and its export."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import Act, ReadOnlyAdmin, ReasonForm, Tool, recent_filter, row_filter, table
from core.clock import business_now
from people.models import AuditEntry, Person
from people.phones import shown_phone
from people.services.audit_export import TrailFilter, export_lines, note_export

_NOUNS = [
    (f"{noun}.", noun.replace("_", " "))
    for noun in (
        "approval",
        "audit",
        "batch",
        "capability",
        "dispute",
        "duty",
        "hold",
        "limit",
        "payout",
        "payout_account",
        "person",
        "refund",
        "review",
        "shop",
        "staff",
        "statement_line",
    )
]
"""What acts are about; an act is called ``noun.past``."""

_KEY = re.compile(r"[0-9]{1,18}")
PERSON_TERM = "person:"
"""Begins a search for what was done to one person, who is named by their key, not their number."""


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit trail, newest first."""

    list_display = ("id", "at", "who", "action", "thing", "reason", "place")
    list_filter = (
        row_filter("action__startswith", _("about"), lambda: _NOUNS),
        recent_filter("at", _("done")),
    )
    search_fields = ("object_ref__startswith", "actor_login__exact", "action__startswith")
    search_help_text = _("Public id or code of the thing, a login, or an action such as hold.")
    ordering = ("-id",)
    audit_field = "object_ref"
    readonly_fields = ("who", "thing", "place", "changes")
    fields = ("at", "who", "action", "thing", "reason", "changes", "place")

    def list_tools(self) -> Iterable[Tool]:
        """The trail can be taken along."""
        yield Tool(_("Export…"), reverse("staff-export-audit"), "people.export_auditentry")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a person's entries by their key for who may see people."""
        term = search_term.strip()
        key = term.removeprefix(PERSON_TERM)
        if not (term.startswith(PERSON_TERM) and _KEY.fullmatch(key)):
            return super().get_search_results(request, queryset, search_term)
        rows = Person.objects.filter(pk=int(key)).select_related("party")
        person = rows.first() if request.user.has_perm("people.view_person") else None
        names = [] if person is None else [person.login]
        if person is not None and person.party is not None:
            names.append(person.party.public_id)
        return queryset.filter(object_ref__in=names), False

    @admin.display(description=_("who"))
    def who(self, entry: AuditEntry) -> str:
        """Name the actor as the entry does; of a phone number only the end is shown."""
        return _shown(entry.actor_login) or "—"

    @admin.display(description=_("thing"))
    def thing(self, entry: AuditEntry) -> str:
        """Name the thing; a person goes by the end of their number."""
        return _shown(entry.object_ref)

    @admin.display(description=_("place in the chain"), ordering="seq")
    def place(self, entry: AuditEntry) -> str:
        """Show the place in the chain and the beginning of the hash."""
        if entry.seq is None or entry.hash is None:
            return "…"
        return f"{entry.seq} · {bytes(entry.hash).hex()[:12]}"

    @admin.display(description=_("before and after"))
    def changes(self, entry: AuditEntry) -> SafeString:
        """Show both side by side."""
        names = sorted({*entry.before, *entry.after})
        rows = [(name, entry.before.get(name, ""), entry.after.get(name, "")) for name in names]
        return table((_("What"), _("Before"), _("After")), rows)


class ExportForm(ReasonForm):
    """Which part of the trail is taken along."""

    field_order = ("actor", "action", "object_ref", "since", "until", "reason")

    actor = forms.CharField(label=_("Who"), max_length=64, required=False, help_text=_("A login."))
    action = forms.CharField(
        label=_("What"), max_length=64, required=False, help_text=_("Its beginning, such as hold.")
    )
    object_ref = forms.CharField(
        label=_("On what"), max_length=80, required=False, help_text=_("The beginning of its id.")
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To, this day included"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class ExportAudit(Act):
    """Take a part of the audit trail out of the house, as CSV."""

    permission = "people.export_auditentry"
    title = _("Export the audit trail")
    words = _(
        "The file holds who did what to whom, for whoever may read it. That you took it, and"
        " why, is itself written into the trail. Days are in UTC."
    )
    button = _("Export as CSV")
    form_class = ExportForm

    def back(self) -> str:
        """Return to the trail."""
        return reverse("admin:people_auditentry_changelist")

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Note it, then let the rows leave one by one."""
        form = self.form_class(request.POST)
        if not form.is_valid():
            return super().post(request, **kwargs)
        wanted = _wanted(form.cleaned_data)
        staff: Any = request.user
        note_export(staff=staff, wanted=wanted, reason=form.cleaned_data["reason"])
        name = f"audit-{business_now():%Y%m%d-%H%M%S}.csv"
        answer = StreamingHttpResponse(export_lines(wanted), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer  # type: ignore[return-value]  # Both are answers; django-stubs part them.


def _shown(name: str) -> str:
    return shown_phone(name) if name.startswith("+") else name


def _wanted(answers: dict[str, Any]) -> TrailFilter:
    """Read the form's days as moments."""
    since, until = answers["since"], answers["until"]
    return TrailFilter(
        actor=answers["actor"],
        action=answers["action"],
        object_ref=answers["object_ref"],
        since=datetime.combine(since, time.min, UTC) if since else None,
        until=datetime.combine(until, time.min, UTC) + timedelta(days=1) if until else None,
    )
