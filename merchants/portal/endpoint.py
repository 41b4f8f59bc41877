"""One endpoint: the log of what it was told, sending once more, and changing it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.errors import InputInvalid, NotFound, TrocoError
from merchants.codes.sheets import in_zone
from merchants.enums import Dialect
from merchants.portal.access import PROGRAMMERS
from merchants.portal.keys import show_secret
from merchants.portal.lists import ALL, Column, Empty, Fetched, Field, Listing, ListPage
from merchants.portal.pages import REFUSED, reason_of
from merchants.portal.program_words import KINDS, OVERLAPS
from merchants.portal.step_up import StepUpForm
from merchants.portal.webhooks import EndpointForm, delivery_row, endpoint_of, endpoint_row
from merchants.portal.words import DELIVERY
from merchants.queries import webhooks as queries
from merchants.queries.webhooks import DeliveryFacts, DeliveryFilter, EndpointFacts
from merchants.services import endpoints, webhooks
from merchants.services.endpoints import Wish
from merchants.services.lines import subscribe

HOURS = (
    ("1", gettext_lazy("the last hour")),
    ("24", gettext_lazy("the last day")),
    ("168", gettext_lazy("the last week")),
    ("720", gettext_lazy("the last 30 days")),
)
# An endpoint hears a test of itself, whatever it asked for.
KIND_CHOICES = (
    ALL,
    *((kind, kind) for kind in (*KINDS, "endpoint.test")),
)


class RotateForm(StepUpForm):
    """For how long both secrets sign."""

    overlap = forms.ChoiceField(
        label=gettext_lazy("The old secret goes on signing beside it"),
        choices=OVERLAPS,
        initial="24",
    )

    field_order = ("overlap", "code")


class EndpointPage(ListPage):
    """One endpoint: its facts, its log, and what can be done with it."""

    section = "developers"
    roles = PROGRAMMERS
    name = "deliveries"
    caption = gettext_lazy("Delivery log")
    template = "endpoint.html"
    row_template = "parts/rows/delivery.html"
    carried = ("state",)
    known: ClassVar = {"state": DELIVERY}
    fields = (
        Field("kind", gettext_lazy("Kind of news"), "choice", KIND_CHOICES),
        Field("from", gettext_lazy("From"), "date"),
        Field("to", pgettext_lazy("last day", "To"), "date"),
    )
    columns = (
        Column(gettext_lazy("News"), may_hide=False),
        Column(gettext_lazy("Last answer")),
        Column(gettext_lazy("Tries"), is_end=True),
        Column(gettext_lazy("State"), is_end=True),
    )
    sheet_head = (
        "id",
        "event",
        "kind",
        "about",
        "state",
        "tries",
        "last_try_at",
        "http_status",
        "outcome",
        "took_ms",
        "ended_at",
        "time_zone",
    )
    found: EndpointFacts

    def get(self, request: HttpRequest, public_id: str = "") -> HttpResponseBase:
        """Show it with one page of its log."""
        self.found = endpoint_of(self.seat.shop.id, public_id)
        return super().get(request)

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Do what the pressed button says, and show the endpoint again."""
        found = self.found = endpoint_of(self.seat.shop.id, public_id)
        verb = self.request.POST.get("verb", "")
        if verb == "rotate":
            return self._rotate(found)
        if verb == "change":
            return self._change(found)
        act = {
            "test": self._test,
            "replay": self._replay,
            "stop": self._stop,
            "start": self._start,
            "remove": self._remove,
        }.get(verb)
        if act is None:
            raise NotFound
        try:
            act(found)
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        return self.go("webhooks") if verb == "remove" else self.go("webhook", public_id)

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of its log, newest first."""
        since, until = self.asked_span()
        state, kind = self.asked("state"), self.asked("kind")
        narrowed = DeliveryFilter([state] if state else [], kind, since, until)
        return queries.deliveries_to(self.found.id, narrowed, cursor, limit)

    def rows(self, found: list[DeliveryFacts]) -> list[dict[str, Any]]:
        """Return deliveries as lines of the log show them."""
        endpoint = self.found.public_id
        return [{**delivery_row(each), "endpoint": endpoint} for each in found]

    def sheet_rows(self, found: list[DeliveryFacts]) -> Iterable[Sequence[str]]:
        """Return deliveries as lines of the file, each with its last try."""
        return [_sheet_row(each, self.seat.shop.timezone) for each in found]

    def chips(self) -> list[dict[str, Any]]:
        """Return the states, one press each."""
        states = [self.chip(told.words, "state", code) for code, told in DELIVERY.items()]
        return [self.chip(_("All"), "state", ""), *states]

    def empty(self) -> Empty:
        """Say how the log begins."""
        return Empty(
            "send",
            _("Nothing was sent yet"),
            _("Send a test, or wait for the next order: each try appears here with its answer."),
        )

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Add the endpoint itself, and the forms that change it."""
        return {
            "endpoint": endpoint_row(self.found),
            "form": _form_of(self.found),
            "rotate_form": RotateForm(),
            "hours": HOURS,
        }

    def _rotate(self, found: EndpointFacts) -> HttpResponse:
        form = RotateForm(self.request.POST)
        if not form.is_valid() or not form.is_proven_on(self):
            return self.show(rotate_form=form, http_status=REFUSED)
        made = endpoints.rotate_secret(
            shop_id=self.seat.shop.id,
            actor=self.seat.person,
            endpoint_id=found.public_id,
            overlap=timedelta(hours=int(form.cleaned_data["overlap"])),
        )
        back = reverse("portal:webhook", args=[found.public_id])
        return show_secret(self, _("The new secret"), made.secret, back, _("To the endpoint"))

    def _change(self, found: EndpointFacts) -> HttpResponse:
        form = EndpointForm(self.request.POST, known=found.kinds)
        if form.is_valid():
            try:
                endpoints.change_endpoint(
                    shop_id=self.seat.shop.id,
                    actor=self.seat.person,
                    endpoint_id=found.public_id,
                    wish=Wish(**form.cleaned_data),
                )
            except InputInvalid as refusal:
                form.add_error("url", reason_of(refusal))
            else:
                self.done(_("Saved."))
                return self.go("webhook", found.public_id)
        return self.show(form=form, http_status=REFUSED)

    def _test(self, found: EndpointFacts) -> None:
        webhooks.send_test(shop_id=self.seat.shop.id, endpoint_id=found.public_id)
        self.done(_("A test is on its way; it shows in the log."))

    def _replay(self, found: EndpointFacts) -> None:
        asked = self.request.POST.get("hours", "")
        hours = int(asked) if asked in dict(HOURS) else 1
        count = webhooks.replay_since(
            shop_id=self.seat.shop.id,
            endpoint_id=found.public_id,
            since=self.now - timedelta(hours=hours),
            is_any=True,
        )
        self.done(
            _("On their way once more: %(n)s. Programs see some of them twice.") % {"n": count}
        )

    def _stop(self, found: EndpointFacts) -> None:
        self._enable(found, is_enabled=False)
        self.done(_("Stopped. What waited for it can be sent again later."))

    def _start(self, found: EndpointFacts) -> None:
        self._enable(found, is_enabled=True)
        self.done(_("It hears your news again. Send again what it missed."))

    def _enable(self, found: EndpointFacts, *, is_enabled: bool) -> None:
        endpoints.change_endpoint(
            shop_id=self.seat.shop.id,
            actor=self.seat.person,
            endpoint_id=found.public_id,
            wish=Wish(is_enabled=is_enabled),
        )

    def _remove(self, found: EndpointFacts) -> None:
        if found.dialect == Dialect.CLOUD:
            subscribe(shop_id=self.seat.shop.id, is_subscribed=False)
        else:
            endpoints.remove_endpoint(
                shop_id=self.seat.shop.id, actor=self.seat.person, endpoint_id=found.public_id
            )
        self.done(_("Removed. It hears nothing any more."))


def _form_of(found: EndpointFacts) -> EndpointForm:
    said = {"url": found.url, "description": found.description, "kinds": list(found.kinds)}
    return EndpointForm(initial=said, known=found.kinds)


def _sheet_row(found: DeliveryFacts, zone: str) -> Sequence[str]:
    last = found.attempts[0] if found.attempts else None
    return (
        *(found.public_id, found.event, found.kind, found.ref, found.state, str(found.tries)),
        in_zone(last.at, zone) if last else "",
        str(last.http_status or "") if last else "",
        last.outcome if last else "",
        str(last.took_ms) if last else "",
        in_zone(found.ended_at, zone) if found.ended_at else "",
        zone,
    )
