"""Where the shop's programs hear news: the endpoints, and a new one."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import InputInvalid, NotFound, TrocoError
from merchants.enums import CallbackLevel, Dialect
from merchants.portal.access import PROGRAMMERS
from merchants.portal.keys import sections, show_secret
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.program_words import DIALECTS, KINDS, OUTCOMES, STOPS
from merchants.portal.step_up import StepUpForm
from merchants.queries import webhooks as queries
from merchants.queries.lines import line_of_shop
from merchants.queries.webhooks import DeliveryFacts, EndpointFacts
from merchants.services import endpoints
from merchants.services.endpoints import Wish
from merchants.services.lines import set_callback, subscribe, verify_callback
from merchants.services.strangers import place_for


class EndpointForm(forms.Form):
    """Where, what for, and which news."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=endpoints.MOST_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    description = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=200, required=False
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Which news"),
        choices=[(kind, kind) for kind in KINDS],
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "code"}),
        help_text=gettext_lazy("Leave all of them empty to hear everything."),
    )

    def __init__(self, *args: Any, known: tuple[str, ...] = (), **kwargs: Any) -> None:
        """Offer as well what a program asked for that is not in the list."""
        super().__init__(*args, **kwargs)
        every = [*KINDS, *(kind for kind in known if kind not in KINDS)]
        self.fields["kinds"].choices = [(kind, kind) for kind in every]  # type: ignore[attr-defined]


class NewEndpointForm(StepUpForm, EndpointForm):
    """A new endpoint: news of the shop goes there, so the second factor is asked for."""

    dialect = forms.ChoiceField(
        label=gettext_lazy("In which shapes"),
        choices=list(DIALECTS.items()),
        help_text=gettext_lazy(
            "Standard Webhooks for your own program; Cloud API shapes for bots that know them."
        ),
    )
    verify_token = forms.CharField(
        label=gettext_lazy("Verify token"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Only for Cloud API shapes: what your program knows us by."),
    )

    field_order = ("url", "dialect", "verify_token", "description", "kinds", "code")


class EndpointsPage(Page):
    """The endpoints of both dialects."""

    section = "developers"
    roles = PROGRAMMERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """List them, newest first."""
        found = queries.listeners_of_shop(self.seat.shop.id)
        context = {
            "sections": sections("webhooks"),
            "endpoints": [endpoint_row(each) for each in found],
        }
        return self.page("endpoints.html", context)


class NewEndpointPage(Page):
    """The form of a new endpoint."""

    section = "developers"
    roles = PROGRAMMERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show an empty form."""
        return self._show(NewEndpointForm(initial={"dialect": self.request.GET.get("dialect")}))

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Make it; of the Cloud dialect, once its address has answered for itself."""
        form = NewEndpointForm(self.request.POST)
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(form, http_status=REFUSED)
        try:
            if form.cleaned_data["dialect"] == Dialect.CLOUD:
                return self._make_callback(form.cleaned_data)
            return self._make(form.cleaned_data)
        except TrocoError as refusal:
            told = refusal.extra.get("field_errors") if isinstance(refusal, InputInvalid) else None
            form.add_error("url" if told else None, reason_of(refusal))
            return self._show(form, http_status=REFUSED)

    def _make(self, facts: dict[str, Any]) -> HttpResponse:
        made = endpoints.make_endpoint(
            shop_id=self.seat.shop.id,
            actor=self.seat.person,
            wish=Wish(url=facts["url"], description=facts["description"], kinds=facts["kinds"]),
        )
        back = reverse("portal:webhook", args=[made.endpoint.public_id])
        return show_secret(
            self, _("The secret it is signed with"), made.secret, back, _("To the endpoint")
        )

    def _make_callback(self, facts: dict[str, Any]) -> HttpResponse:
        if line_of_shop(self.seat.shop.id) is None:
            self.done(_("Open your number first; then say where its news goes."))
            return self.go("line")
        with place_for(self.seat.shop.id):
            verify_callback(url=facts["url"], verify_token=facts["verify_token"])
        set_callback(
            shop_id=self.seat.shop.id, level=CallbackLevel.PHONE, url=facts["url"], fields=()
        )
        subscribe(shop_id=self.seat.shop.id, is_subscribed=True)
        self.done(_("It answered its verification, and hears your news from now on."))
        return self.go("webhooks")

    def _show(self, form: NewEndpointForm, *, http_status: int = 200) -> HttpResponse:
        return self.page("endpoint_new.html", {"form": form}, http_status=http_status)


def endpoint_of(shop_id: int, public_id: str) -> EndpointFacts:
    """Return an endpoint of a shop.

    Raises:
        NotFound: The shop has no such endpoint.
    """
    found = queries.listener_of_shop(shop_id, public_id)
    if found is None:
        raise NotFound
    return found


def endpoint_row(found: EndpointFacts) -> dict[str, Any]:
    """Return an endpoint as its pages show it."""
    return {
        "id": found.public_id,
        "url": found.url,
        "description": found.description,
        "dialect": DIALECTS.get(found.dialect, found.dialect),
        "is_cloud": found.dialect == Dialect.CLOUD,
        "kinds": list(found.kinds),
        "state": found.state,
        "stop": STOPS.get(found.stop, ""),
        "stopped_at": found.stopped_at,
        "old_secret_until": found.old_secret_until,
        "made_at": found.made_at,
    }


def delivery_row(found: DeliveryFacts) -> dict[str, Any]:
    """Return a delivery as a line of the log shows it."""
    last = found.attempts[0] if found.attempts else None
    return {
        "id": found.public_id,
        "event": found.event,
        "kind": found.kind,
        "ref": found.ref,
        "state": found.state,
        "tries": found.tries,
        "due_at": found.due_at,
        "ended_at": found.ended_at,
        "last_at": last.at if last else None,
        "http_status": last.http_status if last else None,
        "outcome": OUTCOMES.get(last.outcome, last.outcome) if last else "",
        "took_ms": last.took_ms if last else None,
    }
