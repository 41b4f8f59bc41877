"""F6: banks that misbehave in fifteen ways, a day of payments and of settlement with each.

The ordinary run plays three of them small; the long one all of them with two hundred payments
each, and writes its figures where ``script/faults`` says.
"""

import pytest
from pytest_django import Settings

from tests.bank_simulator.harness import Simulator
from tests.payments.fault_behaviours import BEHAVIOURS, TIMEOUT_SECONDS, Behaviour
from tests.payments.fault_day import play
from tests.payments.fault_verdict import violations

pytestmark = pytest.mark.django_db

SMALL = 20
FULL = 200
_ALWAYS = {"broken_reply", "closed_at_night", "lost_receipt"}


@pytest.mark.parametrize(
    "behaviour",
    [each for each in BEHAVIOURS if each.name in _ALWAYS],
    ids=lambda each: each.name,
)
def test_a_small_day(fresh_brazil: Simulator, settings: Settings, behaviour: Behaviour) -> None:
    settings.TROCO_BANK_TIMEOUT_SECONDS = TIMEOUT_SECONDS
    day = play(fresh_brazil, behaviour, payments=SMALL, seed=7)
    assert violations(day) == {}


@pytest.mark.long
@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda each: each.name)
def test_a_day_of_two_hundred_payments(
    fresh_brazil: Simulator, settings: Settings, behaviour: Behaviour
) -> None:
    settings.TROCO_BANK_TIMEOUT_SECONDS = TIMEOUT_SECONDS
    day = play(fresh_brazil, behaviour, payments=FULL, seed=1)
    assert day.fired > 0
    assert violations(day) == {}
