"""What the files say of countries: whole, with sources, with ids that can be right."""

import re
from zoneinfo import ZoneInfo

import pytest
from stdnum import bic

from core.money import exponent
from payments.enums import LimitWindow, PaymentKind
from payments.facts import CountryFile, read_countries
from payments.models import DayOverride, KnownBank, KnownRail
from payments.rails import rails_offering
from payments.rails.pain001 import VERSIONS
from payments.services.availability import add_country
from payments.services.world import put_facts

FILES = read_countries()
SHAPES = {
    "ISPB": r"[0-9A-Z]{8}",
    "IFSC, first four": r"[A-Z]{4}",
    "CLABE, first three": r"[0-9]{3}",
    "BIC": r"[A-Z]{6}[A-Z0-9]{2}",
}


def test_the_countries_that_there_are() -> None:
    assert {each.iso2: each.stage for each in FILES} == {
        "BD": "planned",
        "BR": "open",
        "IN": "pilot",
        "MX": "planned",
        "SG": "planned",
        "XX": "open",
    }


@pytest.mark.parametrize("country", FILES, ids=lambda each: each.iso2)
def test_a_country_is_whole(country: CountryFile) -> None:
    ZoneInfo(country.timezone)
    assert exponent(country.currency) == 2
    assert (country.clearance is None) == (country.stage == "planned")
    if country.stage != "planned":
        assert len(country.sandbox_banks) >= country.min_live_banks
    for sandbox_bank in country.sandbox_banks:
        assert sandbox_bank.rail in rails_offering("debit")
        assert (sandbox_bank.files or sandbox_bank.rail) in rails_offering("batch")
        assert sandbox_bank.message_version in VERSIONS
    if country.stage == "pilot":
        assert country.clearance is not None
        assert country.clearance.max_users
    rails = {rail.code for rail in country.rails}
    assert len(rails) == len(country.rails)
    for bank in country.banks:
        assert re.fullmatch(SHAPES[bank.id_kind], bank.national_id), bank
        assert set(bank.rails) <= rails, bank
        if bank.id_kind == "BIC":
            assert bic.is_valid(bank.national_id)
            assert bank.national_id[4:6] == country.iso2
    for limit in country.limits:
        assert PaymentKind(limit.kind)
        assert LimitWindow(limit.window)
        assert limit.value > 0
    sources = [rail.source for rail in country.rails] + [bank.source for bank in country.banks]
    assert all(sources + [limit.source for limit in country.limits])


@pytest.mark.django_db
def test_facts_are_written_as_the_file_says_and_may_be_written_again() -> None:
    brazil = next(each for each in FILES if each.iso2 == "BR")
    add_country(facts=brazil.particulars, staff=None)
    for _ in range(2):
        put_facts(facts=brazil)
    assert KnownRail.objects.count() == len(brazil.rails)
    assert KnownBank.objects.get(name="Banco do Brasil").national_id == "00000000"
    assert DayOverride.objects.count() == len(brazil.holidays)
