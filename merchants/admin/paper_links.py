"""Codes for an owner's phone on the staff's site: who asked for which paper, and what became of it.

The code itself is not kept, so nobody reads it here.
"""

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
    choice_filter,
    link,
    queue_filter,
    recent_filter,
    state_words,
)
from core.clock import wall_now
from merchants.enums import DocumentKind
from merchants.models import PaperLink
from merchants.queries.review_words import PAPERS
from merchants.services.paper_links import cancel_by_staff

_MAY_END = "merchants.end_paperlink"


@admin.register(PaperLink)
class PaperLinkAdmin(ReadOnlyAdmin):
    """Links that take one paper from a phone."""

    list_display = ("shop", "kind", "made_by", "made_at", "tries", "colour")
    list_display_links = ("shop", "kind")
    list_filter = (
        queue_filter(
            "standing",
            _("standing"),
            ("open", _("Open now")),
            lambda rows: rows.filter(
                used_at__isnull=True, cancelled_at__isnull=True, expires_at__gt=wall_now()
            ),
        ),
        choice_filter("kind", _("kind"), DocumentKind.values),
        recent_filter("made_at", _("made"), is_wall=True),
    )
    list_select_related = ("shop", "made_by")
    search_fields = (
        "shop__public_id__exact",
        "made_by__login__exact",
        "document__public_id__exact",
    )
    search_help_text = _("Shop, login of who asked, or the paper that came.")
    ordering = ("-id",)
    readonly_fields = ("colour", "paper")
    fields = (
        "shop",
        "kind",
        "made_by",
        "made_at",
        "expires_at",
        "tries",
        "colour",
        "paper",
        "used_at",
        "cancelled_at",
    )

    def get_queryset(self, request: Any) -> Any:
        """Leave the hash of the code, and the paper's bytes, where they are."""
        return super().get_queryset(request).defer("token_hash")

    def tools(self, paper_link: PaperLink) -> Iterable[Tool]:
        """An open one can be ended."""
        if _standing(paper_link) == "open":
            url = reverse("staff-paper-link-ended", args=[paper_link.pk])
            yield Tool(_("End this code…"), url, _MAY_END, is_grave=True)

    def trail_term(self, record: PaperLink) -> str:
        """Its entries stand under the shop."""
        return record.shop.public_id

    @admin.display(description=_("standing"))
    def colour(self, paper_link: PaperLink) -> SafeString:
        """Show what became of it."""
        return state_words(_standing(paper_link))

    @admin.display(description=_("paper"))
    def paper(self, paper_link: PaperLink) -> SafeString | str:
        """Lead to what it brought."""
        rows = PaperLink.objects.filter(pk=paper_link.pk)
        named = rows.values_list("document__public_id", flat=True).first()
        return link(reverse("staff-review-paper", args=[named]), named) if named else "—"


class EndPaperLink(Act):
    """A code takes no paper any more."""

    permission = _MAY_END
    title = _("End a code for a phone")
    words = _("Whoever opens it reads that it leads nowhere. The owner can make another one.")
    button = _("End the code")
    is_grave = True
    link: PaperLink

    def find(self) -> None:
        """Load the link."""
        rows = PaperLink.objects.select_related("shop", "made_by")
        found = rows.filter(pk=self.kwargs["number"]).first()
        if found is None or _standing(found) != "open":
            raise Http404
        self.link = found

    def facts(self) -> list[Fact]:
        """Show which it is."""
        return [
            Fact(_("Shop"), self.link.shop),
            Fact(_("Paper"), PAPERS[self.link.kind]),
            Fact(_("Asked for by"), self.link.made_by),
        ]

    def back(self) -> str:
        """Return to the link."""
        return reverse("admin:merchants_paperlink_change", args=[self.link.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """End it."""
        cancel_by_staff(staff=staff, link_id=self.link.pk, reason=answers["reason"])
        return gettext("The code is ended.")


def _standing(paper_link: PaperLink) -> str:
    """Tell what became of a link."""
    if paper_link.used_at is not None:
        return "used"
    if paper_link.cancelled_at is not None:
        return "cancelled"
    return "open" if paper_link.expires_at > wall_now() else "expired"
