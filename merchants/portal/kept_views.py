"""Views of the lists that somebody keeps: a list's filters under a name."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import NotFound, TrocoError
from merchants.portal.lists import LIST_NAMES
from merchants.portal.pages import Page, safe_next, see_other
from merchants.portal.undo import offer
from merchants.queries.views import saved_views
from merchants.services.views import remove_view, save_view


class ViewsPage(Page):
    """Keeps a list's filters under a name, or forgets them."""

    def post(self, _request: HttpRequest, list_name: str) -> HttpResponse:
        """Do it, and lead back to the list."""
        gone = self.request.POST.get("remove", "")
        try:
            if gone:
                self._remove(list_name, gone)
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

    def _remove(self, list_name: str, view: str) -> None:
        if not view.isdecimal() or len(view) > 18:  # noqa: PLR2004 - a bigint.
            raise NotFound
        known = saved_views(self.seat.shop.id, self.seat.person.pk, list_name)
        remove_view(shop_id=self.seat.shop.id, person=self.seat.person, view_id=int(view))
        words = _("The view is forgotten.")
        facts = next((each for each in known if each.id == int(view)), None)
        if facts is None:
            self.done(words)
            return
        way_back = offer(self, "view_removed", list=list_name, name=facts.name, query=facts.query)
        self.done(words, way_back)
