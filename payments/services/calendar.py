"""On which days banks work, and when their next cutoff is.

The calendar library knows a country's public holidays; banks keep days of their own, so a table
of overrides has the last word. The library calls Brazil's Carnival Monday a working day; banks
are closed. A country the library does not know has only its weekends.
"""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from django.utils.translation import gettext
from holidays import HolidayBase

from payments.models import AgreementRail, Country, DayOverride

_LONGEST_CLOSURE_DAYS = 30
_FIRST_WEEKEND_DAY = 5


def is_business_day(*, country: Country, day: date) -> bool:
    """Tell whether banks of a country work on a day.

    Transaction: none (one query).
    """
    override = DayOverride.objects.filter(country=country, date=day).first()
    if override is not None:
        return override.is_business_day
    return day.weekday() < _FIRST_WEEKEND_DAY and day not in _public_holidays(country.iso2)


def first_business_day(*, country: Country, day: date) -> date:
    """Return the day itself when banks work on it, or the next one on which they do.

    Raises:
        LookupError: Banks rest for a month: the overrides are wrong.

    Transaction: none.
    """
    for step in range(_LONGEST_CLOSURE_DAYS):
        candidate = day + timedelta(days=step)
        if is_business_day(country=country, day=candidate):
            return candidate
    raise LookupError(f"No business day in {country.iso2} within a month of {day}.")


def add_business_days(*, country: Country, day: date, count: int) -> date:
    """Return the day that lies ``count`` business days after a day; 0 is the next one on or after.

    Transaction: none.
    """
    found = first_business_day(country=country, day=day)
    for _ in range(count):
        found = first_business_day(country=country, day=found + timedelta(days=1))
    return found


def business_days_before(*, country: Country, day: date, count: int) -> date:
    """Return the business day from which ``count`` business days lead to a day.

    Raises:
        LookupError: Banks rest for a month: the overrides are wrong.

    Transaction: none.
    """
    found = day
    for _ in range(count):
        steps = (found - timedelta(days=step) for step in range(1, _LONGEST_CLOSURE_DAYS + 1))
        earlier = next((each for each in steps if is_business_day(country=country, day=each)), None)
        if earlier is None:
            raise LookupError(f"No business day in {country.iso2} within a month before {found}.")
        found = earlier
    return found


def closures(*, country: Country, first: date, days: int) -> list[tuple[date, str]]:
    """Return the days on which banks rest beside weekends, and why, from a day on.

    A weekend day is listed where an override says that banks work on it.

    Args:
        country: Whose banking days count.
        first: The first day that is looked at.
        days: How many are looked at.

    Transaction: none (one query).
    """
    last = first + timedelta(days=days)
    rows = DayOverride.objects.filter(country=country, date__gte=first, date__lt=last)
    overrides = {row.date: row for row in rows}
    known = _public_holidays(country.iso2)
    found = []
    for day in (first + timedelta(days=step) for step in range(days)):
        override = overrides.get(day)
        if override is not None:
            works = gettext("banks work on this day") if override.is_business_day else ""
            found.append((day, " · ".join(each for each in (works, override.name) if each)))
        elif day.weekday() < _FIRST_WEEKEND_DAY and day in known:
            found.append((day, str(known.get(day)) if isinstance(known, HolidayBase) else ""))
    return found


def newest_cutoff(*, terms: AgreementRail, country: Country, moment: datetime) -> datetime | None:
    """Return the newest cutoff at or before a moment, or None when there was none for a month.

    The cutoff is a time of day where the bank is, so it follows that place's summer time.

    Args:
        terms: The rail of an agreement, with its cutoff and time zone.
        country: Whose banking days count.
        moment: Aware.

    Transaction: none.
    """
    zone = ZoneInfo(terms.timezone)
    today = moment.astimezone(zone).date()
    for step in range(_LONGEST_CLOSURE_DAYS):
        day = today - timedelta(days=step)
        cutoff = _cutoff_on(day, terms.cutoff, zone)
        if cutoff <= moment and is_business_day(country=country, day=day):
            return cutoff
    return None


def cutoff_after(*, terms: AgreementRail, country: Country, moment: datetime) -> datetime:
    """Return the first cutoff after a moment, on a day on which the bank works.

    Args:
        terms: The rail of an agreement, with its cutoff and time zone.
        country: Whose banking days count.
        moment: Aware.

    Transaction: none.
    """
    zone = ZoneInfo(terms.timezone)
    day = first_business_day(country=country, day=moment.astimezone(zone).date())
    cutoff = _cutoff_on(day, terms.cutoff, zone)
    if cutoff > moment:
        return cutoff
    day = first_business_day(country=country, day=day + timedelta(days=1))
    return _cutoff_on(day, terms.cutoff, zone)


def end_of_day(*, day: date, timezone: str) -> datetime:
    """Return the first moment after a day, where a bank is."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=ZoneInfo(timezone))


def _cutoff_on(day: date, cutoff: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, cutoff, tzinfo=zone)


@cache
def _public_holidays(iso2: str) -> HolidayBase | frozenset[date]:
    """Return the library's calendar of a country; it fills itself year by year."""
    try:
        return holidays.country_holidays(iso2)
    except NotImplementedError:
        return frozenset()
