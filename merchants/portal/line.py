"""The shop's own number: what bots and inboxes are set up with."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import TrocoError
from merchants.portal.access import PROGRAMMERS
from merchants.portal.keys import sections, show_secret
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.step_up import StepUpForm
from merchants.queries.lines import LineFacts, callbacks_of, line_of_shop
from merchants.services.lines import open_line, rotate_app_secret


class LinePage(Page):
    """The number with its ids, or the form that opens it."""

    section = "developers"
    roles = PROGRAMMERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self._show(StepUpForm())

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Open the number, or change its app's secret, on a fresh code."""
        form, seat = StepUpForm(self.request.POST), self.seat
        if not form.is_valid() or not form.is_proven_by(seat.person):
            return self._show(form, http_status=REFUSED)
        known = line_of_shop(seat.shop.id)
        try:
            if known is None:
                made = open_line(shop_id=seat.shop.id, actor=seat.person)
            else:
                made = rotate_app_secret(shop_id=seat.shop.id, actor=seat.person)
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(form, http_status=REFUSED)
        back = reverse("portal:line")
        return show_secret(self, _("Your app's secret"), made.app_secret, back, _("To your number"))

    def _show(self, form: StepUpForm, *, http_status: int = 200) -> HttpResponse:
        found = line_of_shop(self.seat.shop.id)
        known = callbacks_of(self.seat.shop.id) if found else {}
        context = {
            "sections": sections("line"),
            "line": _told(found) if found else None,
            "callbacks": [url for url, _fields in known.values()],
            "form": form,
        }
        return self.page("line.html", context, http_status=http_status)


def _told(line: LineFacts) -> dict[str, Any]:
    return {
        "address": line.display,
        "made_at": line.made_at,
        "is_registered": line.is_registered,
        "is_subscribed": line.is_subscribed,
        "ids": [
            (_("Base address"), f"{settings.TROCO_PUBLIC_URL}/cloud"),
            (_("Phone number id"), str(line.phone_number)),
            (_("Business account id"), str(line.account_number)),
            (_("App id"), str(line.app_number)),
        ],
    }
