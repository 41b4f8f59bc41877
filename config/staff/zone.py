"""Moments as the reader's clock shows them: the browser says in which zone it is."""

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

if TYPE_CHECKING:
    from django.http import HttpRequest

COOKIE = "troco_zone"
"""Set by ``static/js/staff.js``; it only changes how moments are written."""


def zone_of(request: "HttpRequest") -> ZoneInfo:
    """Return the zone that the reader's browser names, or UTC where it names none."""
    named = unquote(request.COOKIES.get(COOKIE, ""))
    return ZoneInfo(named if named in _known() else "UTC")


@cache
def _known() -> frozenset[str]:
    """Return every zone's name: what a browser sends is looked up and never opened as a path."""
    return frozenset(available_timezones())
