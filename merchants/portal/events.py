"""What the shop's programs could hear: each event as it was told, and how far it got."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from merchants.codes.sheets import in_zone
from merchants.portal.access import PROGRAMMERS
from merchants.portal.endpoint import KIND_CHOICES
from merchants.portal.keys import sections
from merchants.portal.lists import Column, Empty, Fetched, Field, Listing, ListPage
from merchants.portal.pages import address_with
from merchants.queries.webhooks import (
    EventFacts,
    EventFilter,
    deliveries_of_events,
    events_of_shop,
)

Told = tuple[str, str, str, str]
"""Where an event was told: the endpoint's id, the delivery's, the address, the delivery's state."""


class EventsPage(ListPage):
    """Events of the last 30 days, newest first; of one thing where its id is given."""

    section = "developers"
    roles = PROGRAMMERS
    name = "events"
    caption = gettext_lazy("Events")
    template = "events.html"
    row_template = "parts/rows/event.html"
    fields = (
        Field("ref", gettext_lazy("Id of a payment, order or refund"), is_wide=True),
        Field("kind", gettext_lazy("Kind of news"), "choice", KIND_CHOICES),
        Field("from", gettext_lazy("From"), "date"),
        Field("to", pgettext_lazy("last day", "To"), "date"),
    )
    columns = (
        Column(gettext_lazy("News"), may_hide=False),
        Column(gettext_lazy("Told to")),
        Column(gettext_lazy("When"), is_end=True),
    )
    sheet_head = ("id", "kind", "about", "at", "deliveries", "facts", "time_zone")
    page_size = 20

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of events, newest first."""
        since, until = self.asked_span()
        narrowed = EventFilter(self.asked("ref"), self.asked("kind"), since, until)
        return events_of_shop(self.seat.shop.id, narrowed, cursor, limit)

    def rows(self, found: list[EventFacts]) -> list[dict[str, Any]]:
        """Return events as their rows show them, each with its facts and its deliveries."""
        told = _told(found)
        return [
            {
                "id": each.public_id,
                "kind": each.kind,
                "ref": each.ref,
                "ref_href": address_with(self.request, ref=each.ref, after=None),
                "at": each.at,
                "json": json.dumps(each.facts, indent=2, ensure_ascii=False),
                "deliveries": [_delivery(one) for one in told.get(each.public_id, [])],
            }
            for each in found
        ]

    def sheet_rows(self, found: list[EventFacts]) -> Iterable[Sequence[str]]:
        """Return events as lines of the file; each delivery is its id and its state."""
        told, zone = _told(found), self.seat.shop.timezone
        return [
            (
                *(each.public_id, each.kind, each.ref, in_zone(each.at, zone)),
                " ".join(f"{one[1]}:{one[3]}" for one in told.get(each.public_id, [])),
                json.dumps(each.facts, ensure_ascii=False),
                zone,
            )
            for each in found
        ]

    def empty(self) -> Empty:
        """Say what appears here."""
        return Empty(
            "code",
            _("No events"),
            _(
                "Events appear here when something happens and an endpoint of yours wants to hear"
                " of it."
            ),
        )

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Add the way to the other pages for developers."""
        return {"sections": sections("events")}


def _told(found: list[EventFacts]) -> dict[str, list[Told]]:
    return deliveries_of_events([each.public_id for each in found])


def _delivery(told: Told) -> dict[str, Any]:
    endpoint, delivery, url, state = told
    return {
        "href": reverse("portal:delivery", args=[endpoint, delivery]),
        "url": url,
        "state": state,
    }
