"""Days on which banks work, or rest, against what the calendar library says."""

from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import InputInvalid, NotFound
from core.transactions import owns
from payments.models import Country, DayOverride
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

LONGEST_NAME = 120


@owns
def set_day(
    *, staff: "Person", country: str, day: date, is_business_day: bool, name: str, reason: str
) -> DayOverride:
    """Say that banks of a country work, or rest, on a day to come; said again, it is corrected.

    The next cutoffs and value dates follow at once. A day that is over cannot be changed: what
    was claimed and booked on it stands.

    Changes: the override, an audit entry.

    Args:
        staff: Who says so.
        country: ISO 3166 letters.
        day: Today, where the country is, or later.
        is_business_day: Whether banks work.
        name: What the day is, 1 to 120 characters.
        reason: In words, for the audit, such as the central bank's notice.

    Raises:
        NotFound: There is no such country.
        InputInvalid: The day is over, or has no name.

    Transaction: owns.
    """
    found = _country_on(country, day)
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise InputInvalid
    before = DayOverride.objects.select_for_update().filter(country=found, date=day).first()
    row, _made = DayOverride.objects.update_or_create(
        country=found,
        date=day,
        defaults={"is_business_day": is_business_day, "name": name.strip()},
    )
    _audit(staff, country, day, (before, row), reason)
    return row


@owns
def forget_day(*, staff: "Person", country: str, day: date, reason: str) -> None:
    """Take back what was said of a day to come: the calendar library has the word again.

    Changes: the override (removed), an audit entry.

    Raises:
        NotFound: There is no such country, or nothing was said of the day.
        InputInvalid: The day is over.

    Transaction: owns.
    """
    found = _country_on(country, day)
    row = DayOverride.objects.select_for_update().filter(country=found, date=day).first()
    if row is None:
        raise NotFound
    DayOverride.objects.filter(pk=row.pk).delete()
    _audit(staff, country, day, (row, None), reason)


def _country_on(iso2: str, day: date) -> Country:
    """Return a country where a day is not over yet."""
    found = Country.objects.filter(iso2=iso2).first()
    if found is None:
        raise NotFound
    if day < business_now().astimezone(ZoneInfo(found.timezone)).date():
        raise InputInvalid(_("That day is over."))
    return found


def _audit(
    staff: "Person",
    country: str,
    day: date,
    rows: tuple[DayOverride | None, DayOverride | None],
    reason: str,
) -> None:
    before, after = (
        {"is_business_day": row.is_business_day, "name": row.name} if row else {} for row in rows
    )
    record(
        actor=staff,
        action="day.overridden",
        object_ref=f"{country}/{day.isoformat()}",
        before=before,
        after=after,
        reason=reason,
    )
