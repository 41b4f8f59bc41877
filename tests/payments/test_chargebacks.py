"""Chargebacks of cards: heard from the processor, disputed here, decided by the issuer."""

import json
import time
from collections.abc import Callable
from datetime import time as clock_time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from bank_simulator.callbacks import sign
from core.clock import business_now
from core.errors import StateConflict
from core.events import Later
from payments.models import (
    AgreementRail,
    Attempt,
    BankAgreement,
    Chargeback,
    DayProof,
    Dispute,
    PayableEntry,
    Payment,
    Payout,
    Refund,
    StatementLine,
)
from payments.queries.queues import chargebacks_to_look_at
from payments.services.chargebacks import hear_chargebacks, note_looked_at
from payments.services.dispute_clock import advance_disputes
from payments.services.dispute_decisions import decide_dispute
from payments.services.disputes import withdraw_dispute
from payments.services.reconciliation import import_due_statements
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    SAO_PAULO,
    Someone,
    link,
    new_business,
    new_payer,
    new_staff,
    prove_the_books,
    state_of,
    work,
)
from tests.payments.dispute_cast import NOT_ME, answer, dispute, later, steps
from tests.payments.refund_cast import give_back, refund_states
from tests.payments.settlement_cast import (
    PAYERS_BANK,
    cutoff,
    fault,
    heal,
    held,
    house,
    next_day,
    sell,
)

InThreads = Callable[..., list[Any]]
SECRET = "whsec_c2lnbmVkIGJ5IHRoZSBiYW5r"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def listening(settings: Settings) -> None:
    settings.TROCO_BANK_CALLBACK_SECRETS = [SECRET]


def card_holder(simulator: Simulator) -> Someone:
    """Ana, who pays by a card that her bank's agreement has a rail for."""
    AgreementRail.objects.create(
        agreement=BankAgreement.objects.get(bank__slug=PAYERS_BANK),
        rail="cards",
        cutoff=clock_time(12),
        timezone=SAO_PAULO,
        settlement_days=2,
        approval_above_minor=10**12,
    )
    ana = new_payer(simulator, "Ana")
    card = link(simulator, ana, kind="credit_card")
    ana.post(f"/v1/funding-sources/{card.public_id}/default")
    return ana


def debit_of(payment: str) -> str:
    found = Attempt.objects.get(leg__payment__public_id=payment, leg__kind="debit")
    return found.instruction_id


def charge_back(simulator: Simulator, payment: str, **more: Any) -> str:
    """Let the issuer take the money back; the processor's name of it."""
    path = f"/banks/{PAYERS_BANK}/authorisations/{debit_of(payment)}/chargeback"
    answer = simulator.client.post(path, json={"reason": "13.1", **more})
    assert answer.status_code == 201, answer.text
    name: str = answer.json()["chargeback_id"]
    return name


def reverse(simulator: Simulator, chargeback: str) -> None:
    path = f"/banks/{PAYERS_BANK}/chargebacks/{chargeback}/reversal"
    assert simulator.client.post(path, json={}).status_code == 201


def call(payment: str, *, name: str = "msg_1", secret: str = SECRET) -> int:
    """Call as the processor does, or as somebody else would; returns the HTTP status."""
    said = {"type": "chargeback.executed", "bank": PAYERS_BANK}
    body = json.dumps({**said, "authorisation_id": debit_of(payment), "amount_minor": 1}).encode()
    now = int(time.time())
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, name, now, body),
    }
    answer = Client().post(
        "/bank/callbacks", body, content_type="application/json", headers=headers
    )
    return int(answer.status_code)


