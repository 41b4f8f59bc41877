"""How many questions to the database a payment costs: exact on any machine.

Only this room's own are counted: what other rooms do in the same commit is theirs to count.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import subscriptions
from core.events import subscribe
from payments.services.charging import charge_payment
from payments.services.payments import authorize_payment
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_business, new_key, new_payer, prove_quote
from tests.payments.test_payments_mutations import give_passkey

pytestmark = pytest.mark.django_db

AUTHORIZE = {"person": 3, "shop": 3}
CHARGE = {"person": 27, "shop": 17}
OVER_HTTP = 16
"""Authentication, idempotency, the proof by PIN with its turns, the payment and its bubble."""
BY_PASSKEY = 9
"""The same by passkey: its proof is written with the payment. Three of them go together."""


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """Let no other room hear of payments."""
    subscribe({name: [] for name in subscriptions.TOGETHER}, subscriptions.AFTERWARDS)
    yield
    subscribe(subscriptions.TOGETHER, subscriptions.AFTERWARDS)


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


def questions(call: Any) -> int:
    """Count statements; savepoints of the surrounding test are none in a real transaction.

    Nor is reading the clock: outside a sandbox it asks nobody.
    """
    with CaptureQueriesContext(connection) as asked:
        call()
    texts = [each["sql"] for each in asked]
    return sum("SAVEPOINT" not in text and "core_clockoffset" not in text for text in texts)


@pytest.fixture
def payees(brazil: Simulator) -> dict[str, str]:
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    return {"person": bruno.party, "shop": new_business(brazil).public_id}


@pytest.mark.parametrize("payee", ["person", "shop"])
def test_a_payment_costs_so_many_questions(
    ana: Someone, payees: dict[str, str], payee: str
) -> None:
    quote = ana.quote({"party": payees[payee]}, 10_00).json()
    proof = prove_quote(ana, quote)
    made: list[str] = []

    def authorize() -> None:
        payment = authorize_payment(
            person=ana.person,
            device=ana.device,
            quote_id=quote["id"],
            proof_id=proof,
            key=new_key(),
        )
        made.append(payment.public_id)

    assert questions(authorize) == AUTHORIZE[payee]
    assert questions(lambda: charge_payment(payment_id=made[0])) == CHARGE[payee]


@pytest.fixture
def together() -> None:
    """Let the other rooms hear of payments, as they do."""
    subscribe(subscriptions.TOGETHER, subscriptions.AFTERWARDS)


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("payee", ["person", "shop"])
def test_a_payment_over_http_costs_so_many_questions(
    ana: Someone, payees: dict[str, str], payee: str
) -> None:
    quote = ana.quote({"party": payees[payee]}, 10_00).json()
    assert questions(lambda: ana.approve(quote)) == OVER_HTTP
    again = ana.quote({"party": payees[payee]}, 10_00).json()
    assert questions(lambda: ana.approve(again)) == OVER_HTTP


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("payee", ["person", "shop"])
def test_a_payment_by_passkey_costs_so_many_questions(
    ana: Someone, payees: dict[str, str], payee: str
) -> None:
    finger = give_passkey(ana)

    def pay() -> None:
        quote = ana.quote({"party": payees[payee]}, 10_00).json()
        body = {"quote": quote["id"], "proof": finger.proof(quote["digest"])}
        made.append(
            questions(lambda: statuses.append(ana.post("/v1/payments", body, key=new_key())))
        )

    made: list[int] = []
    statuses: list[Any] = []
    pay()
    pay()
    assert [each.status_code for each in statuses] == [201, 201]
    assert made == [BY_PASSKEY, BY_PASSKEY]
