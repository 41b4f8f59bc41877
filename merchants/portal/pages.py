"""What every page of the portal shares: its door, its frame, its way of refusing."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View

from core.api import request_id
from core.clock import business_now
from core.errors import Forbidden, InputInvalid, NotFound, TrocoError, Unauthenticated
from merchants.enums import Role
from merchants.portal.access import TALKERS, NoShop, Seat, seat_of
from merchants.portal.browsers import note_use
from merchants.portal.frame import more_of, navigation
from merchants.portal.words import ROLES
from merchants.queries.overview import NavigationCounts, navigation_counts
from payments.queries.countries import availability
from people.services.web_keys import has_web_key

SEE_OTHER = 303
REFUSED = 422

SELLING = frozenset({"catalogue", "keypad", "links", "news"})
"""Sections in which nothing is changed while the shop is closed."""


class Page(View):
    """A page of the signed-in team; ``get`` and ``post`` find the seat taken.

    Attributes:
        section: The entry of the navigation that is marked.
        roles: Who may open it; empty: everybody of the team.
        seat: Who asks, for which shop; set before ``get`` and ``post``.
    """

    section: ClassVar[str] = ""
    roles: ClassVar[tuple[Role, ...]] = ()
    seat: Seat

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the seat, show times in the shop's zone, and turn refusals into pages."""
        try:
            self.seat = seat_of(request, *self.roles)
            _refuse_nul(request)
            note_use(request)
            with timezone.override(self.seat.shop.timezone), _language(request, self.seat):
                return self._shut() or super().dispatch(request, *args, **kwargs)
        except Unauthenticated:
            return _to_sign_in(request)
        except (NotFound, InputInvalid):
            return lost(request, "404.html", 404)
        except NoShop:
            return see_other(reverse("portal:start"))
        except Forbidden:
            return lost(request, "403.html", 403)

    def _shut(self) -> HttpResponse | None:
        """Lead away whoever changes what a closed shop leaves as it is."""
        is_change = self.request.method == "POST" and self.section in SELLING
        if self.seat.shop.closed_at is None or not is_change:
            return None
        messages.error(self.request, _("The shop is closed: nothing is sold or changed here."))
        return see_other(reverse("portal:settings"))

    def page(
        self, template: str, context: Mapping[str, Any], *, http_status: int = 200
    ) -> HttpResponse:
        """Render a page of the portal within its frame.

        A part that fetches itself again leaves what is to be said, and its way back, to the page
        that opens next: nobody would see it here.
        """
        whole = {"portal": self._frame(), **context}
        if self.request.headers.get("HX-Request"):
            whole["messages"] = ()
        return render(self.request, f"portal/{template}", whole, status=http_status)

    def go(self, name: str, *args: str) -> HttpResponse:
        """Lead to a page of the portal after something was done."""
        return see_other(reverse(f"portal:{name}", args=args))

    def done(self, words: str, way_back: str = "") -> None:
        """Say on the next page that something was done, and offer to take it back.

        Args:
            words: What was done.
            way_back: Of ``merchants.portal.undo.offer``; empty: there is none.
        """
        messages.success(self.request, words, extra_tags=way_back)

    def refused(self, error: TrocoError) -> None:
        """Say on the next page why something was not done."""
        messages.error(self.request, reason_of(error))

    @cached_property
    def now(self) -> datetime:
        """The business moment that this page is true for; a sandbox keeps it in a row."""
        return business_now()

    @cached_property
    def counts(self) -> NavigationCounts:
        """What waits for the team; asked for once a page."""
        return navigation_counts(self.seat.shop, self.now)

    def _frame(self) -> dict[str, Any]:
        """Return what the frame of every page needs (``templates/base.html``)."""
        shop, waiting = self.seat.shop, self._waiting()
        entries = navigation(self.seat.membership.role, waiting)
        return {
            "shop_name": shop.name,
            "shop_id": shop.public_id,
            "shops": self.seat.shops,
            "person_name": self.seat.membership.name,
            "role": ROLES[self.seat.membership.role].name,
            "may_edit": self.seat.may_edit,
            "time_zone": shop.timezone,
            "now": self.now,
            "section": self.section,
            "counts": waiting,
            "nav": entries,
            "more": more_of(entries, self.section),
            **self.notice_frame(self.notices),
            "has_passkey": lambda: self.has_passkey,
            "stream_url": self._stream(),
            "sounds": " ".join(sorted(self.seat.membership.news.sound)),
        }

    @cached_property
    def notices(self) -> list[dict[str, Any]]:
        """What everybody of the team must know now."""
        return [*notices(self.seat.shop.country, self.now), *self._closed(), *self._changes()]

    def _closed(self) -> list[dict[str, str]]:
        """Tell everybody of the team that the shop is closed."""
        if not self.seat.shop.closed_at:
            return []
        is_owner = self.seat.is_owner
        return [
            {
                "tone": "wait",
                "title": _("This shop is closed"),
                "text": _("Nothing is sold. You can read everything and take files along."),
                "href": reverse("portal:close") if is_owner else "",
                "action": _("Open it again") if is_owner else "",
            }
        ]

    def notice_frame(self, told: list[dict[str, Any]]) -> dict[str, Any]:
        """Return what ``parts/notices.html`` needs, which fetches itself again."""
        return {
            "is_sandbox": settings.TROCO_MODE == "sandbox",
            "notices": told,
            "notices_url": reverse("portal:notices"),
        }

    @cached_property
    def has_passkey(self) -> bool:
        """Whether this person may use a passkey in the place of a code; few pages ask."""
        return has_web_key(person=self.seat.person)

    def _stream(self) -> str:
        """Return where news of the shop comes from, for those who speak for it."""
        speaks = self.seat.membership.role in TALKERS
        return f"/v1/stream?party={self.seat.shop.party_public_id}" if speaks else ""

    def _waiting(self) -> dict[str, int]:
        """Return the small numbers of the navigation."""
        counts = self.counts
        return {
            "inbox": counts.unread_messages,
            "orders": counts.orders_to_confirm,
            "disputes": counts.disputes_to_answer,
        }

    def _changes(self) -> list[dict[str, str]]:
        """Tell everybody of the team that buyers will be shown another way to pay soon."""
        words = _("%(who)s changed it. Customers are shown it when the wait is over.")
        return [
            {
                "tone": "wait",
                "title": _("A new way to pay you outside of Troco"),
                "text": words % {"who": who},
                "href": reverse("portal:outside"),
                "action": _("Look, and stop it if you do not know of it"),
            }
            for who in self.counts.means_added_by
        ]


