"""Refunds inside payouts: gross less fee less refunds is net, and every line is explained."""

from datetime import date

import pytest

from core.clock import business_now
from payments.ledger import InsufficientFunds
from payments.models import PayableEntry, Payout, PayoutEntry, PayoutItem, StatementLine
from payments.queries.payout_lines import payout_entries
from payments.queries.settlement import proof_of
from payments.queries.shop_figures import unsettled
from payments.services.reconciliation import import_due_statements
from people.models import Party
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_business, new_payer, prove_the_books, work
from tests.payments.refund_cast import give_back, refund_states
from tests.payments.settlement_cast import (
    PAYERS_BANK,
    SHOPS_BANK,
    cutoff,
    fault,
    held,
    local_day,
    next_day,
    sell,
)

pytestmark = pytest.mark.django_db


def sums(payout: Payout) -> tuple[int, int, int, int]:
    return payout.gross_minor, payout.fee_minor, payout.refunds_minor, payout.net_minor


def two_days(simulator: Simulator) -> tuple[Party, list[date]]:
    """Sales and refunds of two days, settled on both; the shop and the days."""
    ana, padaria = new_payer(simulator, "Ana"), new_business(simulator)
    cake, bread = sell(padaria, ana, 40_00), sell(padaria, ana, 10_00)
    give_back(padaria, cake, 15_00)
    give_back(padaria, bread)
    work()
    first = local_day()
    cutoff()
    next_day()
    sell(padaria, ana, 30_00)
    give_back(padaria, cake)
    work()
    second = local_day()
    cutoff()
    next_day()
    return padaria, [first, second]


def test_a_payout_takes_refunds_out_before_and_after(fresh_brazil: Simulator) -> None:
    padaria, _days = two_days(fresh_brazil)
    first, second = Payout.objects.order_by("id")
    assert sums(first) == (50_00, 1_00, 24_50, 24_50)
    assert sums(second) == (30_00, 60, 24_50, 4_90)
    assert held("payable", padaria) == 0
    assert PayoutItem.objects.filter(payout=second).count() == 1
    entries, _more = payout_entries(second.pk, None, 10)
    assert [(each.kind, each.taken.amount_minor) for each in entries] == [("refund", 24_50)]
    prove_the_books()


def test_statements_show_refunds_and_the_days_are_proven(fresh_brazil: Simulator) -> None:
    _padaria, days = two_days(fresh_brazil)
    import_due_statements(moment=business_now())
    assert set(StatementLine.objects.values_list("state", flat=True)) == {"matched"}
    assert StatementLine.objects.filter(attempt__leg__kind="refund").count() == 3
    proofs = [proof_of(bank, day) for bank in (PAYERS_BANK, SHOPS_BANK) for day in days]
    assert [(each.is_proven, each.differences) for each in proofs if each] == [(True, ())] * 4


def test_what_waits_for_the_next_payout(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    give_back(padaria, sell(padaria, ana, 50_00), 25_00)
    waiting = unsettled(padaria.id)
    shown = (waiting.gross, waiting.fee, waiting.refunds, waiting.held, waiting.net)
    assert [each.amount_minor for each in shown] == [50_00, 1_00, 24_50, 0, 24_50]


def test_more_refunds_than_sales_wait_for_the_next_payout(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    cake = sell(padaria, ana, 40_00)
    cutoff()
    next_day()
    bread = sell(padaria, ana, 40_00)
    give_back(padaria, cake)
    work()
    assert cutoff().state == "skipped"
    assert PayoutEntry.objects.count() == 0
    assert PayableEntry.objects.get().delta_minor == -39_20
    next_day()
    sell(padaria, ana, 20_00)
    cutoff()
    newest = Payout.objects.latest("id")
    assert sums(newest) == (60_00, 1_20, 39_20, 19_60)
    assert bread in set(newest.items.values_list("payment__public_id", flat=True))
    prove_the_books()


def test_a_payout_that_came_back_is_not_there_to_be_refunded_from(
    fresh_brazil: Simulator,
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    cake = sell(padaria, ana, 40_00)
    fault(fresh_brazil, "batch_partial_reject", count=1)
    cutoff()
    assert Payout.objects.get().state == "rejected"
    assert held("payable", padaria) == 39_20
    with pytest.raises(InsufficientFunds):
        give_back(padaria, cake)
    prove_the_books()


def test_the_statement_closes_a_refund_nobody_knew_of(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    cake = sell(padaria, ana, 40_00)
    fault(fresh_brazil, "executed_but_timeout", bank=PAYERS_BANK, count=1)
    give_back(padaria, cake, 15_00)
    work()
    assert refund_states() == ["unknown"]
    next_day()
    import_due_statements(moment=business_now())
    assert refund_states() == ["completed"]
    prove_the_books()
