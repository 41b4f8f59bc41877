"""A PIN that changes while a payment is approved with the old one."""

from collections.abc import Callable
from typing import Any

import pytest

from payments.models import Payment
from payments.services.payments import send_payment
from people.models import PinDevice, Proof
from people.services.challenges import Approval, open_challenge
from people.services.pins import NewPin, change_pin
from people.services.proofs import PinEvidence
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import PIN, new_key, new_payer, prove_the_books, raise_limits
from tests.people.cast import unb64

PAIRS = pytest.mark.parametrize("pairs", [12, pytest.param(50, marks=pytest.mark.long)])
OTHER = "620837"


@PAIRS
@pytest.mark.django_db(transaction=True)
def test_a_pin_change_and_a_payment_come_one_after_the_other(
    brazil: Simulator,
    in_threads: Callable[..., list[Any]],
    names_of: Callable[..., list[str]],
    pairs: int,
) -> None:
    """Either the payment was first, or the old PIN pays nothing."""
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    raise_limits()
    old, new, paid = PIN, OTHER, 0
    for _ in range(pairs):
        quote = ana.quote({"party": bruno.party}, 1_00).json()
        evidence = PinEvidence(old, ana.key.sign(unb64(quote["digest"])))
        challenge = open_challenge(person=ana.person, purpose="pin")
        approval = Approval(
            challenge.public_id, PinEvidence(old, ana.key.sign(bytes(challenge.digest)))
        )
        change, payment = in_threads(
            lambda approval=approval, new=new: change_pin(
                person=ana.person, device=ana.device, new=NewPin(new, new), approval=approval
            ),
            lambda quote=quote, evidence=evidence: send_payment(
                person=ana.person,
                device=ana.device,
                quote_id=quote["id"],
                evidence=evidence,
                key=new_key(),
            ),
        )
        assert names_of([change]) == ["ok"]
        assert names_of([payment]) in (["ok"], ["ProofRejected"])
        paid += names_of([payment]) == ["ok"]
        assert PinDevice.objects.get(user=ana.person).failures <= 1
        PinDevice.objects.filter(user=ana.person).update(failures=0)
        old, new = new, old
    assert Payment.objects.count() == paid
    assert Proof.objects.filter(used_by__startswith="pay_").count() == paid
    prove_the_books()
