"""Requests for a colleague's approval: the list, one request, and the acts on it."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import (
    Act,
    Fact,
    ReadOnlyAdmin,
    ReasonForm,
    Tool,
    amount,
    moment_words,
    recent_filter,
    state_words,
    table,
)
from core.clock import business_now
from people.enums import ApprovalState
from people.models import ApprovalRequest, Person
from people.services.approvals import (
    approvable,
    decide_approval,
    waiting_for,
    withdraw_approval,
)
from people.services.staff import ask_groups

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?[+-]\d{2}:\d{2}")


def action_words(action: str) -> str:
    """Return what an action is called; its code where it is no longer on the page."""
    known = approvable(action)
    return str(known.words) if known else action


def difference(asked: ApprovalRequest) -> SafeString:
    """Show what it was like and what it would be like, side by side."""
    names = sorted({*asked.before, *asked.after})
    rows = [
        (name.replace("_", " "), _said(asked.before, name), _said(asked.after, name))
        for name in names
    ]
    return table((_("What"), _("As it was asked"), _("Afterwards")), rows)


class ApprovalFilter(admin.SimpleListFilter):
    """By state; ``mine`` is what waits for the one who looks."""

    title = _("state")
    parameter_name = "state"

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: "admin.ModelAdmin[Any]",  # noqa: ARG002
    ) -> list[tuple[str, Any]]:
        """Offer what waits for me, and the states."""
        states = [(each.value, each.value) for each in ApprovalState]
        return [("mine", _("waiting for me")), *states]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Narrow the list."""
        chosen = self.value()
        if chosen == "mine":
            person: Any = request.user
            return queryset.filter(pk__in=waiting_for(person).order_by().values("pk"))
        return queryset.filter(state=chosen) if chosen in ApprovalState.values else queryset


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(ReadOnlyAdmin):
    """What one member of staff asked for and another decides about."""

    list_display = ("public_id", "what", "object_ref", "colour", "maker", "checker", "asked_at")
    list_filter = (ApprovalFilter, recent_filter("asked_at", _("asked")))
    list_select_related = ("maker", "checker")
    search_fields = ("public_id__startswith", "object_ref__startswith", "maker__login__exact")
    search_help_text = _("Request, thing, or who asked.")
    ordering = ("-id",)
    audit_field = "object_ref"
    readonly_fields = ("what", "colour", "changes")
    fieldsets = (
        (None, {"fields": ("public_id", "what", "object_ref", "colour", "changes")}),
        (_("Asked"), {"fields": ("maker", "asked_at", "reason", "expires_at")}),
        (_("Decided"), {"fields": ("checker", "decided_at", "decision_reason")}),
    )

    def prepare_rows(self, rows: Sequence[Any]) -> None:
        """Read the clock once for a page."""
        now = business_now()
        for row in rows:
            row.state_now = _state(row, now)

    def tools(self, asked: ApprovalRequest) -> Iterable[Tool]:
        """Offer to decide; the act's own page says who may."""
        known = approvable(asked.action)
        if asked.state != ApprovalState.WAITING or known is None:
            return
        here = [asked.public_id]
        yield Tool(_("Approve…"), reverse("staff-approve-request", args=here), known.permission)
        declining = reverse("staff-decline-request", args=here)
        yield Tool(_("Decline…"), declining, known.permission, is_grave=True)
        yield Tool(_("Take back…"), reverse("staff-withdraw-request", args=here), is_grave=True)

    @admin.display(description=_("act"), ordering="action")
    def what(self, asked: ApprovalRequest) -> str:
        """Name the act."""
        return action_words(asked.action)

    @admin.display(description=_("state"))
    def colour(self, asked: ApprovalRequest) -> SafeString:
        """Show the state; a request that ran out is shown as such before anybody touches it."""
        known = getattr(asked, "state_now", None)
        return state_words(known or _state(asked, business_now()))

    @admin.display(description=_("before and after"))
    def changes(self, asked: ApprovalRequest) -> SafeString:
        """Show both side by side."""
        return difference(asked)


class _ApprovalAct(Act):
    """Something about one request."""

    permission = "people.view_approvalrequest"
    asked: ApprovalRequest

    def find(self) -> None:
        """Load the request."""
        rows = ApprovalRequest.objects.select_related("maker")
        found = rows.filter(public_id=self.kwargs["approval_id"]).first()
        if found is None:
            raise Http404
        self.asked = found

    def facts(self) -> list[Fact]:
        """Show what was asked, by whom, until when, and what it changes."""
        return [
            Fact(_("Act"), action_words(self.asked.action)),
            Fact(_("On"), self.asked.object_ref),
            Fact(_("Asked by"), f"{self.asked.maker}, {moment_words(self.asked.asked_at)}"),
            Fact(_("Because"), self.asked.reason),
            Fact(_("State"), state_words(_state(self.asked, business_now()))),
            Fact(_("May be approved until"), moment_words(self.asked.expires_at)),
            Fact(_("Change"), difference(self.asked)),
        ]

    def back(self) -> str:
        """Return to the request."""
        return reverse("admin:people_approvalrequest_change", args=[self.asked.pk])


