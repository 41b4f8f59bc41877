"""The defects that the simulated bank's statements have, one day for each, at one bank."""

from datetime import date

import pytest

from payments.models import StatementLine
from payments.rails import StatementUnreadable
from payments.services.evidence import import_notifications
from payments.services.reconciliation import import_statement
from people.models import Party
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_business, new_payer, prove_the_books
from tests.payments.settlement_cast import (
    SHOPS_BANK,
    cutoff,
    fault,
    heal,
    local_day,
    next_day,
    sell,
)
from tests.payments.statement_cast import told

pytestmark = pytest.mark.django_db

BEFORE = "resolved as_before shown before"
BOTH = ["matched", "matched"]
# What the two payouts of the day become; an overlapping statement shows the day before again.
DAYS = (
    ("", BOTH),
    ("statement_overlapping", [*BOTH, BEFORE, BEFORE]),
    ("statement_fee_laden_line", [*BOTH, "suspense a charge of the bank"]),
    ("statement_unknown_line", [*BOTH, "suspense nobody asked for it"]),
    ("statement_batch_booked", BOTH),
    ("statement_batch_booked_bare", [*BOTH, "split the batch, booked as one"]),
    ("statement_repeated_end_to_end_id", BOTH),
    ("statement_repeated_bank_reference", BOTH),
)


def settle(shops: list[Party], ana: Someone) -> date:
    """Let both shops sell and be paid; the day."""
    for shop in shops:
        sell(shop, ana, 10_00)
    day = local_day()
    cutoff()
    return day


def test_each_defect_of_the_simulated_bank(fresh_brazil: Simulator) -> None:
    ana = new_payer(fresh_brazil, "Ana")
    shops = [new_business(fresh_brazil), new_business(fresh_brazil)]
    found = {}
    for name, _ in DAYS:
        if name:
            fault(fresh_brazil, name, count=1)
        day = settle(shops, ana)
        next_day()
        found[name] = sorted(told(import_statement(bank=SHOPS_BANK, day=day)))
        heal(fresh_brazil)
    assert found == {name: sorted(lines) for name, lines in DAYS}
    prove_the_books()


def test_a_statement_cut_short_waits_and_one_issued_again_adds_nothing(
    fresh_brazil: Simulator,
) -> None:
    ana, shops = new_payer(fresh_brazil, "Ana"), [new_business(fresh_brazil)]
    day = settle(shops, ana)
    next_day()
    fault(fresh_brazil, "statement_cut_short", count=1)
    with pytest.raises(StatementUnreadable):
        import_statement(bank=SHOPS_BANK, day=day)
    assert not StatementLine.objects.exists()
    heal(fresh_brazil)
    first = import_statement(bank=SHOPS_BANK, day=day)
    fault(fresh_brazil, "statement_reissued", count=1)
    again = import_statement(bank=SHOPS_BANK, day=day)
    assert (told(first), told(again)) == (["matched"], [BEFORE])


def test_what_the_bank_tells_the_same_day_is_evidence(fresh_brazil: Simulator) -> None:
    ana, shops = new_payer(fresh_brazil, "Ana"), [new_business(fresh_brazil)]
    day = settle(shops, ana)
    assert import_notifications(bank=SHOPS_BANK) == 1
    assert import_notifications(bank=SHOPS_BANK) == 0
    next_day()
    assert told(import_statement(bank=SHOPS_BANK, day=day)) == ["matched"]
    prove_the_books()
