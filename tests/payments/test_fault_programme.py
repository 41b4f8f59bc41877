"""F6: banks that misbehave in many ways, a day of payments and of settlement with each.

The ordinary run plays three of them small; the long one all of them with two hundred payments
each. ``script/faults`` runs the long one and writes its figures into the document it names.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.bank_simulator.harness import Simulator
from tests.payments.fault_behaviours import BEHAVIOURS, TIMEOUT_SECONDS, Behaviour
from tests.payments.fault_day import play
from tests.payments.fault_figures import Row, measure, write_figures
from tests.payments.fault_verdict import violations

pytestmark = pytest.mark.django_db

SMALL = 20
FULL = 200
SEED = int(os.environ.get("TROCO_FAULT_SEED", "1"))
_ALWAYS = {"broken_reply", "closed_at_night", "lost_receipt"}


@pytest.fixture(scope="module")
def rows() -> Iterator[list[Row]]:
    """Collect the figures, and write them where the command that runs this says."""
    found: list[Row] = []
    yield found
    into = os.environ.get("TROCO_FIGURES_INTO")
    if into and found:
        write_figures(Path(into), found, payments=FULL, seed=SEED)


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
    fresh_brazil: Simulator, settings: Settings, rows: list[Row], behaviour: Behaviour
) -> None:
    settings.TROCO_BANK_TIMEOUT_SECONDS = TIMEOUT_SECONDS
    day = play(fresh_brazil, behaviour, payments=FULL, seed=SEED)
    wrong = violations(day)
    rows.append(measure(day, sum(len(each) for each in wrong.values())))
    assert wrong == {}
    assert day.fired > 0
