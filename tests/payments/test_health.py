"""Probing connections: each by itself, with hysteresis both ways, whatever another does."""

from datetime import timedelta

import pytest

from core.clock import wall_now
from core.errors import InputInvalid, NotFound
from payments.models import Bank, ConnectorHealth, Country
from payments.services.availability import add_country, check_countries
from payments.services.health import note_probe, probe_bank, probe_banks
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import BANKS

pytestmark = pytest.mark.django_db

BROKEN, GOOD = BANKS


def health(bank: str) -> ConnectorHealth:
    return ConnectorHealth.objects.get(bank__slug=bank)


def walk(bank: str, answers: str) -> str:
    """Note probes, ``+`` for a good one; how it stood after each."""
    notes = [note_probe(bank=bank, is_good=each == "+", error="timeout") for each in answers]
    return "".join("+" if each.is_healthy else "-" for each in notes)


@pytest.mark.parametrize(
    ("answers", "stood"),
    [
        ("--+--+", "++++++"),
        ("---", "++-"),
        ("---+-++", "++----+"),
        ("---++-+--", "++--+++++"),
    ],
)
def test_three_bad_ones_bring_it_down_and_two_good_ones_back(
    brazil: Simulator, answers: str, stood: str
) -> None:
    assert walk(BROKEN, answers) == stood
    assert health(GOOD).is_healthy


def test_a_connector_that_breaks_is_down_and_the_others_are_asked(brazil: Simulator) -> None:
    Bank.objects.filter(slug=BROKEN).update(rail="nowhere")
    before = health(GOOD).good_streak
    for _ in range(3):
        assert probe_banks() == 2
    assert (health(BROKEN).is_healthy, health(BROKEN).bad_streak) == (False, 3)
    assert health(BROKEN).last_error != ""
    assert (health(GOOD).is_healthy, health(GOOD).good_streak) == (True, before + 3)


def test_a_bank_without_a_connector_is_not_asked(brazil: Simulator) -> None:
    Bank.objects.filter(slug=BROKEN).update(rail="")
    assert probe_banks() == 1
    with pytest.raises(NotFound):
        probe_bank(bank=BROKEN)


def test_a_country_that_cannot_be_checked_keeps_none_from_being_checked(
    brazil: Simulator,
) -> None:
    facts = {"iso2": "AA", "name": "A", "currency": "XTS", "timezone": "UTC"}
    add_country(facts=facts, staff=None)
    old = wall_now() - timedelta(hours=1)
    Country.objects.update(checked_at=old)
    Country.objects.filter(iso2="AA").update(timezone="Nowhere/City")
    assert check_countries() == 1
    assert Country.objects.get(iso2="BR").checked_at != old
    assert Country.objects.get(iso2="AA").checked_at == old
    with pytest.raises(InputInvalid):
        add_country(facts=facts | {"iso2": "AB", "timezone": "Nowhere/City"}, staff=None)
