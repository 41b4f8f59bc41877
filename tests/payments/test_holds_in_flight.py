"""A hold while money is under way: what was authorised before it, and nothing after."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from config import subscriptions
from core.clock import business_now, wall_now
from core.events import subscribe
from core.transactions import owns_block
from payments.enums import PaymentState
from payments.models import Attempt, Payment, RegulatorHold
from payments.services import asking, charging
from payments.services.availability import CapabilityClosed, require_open
from payments.services.charging import look_up_due
from payments.services.holds import approve_lift, impose_hold
from payments.services.settlement import claim_due_batches
from people.models import Party
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
from tests.payments.refund_cast import give_back, refund_states
from tests.payments.settlement_cast import cutoff, fault, payout_states, sell

AT_ONCE = 50


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


@pytest.fixture
def padaria(brazil: Simulator) -> Party:
    return new_business(brazil)


@pytest.fixture
def seen_by_the_hold() -> Iterator[list[int]]:
    """How many payments there are when a hold is written, counted in its own commit."""
    counted: list[int] = []

    def count(hold_id: str) -> None:
        assert RegulatorHold.objects.filter(public_id=hold_id).exists()
        counted.append(Payment.objects.count())

    together = subscriptions.TOGETHER | {"hold.imposed": [count]}
    subscribe(together, subscriptions.AFTERWARDS)
    yield counted
    subscribe(subscriptions.TOGETHER, subscriptions.AFTERWARDS)


def stop(level: str, capability: str = "") -> RegulatorHold:
    return impose_hold(
        staff=new_staff("marta"),
        country="BR",
        capability=capability,
        level=level,
        reason="review",
        legal_reference="BCB 7/2026",
    )


def lift(hold: RegulatorHold) -> None:
    for login in ("carlos", "dora"):
        approve_lift(staff=new_staff(login), hold_id=hold.public_id, reason="over")
    work()


@pytest.mark.django_db(transaction=True)
def test_none_of_fifty_payments_in_flight_is_authorised_after_the_hold(
    brazil: Simulator,
    padaria: Party,
    in_threads: Callable[..., list[Any]],
    seen_by_the_hold: list[int],
) -> None:
    """Fifty people approve at the same moment; some are before the hold, the others see it."""
    raise_limits()
    payers = [new_payer(brazil, f"Ana {number}") for number in range(5)]
    target = {"party": padaria.public_id}
    offers = [(each, each.quote(target, 1_00).json()) for each in payers for _ in range(10)]
    some_are_written = threading.Event()

    def approve(payer: Someone, offer: Any) -> tuple[int, str]:
        answer = payer.approve(offer)
        if answer.status_code == 201:
            some_are_written.set()
        return answer.status_code, answer.json().get("code", "")

    def impose() -> None:
        assert some_are_written.wait(timeout=60)
        stop("stop_new", "purchase")

    works = [lambda payer=payer, offer=offer: approve(payer, offer) for payer, offer in offers]
    outcomes = in_threads(*works, impose)
    assert outcomes.pop() is None
    made = [each for each in outcomes if each == (201, "")]
    assert len(made) + outcomes.count((409, "capability_closed")) == AT_ONCE
    assert 0 < len(made) < AT_ONCE
    assert seen_by_the_hold == [len(made)]
    assert Payment.objects.count() == len(made)
    work()
    assert set(Payment.objects.values_list("state", flat=True)) == {"completed"}
    prove_the_books()


@pytest.mark.django_db(transaction=True)
def test_a_hold_does_not_starve_while_payments_never_pause(brazil: Simulator) -> None:
    """Whoever begins after the hold has asked waits behind it, though others still share."""
    order: list[str] = []

    def impose() -> None:
        stop("stop_new", "purchase")
        order.append("hold")
        connection.close()

    def begin() -> None:
        with pytest.raises(CapabilityClosed), owns_block():
            require_open(country="BR", capability="purchase", moment=business_now())
        order.append("refused")
        connection.close()

    holder, late = threading.Thread(target=impose), threading.Thread(target=begin)
    with owns_block():
        require_open(country="BR", capability="purchase", moment=business_now())
        holder.start()
        _until_somebody_waits()
        late.start()
        late.join(timeout=0.3)
        assert late.is_alive()
        assert order == []
    holder.join(timeout=10)
    late.join(timeout=10)
    assert order == ["hold", "refused"]


@pytest.mark.django_db
def test_stop_new_lets_payments_refunds_and_settlement_go_on(
    fresh_brazil: Simulator,
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    bruno = new_payer(fresh_brazil, "Bruno", bank="banco-mar")
    sold = sell(padaria, ana, 40_00)
    sent = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    stop("stop_new")
    work()
    assert state_of(sent) == "completed"
    give_back(padaria, sold, 1_00)
    work()
    assert refund_states() == ["completed"]
    assert payout_states(cutoff()) == ["settled"]
    assert ana.quote({"party": bruno.party}, 1_00).json()["refusal"]["code"] == "country_closed"
    prove_the_books()


@pytest.mark.django_db
def test_stop_all_keeps_authorised_money_where_it_is_until_two_lift_it(
    ana: Someone, bruno: Someone, padaria: Party
) -> None:
    sold = sell(padaria, ana, 40_00)
    sent = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    give_back(padaria, sold, 1_00)
    hold = stop("stop_all")
    work()
    assert (state_of(sent), refund_states()) == ("authorized", ["approved"])
    told = ana.get(f"/v1/payments/{sent}").json()
    assert told["arrives_by"] is None
    assert told["waiting"]["code"] == "regulator_hold"
    assert told["waiting"]["can_cancel"] is True
    assert "nothing has left the account yet" in told["waiting"]["detail"]
    assert bruno.get(f"/v1/payments/{sent}").json()["waiting"] == told["waiting"]
    assert claim_due_batches(moment=business_now()) == []
    prove_the_books()
    lift(hold)
    assert (state_of(sent), refund_states()) == ("completed", ["completed"])
    assert ana.get(f"/v1/payments/{sent}").json()["waiting"] is None
    prove_the_books()


@pytest.mark.django_db
def test_stop_all_between_the_two_legs_writes_what_the_bank_said_and_asks_no_other(
    ana: Someone, bruno: Someone
) -> None:
    sent = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    debit = charging.take_step(payment_id=sent)
    assert debit is not None
    hold = stop("stop_all", "person_to_person")
    asking.write_answer(ask=debit, outcome=asking.call_bank(debit))
    work()
    legs = {leg.kind: leg.state for leg in Payment.objects.get(public_id=sent).legs.all()}
    assert (state_of(sent), legs) == ("processing", {"debit": "executed", "credit": "pending"})
    told = ana.get(f"/v1/payments/{sent}").json()["waiting"]
    assert told["can_cancel"] is False
    assert "it is not lost" in told["detail"]
    prove_the_books()
    lift(hold)
    assert state_of(sent) == "completed"
    prove_the_books()


@pytest.mark.django_db
def test_what_was_looked_up_under_a_hold_goes_on_after_it(
    brazil: Simulator, ana: Someone, bruno: Someone
) -> None:
    """Its duty has ended with the outcome unknown; the sweep goes on with it."""
    fault(brazil, "executed_but_timeout", bank="banco-ipe", probability=1, seed=1, count=1)
    sent = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    work()
    assert state_of(sent) == "unknown"
    hold = stop("stop_all")
    Attempt.objects.update(look_up_at=wall_now(), sent_at=wall_now() - timedelta(minutes=3))
    Payment.objects.update(created_at=business_now() - timedelta(minutes=3))
    look_up_due()
    legs = {leg.kind: leg.state for leg in Payment.objects.get(public_id=sent).legs.all()}
    assert legs == {"debit": "executed", "credit": "pending"}
    look_up_due()
    assert state_of(sent) == "unknown"
    lift(hold)
    assert state_of(sent) == "unknown"
    look_up_due()
    assert state_of(sent) == "completed"


@pytest.mark.django_db
def test_a_payer_may_cancel_what_an_order_keeps_waiting(ana: Someone, bruno: Someone) -> None:
    sent = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    hold = stop("stop_all")
    work()
    assert ana.post(f"/v1/payments/{sent}/cancel", key="c").status_code == 200
    lift(hold)
    assert state_of(sent) == "cancelled"
    prove_the_books()


@pytest.mark.django_db
def test_stop_all_stops_money_within_the_books_as_well(sandboxland: Simulator) -> None:
    carlos = new_payer(sandboxland, "Ana", bank="banco-xis", country="XX")
    bruno = new_payer(sandboxland, "Bruno", bank="banco-zeta", country="XX")
    sent = carlos.pay({"party": bruno.party}, 10_00).json()["id"]
    debit = charging.take_step(payment_id=sent)
    assert debit is not None
    asking.write_answer(ask=debit, outcome=asking.call_bank(debit))
    hold = impose_hold(
        staff=new_staff("marta"),
        country="XX",
        capability="",
        level="stop_all",
        reason="review",
        legal_reference="1",
    )
    work()
    assert state_of(sent) == PaymentState.PROCESSING
    lift(hold)
    assert state_of(sent) == PaymentState.COMPLETED
    prove_the_books()


def _until_somebody_waits() -> None:
    """Wait until another session queues for a lock by name."""
    asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(asked)
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    pytest.fail("nobody waits")
