"""Papers of shops' answers to disputes on the staff's site; each opening is noted."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from core.admin import ReadOnlyAdmin, Tool, adds_tools, recent_filter
from core.api import paper_answer
from core.errors import NotFound
from merchants.models import DisputePaper
from merchants.queries.dispute_papers import papers_handed_in
from merchants.services.dispute_papers import open_dispute_paper

_MAY = "payments.decide_dispute"


@admin.register(DisputePaper)
class DisputePaperAdmin(ReadOnlyAdmin):
    """What shops handed in with their answers; never a draft's, and no bytes."""

    list_display = ("public_id", "dispute_ref", "shop", "name", "shows", "handed_in_at")
    list_filter = (recent_filter("handed_in_at", _("handed in")),)
    list_select_related = ("shop",)
    search_fields = ("dispute_ref__exact", "public_id__exact", "shop__public_id__exact")
    search_help_text = _("Dispute, paper, or shop.")
    ordering = ("-id",)
    fields = (
        "public_id",
        "dispute_ref",
        "shop",
        "name",
        "shows",
        "mime",
        "sha256",
        "sent_by",
        "sent_at",
        "handed_in_at",
    )

    def get_queryset(self, request: Any) -> Any:
        """Leave the bytes where they are, and drafts to their shops."""
        return super().get_queryset(request).defer("content").filter(handed_in_at__isnull=False)

    def tools(self, paper: DisputePaper) -> Iterable[Tool]:
        """A paper can be opened."""
        yield Tool(_("Open…"), reverse("staff-evidence", args=[paper.public_id]), _MAY)


@adds_tools("payments.dispute")
def papers_of_the_answer(dispute: Any) -> Iterable[Tool]:
    """Each paper of the answer stands on the dispute's own page, where it is decided."""
    for paper in papers_handed_in(dispute.public_id):
        words = f"{paper.name}: {paper.shows}" if paper.shows else paper.name
        yield Tool(words, reverse("staff-evidence", args=[paper.id]), _MAY)


class EvidenceBytes(View):
    """The paper itself; who takes it is noted."""

    def get(self, request: HttpRequest, paper_id: str) -> HttpResponse:
        """Hand it over: a picture to be shown, anything else to be saved."""
        if not request.user.has_perm(_MAY):
            raise PermissionDenied
        staff: Any = request.user
        try:
            paper = open_dispute_paper(staff=staff, paper_id=paper_id)
        except NotFound as error:
            raise Http404 from error
        return paper_answer(paper_id, paper.mime, bytes(paper.content))
