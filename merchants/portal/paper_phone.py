"""The code that lets the owner's phone send one paper, and what the computer says meanwhile."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.clock import wall_now
from core.errors import TrocoError
from merchants.portal.access import OWNERS
from merchants.portal.pages import Page
from merchants.queries.paper_links import newest_paper_link
from merchants.queries.review_words import PAPERS
from merchants.services.paper_links import make_paper_link, stop_paper_link
from payments.codes.pictures import draw_code


class PaperPhonePage(Page):
    """A code for one kind of paper; the page asks what became of it while the code is shown.

    The stream of the shop tells of talk and trade, and a paper is neither; so it asks.
    """

    section = "settings"
    roles = OWNERS

    def get(self, request: HttpRequest) -> HttpResponse:
        """Say what became of the code; nothing while it waits, and the review once it brought."""
        found = newest_paper_link(self.seat.shop.id, self.seat.person.pk, wall_now())
        is_part = bool(request.headers.get("HX-Request"))
        if found is None:
            return self.go("review")
        if found.is_used:
            if not is_part:
                return self.go("review")
            self.done(_("Your paper came from the phone. It is with the reviewers."))
            answer = HttpResponse(status=204)
            answer["HX-Redirect"] = self.go("review")["Location"]
            return answer
        if found.is_open and is_part:
            return HttpResponse(status=204)
        return self._show({"kind": found.kind, "is_open": found.is_open})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a code for a kind of paper and show it, or take it back."""
        about: dict[str, Any] = {"shop_id": self.seat.shop.id, "actor": self.seat.person}
        if request.POST.get("verb") == "stop":
            stop_paper_link(**about)
            self.done(_("The code leads nowhere any more."))
            return self.go("review")
        try:
            made = make_paper_link(**about, kind=request.POST.get("kind", ""))
        except TrocoError as refusal:
            self.refused(refusal)
            return self.go("review")
        answer = self._show(
            {
                "kind": made.link.kind,
                "is_open": True,
                "qr": draw_code(made.url),
                "expires_at": made.link.expires_at,
            }
        )
        answer["Cache-Control"] = "no-store"
        return answer

    def _show(self, facts: dict[str, Any]) -> HttpResponse:
        shown = {**facts, "words": PAPERS[facts["kind"]]}
        return self.page("review_phone.html", shown)
