"""A bank that does not answer is left alone; what waits for it comes by itself, and once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from core.clock import business_now, wall_now
from core.errors import BankUnavailable, NotFound, StateConflict
from core.models import Duty
from core.transactions import owns_block
from payments.models import Attempt, Breaker, BreakerMove, SettlementBatch
from payments.services.batches import approve_batch
from payments.services.breakers import OPENS_AFTER, note_call, pause_before, try_now
from payments.services.charging import look_up_due
from payments.services.settlement import claim_batch, live_rail
from payments.services.submission import advance_batches, submit_batch
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    new_business,
    new_payer,
    new_staff,
    prove_the_books,
    raise_limits,
    state_of,
    work,
)
from tests.payments.settlement_cast import PAYERS_BANK, SHOPS_BANK, fault, heal, sell

RAIL = "sandbox"
InThreads = Callable[..., list[Any]]


@pytest.fixture
def ana(brazil: Simulator) -> Iterator[Someone]:
    yield new_payer(brazil, "Ana")
    for bank in (PAYERS_BANK, SHOPS_BANK):
        heal(brazil, bank=bank)


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", balance_minor=0, bank=SHOPS_BANK)


def fail(times: int = 1, bank: str = PAYERS_BANK) -> None:
    for _ in range(times):
        note_call(bank=bank, rail=RAIL, is_failure=True, reason="timeout")


def succeed(bank: str = PAYERS_BANK) -> None:
    note_call(bank=bank, rail=RAIL, is_failure=False)


def may_go(bank: str = PAYERS_BANK) -> bool:
    with owns_block():
        return pause_before(bank=bank, rail=RAIL) is None


def pause() -> int:
    with owns_block():
        return round(pause_before(bank=PAYERS_BANK, rail=RAIL) or 0)


def let_pass() -> None:
    """Let the pause be over, and what waits be due."""
    Breaker.objects.update(try_at=wall_now())
    Duty.objects.filter(done_at__isnull=True).update(due_at=wall_now())


def walked() -> list[str]:
    return list(BreakerMove.objects.order_by("id").values_list("to_state", flat=True))


@pytest.mark.django_db
@pytest.mark.usefixtures("brazil")
def test_ten_failures_in_a_row_open_it_and_nine_do_not() -> None:
    fail(OPENS_AFTER - 1)
    succeed()
    fail(OPENS_AFTER - 1)
    assert may_go()
    fail()
    assert not may_go()
    assert may_go(SHOPS_BANK)
    assert walked() == ["open"]
    assert OPENS_AFTER <= 20


@pytest.mark.django_db
@pytest.mark.usefixtures("brazil")
def test_one_call_tries_and_its_outcome_decides() -> None:
    fail(OPENS_AFTER)
    pauses = [pause()]
    for _ in range(2):
        let_pass()
        assert (may_go(), may_go()) == (True, False)
        fail()
        pauses.append(pause())
    assert pauses == [15, 30, 60]
    let_pass()
    assert may_go()
    succeed()
    assert may_go()
    assert Breaker.objects.get().failures == 0
    assert walked() == ["open", *["half_open", "open"] * 2, "half_open", "closed"]


@pytest.mark.django_db
@pytest.mark.usefixtures("brazil")
def test_whoever_tried_and_died_is_followed_by_another() -> None:
    fail(OPENS_AFTER)
    let_pass()
    assert may_go()
    assert not may_go()
    Breaker.objects.update(try_at=wall_now() - timedelta(seconds=1))
    assert (may_go(), may_go()) == (True, False)


@pytest.mark.django_db
@pytest.mark.usefixtures("brazil")
def test_a_person_lets_it_be_tried_now() -> None:
    fail(OPENS_AFTER)
    breaker, marta = Breaker.objects.get(), new_staff("marta")
    try_now(staff=marta, breaker_id=breaker.pk, reason="the bank called")
    assert may_go()
    succeed()
    with pytest.raises(StateConflict):
        try_now(staff=marta, breaker_id=breaker.pk, reason="again")
    with pytest.raises(NotFound):
        try_now(staff=marta, breaker_id=breaker.pk + 1, reason="nobody")


@pytest.mark.django_db
def test_an_open_breaker_leaves_payments_waiting_and_loses_none(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    raise_limits()
    fault(brazil, "down", bank=PAYERS_BANK)
    quotes = [ana.quote({"party": bruno.party}, 1_00).json() for _ in range(OPENS_AFTER + 5)]
    payments = [ana.approve(quote).json()["id"] for quote in quotes]
    work()
    states = [state_of(each) for each in payments]
    assert states == ["unknown"] * OPENS_AFTER + ["authorized"] * 5
    assert Attempt.objects.count() == OPENS_AFTER
    cancelled = ana.post(f"/v1/payments/{payments[-1]}/cancel", key="k-cancel")
    assert cancelled.json()["state"] == "cancelled"
    heal(brazil, bank=PAYERS_BANK)
    let_pass()
    work()
    assert [state_of(each) for each in payments[OPENS_AFTER:-1]] == ["completed"] * 4
    assert Breaker.objects.get().state == "closed"
    prove_the_books()


@pytest.mark.django_db
def test_money_that_was_collected_waits_for_the_payees_bank_and_then_goes_back(
    ana: Someone, bruno: Someone
) -> None:
    fail(OPENS_AFTER, SHOPS_BANK)
    payment = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    work()
    assert state_of(payment) == "processing"
    credit = Attempt.objects.get(leg__kind="credit")
    assert (credit.outcome, credit.reason) == ("not_sent", "")
    prove_the_books()
    Attempt.objects.filter(pk=credit.pk).update(sent_at=wall_now() - timedelta(minutes=11))
    Duty.objects.filter(done_at__isnull=True).update(due_at=wall_now())
    work()
    assert state_of(payment) == "returned"
    prove_the_books()


@pytest.mark.django_db
def test_look_ups_are_kept_for_a_bank_that_answers(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    fault(brazil, "executed_but_timeout", bank=PAYERS_BANK, count=1)
    payment = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    work()
    fail(OPENS_AFTER)
    for _ in range(4):
        Attempt.objects.update(look_up_at=wall_now())
        look_up_due()
    assert Attempt.objects.get().look_ups == 0
    let_pass()
    look_up_due()
    assert state_of(payment) == "completed"


@pytest.mark.django_db
def test_what_waits_for_one_bank_keeps_no_other_from_being_asked(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    for bank in (PAYERS_BANK, SHOPS_BANK):
        fault(brazil, "executed_but_timeout", bank=bank, count=1)
    first = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    work()
    second = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    work()
    unknown = Attempt.objects.filter(outcome="unknown").order_by("id")
    assert list(unknown.values_list("leg__bank", flat=True)) == [PAYERS_BANK, SHOPS_BANK]
    fail(OPENS_AFTER)
    Attempt.objects.filter(outcome="unknown").update(look_up_at=wall_now())
    look_up_due(limit=1)
    assert (state_of(first), state_of(second)) == ("unknown", "completed")
    let_pass()
    look_up_due(limit=1)
    assert state_of(first) == "completed"


@pytest.mark.django_db
def test_a_batch_waits_approved_and_is_sent_by_the_clock(brazil: Simulator, ana: Someone) -> None:
    padaria = new_business(brazil)
    sell(padaria, ana, 40_00)
    batch = claim_batch(rail_id=live_rail(bank=SHOPS_BANK).pk, cutoff_at=business_now())
    approve_batch(batch_id=batch.public_id, staff=None)
    fail(OPENS_AFTER, SHOPS_BANK)
    with pytest.raises(BankUnavailable):
        submit_batch(batch_id=batch.public_id)
    assert advance_batches() == []
    assert SettlementBatch.objects.get(pk=batch.pk).state == "approved"
    let_pass()
    assert advance_batches() == [batch.public_id]
    assert SettlementBatch.objects.get(pk=batch.pk).state == "submitted"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("brazil")
def test_many_at_once_open_it_once_and_one_of_them_tries(in_threads: InThreads) -> None:
    outcomes = in_threads(fail, times=OPENS_AFTER + 5)
    assert outcomes == [None] * (OPENS_AFTER + 5)
    assert (Breaker.objects.get().failures, walked()) == (OPENS_AFTER + 5, ["open"])
    let_pass()
    assert sorted(in_threads(may_go, times=8)) == [False] * 7 + [True]
