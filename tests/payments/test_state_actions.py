"""Every state of a payment against every act on it: allowed, or refused with one exact code.

The states are written into a completed payment's row, so that each act meets each state; what an
act does where it is allowed is proven by its own tests. Nothing of what is allowed commits here.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from core.clock import business_now
from core.errors import StateConflict, TrocoError
from payments.enums import PaymentState
from payments.models import Payment
from payments.services.disputes import Claim, open_dispute
from payments.services.payments import cancel_payment
from payments.services.refunds import refund_as_staff
from payments.services.returning import check_returnable
from people.models import Party
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_business, new_payer, new_staff, work
from tests.payments.refund_cast import give_back, wish
from tests.payments.settlement_cast import sell

pytestmark = pytest.mark.django_db

OK, LATE = "ok", "state_conflict"
# cancel, refund by the shop, refund by the staff, dispute, send back between people
TABLE: dict[str, tuple[str, str, str, str, str]] = {
    "authorized": (OK, LATE, LATE, LATE, LATE),
    "processing": (LATE, LATE, LATE, LATE, LATE),
    "unknown": (LATE, LATE, LATE, LATE, LATE),
    "pending_claim": (OK, LATE, LATE, LATE, LATE),
    "completed": (LATE, OK, OK, OK, OK),
    "partially_refunded": (LATE, OK, OK, OK, LATE),
    "refunded": (LATE, LATE, LATE, LATE, LATE),
    "disputed": (LATE, LATE, LATE, LATE, LATE),
    "failed": (LATE, LATE, LATE, LATE, LATE),
    "cancelled": (LATE, LATE, LATE, LATE, LATE),
    "returned": (LATE, LATE, LATE, LATE, LATE),
}


def said(act: Callable[[], Any]) -> str:
    """Try an act and undo it; the refusal's code, or ok."""
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except TrocoError as refusal:
        return refusal.code if str(refusal.detail) else "without words"
    return OK


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def padaria(brazil: Simulator) -> Party:
    return new_business(brazil)


def test_the_table_has_every_state() -> None:
    assert set(TABLE) == {state.value for state in PaymentState}


def test_every_act_in_every_state(brazil: Simulator, ana: Someone, padaria: Party) -> None:
    bought = sell(padaria, ana, 40_00)
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    sent = ana.pay({"party": bruno.party}, 5_00).json()["id"]
    phone = ana.quote({"phone": "+5511955501234"}, 5_00).json()
    waiting = ana.approve(phone).json()["id"]
    work()
    staff, claim = new_staff("otto"), Claim("fraud", "not_me", "I did not.")
    found = {}
    for state in TABLE:
        Payment.objects.exclude(public_id=waiting).update(state=state, claim_until=business_now())
        taken = waiting if state == "pending_claim" else sent
        returned = Payment.objects.select_related("demand").get(public_id=sent)
        acts: tuple[Callable[[], Any], ...] = (
            lambda: cancel_payment(person=ana.person, payment_id=taken),  # noqa: B023 - Called at once.
            lambda: give_back(padaria, bought, 1_00),
            lambda: refund_as_staff(staff=staff, wish=wish(bought, 1_00), reason="x"),
            lambda: open_dispute(person=ana.person, payment_id=bought, claim=claim),
            lambda: check_returnable(returned, business_now()),  # noqa: B023 - Called at once.
        )
        found[state] = tuple(said(act) for act in acts)
    assert found == TABLE


def test_the_reasons_are_said_in_words(ana: Someone, padaria: Party) -> None:
    bought = sell(padaria, ana, 40_00)
    Payment.objects.update(state="disputed")
    with pytest.raises(StateConflict, match="state_conflict") as refused:
        give_back(padaria, bought)
    assert "not disputed" in str(refused.value.detail)
    assert refused.value.extra == {"state": "disputed"}
