"""A frozen person pays nobody, is told so, and still receives."""

import os
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection

from payments.models import Payment
from payments.services.payments import authorize_payment
from people.models import Freeze, PinDevice, Proof
from people.services.freezing import Frozen, freeze, freeze_by_staff
from tests.bank_simulator.harness import Simulator
from tests.front.serving import wait_until
from tests.payments.cast import new_key, new_payer, new_staff, prove_quote, state_of, work


@pytest.mark.django_db
def test_sending_stops_and_receiving_goes_on(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    key = new_key()
    quote = ana.quote({"party": bruno.party}, 10_00).json()
    paid = ana.approve(quote, key=key).json()
    ana.post("/v1/me/freeze")
    for pin in ("739164", "407283"):
        refused = ana.approve(ana.quote({"party": bruno.party}, 10_00).json(), pin=pin)
        assert (refused.status_code, refused.json()["code"]) == (403, "frozen")
    assert PinDevice.objects.get(user=ana.person).failures == 0
    assert ana.approve(quote, key=key).json()["id"] == paid["id"]
    assert Payment.objects.count() == 1
    received = bruno.pay({"party": ana.party}, 5_00)
    work()
    assert state_of(received.json()["id"]) == "completed"


@pytest.mark.django_db
def test_what_was_proven_before_the_freeze_pays_nothing_after_it(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    quote = ana.quote({"party": bruno.party}, 10_00).json()
    proof_id = prove_quote(ana, quote)
    freeze(person=ana.person, device=ana.device)
    with pytest.raises(Frozen):
        authorize_payment(
            person=ana.person,
            device=ana.device,
            quote_id=quote["id"],
            proof_id=proof_id,
            key=new_key(),
        )
    assert Payment.objects.count() == 0
    assert Proof.objects.get().used_at is None


@pytest.mark.django_db(transaction=True)
def test_a_freeze_among_payments_lets_none_through_after_it(
    brazil: Simulator, in_threads: Callable[..., list[Any]]
) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    quotes = [ana.quote({"party": bruno.party}, 1_00).json() for _ in range(8)]
    answers = in_threads(
        *[lambda quote=quote: ana.approve(quote) for quote in quotes],
        lambda: ana.post("/v1/me/freeze"),
    )
    found = {(each.status_code, each.json().get("code")) for each in answers[:-1]}
    assert found <= {(201, None), (403, "frozen")}
    assert answers[-1].status_code == 200
    late = ana.approve(ana.quote({"party": bruno.party}, 1_00).json())
    assert late.json()["code"] == "frozen"


@pytest.mark.parametrize("by", ["person", "staff"])
@pytest.mark.django_db(transaction=True)
def test_a_freeze_is_told_when_no_payment_is_under_way_any_more(
    brazil: Simulator, in_threads: Callable[..., list[Any]], by: str
) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    assert ana.pay({"party": bruno.party}, 1_00).status_code == 201
    quote = ana.quote({"party": bruno.party}, 2_00).json()
    sara, login = new_staff("sara"), ana.person.login
    url, name = os.environ["TROCO_TEST_SUPERUSER_URL"], str(connection.settings_dict["NAME"])
    waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
    with psycopg.connect(url, dbname=name) as other, psycopg.connect(url, autocommit=True) as eye:

        def tap() -> int:
            wait_until(lambda: eye.execute(waits, [name]).fetchone() is not None)
            if by == "staff":
                freeze_by_staff(staff=sara, login=login, reason="Reported stolen")
            else:
                assert ana.post("/v1/me/freeze").status_code == 200
            return Payment.objects.count()

        def let_go() -> None:
            wait_until(Freeze.objects.exists)
            time.sleep(0.3)
            other.rollback()

        # A payment has looked whether it is frozen, and waits for a counter of limits.
        other.execute("SELECT 1 FROM payments_limitusage FOR UPDATE")
        paid, seen, _ = in_threads(lambda: ana.approve(quote), tap, let_go)
    assert (paid.status_code, seen) == (201, 2)
