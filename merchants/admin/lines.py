"""Shops' own numbers on the staff's site, and the templates that wait for a word."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.http import Http404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, Fact, ReadOnlyAdmin, Tool, choice_filter, recent_filter, state_words
from merchants.enums import TemplateState
from merchants.models import Line, LineTemplate
from merchants.services.line_templates import decide_template

_MAY = "merchants.decide_linetemplate"


@admin.register(Line)
class LineAdmin(ReadOnlyAdmin):
    """Shops' numbers; never their secrets."""

    list_display = ("address", "shop", "phone_number", "is_registered", "is_subscribed", "made_at")
    list_filter = (recent_filter("made_at", _("made")),)
    list_select_related = ("shop",)
    search_fields = ("address__startswith", "shop__public_id__exact", "phone_number__exact")
    search_help_text = _("Digits of the number, shop, or the number's id.")
    ordering = ("-id",)
    fields = (
        "address",
        "shop",
        "app_number",
        "account_number",
        "phone_number",
        "profile",
        "is_cart_enabled",
        "is_catalog_visible",
        "is_registered",
        "is_subscribed",
        "has_summaries",
        "made_at",
    )


@admin.register(LineTemplate)
class LineTemplateAdmin(ReadOnlyAdmin):
    """Templates of shops."""

    list_display = ("number", "shop", "name", "language", "category", "colour", "made_at")
    list_filter = (choice_filter("state", _("state"), TemplateState.values),)
    list_select_related = ("shop",)
    search_fields = ("number__exact", "shop__public_id__exact", "name__startswith")
    search_help_text = _("Number, shop, or the beginning of the name.")
    ordering = ("-id",)
    readonly_fields = ("colour",)
    fields = (
        "number",
        "shop",
        "name",
        "language",
        "category",
        "components",
        "colour",
        "reason",
        "made_at",
    )

    def tools(self, template: LineTemplate) -> Iterable[Tool]:
        """A template that waits is approved or refused."""
        if template.state == TemplateState.PENDING:
            here = [template.number]
            yield Tool(_("Approve…"), reverse("staff-template-approved", args=here), _MAY)
            url = reverse("staff-template-rejected", args=here)
            yield Tool(_("Refuse…"), url, _MAY, is_grave=True)

    @admin.display(description=_("state"), ordering="state")
    def colour(self, template: LineTemplate) -> SafeString:
        """Show the state."""
        return state_words(template.state)


class _TemplateAct(Act):
    """One decision about one template."""

    permission = _MAY
    template: LineTemplate
    is_approved: ClassVar[bool]

    def find(self) -> None:
        """Load the template."""
        rows = LineTemplate.objects.select_related("shop")
        waiting = rows.filter(state=TemplateState.PENDING)
        found = waiting.filter(number=self.kwargs["number"]).first()
        if found is None:
            raise Http404
        self.template = found

    def facts(self) -> list[Fact]:
        """Show what it says."""
        said = " / ".join(str(each.get("text", "")) for each in self.template.components)
        return [
            Fact(_("Shop"), self.template.shop),
            Fact(_("Template"), str(self.template)),
            Fact(_("What it says"), said),
        ]

    def back(self) -> str:
        """Return to the template."""
        return reverse("admin:merchants_linetemplate_change", args=[self.template.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Decide."""
        decide_template(
            staff=staff,
            number=self.template.number,
            is_approved=self.is_approved,
            reason=answers["reason"],
        )
        return gettext("The template is decided.")


class ApproveTemplate(_TemplateAct):
    """The template may be sent."""

    is_approved = True
    title = _("Approve a template")
    words = _("The shop may send it to whoever it talks with, also after a day of silence.")
    button = _("Approve")


class RejectTemplate(_TemplateAct):
    """The template may not be sent."""

    is_approved = False
    title = _("Refuse a template")
    words = _("The shop's programs read the reason.")
    button = _("Refuse")
    is_grave = True