class _DecideAct(_ApprovalAct):
    """One of the two ways in which a second person ends a request."""

    approves: ClassVar[bool]

    def find(self) -> None:
        """Load the request; who may not decide about its act is not let in."""
        super().find()
        known = approvable(self.asked.action)
        if known is None or not self.request.user.has_perm(known.permission):
            raise PermissionDenied

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Decide."""
        decide_approval(
            checker=staff,
            approval_id=self.asked.public_id,
            approve=self.approves,
            reason=answers["reason"],
        )
        return gettext("It is done.") if self.approves else gettext("It is declined.")


class ApproveRequest(_DecideAct):
    """The second of two people approves, and it is done."""

    approves = True
    title = _("Approve a colleague's act")
    words = _(
        "It is done at once, and once. If the thing is no longer as it was when it was asked for,"
        " nothing is done and the request ends."
    )
    button = _("Approve and do it now")


class DeclineRequest(_DecideAct):
    """The second of two people declines, and nothing is done."""

    approves = False
    title = _("Decline a colleague's act")
    words = _("Nothing is done and the request ends; it can be asked for anew.")
    button = _("Decline")
    is_grave = True


class WithdrawApproval(_ApprovalAct):
    """Whoever asked takes it back."""

    title = _("Take back what you asked for")
    words = _("Nothing is done and the request ends; it can be asked for anew.")
    button = _("Take it back")
    is_grave = True

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Take it back."""
        withdraw_approval(maker=staff, approval_id=self.asked.public_id, reason=answers["reason"])
        return gettext("It is taken back.")


class GroupsForm(ReasonForm):
    """All groups that somebody will be in."""

    field_order = ("groups", "reason")

    groups = forms.ModelMultipleChoiceField(
        label=_("Groups from now on"),
        queryset=Group.objects.order_by("name"),
        to_field_name="name",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None at all takes every right away."),
    )


class ChangeGroups(Act):
    """Ask a colleague to approve what a member of staff may do."""

    permission = "people.appoint_person"
    title = _("Change what a member of staff may do")
    words = _("A colleague has to approve it; until then nothing changes.")
    button = _("Ask for approval")
    form_class = GroupsForm
    person: Person

    def find(self) -> None:
        """Load the member of staff."""
        found = Person.objects.filter(pk=self.kwargs["person_id"], is_staff=True).first()
        if found is None:
            raise Http404
        self.person = found

    def facts(self) -> list[Fact]:
        """Show who it is and what they are in."""
        groups = self.person.groups.order_by("name").values_list("name", flat=True)
        everything = _("yes, whatever the groups") if self.person.is_superuser else _("no")
        return [
            Fact(_("Member of staff"), self.person.login),
            Fact(_("In the groups"), ", ".join(groups) or gettext("none")),
            Fact(_("May do everything"), everything),
        ]

    def starting(self) -> dict[str, Any]:
        """Start with what they are in."""
        return {"groups": list(self.person.groups.values_list("name", flat=True))}

    def back(self) -> str:
        """Return to the member of staff."""
        return reverse("admin:people_person_change", args=[self.person.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Ask."""
        names = [group.name for group in answers["groups"]]
        ask_groups(maker=staff, login=self.person.login, groups=names, reason=answers["reason"])
        return gettext("A colleague has to approve it now.")


def _state(asked: ApprovalRequest, now: datetime) -> str:
    is_over = asked.state == ApprovalState.WAITING and asked.expires_at <= now
    return ApprovalState.EXPIRED.value if is_over else asked.state


def _said(facts: dict[str, Any], name: str) -> str:
    """Write one value as people read it."""
    found = facts.get(name, "")
    if isinstance(found, dict) and set(found) == {"amount_minor", "currency"}:
        return amount(found["amount_minor"], found["currency"])
    if isinstance(found, bool):
        return gettext("yes") if found else gettext("no")
    if found is None or found == "":
        return "—"
    if isinstance(found, str) and _MOMENT.fullmatch(found):
        return moment_words(datetime.fromisoformat(found))
    return ", ".join(map(str, found)) if isinstance(found, list) else str(found)
