"""F6: banks that misbehave in many ways, a day of payments and of settlement with each.

The ordinary run plays some of them small; the long one all of them with two hundred payments
each. ``script/faults`` runs the long one and writes its figures into the document it names.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.bank_simulator.harness import SECRET, Simulator, free_port
from tests.payments.cast import open_land
from tests.payments.fault_behaviours import BEHAVIOURS, TIMEOUT_SECONDS, Behaviour
from tests.payments.fault_day import Banks, play
from tests.payments.fault_figures import measure, write_row
from tests.payments.fault_mailbox import SECRET as CALLS_SECRET
from tests.payments.fault_mailbox import Mailbox
from tests.payments.fault_verdict import violations

pytestmark = pytest.mark.django_db

SMALL = 20
FULL = 200
SEED = int(os.environ.get("TROCO_FAULT_SEED", "1"))
_ALWAYS = {"bad_signature", "broken_reply", "closed_at_night", "lost_receipt", "tls_error"}


@pytest.fixture
def behaviour(request: pytest.FixtureRequest) -> Behaviour:
    found: Behaviour = request.param
    return found


@pytest.fixture
def banks(db: None, tmp_path: Path, settings: Settings, behaviour: Behaviour) -> Iterator[Banks]:
    """Brazil, open, at banks of this day alone, which call if the behaviour is one of calls."""
    tls_port = free_port()
    options = ["--tls-error-port", str(tls_port)]
    with (
        Mailbox() as mailbox,
        Simulator(
            tmp_path / "books.sqlite3", mailbox.environment if behaviour.calls else {}, options
        ) as started,
    ):
        url = str(started.client.base_url).rstrip("/")
        settings.TROCO_SIMULATOR_URL = url
        settings.TROCO_SIMULATOR_SECRET = SECRET
        settings.TROCO_HTTP_ALLOWED_ORIGINS = [url, f"https://127.0.0.1:{tls_port}"]
        settings.TROCO_BANK_CALLBACK_SECRETS = [CALLS_SECRET]
        settings.TROCO_BANK_TIMEOUT_SECONDS = TIMEOUT_SECONDS
        open_land(started)
        yield Banks(started, mailbox, tls_port)


@pytest.mark.parametrize(
    "behaviour",
    [each for each in BEHAVIOURS if each.name in _ALWAYS],
    ids=lambda each: each.name,
    indirect=True,
)
def test_a_small_day(banks: Banks, behaviour: Behaviour) -> None:
    day = play(banks, behaviour, payments=SMALL, seed=7)
    assert violations(day) == {}


@pytest.mark.long
@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda each: each.name, indirect=True)
def test_a_day_of_two_hundred_payments(banks: Banks, behaviour: Behaviour) -> None:
    day = play(banks, behaviour, payments=FULL, seed=SEED)
    wrong = violations(day)
    into = os.environ.get("TROCO_FIGURES_INTO")
    if into:
        found = sum(len(each) for each in wrong.values())
        write_row(Path(into), measure(day, found), payments=FULL, seed=SEED)
    assert wrong == {}
    assert day.fired > 0
