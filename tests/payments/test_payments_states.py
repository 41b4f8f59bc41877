"""Moves of a payment: only those of the table, whatever is tried."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core.clock import business_now
from core.errors import StateConflict
from core.transactions import OwnershipError, owns_block
from payments.enums import PaymentState
from payments.models import Payment, PaymentMove
from payments.services.moving import Why, move_payment
from payments.states import BUSY, PAYMENT_MOVES, UNPAID
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_payer, prove_the_books

STATES = st.sampled_from(list(PaymentState))


@given(st.lists(STATES, max_size=8))
def test_any_walk_is_refused_at_its_first_illegal_step(walk: list[PaymentState]) -> None:
    state = PaymentState.AUTHORIZED
    for wanted in walk:
        if not PAYMENT_MOVES.allows(state, wanted):
            with pytest.raises(StateConflict):
                PAYMENT_MOVES.check(state, wanted)
            return
        PAYMENT_MOVES.check(state, wanted)
        state = wanted


def test_every_state_is_in_the_table_and_reached() -> None:
    assert PAYMENT_MOVES.all == set(PaymentState)
    reached, waiting = {PaymentState.AUTHORIZED}, [PaymentState.AUTHORIZED]
    while waiting:
        state = waiting.pop()
        for wanted in PaymentState:
            if PAYMENT_MOVES.allows(state, wanted) and wanted not in reached:
                reached.add(wanted)
                waiting.append(wanted)
    assert reached == set(PaymentState)
    assert not BUSY & UNPAID
    assert not BUSY & PAYMENT_MOVES.final


@pytest.fixture
def payment(brazil: Simulator) -> Payment:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    answer: Any = ana.pay({"party": bruno.party}, 10_00)
    return Payment.objects.get(public_id=answer.json()["id"])


def move(payment: Payment, to: PaymentState) -> None:
    with owns_block():
        move_payment(payment=payment, to=to, why=Why(business_now()))


@pytest.mark.django_db
def test_a_move_writes_row_and_history(payment: Payment) -> None:
    move(payment, PaymentState.PROCESSING)
    moves = PaymentMove.objects.order_by("position")
    assert [(m.position, m.from_state, m.to_state, m.most_recent) for m in moves] == [
        (1, "", "authorized", False),
        (2, "authorized", "processing", True),
    ]
    prove_the_books()


@pytest.mark.django_db
def test_an_old_look_at_the_row_moves_nothing(payment: Payment) -> None:
    old = Payment.objects.get(id=payment.id)
    move(payment, PaymentState.PROCESSING)
    with pytest.raises(StateConflict):
        move(old, PaymentState.CANCELLED)
    with pytest.raises(StateConflict):
        move(payment, PaymentState.AUTHORIZED)
    prove_the_books()


@pytest.mark.django_db
def test_the_database_allows_one_newest_move(payment: Payment) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentMove.objects.create(
            payment=payment,
            position=2,
            from_state="authorized",
            to_state="completed",
            at=business_now(),
            actor="nobody",
        )


@pytest.mark.django_db
def test_a_move_needs_an_owner(payment: Payment) -> None:
    with pytest.raises(OwnershipError):
        move_payment(payment=payment, to=PaymentState.PROCESSING, why=Why(business_now()))
