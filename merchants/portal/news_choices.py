"""What somebody is told of and how: in the portal, with a sound, by push to this browser."""

from functools import cache
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core.errors import NotFound, TrocoError
from merchants.codes.news import NewsChoices, kinds_for
from merchants.codes.web_push import public_key_of
from merchants.enums import NewsKind
from merchants.portal.browsers import remember_push
from merchants.portal.pages import Page
from merchants.queries.pushes import browsers_of
from merchants.services.pushes import choose_news, end_push, subscribe_push

KINDS: Final[dict[NewsKind, str | Promise]] = {
    NewsKind.MESSAGE: gettext_lazy("A new message"),
    NewsKind.ORDER: gettext_lazy("A new order"),
    NewsKind.PAYMENT: gettext_lazy("A payment arrived"),
    NewsKind.DISPUTE: gettext_lazy("A customer disputes a payment"),
    NewsKind.STOCK: gettext_lazy("A product runs low"),
    NewsKind.PAYOUT: gettext_lazy("A payout did not arrive at your bank"),
    NewsKind.REFUND: gettext_lazy("A refund that needs a second person"),
}
WAYS: Final = ("screen", "sound", "push")
SOUNDING: Final = frozenset({NewsKind.MESSAGE, NewsKind.ORDER, NewsKind.PAYMENT})
"""What the event stream tells at once, and so can sound."""

LISTED: Final = frozenset({NewsKind.ORDER, NewsKind.PAYMENT, NewsKind.DISPUTE, NewsKind.REFUND})
"""What the list of notifications holds; the rest has pages and counts of its own."""


class NewsChoicesPage(Page):
    """Each kind of news with the ways it can be told, and the browsers that take pushes."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what is chosen."""
        seat = self.seat
        chosen = seat.membership.news
        rows = [
            {
                "kind": kind.value,
                "words": KINDS[kind],
                "ways": [
                    {
                        "name": way,
                        "is_on": kind in getattr(chosen, way),
                        "is_there": _can(way, kind),
                    }
                    for way in WAYS
                ],
            }
            for kind in kinds_for(seat.membership.role)
        ]
        browsers = browsers_of(seat.shop.id, seat.person.pk)
        here = request.session.session_key or ""
        context: dict[str, Any] = {
            "rows": rows,
            "tells_all": chosen.tells_all,
            "push_key": public_key_of(settings.TROCO_PUSH_KEY) if settings.TROCO_PUSH_KEY else "",
            "browsers": [
                {
                    "id": each.public_id,
                    "agent": each.agent,
                    "since": each.created_at,
                    "is_this": each.session_key == here,
                }
                for each in browsers
            ],
        }
        return self.page("news_choices.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep what is ticked."""
        mine, before = set(kinds_for(self.seat.membership.role)), self.seat.membership.news
        # What this role is not asked about stays as it was: roles change.
        ticked = {
            way: frozenset(kind for kind in mine if kind.value in request.POST.getlist(way))
            | (getattr(before, way) - mine)
            for way in WAYS
        }
        choose_news(
            shop_id=self.seat.shop.id,
            person_id=self.seat.person.pk,
            choices=NewsChoices(**ticked, tells_all="tells_all" in request.POST),
        )
        self.done(_("Saved."))
        return self.go("news_choices")


class PushBrowsers(Page):
    """Subscribes this browser to pushes, or ends one of the person's."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do it, and show the choices again."""
        answer = self.go("news_choices")
        try:
            if request.POST.get("verb") == "end":
                self._end(request.POST.get("browser", ""))
            else:
                remember_push(answer, self._subscribe(request))
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        return answer

    def _end(self, subscription_id: str) -> None:
        end_push(
            shop_id=self.seat.shop.id,
            person_id=self.seat.person.pk,
            subscription_id=subscription_id,
        )
        self.done(_("This browser is told no more."))

    def _subscribe(self, request: HttpRequest) -> str:
        said = request.POST
        made = subscribe_push(
            shop_id=self.seat.shop.id,
            person=self.seat.person,
            session_key=request.session.session_key or "",
            endpoint=said.get("endpoint", ""),
            keys=(said.get("p256dh", ""), said.get("auth", "")),
        )
        self.done(_("This browser is told from now on, also while the portal is closed."))
        return made.public_id


@require_safe
def show_worker(_request: HttpRequest) -> HttpResponse:
    """Hand out the script that shows pushes: its address decides which pages it serves."""
    answer = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@cache
def _worker() -> bytes:
    return (settings.BASE_DIR / "static/js/worker.js").read_bytes()


def _can(way: str, kind: NewsKind) -> bool:
    if way == "sound":
        return kind in SOUNDING
    return way == "push" or kind in LISTED
