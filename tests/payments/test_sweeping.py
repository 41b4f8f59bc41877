"""What no duty will ever take up again is found by its own rows."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.clock import advance, wall_now
from core.models import Duty
from payments.models import Attempt, LimitUsage, Payment, Refund
from payments.services.charging import charge_payment, take_step
from payments.services.claims import claim_payment
from payments.services.giving_up import GIVEN_UP_AFTER
from payments.services.holds import HoldOrder, approve_lift, impose_order
from payments.services.sweeping import LEFT_FOR, carry_forgotten, give_up_debit
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    enrol,
    join,
    link,
    new_business,
    new_payer,
    new_staff,
    prove_the_books,
    raise_limits,
    state_of,
    work,
)
from tests.payments.refund_cast import give_back
from tests.payments.settlement_cast import sell

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana", balance_minor=100_00)


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", balance_minor=0, bank="banco-mar")


def lose_duties() -> None:
    """Park whatever is due, as five failures do."""
    Duty.objects.filter(done_at__isnull=True).update(parked_at=wall_now())


def wait(span: timedelta) -> None:
    advance(int(span.total_seconds()) + 1)


def pay_and_lose(ana: Someone, bruno: Someone) -> str:
    payment: str = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    lose_duties()
    return payment


def test_a_payment_whose_duty_was_parked_is_carried_out(ana: Someone, bruno: Someone) -> None:
    payment = pay_and_lose(ana, bruno)
    assert carry_forgotten() == 0
    wait(LEFT_FOR)
    assert carry_forgotten() == 1
    assert state_of(payment) == "completed"
    assert carry_forgotten() == 0
    prove_the_books()


def test_what_a_hold_keeps_waiting_crowds_nothing_out(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    carla = new_payer(brazil, "Carla", balance_minor=100_00)
    stopped, other = pay_and_lose(ana, bruno), pay_and_lose(carla, bruno)
    order = HoldOrder("BR", "stop_all", "test", "BCB 7/2026", party=ana.party)
    impose_order(staff=new_staff("marta"), order=order)
    wait(LEFT_FOR)
    assert carry_forgotten(limit=1) == 1
    assert (state_of(stopped), state_of(other)) == ("authorized", "completed")
    wait(GIVEN_UP_AFTER)
    assert carry_forgotten() == 0
    assert state_of(stopped) == "authorized"


def test_after_an_hour_it_is_cancelled_and_the_limits_are_given_back(
    ana: Someone, bruno: Someone
) -> None:
    payment = pay_and_lose(ana, bruno)
    wait(GIVEN_UP_AFTER)
    assert carry_forgotten() == 1
    assert state_of(payment) == "cancelled"
    assert set(LimitUsage.objects.values_list("used", flat=True)) == {0}
    assert Attempt.objects.count() == 0
    work()
    assert state_of(payment) == "cancelled"
    prove_the_books()


def test_a_payment_whose_young_duty_lives_is_paid_though_the_clock_moved(
    ana: Someone, bruno: Someone
) -> None:
    payment: str = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    wait(GIVEN_UP_AFTER)
    carry_forgotten()
    assert state_of(payment) == "completed"
    prove_the_books()


def wait_through_a_hold() -> None:
    """Let two hours go by, by both clocks."""
    wait(timedelta(hours=2))
    Duty.objects.update(created_at=wall_now() - timedelta(hours=2))


def test_after_a_long_hold_its_own_duty_gives_it_up_as_the_sweep_does(
    ana: Someone, bruno: Someone
) -> None:
    payment: str = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    hold = impose_order(
        staff=new_staff("marta"), order=HoldOrder("BR", "stop_all", "test", "BCB 7/2026")
    )
    wait_through_a_hold()
    work()
    assert (carry_forgotten(), state_of(payment)) == (0, "authorized")
    for login in ("carlos", "dora"):
        approve_lift(staff=new_staff(login), hold_id=hold.public_id, reason="over")
    work()  # The duty comes first.
    assert (state_of(payment), Attempt.objects.count()) == ("cancelled", 0)
    assert set(LimitUsage.objects.values_list("used", flat=True)) == {0}
    prove_the_books()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_begun", [False, True])
def test_charge_and_give_up_at_once_always_come_to_the_same_end(
    in_threads: Callable[..., list[Any]],
    ana: Someone,
    bruno: Someone,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_begun: bool,
) -> None:
    raise_limits()
    payments = [ana.pay({"party": bruno.party}, 1_00).json()["id"] for _ in range(6)]
    lose_duties()
    if is_begun:
        monkeypatch.setattr("payments.services.charging._go_on", lambda **_: None)  # It dies here.
        for payment in payments:
            take_step(payment_id=payment)
        monkeypatch.undo()
    wait_through_a_hold()
    works = [charge_payment, give_up_debit] * 3
    turns = itertools.count()

    def race() -> None:
        work = works[next(turns) % len(works)]
        for payment in payments:
            work(payment_id=payment)

    in_threads(race, times=6)
    end = "failed" if is_begun else "cancelled"
    assert [state_of(payment) for payment in payments] == [end] * 6
    assert Attempt.objects.count() == 0
    prove_the_books()


def test_one_that_was_taken_in_hand_has_failed(
    ana: Someone, bruno: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = pay_and_lose(ana, bruno)
    monkeypatch.setattr("payments.services.charging._go_on", lambda **_: None)  # It dies here.
    take_step(payment_id=payment)
    monkeypatch.undo()
    assert state_of(payment) == "processing"
    wait(GIVEN_UP_AFTER)
    assert carry_forgotten() == 1
    found = Payment.objects.get(public_id=payment)
    assert (found.state, found.failure_code) == ("failed", "bank_unavailable")
    prove_the_books()


def test_a_refund_whose_duty_was_parked_is_carried_out(brazil: Simulator, ana: Someone) -> None:
    padaria = new_business(brazil)
    refund = give_back(padaria, sell(padaria, ana, 40_00))
    lose_duties()
    wait(GIVEN_UP_AFTER)
    assert carry_forgotten() == 1
    assert Refund.objects.get(pk=refund.pk).state == "completed"
    prove_the_books()


def test_a_claim_whose_duty_was_parked_is_delivered(brazil: Simulator, ana: Someone) -> None:
    carla = join("Carla")
    payment = ana.pay({"party": carla.party}, 25_00).json()["id"]
    work()
    link(brazil, enrol(carla, "Carla Dias"), balance_minor=0)
    Duty.objects.filter(event="pin.changed").delete()
    claim_payment(payment_id=payment)
    lose_duties()
    wait(GIVEN_UP_AFTER)
    assert state_of(payment) == "pending_claim"
    assert carry_forgotten() == 1
    assert state_of(payment) == "completed"
    prove_the_books()
