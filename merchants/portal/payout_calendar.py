"""The payouts of a month as a calendar: which day brings what, beside the list."""

import calendar
from collections import defaultdict
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core.money import Money
from merchants.portal.access import READERS
from merchants.portal.money import payout_date
from merchants.portal.pages import Page
from payments.queries.shop import PayoutFacts, payouts_around

FIRST_YEAR, LAST_YEAR = 2000, 2999
ARRIVED = frozenset({"settled"})


class CalendarPage(Page):
    """One month; the address says which."""

    section = "payouts"
    roles = READERS

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it; what is no month is this one."""
        shop = self.seat.shop
        today = self.now.astimezone(ZoneInfo(shop.timezone)).date()
        first = month_asked(request.GET.get("month", ""), today)
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        found: dict[date, list[PayoutFacts]] = defaultdict(list)
        for payout in payouts_around(shop.party_id, first, last, shop.timezone):
            found[payout_date(payout)].append(payout)
        shown = [each for day, held in found.items() if first <= day <= last for each in held]
        weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
        context = {
            "first": first,
            "weeks": [[_cell(day, first, today, found) for day in week] for week in weeks],
            "weekdays": range(7),
            "before_href": _address(first - timedelta(days=1)),
            "after_href": _address(last + timedelta(days=1)),
            "count": len(shown),
            "arrived": sum(
                (each.net for each in shown if each.state in ARRIVED),
                start=Money(0, shop.currency),
            ),
        }
        return self.page("payout_calendar.html", context)


def month_asked(text: str, today: date) -> date:
    """Return the first day of a month such as ``2026-11``; of today's where it is none."""
    try:
        day = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else today.replace(day=1)


def _address(day: date) -> str:
    return f"{reverse('portal:payout_calendar')}?month={day.isoformat()[:7]}"


def _cell(
    day: date, first: date, today: date, found: dict[date, list[PayoutFacts]]
) -> dict[str, Any]:
    """Return a day of the month; days of its neighbours are blank."""
    is_here = day.month == first.month
    held = found.get(day, []) if is_here else []
    return {
        "day": day if is_here else None,
        "is_today": day == today,
        "payouts": [{"id": each.id, "net": each.net, "state": each.state} for each in held],
    }
