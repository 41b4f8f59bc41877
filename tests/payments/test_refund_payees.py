"""A refund says whose sale it gives back, and no other party's."""

import pytest
from django.db import DatabaseError, transaction

from core.clock import business_now
from payments.models import Payment, Refund
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_business, new_payer
from tests.payments.settlement_cast import sell

pytestmark = pytest.mark.django_db


def test_a_refund_is_of_its_payments_payee(brazil: Simulator) -> None:
    ana, padaria = new_payer(brazil, "Ana"), new_business(brazil)
    facts = {
        "payment": Payment.objects.get(public_id=sell(padaria, ana, 40_00)),
        "amount_minor": 1_00,
        "fee_minor": 0,
        "currency": "BRL",
        "state": "completed",
        "origin": "seller",
        "reason": "other",
        "created_at": business_now(),
    }
    with pytest.raises(DatabaseError, match="of another payee"), transaction.atomic():
        Refund.objects.create(public_id="rfn_1", request_key="1", payee_id=ana.party_id, **facts)
    Refund.objects.create(public_id="rfn_2", request_key="2", **facts)
    assert Refund.objects.values_list("public_id", "payee_id").get() == ("rfn_2", padaria.id)
