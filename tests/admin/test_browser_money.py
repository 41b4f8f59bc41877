"""Money of real payments in the staff's browser: refunds, disputes and the bank's lines, by two."""

import pytest
from playwright.sync_api import expect

from payments.models import Dispute, Refund, StatementLine
from tests.admin.desk import Desk
from tests.admin.test_browser import ASKED, approve, chromium, desks
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_business, new_payer, prove_the_books, raise_limits, work
from tests.payments.conftest import bank_process, fresh_banks, fresh_brazil
from tests.payments.dispute_cast import NOT_ME, dispute
from tests.payments.settlement_cast import fault, house, sell
from tests.payments.statement_cast import paid_day, take_in, went
from tests.payments.test_ways_back import PAID, Stranger, a_day_passes

__all__ = ["bank_process", "chromium", "desks", "fresh_banks", "fresh_brazil"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_refund_and_a_dispute_take_two(fresh_brazil: Simulator, desks: tuple[Desk, Desk]) -> None:
    marta, otto = desks
    raise_limits()
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    payment = sell(padaria, ana, 900_00)
    box = marta.page.get_by_label("Search everything")
    marta.go("/admin/")
    box.fill(payment)
    box.press("Enter")
    marta.act("Refund…", "waits for a colleague", amount="600.00", ground="damaged", reason="Seen")
    otto.open_queue("Refunds waiting for a second person")
    otto.act("Approve…", "The refund is on its way.", reason="I agree")
    dispute(ana, sell(padaria, ana, 800_00), **NOT_ME)
    marta.open_queue("Disputes to decide")
    marta.act("Decide…", "A colleague has to decide the same.", outcome="lost", reason="Stolen")
    otto.open_queue("Approvals that wait for you")
    otto.sees("I did not pay this.")
    otto.fill(outcome="lost", reason="I agree")
    otto.press("The dispute is decided.")
    work()
    assert Refund.objects.order_by("id")[0].state == "completed"
    assert Dispute.objects.get().state == "lost"
    prove_the_books()


def test_a_line_without_its_name_is_matched_by_two(
    fresh_brazil: Simulator, desks: tuple[Desk, Desk]
) -> None:
    marta, otto = desks
    paid = paid_day(fresh_brazil)
    nameless = went(paid.first, "R1").replace(paid.first.public_id, "")
    take_in(paid, nameless + went(paid.second, "R2"), -paid.total)
    marta.go("/admin/payments/missingline/")
    marta.sees(paid.first.public_id)
    marta.open_queue("Money nobody here asked for")
    marta.follow("Match…")
    fact = marta.page.locator("[name=fact]")
    expect(fact).to_have_value(paid.first.public_id)
    marta.fill(reason="The same amount, the same day")
    marta.press(ASKED)
    approve(otto, "The same amount, the same day")
    work()
    line = StatementLine.objects.get(end_to_end_id="")
    assert (line.state, line.payout, house("suspense")) == ("matched", paid.first, 0)
    prove_the_books()


def test_money_nobody_asked_for_is_sent_back_by_two_and_followed(
    fresh_brazil: Simulator, desks: tuple[Desk, Desk]
) -> None:
    marta, otto = desks
    stranger = Stranger(fresh_brazil)
    a_day_passes()
    fault(fresh_brazil, "executed_but_timeout", direction="return", count=1)
    marta.open_queue("Money nobody here asked for")
    marta.act("Send back…", ASKED, reason="Not ours")
    approve(otto, "Not ours")
    work()
    marta.open_queue("Money on its way back to its sender")
    marta.sees("unknown")
    marta.act("Ask the bank…", "The bank has sent it back", reason="The sender called")
    assert (stranger.balance, stranger.times_given_back) == (PAID, 1)
    a_day_passes()
    assert (house("suspense"), StatementLine.objects.filter(state="suspense").count()) == (0, 0)
    prove_the_books()
