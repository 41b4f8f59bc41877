"""News to customers: one text to everybody who asked for the shop's news, and how far it is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import business_now
from core.errors import TrocoError
from core.ids import new_id
from merchants.codes.sheets import in_zone
from merchants.enums import BroadcastState
from merchants.portal.access import EDITORS
from merchants.portal.lists import Column, Empty, Fetched, Listing, ListPage
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.queries.broadcasts import (
    BroadcastFacts,
    broadcast_of,
    broadcasts_of,
    news_audience,
)
from merchants.services.broadcasts import (
    A_DAY,
    MAX_TEXT,
    cancel_broadcast,
    plan_broadcast,
)
from merchants.services.news_caps import OF_A_SHOP_A_DAY, OF_A_SHOP_A_WEEK, OF_ALL_A_DAY

LATE = timedelta(hours=1)
"""So long somebody may look at what they wrote before the time that they chose counts as past."""

SKIPPED = (
    ("opted_out", gettext_lazy("Wants no more news")),
    ("had_enough", gettext_lazy("Had enough messages lately")),
    ("unreachable", gettext_lazy("Cannot be written to")),
    ("cancelled", gettext_lazy("It was called off before")),
)
"""Why somebody got nothing, as the counts name it."""

CAPS = {
    "a_day": OF_A_SHOP_A_DAY,
    "a_week": OF_A_SHOP_A_WEEK,
    "of_all": OF_ALL_A_DAY,
    "of_shop": A_DAY,
}


class BroadcastsPage(ListPage):
    """What went out, what is planned, and how many there are to be reached."""

    section = "news"
    roles = EDITORS
    name = "broadcasts"
    caption = gettext_lazy("News to customers")
    template = "broadcasts.html"
    row_template = "parts/rows/broadcast.html"
    columns = (
        Column(gettext_lazy("Text"), may_hide=False),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("Begins")),
        Column(gettext_lazy("Reached"), is_end=True),
        Column(gettext_lazy("Left out"), is_end=True),
    )
    sheet_head = (
        "id",
        "text",
        "state",
        "starts_at",
        "ended_at",
        "reached",
        *(name for name, _words in SKIPPED),
        "waiting",
        "author",
        "time_zone",
    )

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of broadcasts."""
        return broadcasts_of(self.seat.shop.id, cursor, limit)

    def rows(self, found: list[BroadcastFacts]) -> list[dict[str, Any]]:
        """Return broadcasts as their rows show them."""
        return [broadcast_row(each) for each in found]

    def sheet_rows(self, found: list[BroadcastFacts]) -> Iterable[Sequence[str]]:
        """Return broadcasts as lines of the file."""
        return [_sheet_row(each, self.seat.shop.timezone) for each in found]

    def empty(self) -> Empty:
        """Say what it is for, and whom it reaches."""
        return Empty(
            "send",
            _("Nothing sent yet"),
            _(
                "Tell everybody who asked for your news what is fresh today. Customers ask for it"
                " in their app, on your shop's page; nobody can be put on the list by you."
            ),
            reverse("portal:broadcast_new"),
            _("Write the first news"),
        )

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Add how many would get one that began now."""
        return {"audience": news_audience(self.seat.shop.id)}


class BroadcastForm(forms.Form):
    """A text, and when it begins; the time is read in the shop's own zone."""

    text = forms.CharField(
        label=gettext_lazy("What you want to tell"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Up to 1,024 characters. Everybody gets the same words."),
    )
    starts_at = forms.DateTimeField(
        label=gettext_lazy("When it begins"),
        required=False,
        help_text=gettext_lazy("In your shop's time zone. Leave it empty to send it now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    client_id = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def clean_starts_at(self) -> datetime | None:
        """Refuse a day that is over: a slip of it would send at once what was to wait."""
        starts_at: datetime | None = self.cleaned_data["starts_at"]
        if starts_at is not None and starts_at < business_now() - LATE:
            raise forms.ValidationError(_("This time is over. Leave it empty to send it now."))
        return starts_at


class NewBroadcastPage(Page):
    """Writes one: first the words, then a look at the bubble and at who gets it, then it goes."""

    section = "news"
    roles = EDITORS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the empty form."""
        return self._show(BroadcastForm(initial={"client_id": new_id("brd")}))

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Show the bubble, or plan it; nothing goes out that was not looked at."""
        form = BroadcastForm(self.request.POST)
        if not form.is_valid():
            return self._show(form, http_status=REFUSED)
        if self.request.POST.get("verb") != "send":
            return self._show(form, is_looked_at=self.request.POST.get("verb") == "look")
        said = form.cleaned_data
        try:
            planned = plan_broadcast(
                shop_id=self.seat.shop.id,
                author=self.seat.person,
                text=said["text"],
                starts_at=said["starts_at"],
                client_id=said["client_id"],
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(form, http_status=REFUSED)
        self.done(_("It is planned. This page shows how far it is."))
        return self.go("broadcast", planned.public_id)

    def _show(
        self, form: BroadcastForm, *, is_looked_at: bool = False, http_status: int = 200
    ) -> HttpResponse:
        context = {
            "form": form,
            "audience": news_audience(self.seat.shop.id),
            "caps": CAPS,
            "is_looked_at": is_looked_at,
            "text": form.cleaned_data["text"] if is_looked_at else "",
            "starts_at": form.cleaned_data["starts_at"] if is_looked_at else None,
        }
        return self.page("broadcast_new.html", context, http_status=http_status)


class BroadcastPage(Page):
    """One broadcast; while it goes out, the page asks again every two seconds."""

    section = "news"
    roles = EDITORS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show it, if it is this shop's."""
        found = broadcast_of(self.seat.shop.id, public_id)
        row = broadcast_row(found)
        planned = found.state == BroadcastState.SCHEDULED
        context = {
            "broadcast": row,
            "text": found.text,
            "audience": news_audience(self.seat.shop.id) if planned else row["all"],
            "skipped": [
                {"words": words, "count": found.counts[name]}
                for name, words in SKIPPED
                if found.counts[name]
            ],
            "is_alive": found.state == BroadcastState.SENDING
            or (planned and found.starts_at <= self.now),
            "may_stop": found.state in {BroadcastState.SCHEDULED, BroadcastState.SENDING},
        }
        return self.page("broadcast.html", context)


class StopBroadcast(Page):
    """Calls one off: whoever was not reached is not."""

    roles = EDITORS

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Do it, and show what became of it."""
        try:
            cancel_broadcast(
                shop_id=self.seat.shop.id, broadcast_id=public_id, actor=self.seat.person
            )
        except TrocoError as refusal:
            broadcast_of(self.seat.shop.id, public_id)
            self.refused(refusal)
        else:
            self.done(_("It is called off. Whoever was not reached gets nothing."))
        return self.go("broadcast", public_id)


def broadcast_row(found: BroadcastFacts) -> dict[str, Any]:
    """Return a broadcast as a row shows it."""
    counts = found.counts
    return {
        "id": found.public_id,
        "text": found.text,
        "state": found.state,
        "starts_at": found.starts_at,
        "ended_at": found.ended_at,
        "author": found.author_name,
        "sent": counts["sent"],
        "skipped": sum(counts[name] for name, _words in SKIPPED),
        "waiting": counts["waiting"],
        "done": sum(counts.values()) - counts["waiting"],
        "all": sum(counts.values()),
    }


def _sheet_row(found: BroadcastFacts, zone: str) -> Sequence[str]:
    return (
        found.public_id,
        found.text,
        found.state,
        in_zone(found.starts_at, zone),
        _in_zone(found.ended_at, zone),
        str(found.counts["sent"]),
        *(str(found.counts[name]) for name, _words in SKIPPED),
        str(found.counts["waiting"]),
        found.author_name,
        zone,
    )


def _in_zone(moment: datetime | None, zone: str) -> str:
    return in_zone(moment, zone) if moment else ""
