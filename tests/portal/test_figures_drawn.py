"""Payouts, pages, files and books say the same after any course of a shop's days."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_payer, new_staff, raise_limits
from tests.payments.test_chargebacks import card_holder
from tests.portal.drawn.machine import Trade

pytestmark = pytest.mark.django_db

FEW, MANY = 2, int(os.environ.get("TROCO_TRADE_COURSES", "60"))
ENOUGH = 300
STEPS = 16
MUST_MEET = {
    "be_charged_back",
    "come_back",
    "decide",
    "dispute",
    "get_a_chargeback_back",
    "pay_out",
    "pay_out batch_lost_answer",
    "pay_out batch_partial_reject",
    "refund",
    "send_again",
}


@pytest.fixture
def banks(fresh_brazil: Simulator) -> Simulator:
    """The banks of all courses, and who pays in them."""
    raise_limits()
    Trade.banks, Trade.staff = fresh_brazil, new_staff("marta")
    Trade.payers = {"card": card_holder(fresh_brazil), "account": new_payer(fresh_brazil, "Bruno")}
    Trade.met.clear()
    return fresh_brazil


def test_a_course_in_which_everything_happens(banks: Simulator) -> None:
    course = Trade()
    course.open(zone="Asia/Dhaka", first=[40_00, 25_00, 33_33])
    course.refund(rank=2, part=12_34, is_refused=False)
    course.refund(rank=1, part=None, is_refused=True)
    course.pay_out(strike="batch_partial_reject")
    course.send_again()
    course.wait(hours=24)
    course.pay_out(strike="batch_lost_answer")
    course.sell(amount=50_01, by="account")
    course.dispute(rank=0, claim=("fraud", "not_me"))
    course.decide(rank=0, outcome="lost")
    course.sell(amount=30_00, by="account")
    course.dispute(rank=0, claim=("commercial", "not_received"))
    course.answer(rank=0)
    course.decide(rank=0, outcome="won")
    for amount in (60_00, 20_00):
        course.sell(amount=amount, by="card")
        course.be_charged_back(rank=0)
        course.wait(hours=8 * 24 if amount == 60_00 else 1)
        course.get_a_chargeback_back()
    course.sell(amount=15_00, by="account")
    course.refund(rank=0, part=5_00, is_refused=False)
    course.pay_out(strike="")
    course.come_back()
    course.sell(amount=7_77, by="account")
    course.teardown()
    assert set(Trade.met) >= MUST_MEET, MUST_MEET - set(Trade.met)


@pytest.mark.parametrize(
    "courses", [FEW, pytest.param(MANY, marks=pytest.mark.long)], ids=["few", "many"]
)
def test_every_number_is_the_sum_of_its_list_and_of_the_books(
    banks: Simulator, courses: int
) -> None:
    run_state_machine_as_test(
        Trade,
        settings=settings(
            max_examples=courses,
            stateful_step_count=STEPS,
            deadline=None,
            # The few are always the same ones; the many are drawn anew.
            derandomize=courses == FEW,
            database=None,
            suppress_health_check=list(HealthCheck),
            # A course takes seconds, and its steps are told: making it shorter takes too long.
            phases=[Phase.generate],
        ),
    )
    # In few, something rare may be missing by chance; the course above has all of it.
    assert courses < ENOUGH or set(Trade.met) >= MUST_MEET, MUST_MEET - set(Trade.met)
