"""What a payment comes to when its bank misbehaves or its worker dies: never twice, never false."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from core.clock import business_now, wall_now
from core.errors import NotFound
from payments.enums import LegKind
from payments.models import Attempt, LedgerTransfer, Leg, LimitUsage, Payment
from payments.queries.funding import default_source, receiving_source
from payments.rails import Outcome
from payments.services import asking, charging
from payments.services.charging import instruction_id_of, look_up_due, settle_by_statement
from payments.services.finishing import answered_and_open
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    balance_at,
    new_payer,
    prove_the_books,
    state_of,
    work,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(brazil: Simulator) -> Iterator[Someone]:
    yield new_payer(brazil, "Ana", balance_minor=100_00)
    for bank in ("banco-ipe", "banco-mar"):
        assert brazil.client.delete(f"/banks/{bank}/faults").status_code in {200, 204}


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", balance_minor=0, bank="banco-mar")


def set_fault(simulator: Simulator, bank: str, fault: str, **more: object) -> None:
    body = {"fault": fault, "probability": 1, "seed": 1, "count": 1, **more}
    assert simulator.client.post(f"/banks/{bank}/faults", json=body).status_code == 201


def pay(ana: Someone, bruno: Someone) -> str:
    answer = ana.pay({"party": bruno.party}, 25_00)
    assert answer.status_code == 201, answer.json()
    work()
    return str(answer.json()["id"])


def balances(simulator: Simulator, ana: Someone, bruno: Someone) -> tuple[int, int]:
    taken, given = default_source(ana.party_id), receiving_source(bruno.party_id)
    assert taken is not None
    assert given is not None
    return balance_at(simulator, taken), balance_at(simulator, given)


def let_it_be_due() -> None:
    Attempt.objects.filter(look_up_at__isnull=False).update(look_up_at=wall_now())


def failure_of(payment: str) -> str:
    return Payment.objects.get(public_id=payment).failure_code


def test_a_bank_that_refuses_fails_the_payment_and_gives_limits_back(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    set_fault(brazil, "banco-ipe", "reject", reason="AM04")
    payment = pay(ana, bruno)
    assert state_of(payment) == "failed"
    assert failure_of(payment) == "insufficient_funds"
    assert LedgerTransfer.objects.count() == 0
    assert set(LimitUsage.objects.values_list("used", flat=True)) == {0}
    assert balances(brazil, ana, bruno) == (100_00, 0)
    prove_the_books()


def test_a_bank_that_cannot_be_reached_fails_the_payment_at_once(
    brazil: Simulator, ana: Someone, bruno: Someone, settings: object
) -> None:
    quote = ana.quote({"party": bruno.party}, 25_00).json()
    payment = ana.approve(quote).json()["id"]
    settings.TROCO_SIMULATOR_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    settings.TROCO_HTTP_ALLOWED_ORIGINS = ["http://127.0.0.1:9"]  # type: ignore[attr-defined]
    work()
    assert state_of(payment) == "failed"
    assert failure_of(payment) == "bank_unavailable"
    prove_the_books()


def test_a_credit_that_is_sent_again_is_no_longer_taken_for_unsent(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    payment = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    debit = charging.take_step(payment_id=payment)
    assert debit is not None
    asking.write_answer(ask=debit, outcome=asking.call_bank(debit))
    credit = charging.take_step(payment_id=payment)
    assert credit is not None
    asking.write_answer(ask=credit, outcome=Outcome("not_sent", reason="connect"))
    again = charging.take_step(payment_id=payment)
    assert again is not None
    assert again.verb == "credit"
    assert asking.call_bank(again).kind == "executed"  # And the process dies here.
    Attempt.objects.update(sent_at=wall_now() - timedelta(minutes=11))
    charging.charge_payment(payment_id=payment)
    assert state_of(payment) == "completed"
    assert balances(brazil, ana, bruno) == (75_00, 25_00)
    prove_the_books()


def test_executed_without_an_answer_is_unknown_until_it_is_looked_up(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    set_fault(brazil, "banco-ipe", "executed_but_timeout")
    payment = pay(ana, bruno)
    assert state_of(payment) == "unknown"
    assert LedgerTransfer.objects.count() == 0
    assert look_up_due() == 0
    prove_the_books()
    let_it_be_due()
    assert look_up_due() == 1
    assert state_of(payment) == "completed"
    assert balances(brazil, ana, bruno) == (75_00, 25_00)
    assert look_up_due() == 0
    prove_the_books()


def test_not_found_is_no_answer_and_is_asked_three_times_at_most(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    set_fault(brazil, "banco-ipe", "not_found_then_found", times=9)
    payment = pay(ana, bruno)
    for asked in range(1, 4):
        let_it_be_due()
        assert look_up_due() == 1
        assert state_of(payment) == "unknown"
        assert Attempt.objects.get().look_ups == asked
    let_it_be_due()
    assert look_up_due() == 0
    closing = settle_by_statement(
        instruction_id=instruction_id_of(payment, LegKind.DEBIT),
        executed=True,
        moment=business_now(),
    )
    assert closing == "closed"
    assert state_of(payment) == "completed"
    assert balances(brazil, ana, bruno) == (75_00, 25_00)
    prove_the_books()


def test_a_lost_debit_stays_unknown_until_the_statement_denies_it(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    set_fault(brazil, "banco-ipe", "lost")
    payment = pay(ana, bruno)
    let_it_be_due()
    look_up_due()
    assert state_of(payment) == "unknown"
    instruction = instruction_id_of(payment, LegKind.DEBIT)
    closed = [
        settle_by_statement(instruction_id=instruction, executed=executed, moment=business_now())
        for executed in (False, False, True)
    ]
    assert closed == ["closed", "known", "contradicted"]
    assert state_of(payment) == "failed"
    assert balances(brazil, ana, bruno) == (100_00, 0)
    prove_the_books()


def test_a_statement_about_nothing_of_ours_is_not_found(db: None) -> None:
    with pytest.raises(NotFound):
        settle_by_statement(instruction_id="nobody", executed=True, moment=business_now())


def test_money_turns_round_when_the_payees_bank_refuses(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    set_fault(brazil, "banco-mar", "reject", reason="AC04")
    payment = pay(ana, bruno)
    assert state_of(payment) == "returned"
    assert failure_of(payment) == "payee_bank_refused"
    kinds = LedgerTransfer.objects.order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["collect", "return"]
    legs = Leg.objects.order_by("id").values_list("kind", "state")
    assert list(legs) == [("debit", "executed"), ("credit", "refused"), ("return", "executed")]
    assert balances(brazil, ana, bruno) == (100_00, 0)
    assert set(LimitUsage.objects.values_list("used", flat=True)) == {0}
    prove_the_books()


def test_a_credit_without_an_answer_keeps_the_money_in_flight(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    set_fault(brazil, "banco-mar", "executed_but_timeout")
    payment = pay(ana, bruno)
    assert state_of(payment) == "unknown"
    assert list(LedgerTransfer.objects.values_list("kind", flat=True)) == ["collect"]
    prove_the_books()
    let_it_be_due()
    look_up_due()
    assert state_of(payment) == "completed"
    assert balances(brazil, ana, bruno) == (75_00, 25_00)
    prove_the_books()


def test_a_worker_that_died_after_asking_looks_up_and_never_sends_again(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    payment = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    ask = charging.take_step(payment_id=payment)
    assert ask is not None
    assert ask.verb == "debit"
    asking.call_bank(ask)
    work()
    assert state_of(payment) == "completed"
    assert balances(brazil, ana, bruno) == (75_00, 25_00)
    prove_the_books()


def test_a_worker_that_died_before_asking_leaves_it_unknown(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    payment = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    assert charging.take_step(payment_id=payment) is not None
    work()
    assert state_of(payment) == "unknown"
    assert balances(brazil, ana, bruno) == (100_00, 0)
    assert Attempt.objects.get().look_ups == 1
    prove_the_books()


def test_a_worker_that_died_after_the_answer_finishes_from_it(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    payment = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    ask = charging.take_step(payment_id=payment)
    assert ask is not None
    asking.write_answer(ask=ask, outcome=asking.call_bank(ask))
    assert state_of(payment) == "processing"
    Attempt.objects.update(sent_at=wall_now() - timedelta(minutes=5))
    assert look_up_due() == 1
    assert state_of(payment) == "completed"
    charging.charge_payment(payment_id=payment)
    assert balances(brazil, ana, bruno) == (75_00, 25_00)
    prove_the_books()


def test_a_late_answer_overtakes_unknown_and_a_definitive_one_stays(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    payment = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    ask = charging.take_step(payment_id=payment)
    assert ask is not None
    executed = asking.call_bank(ask)
    asking.write_answer(ask=ask, outcome=type(executed)("unknown", reason="timeout"))
    charging.charge_payment(payment_id=payment)
    assert state_of(payment) == "unknown"
    asking.write_answer(ask=ask, outcome=executed)
    asking.write_answer(ask=ask, outcome=type(executed)("unknown", reason="timeout"))
    charging.charge_payment(payment_id=payment)
    assert state_of(payment) == "completed"
    prove_the_books()


def test_a_payment_nobody_knows(db: None) -> None:
    with pytest.raises(NotFound):
        charging.charge_payment(payment_id="pay_nobody")


def test_what_a_process_left_behind_is_found_among_the_open_ones(uncounted: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = answered_and_open(wall_now(), 100).explain()
    assert "payments_payment_open" in plan
    assert "payments_payment_waiting" in plan


def test_one_payment_that_cannot_go_on_does_not_stop_the_others(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    set_fault(brazil, "banco-ipe", "executed_but_timeout", count=2)
    first, second = pay(ana, bruno), pay(ana, bruno)
    assert [state_of(first), state_of(second)] == ["unknown", "unknown"]
    Leg.objects.filter(payment__public_id=first).update(rail="a rail that was taken away")
    let_it_be_due()
    assert look_up_due() >= 2
    assert [state_of(first), state_of(second)] == ["unknown", "completed"]
    Leg.objects.filter(payment__public_id=first).update(rail="sandbox")
    let_it_be_due()
    look_up_due()
    assert state_of(first) == "completed"
    prove_the_books()
