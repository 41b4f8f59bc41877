"""What the shop's programs could hear: each event as it was told, and how far it got."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from merchants.portal.access import PROGRAMMERS
from merchants.portal.keys import sections
from merchants.portal.pages import Page, address_with
from merchants.queries.webhooks import (
    EventFacts,
    deliveries_of_events,
    events_about,
    events_of_shop,
)

SHOWN = 20


class EventsPage(Page):
    """Events of the last 30 days, newest first; of one thing where its id is given."""

    section = "developers"
    roles = PROGRAMMERS

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of them, each with the facts and its deliveries."""
        about, cursor = request.GET.get("ref", "").strip(), request.GET.get("after")
        shop_id = self.seat.shop.id
        if about:
            found, following = events_about(shop_id, about, cursor, SHOWN)
        else:
            found, following = events_of_shop(shop_id, (), cursor, SHOWN)
        told = deliveries_of_events([each.public_id for each in found])
        context = {
            "sections": sections("events"),
            "about": about,
            "events": [_row(each, told.get(each.public_id, [])) for each in found],
            "next_href": address_with(request, after=following) if following else "",
        }
        return self.page("events.html", context)


def _row(event: EventFacts, told: list[tuple[str, str, str, str]]) -> dict[str, Any]:
    return {
        "id": event.public_id,
        "kind": event.kind,
        "ref": event.ref,
        "at": event.at,
        "json": json.dumps(event.facts, indent=2, ensure_ascii=False),
        "deliveries": [
            {
                "href": reverse("portal:delivery", args=[endpoint, delivery]),
                "url": url,
                "state": state,
            }
            for endpoint, delivery, url, state in told
        ],
    }
