"""The shop's own number: what bots and inboxes are set up with."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import wall_now
from core.errors import TrocoError
from merchants.portal.access import PROGRAMMERS
from merchants.portal.keys import sections, show_secret
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.program_words import OVERLAPS
from merchants.portal.step_up import StepUpForm
from merchants.queries.lines import LineFacts, callbacks_of, line_of_shop
from merchants.services.line_secrets import rotate_app_secret, switch_app_secret
from merchants.services.lines import open_line


class SecretForm(StepUpForm):
    """For how long the secret before goes on signing."""

    overlap = forms.ChoiceField(
        label=gettext_lazy("The old secret goes on signing until the new one takes its place"),
        choices=OVERLAPS,
        initial="24",
    )

    field_order = ("overlap", "code")


class LinePage(Page):
    """The number with its ids, or the form that opens it."""

    section = "developers"
    roles = PROGRAMMERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self._show(self._form())

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Open the number, change its app's secret, or let the new one sign; on a fresh code."""
        if self.request.POST.get("verb") == "switch":
            return self._switch()
        form, seat = self._form(self.request.POST), self.seat
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(form, http_status=REFUSED)
        try:
            if "overlap" not in form.cleaned_data:
                made = open_line(shop_id=seat.shop.id, actor=seat.person)
            else:
                overlap = timedelta(hours=int(form.cleaned_data["overlap"]))
                made = rotate_app_secret(shop_id=seat.shop.id, actor=seat.person, overlap=overlap)
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(form, http_status=REFUSED)
        back = reverse("portal:line")
        return show_secret(self, _("Your app's secret"), made.app_secret, back, _("To your number"))

    def _form(self, *args: Any) -> StepUpForm:
        has_line = line_of_shop(self.seat.shop.id) is not None
        return SecretForm(*args) if has_line else StepUpForm(*args)

    def _switch(self) -> HttpResponse:
        form, seat = StepUpForm(self.request.POST, auto_id="switch_%s"), self.seat
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(self._form(), form, http_status=REFUSED)
        switch_app_secret(shop_id=seat.shop.id, actor=seat.person)
        self.done(_("The new secret signs from now on."))
        return self.go("line")

    def _show(
        self, form: StepUpForm, switch: StepUpForm | None = None, *, http_status: int = 200
    ) -> HttpResponse:
        found = line_of_shop(self.seat.shop.id)
        known = callbacks_of(self.seat.shop.id) if found else {}
        context = {
            "sections": sections("line"),
            "line": _told(found) if found else None,
            "callbacks": [url for url, _fields in known.values()],
            "form": form,
            "switch_form": switch or StepUpForm(auto_id="switch_%s"),
        }
        return self.page("line.html", context, http_status=http_status)


def _told(line: LineFacts) -> dict[str, Any]:
    return {
        "address": line.display,
        "made_at": line.made_at,
        "is_registered": line.is_registered,
        "is_subscribed": line.is_subscribed,
        "old_signs_until": line.old_app_secret_until if line.is_overlapping(wall_now()) else None,
        "ids": [
            (_("Base address"), f"{settings.TROCO_PUBLIC_URL}/cloud"),
            (_("Phone number id"), str(line.phone_number)),
            (_("Business account id"), str(line.account_number)),
            (_("App id"), str(line.app_number)),
        ],
    }