def test_a_chargeback_opens_a_dispute_that_the_shop_sees_and_holds_its_money(
    brazil: Simulator,
) -> None:
    ana, padaria = card_holder(brazil), new_business(brazil)
    payment = sell(padaria, ana, 40_00)
    name = charge_back(brazil, payment)
    assert [call(payment), call(payment), call(payment, name="msg_2")] == [204, 204, 204]
    assert state_of(payment) == "completed"
    work()
    row = Dispute.objects.get()
    assert (row.kind, row.reason, row.state) == ("chargeback", "not_received", "evidence_due")
    assert (row.amount_minor, row.held_minor, row.opened_by) == (40_00, 39_20, None)
    assert row.answer_by == row.created_at + timedelta(days=7)
    assert (state_of(payment), held("payable", padaria)) == ("disputed", 0)
    kept = Chargeback.objects.get()
    assert (kept.chargeback_id, kept.state, kept.amount_minor) == (name, "disputed", 40_00)
    prove_the_books()


def test_forged_callbacks_and_those_about_nothing_change_nothing(brazil: Simulator) -> None:
    ana, padaria = card_holder(brazil), new_business(brazil)
    payment = sell(padaria, ana, 40_00)
    assert call(payment) == 204  # Signed, and the processor knows of none.
    work()
    charge_back(brazil, payment)
    assert call(payment, name="msg_2", secret="guessed") == 401
    work()
    assert (Dispute.objects.count(), state_of(payment)) == (0, "completed")
    fault(brazil, "unavailable", bank=PAYERS_BANK, direction="look_up", count=1)
    with pytest.raises(Later):
        hear_chargebacks(instruction_id=debit_of(payment))
    heal(brazil, bank=PAYERS_BANK)
    assert Chargeback.objects.count() == 0


def test_nobody_here_ends_what_the_issuer_decides(brazil: Simulator) -> None:
    ana, padaria, ze = card_holder(brazil), new_business(brazil), new_staff("ze")
    payment = sell(padaria, ana, 40_00)
    charge_back(brazil, payment)
    hear_chargebacks(instruction_id=debit_of(payment))
    opened = Dispute.objects.get()
    with pytest.raises(StateConflict):
        withdraw_dispute(person=ana.person, dispute_id=opened.public_id)
    answer(padaria, ze, {"id": opened.public_id})
    with pytest.raises(StateConflict):
        decide_dispute(staff=ze, dispute_id=opened.public_id, outcome="won", reason="x")
    with pytest.raises(StateConflict):
        decide_dispute(staff=ze, dispute_id=opened.public_id, outcome="lost", reason="x")
    opened.refresh_from_db()
    assert opened.decide_by is not None
    assert (opened.state, (opened.decide_by - business_now()).days) == ("under_review", 44)
    claim = {"kind": "chargeback", "reason": "not_received", "text": "x"}
    refused = ana.post(f"/v1/payments/{payment}/dispute", claim, key="k")
    assert (refused.status_code, refused.json()["code"]) == (400, "input_invalid")


def test_given_back_by_the_issuer_it_is_won(brazil: Simulator) -> None:
    ana, padaria, ze = card_holder(brazil), new_business(brazil), new_staff("ze")
    payment = sell(padaria, ana, 40_00)
    name = charge_back(brazil, payment, reason="10.4", amount_minor=30_00)
    hear_chargebacks(instruction_id=debit_of(payment))
    opened = Dispute.objects.get()
    assert (opened.reason, opened.amount_minor, opened.held_minor) == ("not_me", 30_00, 29_40)
    answer(padaria, ze, {"id": opened.public_id})
    reverse(brazil, name)
    assert hear_chargebacks(instruction_id=debit_of(payment)) == 1
    assert hear_chargebacks(instruction_id=debit_of(payment)) == 1
    assert steps(opened.public_id) == ["opened", "evidence_due", "under_review", "won"]
    assert (state_of(payment), held("payable", padaria)) == ("completed", 39_20)
    assert Chargeback.objects.get().state == "reversed"
    prove_the_books()


def test_given_back_before_the_shop_answered_it_is_won_too(brazil: Simulator) -> None:
    ana, padaria = card_holder(brazil), new_business(brazil)
    payment = sell(padaria, ana, 40_00)
    reverse(brazil, charge_back(brazil, payment))
    hear_chargebacks(instruction_id=debit_of(payment))
    assert (Dispute.objects.get().state, state_of(payment)) == ("won", "completed")
    prove_the_books()


