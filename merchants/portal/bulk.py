"""One step with all the rows that somebody picked in a list."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext

from core.errors import NotFound, TrocoError
from merchants.portal.pages import Page, safe_next, see_other

MOST_PICKED = 100


class BulkStep(Page):
    """Takes one step with every picked row, each in a commit of its own."""

    list_url: ClassVar[str]

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Do it, and say how many went well and why the first of the others did not."""
        step = self.steps().get(self.request.POST.get("verb", ""))
        if step is None:
            raise NotFound
        picked = list(dict.fromkeys(self.request.POST.getlist("id")))[:MOST_PICKED]
        done: dict[str, object] = {}
        refused = []
        for public_id in picked:
            try:
                done[public_id] = step(public_id)
            except TrocoError as refusal:
                refused.append(refusal)
        if done:
            words = ngettext("Done with %(n)s row.", "Done with %(n)s rows.", len(done))
            self.done(words % {"n": len(done)}, self.way_back(done))
        if refused:
            self.refused(refused[0])
        return see_other(safe_next(self.request, reverse(self.list_url)))

    def way_back(self, _done: Mapping[str, Any]) -> str:
        """Offer to take back what was done, by row what its step returned; most cannot be."""
        return ""

    def steps(self) -> Mapping[str, Callable[[str], object]]:
        """Return each verb's service, called with a row's public id."""
        raise NotImplementedError
