"""A regulator's hold: one imposes, two lift, and no payment slips by while it is written."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from core.clock import business_now
from core.errors import InputInvalid, NotFound, StateConflict
from core.transactions import owns_block
from payments.models import Bank, HoldLift, RegulatorHold
from payments.queries.countries import is_stopped
from payments.services.availability import CapabilityClosed, CountryClosed, require_open
from payments.services.holds import SecondPersonNeeded, approve_lift, impose_hold
from people.models import AuditEntry, Person
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_staff


def impose(staff: Person, *, capability: str = "purchase", level: str = "stop_new") -> str:
    hold = impose_hold(
        staff=staff,
        country="BR",
        capability=capability,
        level=level,
        reason="order of the central bank",
        legal_reference="BCB 7/2026",
    )
    return hold.public_id


def require(capability: str = "purchase") -> None:
    with owns_block():
        require_open(country="BR", capability=capability, moment=business_now())


@pytest.mark.django_db
def test_a_hold_acts_on_the_next_payment_and_two_people_lift_it(brazil: Simulator) -> None:
    carlos, dora = new_staff("carlos"), new_staff("dora")
    hold_id = impose(carlos)
    with pytest.raises(CapabilityClosed) as refused:
        require()
    reason = refused.value.extra["reasons"][0]  # type: ignore[index]
    assert reason == {
        "code": "regulator_hold",
        "detail": "A regulator's hold stands (BCB 7/2026).",
    }
    require("person_to_person")
    assert approve_lift(staff=carlos, hold_id=hold_id, reason="settled").lifted_at is None
    with pytest.raises(SecondPersonNeeded):
        approve_lift(staff=carlos, hold_id=hold_id, reason="again")
    with pytest.raises(CapabilityClosed):
        require()
    assert approve_lift(staff=dora, hold_id=hold_id, reason="checked").lifted_at is not None
    require()
    with pytest.raises(StateConflict):
        approve_lift(staff=carlos, hold_id=hold_id, reason="once more")
    acts = AuditEntry.objects.filter(object_ref=hold_id).order_by("id")
    assert [act.action for act in acts] == [
        "hold.imposed",
        "hold.lift_approved",
        "hold.lift_approved",
        "hold.lifted",
    ]


@pytest.mark.django_db
def test_a_country_wide_hold_closes_the_country(brazil: Simulator) -> None:
    impose(new_staff("carlos"), capability="", level="stop_all")
    for capability in ("purchase", "person_to_person"):
        with pytest.raises(CountryClosed):
            require(capability)
    assert is_stopped("BR", "purchase")


@pytest.mark.django_db
def test_stop_new_does_not_stop_settlement(brazil: Simulator) -> None:
    impose(new_staff("carlos"), level="stop_new")
    assert not is_stopped("BR", "purchase")


@pytest.mark.django_db
def test_what_is_no_order_is_refused(brazil: Simulator) -> None:
    carlos = new_staff("carlos")
    with pytest.raises(InputInvalid):
        impose(carlos, capability="lottery")
    with pytest.raises(InputInvalid):
        impose(carlos, level="stop_some")
    with pytest.raises(NotFound):
        approve_lift(staff=carlos, hold_id="hld_nothing", reason="x")
    assert RegulatorHold.objects.count() == 0


@pytest.mark.django_db
def test_the_database_itself_wants_two_different_people(brazil: Simulator) -> None:
    carlos = new_staff("carlos")
    hold_id = impose(carlos)
    hold = RegulatorHold.objects.get(public_id=hold_id)
    rows = RegulatorHold.objects.filter(pk=hold.pk)
    with pytest.raises(IntegrityError, match="needs two people"), transaction.atomic():
        rows.update(lifted_at=business_now())
    approve_lift(staff=carlos, hold_id=hold_id, reason="settled")
    with pytest.raises(IntegrityError, match="needs two people"), transaction.atomic():
        rows.update(lifted_at=business_now())
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        HoldLift.objects.create(hold=hold, ordinal=2, by=carlos, at=business_now(), reason="x")
    with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
        rows.update(level="stop_all", capability="refund")


@pytest.mark.django_db(transaction=True)
def test_no_payment_commits_after_a_hold_that_it_did_not_see(
    brazil: Simulator, in_threads: Callable[..., list[Any]]
) -> None:
    """Writers append while they hold their share; whoever begins after the hold is refused."""
    carlos = new_staff("carlos")
    written: list[str] = []
    bank = Bank.objects.get(slug="banco-ipe")

    def pay() -> None:
        for _ in range(30):
            with owns_block():
                require_open(country="BR", capability="purchase", moment=business_now())
                Bank.objects.filter(pk=bank.pk).exists()
                written.append("payment")

    def stop() -> None:
        impose(carlos)
        written.append("hold")

    outcomes = in_threads(pay, pay, pay, pay, stop)
    refused = [type(each).__name__ for each in outcomes[:4] if each is not None]
    assert outcomes[4] is None
    assert set(refused) <= {"CapabilityClosed"}
    after = written[written.index("hold") + 1 :]
    assert after == []


@pytest.mark.django_db(transaction=True)
def test_a_hold_waits_for_the_payment_that_was_before_it(brazil: Simulator) -> None:
    carlos = new_staff("carlos")
    order: list[str] = []

    def stop() -> None:
        impose(carlos)
        order.append("hold")
        connections.close_all()

    with owns_block():
        require_open(country="BR", capability="purchase", moment=business_now())
        thread = threading.Thread(target=stop)
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive()
        order.append("payment")
    thread.join(timeout=10)
    assert order == ["payment", "hold"]