def test_a_dispute_of_the_payers_own_ends_and_nothing_goes_back_twice(brazil: Simulator) -> None:
    ana, padaria = card_holder(brazil), new_business(brazil)
    payment = sell(padaria, ana, 40_00)
    own = dispute(ana, payment, **NOT_ME)
    charge_back(brazil, payment, reason="4837")
    hear_chargebacks(instruction_id=debit_of(payment))
    assert steps(own["id"])[-1] == "withdrawn"
    opened = Dispute.objects.get(kind="chargeback")
    assert (opened.state, opened.held_minor) == ("evidence_due", 39_20)
    prove_the_books()


def test_what_can_open_no_dispute_waits_for_a_person(brazil: Simulator) -> None:
    ana, padaria, ze = card_holder(brazil), new_business(brazil), new_staff("ze")
    payment = sell(padaria, ana, 40_00)
    charge_back(brazil, payment, amount_minor=10_00)
    hear_chargebacks(instruction_id=debit_of(payment))
    charge_back(brazil, payment, amount_minor=5_00)
    hear_chargebacks(instruction_id=debit_of(payment))
    apart = Chargeback.objects.get(state="apart")
    assert (apart.looks_at, apart.dispute) == ("the payment is disputed", None)
    assert chargebacks_to_look_at().count == 1
    note_looked_at(staff=ze, chargeback_id=apart.public_id, reason="Asked the processor.")
    assert chargebacks_to_look_at().count == 0
    prove_the_books()


def test_lost_the_shop_bears_it_and_the_statement_explains_it(fresh_brazil: Simulator) -> None:
    ana, padaria = card_holder(fresh_brazil), new_business(fresh_brazil)
    payment = sell(padaria, ana, 40_00)
    charge_back(fresh_brazil, payment)
    hear_chargebacks(instruction_id=debit_of(payment))
    next_day()
    import_due_statements(moment=business_now())
    line = StatementLine.objects.get(direction="out_of")
    assert (line.state, line.resolution) == ("resolved", "chargeback")
    assert house("chargebacks") == -40_00
    assert list(DayProof.objects.values_list("is_proven", flat=True).distinct()) == [True]
    advance_disputes(moment=later(days=8))
    work()
    row = Dispute.objects.get()
    assert steps(row.public_id) == ["opened", "evidence_due", "under_review", "lost"]
    assert (state_of(payment), refund_states()) == ("refunded", ["completed"])
    assert (house("chargebacks"), house("fee_income"), held("held", padaria)) == (0, 0, 0)
    assert Refund.objects.get().leg.rail == "books"
    prove_the_books()


def test_an_answer_gives_the_issuer_its_time_and_then_it_is_lost(fresh_brazil: Simulator) -> None:
    ana, padaria, ze = card_holder(fresh_brazil), new_business(fresh_brazil), new_staff("ze")
    payment = sell(padaria, ana, 40_00)
    name = charge_back(fresh_brazil, payment)
    hear_chargebacks(instruction_id=debit_of(payment))
    answer(padaria, ze, {"id": Dispute.objects.get().public_id})
    advance_disputes(moment=later(days=44))
    assert Dispute.objects.get().state == "under_review"
    advance_disputes(moment=later(days=46))
    work()
    assert state_of(payment) == "refunded"
    reverse(fresh_brazil, name)
    hear_chargebacks(instruction_id=debit_of(payment))
    late = Chargeback.objects.get()
    assert (late.state, late.looks_at) == ("reversed", "")
    assert (held("payable", padaria), house("fee_income"), house("chargebacks")) == (39_20, 80, 0)
    hear_chargebacks(instruction_id=debit_of(payment))
    next_day()
    import_due_statements(moment=business_now())
    assert set(StatementLine.objects.values_list("state", flat=True)) == {"matched", "resolved"}
    assert (house("chargebacks"), held("payable", padaria)) == (0, 39_20)
    assert (Dispute.objects.get().state, state_of(payment)) == ("lost", "refunded")
    assert PayableEntry.objects.get(kind="refund_won").delta_minor == 39_20
    prove_the_books()
    for _ in range(4):  # A sale by card is paid on two business days later.
        next_day()
        cutoff()
    assert list(Payout.objects.values_list("net_minor", flat=True)) == [39_20]
    prove_the_books()


