"""The shop's answer to a chargeback reaches the processor, and who looks when it does not."""

from typing import Any

import pytest

from payments.models import Chargeback, Dispute
from payments.queries.queues import chargebacks_to_look_at
from payments.services.chargeback_answers import send_answer
from payments.services.chargebacks import hear_chargebacks
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_business, new_staff, work
from tests.payments.dispute_cast import NOT_ME, answer, dispute
from tests.payments.settlement_cast import PAYERS_BANK, fault, heal, sell
from tests.payments.test_chargebacks import card_holder, charge_back, debit_of, reverse

pytestmark = pytest.mark.django_db


def answered(simulator: Simulator, payment: str) -> list[bool]:
    """Tell of each chargeback of a payment whether the processor has an answer."""
    path = f"/banks/{PAYERS_BANK}/authorisations/{debit_of(payment)}/chargebacks"
    listed = simulator.client.get(path).json()["chargebacks"]
    return ["answered_at" in each for each in listed]


def charged_back(simulator: Simulator) -> tuple[str, Any]:
    """A payment whose issuer took the money back, and its shop."""
    ana, padaria = card_holder(simulator), new_business(simulator)
    payment = sell(padaria, ana, 40_00)
    charge_back(simulator, payment)
    hear_chargebacks(instruction_id=debit_of(payment))
    return payment, padaria


def test_the_shops_answer_is_handed_to_the_processor_however_often_it_takes(
    brazil: Simulator,
) -> None:
    payment, padaria = charged_back(brazil)
    disputed = Dispute.objects.get(kind="chargeback")
    assert send_answer(dispute_id=disputed.public_id) is False  # Nobody answered yet.
    fault(brazil, "executed_but_timeout", bank=PAYERS_BANK, direction="answer", count=1)
    answer(padaria, new_staff("ze"), {"id": disputed.public_id})
    work()
    row = Chargeback.objects.get()
    assert (row.answered_at, answered(brazil, payment)) == (None, [True])
    assert send_answer(dispute_id=disputed.public_id) is True
    row.refresh_from_db()
    assert (row.answered_at is not None, row.looks_at) == (True, "")
    assert send_answer(dispute_id=disputed.public_id) is False
    heal(brazil, bank=PAYERS_BANK)


def test_what_the_processor_does_not_take_a_person_sees(brazil: Simulator) -> None:
    payment, padaria = charged_back(brazil)
    reverse(brazil, Chargeback.objects.get().chargeback_id)  # And nobody has told us yet.
    answer(padaria, new_staff("ze"), {"id": Dispute.objects.get(kind="chargeback").public_id})
    work()
    row = Chargeback.objects.get()
    assert row.looks_at == "the processor did not take the shop's answer: closed"
    assert (chargebacks_to_look_at().count, answered(brazil, payment)) == (1, [False])


def test_a_dispute_that_is_no_chargeback_is_handed_to_nobody(brazil: Simulator) -> None:
    ana, padaria = card_holder(brazil), new_business(brazil)
    own = dispute(ana, sell(padaria, ana, 40_00), **NOT_ME)
    assert send_answer(dispute_id=own["id"]) is False
