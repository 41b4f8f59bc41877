"""The bank's statement against the books: every line explained, every day proven or not."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.clock import business_now
from core.errors import StateConflict
from payments.models import (
    DayProof,
    Payment,
    Payout,
    SettlementBatch,
    Statement,
    StatementLine,
)
from payments.queries.settlement import proof_of, unproven_days
from payments.rails import StatementNotReady
from payments.services.batches import approve_batch
from payments.services.charging import look_up_payment
from payments.services.lines import resolve_line
from payments.services.reconciliation import (
    finish_statement,
    follow_line,
    import_due_statements,
    import_statement,
)
from payments.services.settlement import claim_batch, live_rail
from payments.services.submission import submit_batch
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    new_account,
    new_business,
    new_payer,
    new_staff,
    prove_the_books,
)
from tests.payments.settlement_cast import (
    PAYERS_BANK,
    SHOPS_BANK,
    clearing,
    cutoff,
    executions,
    fault,
    heal,
    held,
    house,
    line_states,
    local_day,
    next_day,
    sell,
)

pytestmark = pytest.mark.django_db


def settled_day(simulator: Simulator) -> tuple[SettlementBatch, date]:
    """Two sales, settled, and the day over at both banks; the batch and the day."""
    ana, padaria = new_payer(simulator, "Ana"), new_business(simulator)
    sell(padaria, ana, 40_00)
    sell(padaria, ana, 2_50)
    day = local_day()
    batch = cutoff()
    next_day()
    return batch, day


def kinds(bank: str, day: date) -> list[Any]:
    proof = proof_of(bank, day)
    assert proof is not None
    return [difference["kind"] for difference in proof.differences]


def test_a_good_day_is_matched_line_by_line_and_proven(fresh_brazil: Simulator) -> None:
    batch, day = settled_day(fresh_brazil)
    with pytest.raises(StatementNotReady):
        import_statement(bank=SHOPS_BANK, day=local_day())
    imported = import_due_statements(moment=business_now())
    assert len(imported) == 2
    assert list(StatementLine.objects.values_list("state", flat=True)) == ["matched"] * 3
    batch.refresh_from_db()
    assert batch.state == "reconciled"
    for bank in (PAYERS_BANK, SHOPS_BANK):
        proof = proof_of(bank, day)
        assert proof is not None
        assert proof.is_proven
        assert proof.bank_closing == proof.books
    ipe = proof_of(PAYERS_BANK, day)
    assert ipe is not None
    assert ipe.books.amount_minor == 42_50
    assert unproven_days() == []
    line = StatementLine.objects.get(payout__isnull=False)
    payout = Payout.objects.get(batch=batch)
    assert (line.direction, line.amount_minor) == ("out_of", payout.net_minor)


def test_importing_twice_changes_nothing(fresh_brazil: Simulator) -> None:
    _, day = settled_day(fresh_brazil)
    first = import_statement(bank=SHOPS_BANK, day=day)
    assert import_statement(bank=SHOPS_BANK, day=day) == first
    finish_statement(statement_id=first)
    assert Statement.objects.count() == 1
    assert line_states(first) == ["matched"]
    assert DayProof.objects.count() == 1


def test_days_without_movement_are_imported_and_proven(fresh_brazil: Simulator) -> None:
    settled_day(fresh_brazil)
    next_day()
    next_day()
    assert len(import_due_statements(moment=business_now())) == 6
    assert DayProof.objects.filter(is_proven=True).count() == 6
    assert import_due_statements(moment=business_now()) == []


def test_a_missing_line_is_listed_though_the_sums_agree(fresh_brazil: Simulator) -> None:
    fault(fresh_brazil, "statement_missing_line", count=1)
    batch, day = settled_day(fresh_brazil)
    import_due_statements(moment=business_now())
    proof = proof_of(SHOPS_BANK, day)
    assert proof is not None
    assert not proof.is_proven
    assert proof.bank_closing == proof.books
    assert kinds(SHOPS_BANK, day) == ["lines_do_not_add_up", "missing_line"]
    batch.refresh_from_db()
    assert batch.state == "acknowledged"
    assert unproven_days() == [(SHOPS_BANK, day)]


def test_a_doubled_line_is_flagged_and_kept(fresh_brazil: Simulator) -> None:
    fault(fresh_brazil, "statement_doubled_line", count=1)
    _, day = settled_day(fresh_brazil)
    imported = import_statement(bank=SHOPS_BANK, day=day)
    assert line_states(imported) == ["matched", "exception"]
    doubled = StatementLine.objects.get(state="exception")
    assert (doubled.is_repeat, doubled.note) == (True, "the same line again")
    assert kinds(SHOPS_BANK, day) == ["lines_do_not_add_up", "exception"]


def test_a_changed_amount_is_an_exception_until_the_bank_issues_again(
    fresh_brazil: Simulator,
) -> None:
    fault(fresh_brazil, "statement_changed_amount", count=1)
    batch, day = settled_day(fresh_brazil)
    wrong = import_statement(bank=SHOPS_BANK, day=day)
    assert line_states(wrong) == ["exception"]
    net = Payout.objects.get(batch=batch).net_minor
    assert StatementLine.objects.get().note == f"another amount: {net}"
    assert "missing_line" in kinds(SHOPS_BANK, day)
    heal(fresh_brazil)
    right = import_statement(bank=SHOPS_BANK, day=day)
    assert right != wrong
    assert line_states(right) == ["matched"]
    batch.refresh_from_db()
    assert batch.state == "reconciled"
    assert kinds(SHOPS_BANK, day) == []
    old = StatementLine.objects.get(statement__public_id=wrong)
    assert (old.state, old.resolution) == ("resolved", "superseded")
    assert old.note == "the bank's issue 2 does not show it"


def test_a_line_that_the_books_did_not_follow_is_explained_by_one(
    fresh_brazil: Simulator,
) -> None:
    fault(fresh_brazil, "statement_doubled_line", count=1)
    _, day = settled_day(fresh_brazil)
    import_statement(bank=SHOPS_BANK, day=day)
    carlos, line = new_staff("carlos"), StatementLine.objects.get(state="exception")
    resolve_line(staff=carlos, line_id=line.pk, note="the bank doubled it on paper only")
    with pytest.raises(StateConflict):
        resolve_line(staff=carlos, line_id=line.pk, note="again")
    follow_line(line_id=line.pk)
    assert kinds(SHOPS_BANK, day) == ["lines_do_not_add_up", "carried_over"]


def test_a_line_of_an_earlier_issue_is_not_taken_twice(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    sell(padaria, ana, 2_50)
    day = local_day()
    fault(fresh_brazil, "statement_doubled_line", bank=PAYERS_BANK, count=1)
    next_day()
    first = import_statement(bank=PAYERS_BANK, day=day)
    assert sorted(line_states(first)) == ["exception", "matched", "matched"]
    heal(fresh_brazil, bank=PAYERS_BANK)
    second = import_statement(bank=PAYERS_BANK, day=day)
    assert line_states(second) == ["resolved", "resolved"]
    assert sorted(line_states(first)) == ["matched", "matched", "resolved"]
    assert Statement.objects.get(public_id=second).issue == 2


def test_money_nobody_asked_for_is_in_suspense(fresh_brazil: Simulator) -> None:
    day = local_day()
    account = new_account(fresh_brazil, "52998224725", balance_minor=50_00, bank=SHOPS_BANK)
    body = {
        "instruction_id": "strange-1",
        "account": account["token"],
        "amount_minor": 7_00,
        "currency": "BRL",
        "end_to_end_id": "strange-1",
        "remittance": "",
    }
    answer = fresh_brazil.client.post(f"/banks/{SHOPS_BANK}/debits", json=body)
    assert answer.json()["outcome"] == "executed"
    next_day()
    imported = import_statement(bank=SHOPS_BANK, day=day)
    assert line_states(imported) == ["suspense"]
    proof = proof_of(SHOPS_BANK, day)
    assert proof is not None
    assert (proof.bank_closing.amount_minor, proof.books.amount_minor) == (7_00, 7_00)
    assert kinds(SHOPS_BANK, day) == ["suspense"]
    assert not proof.is_proven
    assert (house("suspense"), clearing()) == (7_00, -7_00)
    prove_the_books()


def test_the_statement_closes_a_payment_nobody_knew_of(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    day = local_day()
    fault(fresh_brazil, "not_found_then_found", bank=PAYERS_BANK, count=1, times=9)
    payment_id = sell(padaria, ana, 40_00)
    for _ in range(3):
        look_up_payment(payment_id=payment_id)
    assert Payment.objects.get(public_id=payment_id).state == "unknown"
    next_day()
    import_statement(bank=PAYERS_BANK, day=day)
    assert Payment.objects.get(public_id=payment_id).state == "completed"
    proof = proof_of(PAYERS_BANK, day)
    assert proof is not None
    assert proof.is_proven


def unknown_batch(simulator: Simulator, fault_name: str) -> tuple[SettlementBatch, Any]:
    ana, padaria = new_payer(simulator, "Ana"), new_business(simulator)
    sell(padaria, ana, 40_00)
    rail = live_rail(bank=SHOPS_BANK).pk
    batch = claim_batch(rail_id=rail, cutoff_at=business_now())
    approve_batch(batch_id=batch.public_id, staff=None)
    fault(simulator, fault_name)
    assert submit_batch(batch_id=batch.public_id) == "unknown"
    SettlementBatch.objects.filter(pk=batch.pk).update(next_look_up_at=None, look_ups=3)
    heal(simulator)
    return batch, padaria


def test_the_statement_settles_a_batch_nobody_knew_of(fresh_brazil: Simulator) -> None:
    day = local_day()
    batch, padaria = unknown_batch(fresh_brazil, "batch_lost_answer")
    assert fresh_brazil.client.post(f"/banks/{SHOPS_BANK}/cutoff", json={}).status_code == 200
    import_statement(bank=SHOPS_BANK, day=day)
    batch.refresh_from_db()
    assert batch.state == "reconciled"
    payout = Payout.objects.get(batch=batch)
    assert (payout.state, executions(fresh_brazil, payout)) == ("settled", 1)
    assert held("in_flight", padaria) == 0


def test_two_proven_days_without_a_line_close_a_payout_as_not_executed(
    fresh_brazil: Simulator,
) -> None:
    batch, padaria = unknown_batch(fresh_brazil, "down")
    for _ in range(6):
        next_day()
    import_due_statements(moment=business_now())
    payout = Payout.objects.get(batch=batch)
    assert (payout.state, payout.reason) == ("not_executed", "not on the statement")
    assert held("payable", padaria) == payout.net_minor
    assert executions(fresh_brazil, payout) == 0
    batch.refresh_from_db()
    assert batch.state == "reconciled"


def test_a_missing_line_never_makes_a_payout_not_executed(fresh_brazil: Simulator) -> None:
    batch, _ = unknown_batch(fresh_brazil, "batch_lost_answer")
    fault(fresh_brazil, "statement_missing_line")
    assert fresh_brazil.client.post(f"/banks/{SHOPS_BANK}/cutoff", json={}).status_code == 200
    for _ in range(6):
        next_day()
    import_due_statements(moment=business_now())
    payout = Payout.objects.get(batch=batch)
    assert payout.state == "unknown"
    assert executions(fresh_brazil, payout) == 1
    heal(fresh_brazil)
    import_statement(bank=SHOPS_BANK, day=Statement.objects.get(line_count=0, sequence=1).date)
    payout.refresh_from_db()
    assert payout.state == "settled"


def test_the_database_lets_a_line_match_one_thing_once(fresh_brazil: Simulator) -> None:
    _, day = settled_day(fresh_brazil)
    import_statement(bank=SHOPS_BANK, day=day)
    line = StatementLine.objects.get()
    with pytest.raises(IntegrityError, match="matches_one"), transaction.atomic():
        StatementLine.objects.filter(pk=line.pk).update(payout=None)
    line.pk, line.position = None, 2
    with pytest.raises(IntegrityError, match="payout_once"), transaction.atomic():
        line.save(force_insert=True)
    with pytest.raises(IntegrityError, match="proven_is_even"), transaction.atomic():
        DayProof.objects.update(differences=[{"kind": "x"}])