def test_what_could_not_be_covered_is_not_chased_once_it_came_back(
    fresh_brazil: Simulator,
) -> None:
    ana, padaria = card_holder(fresh_brazil), new_business(fresh_brazil)
    payment = sell(padaria, ana, 40_00)
    for _ in range(5):  # The shop has its money.
        next_day()
        cutoff()
    assert held("payable", padaria) == 0
    name = charge_back(fresh_brazil, payment)
    hear_chargebacks(instruction_id=debit_of(payment))
    advance_disputes(moment=later(days=8))
    work()
    lost = Dispute.objects.get()
    assert (lost.state, lost.held_minor, lost.chase_until is not None) == ("lost", 0, True)
    reverse(fresh_brazil, name)
    hear_chargebacks(instruction_id=debit_of(payment))
    lost.refresh_from_db()
    assert (lost.short_minor, lost.chase_until, lost.due_at) == (0, None, None)
    assert (state_of(payment), PayableEntry.objects.filter(kind="refund_won").count()) == (
        "completed",
        0,
    )
    sell(padaria, ana, 30_00)
    advance_disputes(moment=later(days=20))
    work()
    assert (held("held", padaria), refund_states()) == (0, [])
    next_day()
    import_due_statements(moment=business_now())
    assert house("chargebacks") == 0
    prove_the_books()


def test_a_line_that_nobody_told_of_is_asked_about(fresh_brazil: Simulator) -> None:
    ana, padaria = card_holder(fresh_brazil), new_business(fresh_brazil)
    payment = sell(padaria, ana, 40_00)
    give_back(padaria, payment, 5_00)
    work()
    charge_back(fresh_brazil, payment, amount_minor=5_00)
    next_day()
    import_due_statements(moment=business_now())
    opened = Dispute.objects.get()
    assert (opened.kind, opened.amount_minor) == ("chargeback", 5_00)
    out = StatementLine.objects.filter(direction="out_of").order_by("position")
    assert [each.state for each in out] == ["matched", "resolved"]
    assert DayProof.objects.filter(is_proven=False).count() == 0
    prove_the_books()


def test_told_after_its_line_it_comes_out_of_suspense(fresh_brazil: Simulator) -> None:
    ana, padaria = card_holder(fresh_brazil), new_business(fresh_brazil)
    payment = sell(padaria, ana, 40_00)
    charge_back(fresh_brazil, payment)
    next_day()
    fault(fresh_brazil, "too_many_requests", bank=PAYERS_BANK, direction="look_up", count=1)
    import_due_statements(moment=business_now())
    assert (house("suspense"), Dispute.objects.count()) == (-40_00, 0)
    assert call(payment) == 204
    work()
    assert (house("suspense"), house("chargebacks")) == (0, -40_00)
    assert StatementLine.objects.get(direction="out_of").resolution == "chargeback"
    assert DayProof.objects.filter(is_proven=False).count() == 0
    assert Payment.objects.get().state == "disputed"
    prove_the_books()


@pytest.mark.django_db(transaction=True)
def test_heard_at_once_by_many_it_counts_once(
    transactional_db: None, in_threads: InThreads, brazil: Simulator
) -> None:
    ana, padaria = card_holder(brazil), new_business(brazil)
    payment = sell(padaria, ana, 40_00)
    charge_back(brazil, payment)
    name = debit_of(payment)
    assert in_threads(lambda: hear_chargebacks(instruction_id=name), times=6) == [1] * 6
    assert (Chargeback.objects.count(), Dispute.objects.count()) == (1, 1)
    assert held("held", padaria) == 39_20
    prove_the_books()
