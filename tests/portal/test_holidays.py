"""Holidays of a shop, and the month of payouts: kept by who edits, and told right."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core.clock import business_now
from merchants.enums import Role
from merchants.models import Holiday, Shop
from merchants.portal.money import payout_date
from merchants.portal.payout_calendar import month_asked
from merchants.queries.desk import AutomaticWordsFacts, SpanFacts, absence_at
from people.models import AuditEntry
from tests.portal import cast
from tests.portal.test_lists import cost

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("America/Sao_Paulo")
HOURS = tuple(SpanFacts(day, 480, 1080) for day in range(7))


def today() -> date:
    return business_now().astimezone(ZONE).date()


def keep(clerk: cast.Clerk, day: date | str, name: str = "Carnaval") -> int:
    shown = day if isinstance(day, str) else day.isoformat()
    return int(clerk.post("/desk", verb="holiday", day=shown, name=name).status_code)


def test_a_holiday_is_kept_renamed_and_removed_by_who_edits(
    owner: cast.Clerk, cashier: cast.Clerk, stranger: cast.Clerk, shop: Shop
) -> None:
    day = today() + timedelta(days=10)
    assert (keep(cashier, day), Holiday.objects.count()) == (403, 0)
    assert (keep(owner, day), keep(owner, day, "Feriado")) == (303, 303)
    assert owner.get("/desk").context["holidays"] == [(day, "Feriado")]
    assert cashier.get("/desk").context["holiday_form"] is None
    assert stranger.get("/desk").context["holidays"] == []
    gone = {"verb": "remove_holiday", "day": day.isoformat()}
    assert cashier.post("/desk", **gone).status_code == 403
    assert stranger.post("/desk", **gone).status_code == 404
    assert [owner.post("/desk", **gone).status_code for _ in range(2)] == [303, 404]
    acts = AuditEntry.objects.filter(action__startswith="holiday.", object_ref=shop.public_id)
    assert list(acts.order_by("id").values_list("action", flat=True)) == [
        "holiday.added",
        "holiday.removed",
    ]


@pytest.mark.parametrize("days", [-2, 800])
def test_a_day_that_is_over_or_far_away_is_refused(owner: cast.Clerk, days: int) -> None:
    assert keep(owner, today() + timedelta(days=days)) == 422
    for day, name in (("soon", ""), ("", ""), (today().isoformat(), "x" * 61)):
        assert keep(owner, day, name) == 422
    assert Holiday.objects.count() == 0
    for day in ("soon", "2026-02-31"):
        assert owner.post("/desk", verb="remove_holiday", day=day).status_code == 404


@pytest.mark.parametrize(
    ("hour", "since"),
    [
        ((2026, 11, 23, 12), None),
        ((2026, 11, 24, 12), (2026, 11, 23, 18)),
        ((2026, 11, 25, 20), (2026, 11, 23, 18)),
        ((2026, 11, 26, 7), (2026, 11, 23, 18)),
        ((2026, 11, 26, 9), None),
    ],
)
def test_an_absence_goes_through_holidays_as_one(
    hour: tuple[int, ...], since: tuple[int, ...] | None
) -> None:
    words = AutomaticWordsFacts("", "outside_hours", "Fechado.", None, HOURS)
    closed = frozenset({date(2026, 11, 24), date(2026, 11, 25)})
    moment = datetime(*hour, tzinfo=ZONE)  # type: ignore[misc, arg-type]
    expected = datetime(*since, tzinfo=ZONE) if since else None  # type: ignore[misc, arg-type]
    assert absence_at(words, "America/Sao_Paulo", moment, closed) == expected


@pytest.mark.parametrize("text", ["", "2026-13", "0001-01", "9999-12", "nonsense", "2026-1"])
def test_what_is_no_month_is_this_one(text: str) -> None:
    assert month_asked(text, date(2026, 11, 23)) == date(2026, 11, 1)


def test_a_payout_without_a_banks_day_stands_on_the_day_of_the_shops_clock() -> None:
    """By another clock it would stand in the month before, where the calendar does not look."""
    made: Any = SimpleNamespace(value_date=None, created_at=datetime(2026, 1, 31, 20, tzinfo=UTC))
    dhaka = ZoneInfo("Asia/Dhaka")
    with timezone.override(dhaka):
        assert payout_date(made) == date(2026, 2, 1)
    assert payout_date(made, dhaka) == date(2026, 2, 1)


def test_a_month_without_payouts_says_so_and_leads_to_its_neighbours(
    owner: cast.Clerk, shop: Shop
) -> None:
    page = owner.get("/payouts/calendar", month="2026-02")
    assert page.context["first"] == date(2026, 2, 1)
    assert [len(week) for week in page.context["weeks"]] == [7, 7, 7, 7, 7]
    assert page.context["before_href"].endswith("?month=2026-01")
    assert page.context["after_href"].endswith("?month=2026-03")
    assert "No payout stands in this month." in page.content.decode()
    assert cost(owner, "/payouts/calendar") == cost(owner, "/payouts/calendar?month=2026-03")
    support = cast.member_of(shop, Role.SUPPORT)
    assert support.get("/payouts/calendar").status_code == 403
