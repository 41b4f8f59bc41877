"""A batch of any size is claimed, written and answered by pages, and shows how far it is."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from core.clock import business_now, wall_now
from payments.models import BankTrouble, FilePart, PayableEntry, Payout, SettlementBatch
from payments.rails import BatchAnswer, pain002
from payments.rails.file_totals import read_totals
from payments.services import answers, files, netting, settlement
from payments.services.batches import approve_batch
from payments.services.files import TotalsDiffer, build_file, open_file
from payments.services.settlement import claim_batch, claim_due_batches, live_rail
from payments.services.submission import (
    LONGEST_STATUS_PAUSE,
    STATUS_EVERY,
    advance_batches,
    look_up_batch,
    note_answer,
    submit_batch,
)
from people.models import Party
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_business, new_payer, prove_the_books, raise_limits
from tests.payments.settlement_cast import (
    SHOPS_BANK,
    cutoff,
    fault,
    heal,
    held,
    payout_states,
    sell,
)

pytestmark = pytest.mark.django_db

SHOPS = 5


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two shops, payouts or items at once, and parts of a few hundred bytes."""
    monkeypatch.setattr(netting, "SHOPS_AT_ONCE", 2)
    monkeypatch.setattr(netting, "REISSUED_AT_ONCE", 2)
    monkeypatch.setattr(files, "PAYOUTS_AT_ONCE", 2)
    monkeypatch.setattr(files, "PART_BYTES", 300)
    monkeypatch.setattr(answers, "ITEMS_AT_ONCE", 2)
    monkeypatch.setattr(pain002, "MOST_KEPT", 2)


@pytest.fixture
def shops(fresh_brazil: Simulator) -> list[Party]:
    """Five shops that sold something."""
    raise_limits()
    ana = new_payer(fresh_brazil, "Ana")
    made = [new_business(fresh_brazil, f"Loja {number}") for number in range(SHOPS)]
    for number, shop in enumerate(made, start=1):
        sell(shop, ana, number * 10_00)
    return made


def claimed() -> SettlementBatch:
    batch = claim_batch(rail_id=live_rail(bank=SHOPS_BANK).pk, cutoff_at=business_now())
    assert batch.state == "claimed"
    return batch


def sent() -> SettlementBatch:
    batch = claimed()
    approve_batch(batch_id=batch.public_id, staff=None)
    assert submit_batch(batch_id=batch.public_id) == "submitted"
    batch.refresh_from_db()
    return batch


def test_a_claim_that_died_is_gone_on_with_at_its_own_cutoff(shops: list[Party]) -> None:
    owed = sum(held("payable", shop) for shop in shops)
    rail = live_rail(bank=SHOPS_BANK).pk
    begun = settlement._begin_claim(  # noqa: SLF001 - A process that dies in the middle.
        rail_id=rail, cutoff_at=business_now(), prepared_by=None
    )
    half = settlement._claim_on(batch_id=begun.public_id)  # noqa: SLF001
    assert (half.state, half.payout_count) == ("open", 2)
    assert begun.public_id in claim_due_batches(moment=business_now() - timedelta(days=30))
    batch = SettlementBatch.objects.get(pk=begun.pk)
    assert (batch.state, batch.payout_count, batch.total_minor) == ("claimed", SHOPS, owed)
    assert sum(Payout.objects.values_list("net_minor", flat=True)) == owed
    assert [held("payable", shop) for shop in shops] == [0] * SHOPS
    prove_the_books()


