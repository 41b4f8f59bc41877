"""Payment, books and proof against a plain model: how the two halves of the programme are run."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.bank_simulator.harness import Simulator
from tests.payments.cast import XX_BANKS, new_business, new_payer, new_staff, raise_limits, work
from tests.payments.model import real
from tests.payments.model.machine import NAMES, Machine

STEPS = 50
# In all. Two files draw a half each, so that both cores of a small machine are at work.
SEQUENCES = int(os.environ.get("TROCO_MODEL_SEQUENCES", "40")) // 2
GIVEN = 100_00
# So many courses of events meet all of these; fewer may miss one by chance. A shop here is never
# paid out, so it always holds enough for a refund: test_refunds.py has the one that it cannot pay.
ENOUGH = 300
MUST_MEET = {
    ("_pay", "done"),
    ("_pay", "frozen"),
    ("_pay", "insufficient_funds"),
    ("_pay", "proof_rejected"),
    ("_pay", "quote_expired"),
    ("_pay", "quote_used"),
    ("_pay", "state_conflict"),
    ("cancel", "done"),
    ("cancel", "state_conflict"),
    ("close_request", "done"),
    ("answer", "done"),
    ("crash_and_retry", "crashed"),
    ("decide", "done"),
    ("dispute", "done"),
    ("dispute", "state_conflict"),
    ("give_back", "state_conflict"),
    ("quote_request", "order_expired"),
    ("refund", "done"),
    ("refund", "refund_exceeds_rest"),
    ("withdraw_dispute", "done"),
}


@pytest.fixture
def players(sandboxland: Simulator) -> dict[str, real.Player]:
    """Ana, Bruno and Carla, each with a balance that somebody's bank has paid for."""
    raise_limits()
    giver = new_payer(sandboxland, "Giver", bank=XX_BANKS[0], country="XX")
    found = {}
    for name in NAMES:
        someone = new_payer(sandboxland, name, bank=XX_BANKS[0], country="XX")
        assert giver.pay({"party": someone.party}, GIVEN).status_code == 201
        source = someone.post("/v1/funding-sources", {"kind": "balance"}).json()["id"]
        found[name] = real.Player(name, someone, source)
    work()
    return found


@pytest.fixture
def shop(sandboxland: Simulator) -> real.Shop:
    party = new_business(sandboxland, country="XX", bank=XX_BANKS[1])
    return real.Shop(party, new_staff("marta"))


def compare_over_drawn_courses(players: dict[str, real.Player], shop: real.Shop) -> None:
    """Draw half of the sequences, and compare after each of their steps."""
    Machine.met.clear()
    Machine.players, Machine.shop = players, shop
    Machine.start = dict.fromkeys(NAMES, GIVEN)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
            print_blob=True,
        ),
    )
    missed = MUST_MEET - set(Machine.met)
    assert SEQUENCES < ENOUGH or missed == set(), missed
