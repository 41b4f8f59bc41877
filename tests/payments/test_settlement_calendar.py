"""Banking days and cutoffs: holidays, overrides, time zones, summer time."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from core.clock import business_now
from core.errors import InputInvalid, NotFound
from payments.models import AgreementRail, Country, DayOverride
from payments.services.availability import add_country
from payments.services.calendar import (
    add_business_days,
    business_days_before,
    first_business_day,
    is_business_day,
    newest_cutoff,
)
from payments.services.days import forget_day, set_day
from people.models import AuditEntry
from tests.payments.cast import new_staff

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


def test_staff_correct_a_day_to_come_and_take_it_back() -> None:
    brazil, marta = country(), new_staff("marta")
    day = first_business_day(country=brazil, day=business_now().date() + timedelta(days=30))
    words: dict[str, Any] = {"staff": marta, "country": "BR", "day": day, "reason": "notice 7"}
    set_day(is_business_day=False, name="A day of the bank's", **words)
    assert not is_business_day(country=brazil, day=day)
    set_day(is_business_day=True, name="It is open after all", **words)
    assert is_business_day(country=brazil, day=day)
    set_day(is_business_day=False, name="It is not", **words)
    forget_day(**words)
    assert is_business_day(country=brazil, day=day)
    with pytest.raises(NotFound):
        forget_day(**words)
    told = AuditEntry.objects.filter(action="day.overridden").order_by("id")
    assert [each.after.get("name", "") for each in told] == [
        "A day of the bank's",
        "It is open after all",
        "It is not",
        "",
    ]


@pytest.mark.parametrize(
    "wrong", [{"country": "QQ"}, {"name": " "}, {"name": "x" * 121}, {"day": date(2020, 1, 1)}]
)
def test_a_wrong_day_changes_nothing(wrong: dict[str, Any]) -> None:
    country()
    words: dict[str, Any] = {
        "staff": new_staff("marta"),
        "country": "BR",
        "day": business_now().date() + timedelta(days=30),
        "is_business_day": False,
        "name": "Carnival",
        "reason": "notice 7",
    }
    with pytest.raises((InputInvalid, NotFound)):
        set_day(**words | wrong)
    assert DayOverride.objects.count() == 0
