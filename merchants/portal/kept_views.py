"""Views of the lists that somebody keeps: a list's filters under a name."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import NotFound, TrocoError
from merchants.portal.lists import LIST_NAMES
from merchants.portal.pages import Page, safe_next, see_other
from merchants.portal.undo import offer
from merchants.services.views import remove_view, save_view


class ViewsPage(Page):
    """Keeps a list's filters under a name, or forgets them."""

    def post(self, _request: HttpRequest, list_name: str) -> HttpResponse:
        """Do it, and lead back to the list."""
        gone = self.request.POST.get("remove", "")
        try:
            if gone:
                self._remove(gone)
            else:
                self._save(list_name)
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        return see_other(safe_next(self.request, reverse("portal:overview")))

    def _save(self, list_name: str) -> None:
        if list_name not in LIST_NAMES:
            raise NotFound
        save_view(
            shop_id=self.seat.shop.id,
            person=self.seat.person,
            list_name=list_name,
            name=self.request.POST.get("name", ""),
            query=self.request.POST.get("query", ""),
        )
        self.done(_("The view is kept."))

    def _remove(self, view: str) -> None:
        if not view.isdecimal() or len(view) > 18:  # noqa: PLR2004 - a bigint.
            raise NotFound
        gone = remove_view(shop_id=self.seat.shop.id, person=self.seat.person, view_id=int(view))
        facts = {"list": gone.list_name, "name": gone.name, "query": gone.query}
        self.done(_("The view is forgotten."), offer(self, "view_removed", **facts))
