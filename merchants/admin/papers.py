"""Papers of shops on the staff's site: each beside what is known, and each opening noted."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from core.admin import Sheet, table
from core.api import paper_answer
from core.errors import NotFound
from merchants.admin.known import known_rows
from merchants.models import ReviewDocument
from merchants.queries.review_words import PAPERS
from merchants.queries.reviews import review_facts
from merchants.services.review_documents import open_document

_MAY = "merchants.review_shop"


class ReviewPaper(Sheet):
    """A paper beside what is known, so that the two can be compared."""

    permission = _MAY
    title = _("A paper of a shop")
    template = "admin/paper.html"
    paper: ReviewDocument

    def find(self) -> None:
        """Load what stands at the paper; not the paper itself."""
        rows = ReviewDocument.objects.defer("content").select_related("review__shop", "sent_by")
        found = rows.filter(public_id=self.kwargs["document_id"]).first()
        if found is None:
            raise Http404
        self.paper = found

    def facts(self) -> dict[str, Any]:
        """Show the paper, the facts, and the way to the others."""
        paper, facts = self.paper, review_facts(self.paper.review.shop_id)
        return {
            "paper": paper,
            "kind": PAPERS[paper.kind],
            "is_picture": paper.mime.startswith("image/"),
            "known": table((_("What"), _("Known"), _("Look")), known_rows(facts)),
            "back": reverse("admin:merchants_shopreview_change", args=[paper.review_id]),
        }


class PaperBytes(View):
    """The paper itself, as it was sent; who takes it is noted."""

    def get(self, request: HttpRequest, document_id: str) -> HttpResponse:
        """Hand it over: a picture to be shown, anything else to be saved."""
        if not request.user.has_perm(_MAY):
            raise PermissionDenied
        staff: Any = request.user
        try:
            paper = open_document(staff=staff, document_id=document_id)
        except NotFound as error:
            raise Http404 from error
        return paper_answer(document_id, paper.mime, bytes(paper.content))
