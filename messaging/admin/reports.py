"""What members told the operator of: the evidence as it was then, and what staff made of it."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import (
    Act,
    Fact,
    ReadOnlyAdmin,
    Tool,
    choice_filter,
    queue_filter,
    recent_filter,
    record_link,
    table,
)
from messaging.enums import ReportReason
from messaging.models import Report
from messaging.services.reports import close_report


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Reports, the newest first. Of a conversation staff see what was reported, and no more."""

    list_display = ("public_id", "reason", "about", "reporter", "created_at", "closed_at")
    list_filter = (
        queue_filter(
            "open", _("open"), ("yes", _("yes")), lambda rows: rows.filter(closed_at__isnull=True)
        ),
        choice_filter("reason", _("reason"), ReportReason.values),
        recent_filter("created_at", _("told")),
    )
    list_select_related = ("about", "reporter")
    search_fields = ("public_id__exact", "about__public_id__exact", "reporter__public_id__exact")
    search_help_text = _("Report or party.")
    ordering = ("-id",)
    readonly_fields = ("sides", "shown")
    fields = (
        "public_id",
        "reason",
        "words",
        "sides",
        "created_at",
        "shown",
        "closed_at",
        "closed_by",
        "outcome",
    )

    def tools(self, record: Report) -> Iterable[Tool]:
        """Offer to close an open report."""
        if record.closed_at is None:
            url = reverse("staff-close-report", args=[record.public_id])
            yield Tool(_("Close…"), url, "messaging.close_report")

    @admin.display(description=_("who"))
    def sides(self, report: Report) -> SafeString:
        """Show who told, of whom, and where."""
        about = report.about
        rows = [
            (_("Told by"), record_link("people_party", report.reporter_id, report.reporter)),
            (_("About"), record_link("people_party", about.pk, about) if about else "—"),
            (
                _("Conversation"),
                record_link("messaging_conversation", report.conversation_id, report.conversation),
            ),
        ]
        return table((_("Side"), _("Party")), rows)

    @admin.display(description=_("evidence"))
    def shown(self, report: Report) -> SafeString:
        """Show what the reporter saw, with the earlier words of what was changed."""
        rows = [
            (each["seq"], each["name"], each["created_at"], each["type"], _said(each))
            for each in report.evidence
        ]
        heads = (_("Number"), _("Sender"), _("When"), _("Type"), _("What it says"))
        return table(heads, rows)


def _said(shown: dict[str, Any]) -> SafeString:
    """Return what a message says, and below it what it said before."""
    now = _words(shown["content"]) or gettext("(deleted)")
    before = [f"{each['act']}: {_words(each['content'])}" for each in shown["earlier"]]
    return format_html("{}", " ← ".join([now, *before[::-1]]))


def _words(content: dict[str, Any]) -> str:
    for key in ("text", "caption", "name", "what"):
        if content.get(key):
            return str(content[key])
    return ", ".join(str(value) for value in content.values())[:500]


class CloseReport(Act):
    """Say what was found."""

    permission = "messaging.close_report"
    title = _("Close a report")
    words = _(
        "The report leaves the queue with what you write. Freeze the person or close the shop first"
        " if that is what it takes; neither side is told."
    )
    button = _("Close the report")
    report: Report

    def find(self) -> None:
        """Load the report."""
        found = Report.objects.filter(public_id=self.kwargs["report_id"]).first()
        if found is None:
            raise Http404
        self.report = found

    def facts(self) -> list[Fact]:
        """Show what it is about."""
        return [
            Fact(_("Report"), self.report),
            Fact(_("Reason"), self.report.reason),
            Fact(_("About"), self.report.about or "—"),
        ]

    def back(self) -> str:
        """Return to the report."""
        return reverse("admin:messaging_report_change", args=[self.report.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Close."""
        close_report(staff=staff, report_id=self.report.public_id, outcome=answers["reason"])
        return gettext("The report is closed.")