def _language(request: HttpRequest, seat: Seat) -> AbstractContextManager[object]:
    """Speak the person's own language where this browser has chosen none."""
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return nullcontext()
    own = seat.person.locale.lower()
    return translation.override(own) if own in dict(settings.LANGUAGES) else nullcontext()


def notices(country: str, now: datetime) -> list[dict[str, Any]]:
    """Return what a shop must know now: that its country takes no purchases, and why."""
    found = availability(country, now)
    if found is None:
        return []
    return [
        {
            "tone": "bad",
            "title": _("New payments are stopped"),
            "text": " ".join(reason.words for reason in facts.verdict.reasons),
            "href": reverse("portal:outside"),
            "action": _("How customers can pay you meanwhile"),
        }
        for facts in found.capabilities
        if facts.capability == "purchase" and not facts.verdict.is_open
    ]


def reason_of(refusal: TrocoError) -> str:
    """Return a refusal in words, with those of its first field where it names one."""
    fields = refusal.extra.get("field_errors")
    if isinstance(fields, dict):
        for errors in fields.values():
            for error in errors:
                return _(str(error.get("detail") or refusal.detail))
    return _(str(refusal.detail))


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page, and back to where a page was asked for.

    A part that fetches itself again gets no page to put in its place: it has the whole page
    loaded again, which then leads to the sign-in.
    """
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    address = reverse("portal:sign_in")
    asked = request.get_full_path() if request.method == "GET" else _page_of_form(request)
    return HttpResponseRedirect(f"{address}?{urlencode({'next': asked})}" if asked else address)


def _page_of_form(request: HttpRequest) -> str:
    """Return the portal's page whose form was sent, or nothing: a form is not sent once more."""
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    is_ours = page.netloc == request.get_host() and page.path.startswith(reverse("portal:overview"))
    return page._replace(scheme="", netloc="", fragment="").geturl() if is_ours else ""


def _refuse_nul(request: HttpRequest) -> None:
    """Refuse a NUL in the address or in anything posted, before a view reads it.

    No keyboard types one and Postgres keeps none, so whatever it stands in names nothing.

    Raises:
        NotFound: There is one.
    """
    told = [request.path]
    for fields in (request.GET, request.POST):
        for name, values in fields.lists():
            told += (name, *values)
    if any("\0" in text for text in told):
        raise NotFound


def see_other(address: str) -> HttpResponse:
    """Answer 303: the browser opens another page by GET.

    The address may come out of a form: what no header takes is written as in any address.
    """
    return HttpResponse(status=SEE_OTHER, headers={"Location": iri_to_uri(address)})


def lost(request: HttpRequest, template: str, http_status: int) -> HttpResponse:
    """Answer with one of the pages that stand alone."""
    return render(request, template, {"request_id": request_id()}, status=http_status)


def safe_next(request: HttpRequest, fallback: str) -> str:
    """Return where a form asks to go next, if that is within this origin."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    fine = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if asked.startswith("/") and fine else fallback


def address_with(request: HttpRequest, **changes: str | None) -> str:
    """Return this address with some of its query changed; None takes a part away."""
    query = request.GET.copy()
    for name, value in changes.items():
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path
