"""The request log: what programs called with the shop's keys, and how it was answered."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from merchants.codes.sheets import in_zone
from merchants.portal.access import PROGRAMMERS
from merchants.portal.keys import sections
from merchants.portal.lists import ALL, Choices, Column, Empty, Fetched, Field, Listing, ListPage
from merchants.queries.keys import CallFacts, CallFilter, called_with, calls_of_shop

METHODS = (ALL, *((each, each) for each in ("GET", "POST", "PUT", "PATCH", "DELETE")))
ANSWERS = {
    "ok": (gettext_lazy("Answered well"), (2, 3)),
    "refused": (gettext_lazy("Refused"), (4,)),
    "failed": (gettext_lazy("Failed with us"), (5,)),
}
"""How a call was answered: in words, and the hundreds of its status."""


class CallsPage(ListPage):
    """What programs called with the shop's keys in the last week."""

    section = "developers"
    roles = PROGRAMMERS
    name = "calls"
    caption = gettext_lazy("Calls")
    template = "calls.html"
    row_template = "parts/rows/call.html"
    carried = ("show",)
    known: ClassVar = {"show": ANSWERS}
    fields = (
        Field("address", gettext_lazy("Address begins with"), is_wide=True),
        Field("method", gettext_lazy("Method"), "choice", METHODS),
        Field("key", gettext_lazy("Key"), "choice"),
        Field("from", gettext_lazy("From"), "date"),
        Field("to", pgettext_lazy("last day", "To"), "date"),
    )
    columns = (
        Column(gettext_lazy("Call"), may_hide=False),
        Column(gettext_lazy("Answer")),
        Column(gettext_lazy("Key")),
        Column(gettext_lazy("When"), is_end=True),
    )
    sheet_head = (
        "at",
        "key",
        "method",
        "path",
        "http_status",
        "took_ms",
        "request_id",
        "time_zone",
    )
    page_size = 50

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of the log, newest first."""
        since, until = self.asked_span()
        narrowed = CallFilter(
            hundreds=ANSWERS[self.asked("show")][1] if self.asked("show") else (),
            method=self.asked("method"),
            path=self.asked("address"),
            key=self.asked("key"),
            since=since,
            until=until,
        )
        return calls_of_shop(self.seat.shop.id, narrowed, cursor, limit)

    def choices_now(self) -> Mapping[str, Choices]:
        """Return the keys that this shop has or had."""
        return {"key": self._keys}

    def rows(self, found: list[CallFacts]) -> list[dict[str, Any]]:
        """Return calls as their rows show them."""
        return [
            {
                "id": each.request_id,
                "at": each.at,
                "key": each.key,
                "method": each.method,
                "path": each.path,
                "http_status": each.http_status,
                "took_ms": each.took_ms,
            }
            for each in found
        ]

    def sheet_rows(self, found: list[CallFacts]) -> Iterable[Sequence[str]]:
        """Return calls as lines of the file."""
        zone = self.seat.shop.timezone
        return [
            (
                *(in_zone(each.at, zone), each.key, each.method, each.path),
                *(str(each.http_status), str(each.took_ms), each.request_id, zone),
            )
            for each in found
        ]

    def chips(self) -> list[dict[str, Any]]:
        """Return how calls were answered, one press each."""
        ways = [self.chip(words, "show", name) for name, (words, _hundreds) in ANSWERS.items()]
        return [self.chip(_("All"), "show", ""), *ways]

    def empty(self) -> Empty:
        """Say what appears here."""
        return Empty(
            "code",
            _("No calls yet"),
            _(
                "Make a key, call the API with it, and the call appears here: what, when, how it"
                " was answered and how soon."
            ),
        )

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Add the way to the other pages for developers."""
        return {"sections": sections("calls")}

    @cached_property
    def _keys(self) -> list[tuple[str, str]]:
        return called_with(self.seat.shop.id)