def test_a_claim_that_fails_keeps_no_other_bank_from_being_settled(shops: list[Party]) -> None:
    # The books do not know of this, so they refuse to pay it out.
    stray = PayableEntry.objects.create(
        public_id="ent_stray",
        party_id=shops[0].id,
        currency="BRL",
        kind="release",
        delta_minor=1,
        at=business_now(),
    )
    rail = live_rail(bank=SHOPS_BANK).pk
    settlement._begin_claim(  # noqa: SLF001 - A process that dies in the middle.
        rail_id=rail, cutoff_at=business_now(), prepared_by=None
    )
    moment = business_now() + timedelta(days=7)
    left = SettlementBatch.objects.filter(state="open")
    for others in (1, 0):
        assert len(claim_due_batches(moment=moment)) == others
        assert set(left.values_list("bank__slug", flat=True)) == {SHOPS_BANK}
        trouble = BankTrouble.objects.get(bank__slug=SHOPS_BANK)
        assert (trouble.work, "insufficient" in trouble.error.lower()) == ("claim", True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM payments_payableentry WHERE id = %s", [stray.pk])
    waiting = left.count()
    assert waiting > 0
    assert waiting <= len(claim_due_batches(moment=moment))
    assert (left.count(), BankTrouble.objects.count()) == (0, 0)
    assert [held("payable", shop) for shop in shops] == [0] * SHOPS
    prove_the_books()


def test_a_file_is_kept_in_parts_and_holds_what_was_frozen(shops: list[Party]) -> None:
    batch = claimed()
    assert len(shops) == SHOPS
    build_file(batch_id=batch.public_id)
    batch.refresh_from_db()
    assert batch.written_count == SHOPS
    assert batch.file_build is not None
    assert FilePart.objects.filter(build=batch.file_build).count() == -(-batch.file_size // 300)
    with open_file(batch) as file:
        found = read_totals(file, "BRL")
    assert found.message_id == batch.message_id
    frozen = (SHOPS, batch.total_minor)
    assert (found.said_count, found.said_minor) == (found.count, found.total_minor) == frozen
    first = batch.file_build
    build_file(batch_id=batch.public_id)
    batch.refresh_from_db()
    assert batch.file_build == first


def test_of_two_builds_one_is_the_file_and_the_other_is_thrown_away(
    shops: list[Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = claimed()
    assert len(shops) == SHOPS
    whole = files._fix_file  # noqa: SLF001 - Another process is faster.

    def late(**values: object) -> None:
        monkeypatch.setattr(files, "_fix_file", whole)
        build_file(batch_id=batch.public_id)
        whole(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "_fix_file", late)
    build_file(batch_id=batch.public_id)
    batch.refresh_from_db()
    assert set(FilePart.objects.values_list("build", flat=True)) == {batch.file_build}


def test_a_file_that_differs_from_what_was_frozen_is_not_sent(shops: list[Party]) -> None:
    batch = claimed()
    assert len(shops) == SHOPS
    approve_batch(batch_id=batch.public_id, staff=None)
    SettlementBatch.objects.filter(pk=batch.pk).update(total_minor=batch.total_minor + 1)
    with pytest.raises(TotalsDiffer):
        submit_batch(batch_id=batch.public_id)
    batch.refresh_from_db()
    assert (batch.state, batch.file_build) == ("approved", None)
    assert FilePart.objects.count() == 0
    assert payout_states(batch) == ["claimed"] * SHOPS
    assert advance_batches() == []


def test_a_long_answer_is_noted_page_by_page(shops: list[Party], fresh_brazil: Simulator) -> None:
    fault(fresh_brazil, "batch_partial_reject", probability=0.5, seed=3)
    batch = sent()
    assert batch.answered_count == 0
    assert look_up_batch(batch_id=batch.public_id) == "partial"
    batch.refresh_from_db()
    states = payout_states(batch)
    assert set(states) == {"accepted", "rejected"}
    assert batch.answered_count == SHOPS
    again = sum(held("payable", shop) for shop in shops)
    assert 0 < again < batch.total_minor
    prove_the_books()
    heal(fresh_brazil)
    cutoff()
    assert look_up_batch(batch_id=batch.public_id) == "partial"
    assert set(payout_states(batch)) == {"settled", "rejected"}
    batch.refresh_from_db()
    assert batch.answered_count == SHOPS
    prove_the_books()


def test_a_file_refused_as_a_whole_gives_every_shop_back_what_it_is_owed(
    shops: list[Party], fresh_brazil: Simulator
) -> None:
    owed = [held("payable", shop) for shop in shops]
    batch = claimed()
    approve_batch(batch_id=batch.public_id, staff=None)
    build_file(batch_id=batch.public_id)
    # The bank knows another file by this name, and refuses ours.
    FilePart.objects.filter(batch=batch, position=1).update(content=b"no file at all")
    assert submit_batch(batch_id=batch.public_id) == "rejected"
    assert payout_states(batch) == ["rejected"] * SHOPS
    assert [held("payable", shop) for shop in shops] == owed
    assert fresh_brazil.oracle(SHOPS_BANK)["executions"] == []
    prove_the_books()


def test_a_bank_that_has_the_file_is_asked_for_as_long_as_it_takes(
    shops: list[Party], fresh_brazil: Simulator
) -> None:
    batch = sent()
    assert len(shops) == SHOPS
    fresh_brazil.stop()
    pauses = []
    for _ in range(14):
        SettlementBatch.objects.update(next_look_up_at=wall_now())
        note_answer(batch_id=batch.public_id, answer=BatchAnswer("unknown", reason="timeout"))
        batch.refresh_from_db()
        assert batch.next_look_up_at is not None
        pauses.append(round((batch.next_look_up_at - wall_now()).total_seconds() / 60))
    assert pauses == [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60]
    assert timedelta(minutes=5) == STATUS_EVERY
    assert timedelta(hours=1) == LONGEST_STATUS_PAUSE
    assert batch.state == "submitted"
