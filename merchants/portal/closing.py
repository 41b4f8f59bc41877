"""Taking all data along, and closing the shop: the owner's, each behind the second factor."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from merchants.enums import JobKind
from merchants.portal.access import OWNERS
from merchants.portal.jobs import job_row
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.step_up import StepUpForm
from merchants.queries.closing import Obstacle, obstacles_of
from merchants.queries.jobs import jobs_of_shop
from merchants.services.closing import close_shop, reopen_shop
from merchants.services.exports import ask_export

OBSTACLES = {
    "orders": (gettext_lazy("Orders that are not done"), "portal:orders"),
    "payments": (gettext_lazy("Payments under way"), "portal:payments"),
    "refunds": (gettext_lazy("Refunds under way"), "portal:payments"),
    "disputes": (gettext_lazy("Open disputes, whose money is held"), "portal:disputes"),
    "payouts": (gettext_lazy("Payouts on their way to your bank"), "portal:payouts"),
    "came_back": (gettext_lazy("Payouts that came back and are looked at"), "portal:payouts"),
    "owed": (gettext_lazy("Money that is owed to you and not paid out yet"), "portal:payouts"),
    "owing": (gettext_lazy("Money that you owe from refunds or disputes"), "portal:payouts"),
}
"""What is in the way of closing, and where one sees to it."""


class ExportPage(Page):
    """Asks for all data of the shop, and shows what was made lately."""

    section = "settings"
    roles = OWNERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self._show(StepUpForm())

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Ask for it, if the code is right."""
        form = StepUpForm(self.request.POST)
        if form.is_valid() and form.is_proven_on(self):
            try:
                job = ask_export(shop_id=self.seat.shop.id, actor=self.seat.person)
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                return self.go("job", job.public_id)
        return self._show(form, http_status=REFUSED)

    def _show(self, form: StepUpForm, *, http_status: int = 200) -> HttpResponse:
        made = jobs_of_shop(self.seat.shop.id, JobKind.EXPORT, 5)
        context = {"form": form, "jobs": [job_row(each) for each in made]}
        return self.page("export.html", context, http_status=http_status)


class ClosePage(Page):
    """Closes the shop, says what is in the way, or opens it again."""

    section = "settings"
    roles = OWNERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self._show(StepUpForm())

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Do what the pressed button says, if the code is right; done before, it stays."""
        form = StepUpForm(self.request.POST)
        step = STEPS.get(self.request.POST.get("verb", ""))
        if step is None:
            raise NotFound
        if form.is_valid() and form.is_proven_on(self):
            try:
                shop = step(shop_id=self.seat.shop.id, actor=self.seat.person)
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                self.done(
                    _("The shop is closed. You can read everything and take it along.")
                    if shop.closed_at
                    else _("The shop is back. Switch on “Open for orders” to sell again.")
                )
                return self.go("settings")
        return self._show(form, http_status=REFUSED)

    def _show(self, form: StepUpForm, *, http_status: int = 200) -> HttpResponse:
        shop = self.seat.shop
        context = {
            "form": form,
            "closed_at": shop.closed_at,
            "obstacles": []
            if shop.closed_at
            else [_obstacle_row(each) for each in obstacles_of(shop)],
        }
        return self.page("close.html", context, http_status=http_status)


STEPS = {"close": close_shop, "reopen": reopen_shop}


def _obstacle_row(found: Obstacle) -> dict[str, Any]:
    words, door = OBSTACLES[found.code]
    return {
        "code": found.code,
        "words": words,
        "count": found.count,
        "amount": found.amount,
        "href": reverse(door),
    }
