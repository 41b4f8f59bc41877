"""Settling a shop's sales at its bank's cutoff, at a real simulated bank."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from core.clock import business_now
from core.errors import StateConflict
from payments.models import (
    BatchMove,
    LedgerTransfer,
    Payout,
    PayoutItem,
    PayoutMove,
    SettlementBatch,
)
from payments.services.batches import (
    ApprovalNeeded,
    SettlementStopped,
    approve_batch,
    reissue_payout,
)
from payments.services.files import open_file
from payments.services.holds import impose_hold
from payments.services.settlement import claim_batch, claim_due_batches, live_rail
from payments.services.submission import advance_batches, look_up_batch, submit_batch
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_business, new_payer, new_staff
from tests.payments.settlement_cast import (
    PAYERS_BANK,
    SHOPS_BANK,
    clearing,
    cutoff,
    executions,
    fault,
    heal,
    held,
    payout_states,
    point_at,
    sell,
)


def file_of(batch: SettlementBatch) -> bytes:
    with open_file(batch) as file:
        return file.read()


def claim(**more: Any) -> SettlementBatch:
    return claim_batch(rail_id=live_rail(bank=SHOPS_BANK).pk, cutoff_at=business_now(), **more)


@pytest.mark.django_db
def test_a_cutoff_pays_each_shop_gross_less_fee(fresh_brazil: Simulator) -> None:
    ana = new_payer(fresh_brazil, "Ana")
    padaria, feira = (
        new_business(fresh_brazil),
        new_business(fresh_brazil, "Feira da Lu"),
    )
    sales = [sell(padaria, ana, 40_00), sell(padaria, ana, 2_50), sell(feira, ana, 10_00)]
    owed = held("payable", padaria), held("payable", feira)
    batch = cutoff()
    assert batch.state == "acknowledged"
    payouts = list(Payout.objects.filter(batch=batch).order_by("party_id"))
    assert [p.party_id for p in payouts] == [padaria.id, feira.id]
    assert [p.gross_minor for p in payouts] == [42_50, 10_00]
    assert [p.net_minor for p in payouts] == list(owed)
    assert all(p.gross_minor - p.fee_minor == p.net_minor for p in payouts)
    assert [p.state for p in payouts] == ["settled", "settled"]
    assert batch.total_minor == sum(owed)
    items = PayoutItem.objects.order_by("payment_id").values_list("payment__public_id", flat=True)
    assert list(items) == sales
    for shop in (padaria, feira):
        assert held("payable", shop) == 0
        assert held("in_flight", shop) == 0
    assert clearing() == sum(owed)
    assert clearing(PAYERS_BANK) == -52_50
    kinds = LedgerTransfer.objects.filter(payment_ref=payouts[0].public_id).order_by("seq")
    assert list(kinds.values_list("kind", flat=True)) == ["settle_claim", "settle"]
    moves = BatchMove.objects.filter(batch=batch).order_by("id").values_list("to_state", flat=True)
    assert list(moves) == ["claimed", "approved", "submitting", "submitted", "acknowledged"]
    walked = PayoutMove.objects.filter(payout=payouts[0]).order_by("id")
    assert list(walked.values_list("to_state", flat=True)) == ["claimed", "sent", "settled"]


@pytest.mark.django_db
def test_an_empty_cutoff_is_skipped_and_sales_are_claimed_once(fresh_brazil: Simulator) -> None:
    assert cutoff().state == "skipped"
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    assert claim().payout_count == 1
    again = claim()
    assert (again.state, again.payout_count) == ("skipped", 0)


@pytest.mark.django_db
def test_a_sale_after_the_cutoff_waits_for_the_next(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    before = business_now()
    sell(padaria, ana, 40_00)
    rail = live_rail(bank=SHOPS_BANK).pk
    assert claim_batch(rail_id=rail, cutoff_at=before).state == "skipped"
    assert claim().payout_count == 1


@pytest.mark.django_db
def test_the_clock_claims_a_passed_cutoff_once(fresh_brazil: Simulator) -> None:
    first = claim_due_batches(moment=business_now())
    assert len(first) == 2
    assert claim_due_batches(moment=business_now()) == []
    assert len(claim_due_batches(moment=business_now() + timedelta(days=7))) == 2


@pytest.mark.django_db
def test_above_the_threshold_another_person_approves(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    carlos, dora = new_staff("carlos"), new_staff("dora")
    rail = live_rail(bank=SHOPS_BANK)
    rail.approval_above_minor = 10_00
    rail.save()
    batch = claim(prepared_by=carlos)
    for staff in (None, carlos):
        with pytest.raises(ApprovalNeeded):
            approve_batch(batch_id=batch.public_id, staff=staff)
    rows = SettlementBatch.objects.filter(pk=batch.pk)
    with pytest.raises(IntegrityError, match="large_is_approved"), transaction.atomic():
        rows.update(state="approved")
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        rows.update(state="approved", approved_by=carlos)
    with pytest.raises(StateConflict):
        submit_batch(batch_id=batch.public_id)
    assert advance_batches() == []
    approve_batch(batch_id=batch.public_id, staff=dora)
    assert submit_batch(batch_id=batch.public_id) == "submitted"


@pytest.mark.django_db
def test_a_rejected_payout_is_owed_again_and_reissued_under_a_new_id(
    fresh_brazil: Simulator,
) -> None:
    ana = new_payer(fresh_brazil, "Ana")
    padaria, feira = new_business(fresh_brazil), new_business(fresh_brazil, "Feira da Lu")
    sell(padaria, ana, 40_00)
    sell(feira, ana, 10_00)
    owed = held("payable", padaria)
    fault(fresh_brazil, "batch_partial_reject", count=1)
    batch = cutoff()
    assert batch.state == "partial"
    assert payout_states(batch) == ["rejected", "settled"]
    rejected = Payout.objects.get(batch=batch, state="rejected")
    assert rejected.reason == "AC04"
    assert held("payable", padaria) == owed
    assert held("in_flight", padaria) == 0
    carlos = new_staff("carlos")
    new = reissue_payout(staff=carlos, payout_id=rejected.public_id, reason="account was open")
    with pytest.raises(StateConflict):
        reissue_payout(staff=carlos, payout_id=rejected.public_id, reason="again")
    again = cutoff()
    new.refresh_from_db()
    assert (new.batch_id, new.state, new.net_minor) == (again.pk, "settled", owed)
    assert held("payable", padaria) == 0
    assert executions(fresh_brazil, rejected) == 0
    assert executions(fresh_brazil, new) == 1


@pytest.mark.django_db
def test_a_lost_answer_is_looked_up_and_never_sent_again(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    fault(fresh_brazil, "batch_lost_answer", count=1)
    batch = claim()
    approve_batch(batch_id=batch.public_id, staff=None)
    assert submit_batch(batch_id=batch.public_id) == "unknown"
    assert payout_states(batch) == ["unknown"]
    assert held("in_flight", padaria) == batch.total_minor
    with pytest.raises(StateConflict):
        submit_batch(batch_id=batch.public_id)
    assert advance_batches() == []
    assert look_up_batch(batch_id=batch.public_id) == "acknowledged"
    assert payout_states(batch) == ["accepted"]
    cutoff()
    look_up_batch(batch_id=batch.public_id)
    assert payout_states(batch) == ["settled"]
    assert executions(fresh_brazil, Payout.objects.get(batch=batch)) == 1


@pytest.mark.django_db
def test_what_certainly_never_left_is_sent_with_the_very_same_bytes(
    fresh_brazil: Simulator, settings: Settings
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    batch = claim()
    approve_batch(batch_id=batch.public_id, staff=None)
    fresh_brazil.stop()
    assert submit_batch(batch_id=batch.public_id) == "approved"
    batch.refresh_from_db()
    first = file_of(batch)
    assert first.count(b"<CdtTrfTxInf>") == 1
    assert payout_states(batch) == ["claimed"]
    fresh_brazil.start()
    point_at(fresh_brazil, settings)
    assert submit_batch(batch_id=batch.public_id) == "submitted"
    batch.refresh_from_db()
    assert file_of(batch) == first


@pytest.mark.django_db
def test_a_hold_on_everything_stops_settlement(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    batch = claim()
    approve_batch(batch_id=batch.public_id, staff=None)
    impose_hold(
        staff=new_staff("carlos"),
        country="BR",
        capability="",
        level="stop_all",
        reason="order",
        legal_reference="BCB 7/2026",
    )
    with pytest.raises(SettlementStopped):
        submit_batch(batch_id=batch.public_id)
    assert claim_due_batches(moment=business_now()) == []


@pytest.mark.django_db
def test_a_bank_that_is_down_leaves_the_batch_unknown_until_it_answers(
    fresh_brazil: Simulator,
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    batch = claim()
    approve_batch(batch_id=batch.public_id, staff=None)
    fault(fresh_brazil, "down")
    assert submit_batch(batch_id=batch.public_id) == "unknown"
    heal(fresh_brazil)
    assert look_up_batch(batch_id=batch.public_id) == "unknown"
    assert payout_states(batch) == ["unknown"]
    assert held("payable", padaria) == 0


@pytest.mark.django_db(transaction=True)
def test_many_claimers_at_once_take_each_sale_once(
    fresh_brazil: Simulator, in_threads: Callable[..., list[Any]]
) -> None:
    ana = new_payer(fresh_brazil, "Ana")
    padaria, feira = new_business(fresh_brazil), new_business(fresh_brazil, "Feira da Lu")
    sales = [sell(shop, ana, 10_00) for shop in (padaria, feira) for _ in range(3)]
    outcomes = in_threads(claim, times=8)
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert PayoutItem.objects.count() == len(sales)
    assert sum(batch.payout_count for batch in outcomes) == 2
    assert sorted({batch.state for batch in outcomes}) == ["claimed", "skipped"]
    assert sum(batch.total_minor for batch in outcomes) == held("in_flight", padaria) + held(
        "in_flight", feira
    )


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_send_one_file(
    fresh_brazil: Simulator, in_threads: Callable[..., list[Any]]
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    batch = claim()
    approve_batch(batch_id=batch.public_id, staff=None)
    outcomes = in_threads(lambda: submit_batch(batch_id=batch.public_id), times=6)
    refused = [each for each in outcomes if isinstance(each, StateConflict)]
    assert len(refused) == 5, outcomes
    assert outcomes.count("submitted") == 1
