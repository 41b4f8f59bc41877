"""Papers of an answer to a dispute: sent, looked at, and taken out while it is a draft."""

from typing import BinaryIO, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.api import paper_answer
from core.errors import NotFound, TrocoError
from merchants.portal.access import SELLERS
from merchants.portal.disputes import DisputePage, PaperForm, form_of
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.queries.dispute_papers import paper_bytes
from merchants.services.dispute_papers import add_dispute_paper, remove_dispute_paper


class SendEvidence(DisputePage):
    """Takes in a paper; a path of its own, since a form may be large here."""

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Lead to the dispute: there is nothing else to see here."""
        return self.go("dispute", public_id)

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Keep it with the draft; what is wrong is said at its field."""
        detail = self.detail(public_id)
        form = PaperForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                add_dispute_paper(
                    shop_id=self.seat.shop.id,
                    actor=self.seat.person,
                    dispute_id=public_id,
                    name=(file.name or "")[:100],
                    shows=form.cleaned_data["shows"],
                    file=cast("BinaryIO", file.file),
                )
            except TrocoError as refusal:
                form.add_error("file", reason_of(refusal))
            else:
                self.done(_("The paper is with your draft."))
                return self.go("dispute", public_id)
        return self.show(detail, form_of(detail), paper_form=form, http_status=REFUSED)


class EvidencePaper(Page):
    """One paper: its bytes for the team, and the way out of the draft."""

    roles = SELLERS

    def get(self, _request: HttpRequest, public_id: str, paper_id: str) -> HttpResponse:
        """Hand it over: a picture to be shown, a PDF to be saved."""
        found = paper_bytes(self.seat.shop.id, public_id, paper_id)
        if found is None:
            raise NotFound
        return paper_answer(paper_id, *found)

    def post(self, _request: HttpRequest, public_id: str, paper_id: str) -> HttpResponse:
        """Take it out of the draft."""
        try:
            remove_dispute_paper(
                shop_id=self.seat.shop.id,
                actor=self.seat.person,
                dispute_id=public_id,
                paper_id=paper_id,
            )
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        else:
            self.done(_("The paper is taken out."))
        return self.go("dispute", public_id)
