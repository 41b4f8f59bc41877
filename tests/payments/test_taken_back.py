"""A bank that takes back its "no": told to staff, and nothing is paid twice."""

import pytest
from pytest_django import Settings

from core.clock import business_now
from core.events import Later
from payments.models import Attempt, Bank, Payout, SettlementBatch, TakenBack
from payments.queries.queues import taken_back
from payments.rails.camt054 import read_notification
from payments.services import asking, charging
from payments.services.batches import approve_batch, reissue_payout
from payments.services.evidence import follow_notification, store_notification
from payments.services.settlement import claim_batch, live_rail
from payments.services.submission import submit_batch
from payments.services.taken_back import BankTookBack, note_finding
from tests.bank_simulator.harness import Simulator
from tests.payments.camt import entry, notification, part
from tests.payments.cast import (
    Someone,
    new_business,
    new_payer,
    new_staff,
    prove_the_books,
    work,
)
from tests.payments.refund_cast import give_back
from tests.payments.settlement_cast import (
    PAYERS_BANK,
    SHOPS_BANK,
    cutoff,
    executions,
    fault,
    heal,
    local_day,
    sell,
)
from tests.payments.settlement_cast import payout_states as states
from tests.payments.statement_cast import PaidDay, cash, take_in, went

pytestmark = pytest.mark.django_db


def tell(bank: str, name: str, amount_minor: int) -> None:
    """Let a bank tell that a movement of ours went out."""
    told = entry(part(name), cash(amount_minor), "DBIT", day=local_day())
    key = Bank.objects.get(slug=bank).pk
    store_notification(bank_id=key, number=900, file=read_notification(notification(told)))
    follow_notification(bank_id=key, number=900)


def show(batch: SettlementBatch) -> Payout:
    """Let the bank's statement show the batch's only payout as executed."""
    payout = Payout.objects.get(batch=batch)
    paid = PaidDay(local_day(), batch, payout, payout)
    take_in(paid, went(payout, "R1"), -payout.net_minor)
    payout.refresh_from_db()
    return payout


def test_a_refused_payout_that_the_statement_shows_is_not_made_anew(
    fresh_brazil: Simulator,
) -> None:
    ana, padaria, ze = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil), new_staff("ze")
    sell(padaria, ana, 40_00)
    fault(fresh_brazil, "batch_partial_reject", count=1)
    payout = show(cutoff())
    found = TakenBack.objects.get()
    assert (payout.state, found.reference, found.said) == ("rejected", payout.public_id, "rejected")
    assert taken_back().count == 1
    with pytest.raises(BankTookBack):
        reissue_payout(staff=ze, payout_id=payout.public_id, reason="again")
    note_finding(staff=ze, key=found.pk, is_mistaken=False, finding="The bank paid it.")
    with pytest.raises(BankTookBack):
        reissue_payout(staff=ze, payout_id=payout.public_id, reason="again")
    assert (taken_back().count, Payout.objects.count()) == (0, 1)


def test_a_paper_that_was_wrong_lets_it_go_on(fresh_brazil: Simulator) -> None:
    ana, padaria, ze = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil), new_staff("ze")
    sell(padaria, ana, 40_00)
    fault(fresh_brazil, "batch_partial_reject", count=1)
    payout = show(cutoff())
    note_finding(staff=ze, key=TakenBack.objects.get().pk, is_mistaken=True, finding="An error.")
    assert reissue_payout(staff=ze, payout_id=payout.public_id, reason="again").state == "ready"


def test_a_file_that_was_not_taken_in_and_was_executed_is_never_sent_again(
    fresh_brazil: Simulator, settings: Settings
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    batch = claim_batch(rail_id=live_rail(bank=SHOPS_BANK).pk, cutoff_at=business_now())
    approve_batch(batch_id=batch.public_id, staff=None)
    there = settings.TROCO_SIMULATOR_URL
    settings.TROCO_SIMULATOR_URL = "http://127.0.0.1:9"
    settings.TROCO_HTTP_ALLOWED_ORIGINS = [there, settings.TROCO_SIMULATOR_URL]
    assert submit_batch(batch_id=batch.public_id) == "approved"
    settings.TROCO_SIMULATOR_URL = there
    payout = show(batch)
    assert (payout.state, TakenBack.objects.get().said) == ("settled", "claimed")
    assert submit_batch(batch_id=batch.public_id) == "unknown"
    assert (executions(fresh_brazil, payout), states(batch)) == (0, ["settled"])
    prove_the_books()


def test_a_refused_credit_that_the_bank_shows_does_not_go_back_to_the_payer(
    brazil: Simulator,
) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank=SHOPS_BANK)
    payment = pay_until_refused(brazil, ana, bruno)
    tell(SHOPS_BANK, Attempt.objects.get(leg__kind="credit").instruction_id, 25_00)
    assert TakenBack.objects.get().said == "rejected"
    with pytest.raises(Later):
        charging.charge_payment(payment_id=payment)
    assert not Attempt.objects.filter(leg__kind="return").exists()
    row = TakenBack.objects.get()
    note_finding(staff=new_staff("ze"), key=row.pk, is_mistaken=True, finding="An error.")
    charging.charge_payment(payment_id=payment)
    assert Attempt.objects.get(leg__kind="return").outcome == "executed"
    prove_the_books()


def pay_until_refused(simulator: Simulator, ana: Someone, bruno: Someone) -> str:
    """Collect from Ana, and have Bruno's bank refuse the credit; nothing follows from it yet."""
    payment: str = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    fault(simulator, "reject", bank=SHOPS_BANK, direction="credit", count=1)
    for _ in range(2):
        step = charging.take_step(payment_id=payment)
        assert step is not None
        asking.write_answer(ask=step, outcome=asking.call_bank(step))
    heal(simulator, bank=SHOPS_BANK)
    return payment


def test_a_refused_refund_that_the_bank_shows_is_not_given_again(brazil: Simulator) -> None:
    ana, padaria = new_payer(brazil, "Ana"), new_business(brazil)
    payment = sell(padaria, ana, 40_00)
    fault(brazil, "reject", bank=PAYERS_BANK, direction="credit", count=1)
    refund = give_back(padaria, payment, 10_00)
    work()
    heal(brazil, bank=PAYERS_BANK)
    tell(PAYERS_BANK, Attempt.objects.get(leg__refund=refund).instruction_id, 10_00)
    with pytest.raises(BankTookBack):
        give_back(padaria, payment, 10_00)
    prove_the_books()
