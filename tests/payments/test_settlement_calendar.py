"""Banking days and cutoffs: holidays, overrides, time zones, summer time."""

from datetime import UTC, date, datetime, time

import pytest

from payments.models import AgreementRail, Country, DayOverride
from payments.services.availability import add_country
from payments.services.calendar import (
    add_business_days,
    business_days_before,
    first_business_day,
    is_business_day,
    newest_cutoff,
)

pytestmark = pytest.mark.django_db


def country(iso2: str = "BR") -> Country:
    facts = {
        "iso2": iso2,
        "name": iso2,
        "currency": "BRL",
        "timezone": "America/Sao_Paulo",
        "min_live_banks": 1,
        "holds_funds": False,
    }
    return add_country(facts=dict(facts), staff=None)


def test_weekends_and_public_holidays_are_no_banking_days() -> None:
    brazil = country()
    assert not is_business_day(country=brazil, day=date(2026, 11, 21))
    assert not is_business_day(country=brazil, day=date(2026, 12, 25))
    assert is_business_day(country=brazil, day=date(2026, 11, 23))
    assert add_business_days(country=brazil, day=date(2026, 11, 20), count=1) == date(2026, 11, 24)
    assert add_business_days(country=brazil, day=date(2026, 11, 23), count=0) == date(2026, 11, 23)
    before = [
        business_days_before(country=brazil, day=date(2026, 11, 24), count=count)
        for count in range(4)
    ]
    assert before == [date(2026, 11, day) for day in (24, 23, 19, 18)]


def test_an_override_has_the_last_word() -> None:
    brazil = country()
    carnival = date(2027, 2, 8)
    assert is_business_day(country=brazil, day=carnival)
    DayOverride.objects.create(
        country=brazil, date=carnival, is_business_day=False, name="Carnaval"
    )
    assert not is_business_day(country=brazil, day=carnival)
    saturday = date(2026, 11, 28)
    DayOverride.objects.create(country=brazil, date=saturday, is_business_day=True, name="Extra")
    assert first_business_day(country=brazil, day=saturday) == saturday


def test_a_country_the_library_does_not_know_has_only_weekends() -> None:
    land = country("XX")
    assert is_business_day(country=land, day=date(2026, 12, 25))
    assert not is_business_day(country=land, day=date(2026, 12, 26))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 23, 20, 0, tzinfo=UTC), datetime(2026, 11, 23, 20, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 19, 59, tzinfo=UTC), datetime(2026, 11, 19, 20, 0, tzinfo=UTC)),
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), datetime(2026, 11, 19, 20, 0, tzinfo=UTC)),
    ],
)
def test_the_cutoff_is_where_the_bank_is(moment: datetime, expected: datetime) -> None:
    """17:00 in São Paulo is 20:00 UTC; Friday 20 November 2026 is a holiday."""
    terms = AgreementRail(cutoff=time(17), timezone="America/Sao_Paulo")
    assert newest_cutoff(terms=terms, country=country(), moment=moment) == expected


def test_the_cutoff_follows_summer_time() -> None:
    land = country("XX")
    terms = AgreementRail(cutoff=time(17), timezone="Europe/Lisbon")
    winter = newest_cutoff(terms=terms, country=land, moment=datetime(2026, 3, 27, 23, tzinfo=UTC))
    summer = newest_cutoff(terms=terms, country=land, moment=datetime(2026, 3, 30, 23, tzinfo=UTC))
    assert winter == datetime(2026, 3, 27, 17, tzinfo=UTC)
    assert summer == datetime(2026, 3, 30, 16, tzinfo=UTC)
