"""Giving money of a purchase back: once, to where it came from, never more than was paid."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from core.clock import business_now, wall_now
from core.errors import CurrencyMismatch, InputInvalid, NotFound, StateConflict
from core.events import Later
from core.money import Money
from payments.ledger import InsufficientFunds
from payments.models import Attempt, PayableEntry, Payment, Refund
from payments.queries.funding import default_source
from payments.services import asking, refunding
from payments.services.availability import CapabilityClosed
from payments.services.holds import SecondPersonNeeded, impose_hold
from payments.services.refund_amounts import fee_given_back
from payments.services.refunds import (
    NotRefundable,
    RefundExceedsRest,
    approve_refund,
    decline_refund,
    refund_as_staff,
)
from payments.services.statement_closing import close_attempt
from people.models import AuditEntry, Party
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    balance_at,
    new_business,
    new_payer,
    new_staff,
    prove_the_books,
    raise_limits,
    state_of,
    work,
)
from tests.payments.refund_cast import (
    counts,
    executions_of,
    give_back,
    lines_of,
    refund_states,
    walked,
    wish,
)
from tests.payments.settlement_cast import PAYERS_BANK, fault, heal, held, sell

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(brazil: Simulator) -> Iterator[Someone]:
    yield new_payer(brazil, "Ana")
    heal(brazil, bank=PAYERS_BANK)


@pytest.fixture
def padaria(brazil: Simulator) -> Party:
    return new_business(brazil)


def has(simulator: Simulator, someone: Someone) -> int:
    """Return how much less than at the beginning somebody has at the bank."""
    source = default_source(someone.party_id)
    assert source is not None
    return balance_at(simulator, source) - 100_000_00


def test_all_of_it_goes_back_with_the_whole_fee(
    brazil: Simulator, ana: Someone, padaria: Party
) -> None:
    payment = sell(padaria, ana, 40_00)
    assert held("payable", padaria) == 39_20
    refund = give_back(padaria, payment)
    assert (refund.amount_minor, refund.fee_minor, refund.state) == (40_00, 80, "approved")
    assert (held("payable", padaria), held("in_flight", padaria)) == (0, 40_00)
    assert counts(payment) == (40_00, 0, 80)
    assert state_of(payment) == "completed"
    prove_the_books()
    work()
    assert walked(refund) == ["approved", "processing", "completed"]
    assert state_of(payment) == "refunded"
    assert counts(payment) == (0, 40_00, 80)
    assert has(brazil, ana) == 0
    assert lines_of(refund.public_id) == [
        ("refund_claim", 39_20),
        ("refund_fee", 80),
        ("refund", 40_00),
    ]
    assert executions_of(brazil, PAYERS_BANK, refund) == 1
    prove_the_books()


def test_parts_add_up_to_the_whole_fee(brazil: Simulator, ana: Someone, padaria: Party) -> None:
    payment = sell(padaria, ana, 10_01)
    refunds = [give_back(padaria, payment, amount) for amount in (3_33, 3_33)]
    work()
    assert state_of(payment) == "partially_refunded"
    refunds.append(give_back(padaria, payment))
    work()
    assert [each.amount_minor for each in refunds] == [3_33, 3_33, 3_35]
    assert [each.fee_minor for each in refunds] == [7, 6, 7]
    assert state_of(payment) == "refunded"
    assert held("payable", padaria) == 0
    prove_the_books()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_fees_of_any_parts_add_up(data: st.DataObject) -> None:
    amount = data.draw(st.integers(1, 10**9))
    fee = data.draw(st.integers(0, amount))
    payment = Payment(amount_minor=amount, fee_minor=fee, currency="BRL")
    counted: list[tuple[int, int]] = []
    for _ in range(8):
        takes_back = data.draw(st.booleans())
        if counted and takes_back:
            part, share = counted.pop(data.draw(st.integers(0, len(counted) - 1)))
            payment.refunded_minor -= part
            payment.fee_refunded_minor -= share
        left = amount - payment.refunded_minor
        if left:
            counted.append(_given_back(payment, data.draw(st.integers(1, left))))
    if payment.refunded_minor < amount:
        _given_back(payment, amount - payment.refunded_minor)
    assert payment.fee_refunded_minor == fee


def _given_back(payment: Payment, part: int) -> tuple[int, int]:
    """Count a part and its share of the fee, and return both."""
    share = fee_given_back(payment, Money(part, "BRL")).amount_minor
    assert 0 <= share <= part
    payment.refunded_minor += part
    payment.fee_refunded_minor += share
    assert payment.fee_refunded_minor <= payment.fee_minor
    return part, share


@pytest.mark.parametrize("amount", [40_01, 10**15])
def test_more_than_was_paid_is_refused(ana: Someone, padaria: Party, amount: int) -> None:
    payment = sell(padaria, ana, 40_00)
    with pytest.raises(RefundExceedsRest) as refused:
        give_back(padaria, payment, amount)
    assert refused.value.extra == {"rest": {"amount_minor": 40_00, "currency": "BRL"}}
    assert refund_states() == []
    assert held("payable", padaria) == 39_20


def test_what_is_under_way_counts(ana: Someone, padaria: Party) -> None:
    payment = sell(padaria, ana, 40_00)
    give_back(padaria, payment, 30_00)
    with pytest.raises(RefundExceedsRest):
        give_back(padaria, payment, 10_01)
    give_back(padaria, payment, 10_00)
    with pytest.raises(RefundExceedsRest):
        give_back(padaria, payment)
    work()
    assert state_of(payment) == "refunded"
    with pytest.raises(StateConflict):
        give_back(padaria, payment, 1)
    assert refund_states() == ["completed", "completed"]


def test_the_database_itself_refuses_more_than_was_paid(ana: Someone, padaria: Party) -> None:
    payment = Payment.objects.get(public_id=sell(padaria, ana, 40_00))
    facts = {
        "payment": payment,
        "amount_minor": 30_00,
        "fee_minor": 0,
        "currency": "BRL",
        "state": "completed",
        "origin": "seller",
        "reason": "other",
        "created_at": business_now(),
    }
    first = Refund.objects.create(public_id="rfn_1", request_key="1", **facts)
    with pytest.raises(IntegrityError, match="refunds_within_amount"), transaction.atomic():
        Refund.objects.create(public_id="rfn_2", request_key="2", **facts)
    for change in ({"amount_minor": 1}, {"payee_id": ana.party_id}):
        with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
            Refund.objects.filter(pk=first.pk).update(**change)


def test_a_shop_that_is_owed_less_cannot_refund(ana: Someone, padaria: Party) -> None:
    payment = sell(padaria, ana, 40_00)
    other = sell(padaria, ana, 20_00)
    give_back(padaria, other)
    Payment.objects.filter(public_id=payment).update(fee_minor=0)  # It would need 40,00.
    with pytest.raises(InsufficientFunds) as refused:
        give_back(padaria, payment)
    assert "Your shop is owed less" in str(refused.value.detail)
    assert counts(payment) == (0, 0, 0)
    assert held("payable", padaria) == 39_20


def test_the_same_wish_is_the_same_refund(ana: Someone, padaria: Party) -> None:
    payment = sell(padaria, ana, 40_00)
    first = give_back(padaria, payment, 10_00, key="once")
    again = give_back(padaria, payment, 10_00, key="once")
    assert first.pk == again.pk
    assert counts(payment)[0] == 10_00


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"reason": "because"}, InputInvalid),
        ({"note": "x" * 141}, InputInvalid),
        ({"note": "a\0b"}, InputInvalid),
        ({"key": ""}, InputInvalid),
        ({"currency": "XTS"}, CurrencyMismatch),
    ],
)
def test_a_wish_that_is_none(
    ana: Someone, padaria: Party, more: dict[str, Any], error: type[Exception]
) -> None:
    payment = sell(padaria, ana, 40_00)
    with pytest.raises(error):
        give_back(padaria, payment, 1_00, **more)
    assert refund_states() == []


def test_a_payment_of_another_shop_is_not_there(
    brazil: Simulator, ana: Someone, padaria: Party
) -> None:
    payment = sell(padaria, ana, 40_00)
    with pytest.raises(NotFound):
        give_back(new_business(brazil, "Outra"), payment)
    with pytest.raises(NotFound):
        give_back(padaria, "pay_nobody")


def test_money_between_people_is_not_refunded(brazil: Simulator, ana: Someone) -> None:
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    payment = ana.pay({"party": bruno.party}, 5_00).json()["id"]
    work()
    staff = new_staff("otto")
    with pytest.raises(NotRefundable):
        refund_as_staff(staff=staff, wish=wish(payment), reason="x")


def test_an_unknown_outcome_is_held_and_looked_up(
    brazil: Simulator, ana: Someone, padaria: Party
) -> None:
    payment = sell(padaria, ana, 40_00)
    fault(brazil, "executed_but_timeout", bank=PAYERS_BANK, count=1)
    refund = give_back(padaria, payment, 15_00)
    work()
    assert refund_states() == ["unknown"]
    assert held("in_flight", padaria) == 15_00
    assert state_of(payment) == "completed"
    prove_the_books()
    assert refunding.look_up_due_refunds() == 0
    Attempt.objects.filter(look_up_at__isnull=False).update(look_up_at=wall_now())
    assert refunding.look_up_due_refunds() == 1
    assert walked(refund) == ["approved", "processing", "unknown", "completed"]
    assert state_of(payment) == "partially_refunded"
    assert executions_of(brazil, PAYERS_BANK, refund) == 1
    assert has(brazil, ana) == -25_00
    prove_the_books()


def test_the_statement_has_the_last_word(brazil: Simulator, ana: Someone, padaria: Party) -> None:
    payment = sell(padaria, ana, 40_00)
    fault(brazil, "lost", bank=PAYERS_BANK, count=1)
    refund = give_back(padaria, payment, 15_00)
    work()
    assert refund_states() == ["unknown"]
    instruction = Attempt.objects.get(leg__refund=refund).instruction_id
    said = [
        close_attempt(instruction_id=instruction, executed=executed, moment=business_now())
        for executed in (False, False, True)
    ]
    assert said == ["closed", "known", "contradicted"]
    assert walked(refund) == ["approved", "processing", "unknown", "failed"]
    assert counts(payment) == (0, 0, 0)
    assert held("payable", padaria) == 39_20
    assert state_of(payment) == "completed"
    prove_the_books()


def test_what_the_bank_refuses_comes_back_to_the_shop(
    brazil: Simulator, ana: Someone, padaria: Party
) -> None:
    payment = sell(padaria, ana, 40_00)
    fault(brazil, "reject", bank=PAYERS_BANK, reason="AC04", count=1)
    refund = give_back(padaria, payment)
    work()
    refund.refresh_from_db()
    assert (refund.state, refund.failure_code) == ("failed", "bank_refused")
    assert lines_of(refund.public_id)[2:] == [("refund_back", 39_20), ("refund_fee_back", 80)]
    assert held("payable", padaria) == 39_20
    assert list(PayableEntry.objects.values_list("delta_minor", flat=True)) == [-39_20, 39_20]
    prove_the_books()
    give_back(padaria, payment)
    work()
    assert state_of(payment) == "refunded"
    prove_the_books()


def test_a_bank_that_cannot_be_reached_is_tried_again(
    brazil: Simulator, ana: Someone, padaria: Party, settings: Settings
) -> None:
    payment = sell(padaria, ana, 40_00)
    refund = give_back(padaria, payment, 1_00)
    there = settings.TROCO_SIMULATOR_URL
    settings.TROCO_SIMULATOR_URL = "http://127.0.0.1:9"
    settings.TROCO_HTTP_ALLOWED_ORIGINS = ["http://127.0.0.1:9", there]
    with pytest.raises(Later):
        refunding.carry_refund(refund_id=refund.public_id)
    assert refund_states() == ["processing"]
    settings.TROCO_SIMULATOR_URL = there
    refunding.carry_refund(refund_id=refund.public_id)
    assert refund_states() == ["completed"]
    assert executions_of(brazil, PAYERS_BANK, refund) == 1


def test_a_worker_that_died_while_asking_asks_about_it(
    brazil: Simulator, ana: Someone, padaria: Party
) -> None:
    payment = sell(padaria, ana, 40_00)
    refund = give_back(padaria, payment, 1_00)
    ask = refunding._go_on(refund_id=refund.public_id)  # noqa: SLF001 - where it may die.
    assert isinstance(ask, asking.Ask)
    assert ask.verb == "credit"
    asking.call_bank(ask)
    refunding.carry_refund(refund_id=refund.public_id)
    assert refund_states() == ["completed"]
    assert executions_of(brazil, PAYERS_BANK, refund) == 1


def test_refunds_go_on_under_a_stop_of_new_business_only(ana: Someone, padaria: Party) -> None:
    payment = sell(padaria, ana, 40_00)
    staff = new_staff("marta")
    order: dict[str, Any] = {
        "country": "BR",
        "reason": "review",
        "legal_reference": "1/2026",
        "staff": staff,
    }
    impose_hold(capability="", level="stop_new", **order)
    refund = give_back(padaria, payment, 1_00)
    work()
    impose_hold(capability="refund", level="stop_all", **order)
    with pytest.raises(CapabilityClosed):
        give_back(padaria, payment, 1_00)
    assert walked(refund)[-1] == "completed"
    assert refund_states() == ["completed"]


def test_large_refunds_by_staff_take_two(ana: Someone, padaria: Party) -> None:
    raise_limits()
    payment = sell(padaria, ana, 900_00)
    marta, otto = new_staff("marta"), new_staff("otto")
    refund = refund_as_staff(staff=marta, wish=wish(payment, 500_01), reason="agreed by phone")
    assert refund.state == "awaiting_second"
    assert held("in_flight", padaria) == 0
    prove_the_books()
    with pytest.raises(SecondPersonNeeded):
        approve_refund(staff=marta, refund_id=refund.public_id, reason="me again")
    approve_refund(staff=otto, refund_id=refund.public_id, reason="seen")
    with pytest.raises(StateConflict):
        approve_refund(staff=otto, refund_id=refund.public_id, reason="seen")
    work()
    assert walked(refund) == ["awaiting_second", "approved", "processing", "completed"]
    small = refund_as_staff(staff=marta, wish=wish(payment, 1_00), reason="a coffee")
    assert small.state == "approved"
    said = AuditEntry.objects.filter(action__startswith="refund").order_by("id")
    assert list(said.values_list("action", "reason")) == [
        ("refund.asked", "agreed by phone"),
        ("refund.approved", "seen"),
        ("refund.asked", "a coffee"),
    ]
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(approved_by=marta)
    with pytest.raises(IntegrityError, match="large_is_approved"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(approved_by=None)
    prove_the_books()


def test_a_declined_refund_leaves_everything(ana: Someone, padaria: Party) -> None:
    raise_limits()
    payment = sell(padaria, ana, 900_00)
    marta = new_staff("marta")
    refund = refund_as_staff(staff=marta, wish=wish(payment), reason="all")
    assert counts(payment) == (900_00, 0, refund.fee_minor)
    decline_refund(staff=marta, refund_id=refund.public_id, reason="my mistake")
    assert counts(payment) == (0, 0, 0)
    with pytest.raises(StateConflict):
        decline_refund(staff=marta, refund_id=refund.public_id, reason="again")
    work()
    assert refund_states() == ["declined"]
    prove_the_books()
