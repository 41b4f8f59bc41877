"""Limits: windows cut in the country's own time, each counted exactly and given back."""

from datetime import UTC, datetime

import pytest

from core.money import Money
from core.transactions import owns_block
from payments.enums import LimitWindow
from payments.limits import window_key
from payments.models import LimitUsage
from payments.queries.countries import CountryFacts, country_by_iso2
from payments.queries.limits import Holder, LimitFacts, limits_left
from payments.services.limits import (
    LimitReached,
    Spending,
    put_standard_rules,
    release_limits,
    take_limits,
)
from tests.bank_simulator.harness import Simulator

SAO_PAULO = "America/Sao_Paulo"
NOON = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # 22:00 of the 23rd in São Paulo.
ANA, BRUNO, CARLA = 1, 2, 3


@pytest.mark.parametrize(
    ("window", "moment", "key"),
    [
        (LimitWindow.DAY, datetime(2026, 12, 1, 2, 59, tzinfo=UTC), "2026-11-30"),
        (LimitWindow.DAY, datetime(2026, 12, 1, 3, 0, tzinfo=UTC), "2026-12-01"),
        (LimitWindow.MONTH, datetime(2026, 12, 1, 2, 59, tzinfo=UTC), "2026-11"),
        (LimitWindow.MONTH, datetime(2027, 1, 1, 3, 0, tzinfo=UTC), "2027-01"),
        (LimitWindow.NIGHT, datetime(2026, 11, 23, 22, 59, tzinfo=UTC), None),
        (LimitWindow.NIGHT, datetime(2026, 11, 23, 23, 0, tzinfo=UTC), "2026-11-23N"),
        (LimitWindow.NIGHT, datetime(2026, 11, 24, 8, 59, tzinfo=UTC), "2026-11-23N"),
        (LimitWindow.NIGHT, datetime(2026, 11, 24, 9, 0, tzinfo=UTC), None),
        (LimitWindow.PAYMENT, NOON, ""),
    ],
)
def test_windows(window: str, moment: datetime, key: str | None) -> None:
    assert window_key(window, moment, SAO_PAULO) == key


@pytest.fixture
def country(brazil: Simulator) -> CountryFacts:
    found = country_by_iso2("BR")
    assert found is not None
    return found


def spend(
    country: CountryFacts,
    amount_minor: int,
    *,
    payer: int = ANA,
    payee: int = BRUNO,
    moment: datetime = NOON,
    kind: str = "person_to_person",
) -> list[list[int]]:
    with owns_block():
        return take_limits(
            spending=Spending(payer, payee, kind, amount_minor), country=country, moment=moment
        )


def reached(country: CountryFacts, amount_minor: int, **more: object) -> str:
    with pytest.raises(LimitReached) as refused:
        spend(country, amount_minor, **more)  # type: ignore[arg-type]
    return str(refused.value.extra["limit"])


@pytest.mark.django_db
def test_one_payment_may_reach_its_limit_and_not_pass_it(country: CountryFacts) -> None:
    assert reached(country, 1000_01) == "per_payment"
    assert LimitUsage.objects.count() == 0
    spend(country, 1000_00)


@pytest.mark.django_db
def test_a_month_of_sending(country: CountryFacts) -> None:
    for payee in range(10, 15):
        spend(country, 1000_00, payee=payee)
    assert reached(country, 1, payee=99) == "sent_per_month"
    december = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
    spend(country, 1000_00, payee=99, moment=december)


@pytest.mark.django_db
def test_a_month_of_receiving_is_counted_apart(country: CountryFacts) -> None:
    for payer in range(10, 15):
        spend(country, 1000_00, payer=payer, payee=ANA)
    assert reached(country, 1, payer=99, payee=ANA) == "received_per_month"
    spend(country, 1000_00, payer=ANA, payee=BRUNO)


@pytest.mark.django_db
def test_twenty_times_a_day(country: CountryFacts) -> None:
    for payer in range(10, 30):
        spend(country, 1, payer=payer, payee=ANA)
    assert reached(country, 1, payer=99, payee=ANA) == "received_per_day"
    tomorrow = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    spend(country, 1, payer=99, payee=ANA, moment=tomorrow)


@pytest.mark.django_db
def test_a_night_of_sending(country: CountryFacts) -> None:
    spend(country, 1000_00, moment=NIGHT)
    assert reached(country, 1, moment=NIGHT) == "sent_per_night"
    spend(country, 1, moment=datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


@pytest.mark.django_db
def test_purchases_have_limits_of_their_own(country: CountryFacts) -> None:
    spend(country, 5000_00, kind="purchase", moment=NIGHT)
    assert reached(country, 5000_01, kind="purchase") == "per_purchase"
    spend(country, 1000_00)


@pytest.mark.django_db
def test_what_failed_is_given_back(country: CountryFacts) -> None:
    taken = spend(country, 700_00)
    left = {each.name: each.left for each in limits(country, ANA)}
    assert left["sent_per_month"] == 4300_00
    with owns_block():
        release_limits(taken=taken)
        release_limits(taken=[])
    left = {each.name: each.left for each in limits(country, ANA)}
    assert left["sent_per_month"] == Money(5000_00, "BRL").amount_minor


def limits(country: CountryFacts, party_id: int) -> list[LimitFacts]:
    holder = Holder(party_id)
    return limits_left(holder=holder, country=country, kinds=["person_to_person"], moment=NOON)


@pytest.mark.django_db
def test_rules_are_put_once(country: CountryFacts) -> None:
    before = len(limits(country, CARLA))
    with owns_block():
        put_standard_rules(country="BR")
    assert len(limits(country, CARLA)) == before
