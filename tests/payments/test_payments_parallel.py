"""Many payments at the same moment: a balance leaves once, a key pays once, limits hold."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum

from core.clock import business_now
from core.money import Money
from core.transactions import owns_block
from payments.models import LimitRule, LimitUsage, Payment
from payments.services.charging import charge_payment
from payments.services.demands import Asked, create_demand
from payments.services.payments import authorize_payment, cancel_payment
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    XX_BANKS,
    Someone,
    new_business,
    new_key,
    new_payer,
    prove_quote,
    prove_the_books,
    raise_limits,
    work,
)

pytestmark = pytest.mark.django_db(transaction=True)
InThreads = Callable[..., list[Any]]
NamesOf = Callable[[list[Any]], list[str]]
MANY = 100


def approved(payer: Someone, to: Any, amount_minor: int | None, times: int, **more: Any) -> Any:
    """Quote and prove ahead of time; return calls that only make the payment."""
    calls = []
    for _ in range(times):
        answer = payer.quote(to, amount_minor, **more)
        assert answer.status_code == 201, answer.json()
        quote = answer.json()
        calls.append((quote["id"], prove_quote(payer, quote), new_key()))
    return [lambda made=made: _authorize(payer, made) for made in calls]


def _authorize(payer: Someone, made: tuple[str, str, str]) -> Payment:
    quote_id, proof_id, key = made
    return authorize_payment(
        person=payer.person, device=payer.device, quote_id=quote_id, proof_id=proof_id, key=key
    )


def test_one_whole_balance_is_paid_once(
    sandboxland: Simulator, in_threads: InThreads, names_of: NamesOf
) -> None:
    raise_limits()
    ana = new_payer(sandboxland, "Ana", bank=XX_BANKS[0], country="XX")
    bruno = new_payer(sandboxland, "Bruno", bank=XX_BANKS[0], country="XX")
    assert bruno.pay({"party": ana.party}, 50_00).status_code == 201
    work()
    source = ana.post("/v1/funding-sources", {"kind": "balance"}).json()["id"]
    calls = approved(ana, {"party": bruno.party}, 50_00, MANY, funding_source=source)
    outcomes = in_threads(*calls)
    assert names_of(outcomes) == ["InsufficientFunds"] * (MANY - 1) + ["ok"]
    work()
    assert Payment.objects.filter(payer_id=ana.party_id).count() == 1
    prove_the_books()


def test_one_whole_bank_account_is_paid_once(
    brazil: Simulator, in_threads: InThreads, names_of: NamesOf
) -> None:
    raise_limits()
    ana = new_payer(brazil, "Ana", balance_minor=50_00)
    bruno = new_payer(brazil, "Bruno", balance_minor=0, bank="banco-mar")
    calls = approved(ana, {"party": bruno.party}, 50_00, MANY)
    assert names_of(in_threads(*calls)) == ["ok"] * MANY
    work()
    states = Payment.objects.values_list("state", "failure_code")
    assert sorted(states) == [("completed", "")] + [("failed", "insufficient_funds")] * (MANY - 1)
    prove_the_books()


def test_one_key_pays_once(brazil: Simulator, in_threads: InThreads) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    quote = ana.quote({"party": bruno.party}, 10_00).json()
    body = {"quote": quote["id"], "proof": ana.proof(quote["digest"])}
    answers = in_threads(lambda: ana.post("/v1/payments", body, key="the-key"), times=MANY)
    found = {(each.status_code, each.json().get("code")) for each in answers}
    assert found <= {(201, None), (409, "in_progress")}
    assert (201, None) in found
    assert Payment.objects.count() == 1
    again = ana.post("/v1/payments", body, key="the-key")
    assert again.status_code == 201
    assert again.headers["Idempotent-Replayed"] == "true"
    other = {"quote": "quo_other", "proof": body["proof"]}
    refused = ana.post("/v1/payments", other, key="the-key")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    prove_the_books()


def test_one_quote_makes_one_payment(
    brazil: Simulator, in_threads: InThreads, names_of: NamesOf
) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    quote = ana.quote({"party": bruno.party}, 10_00).json()
    proofs = [prove_quote(ana, quote) for _ in range(10)]
    calls = [
        lambda proof=proof: _authorize(ana, (quote["id"], proof, new_key())) for proof in proofs
    ]
    assert names_of(in_threads(*calls)) == ["QuoteUsed"] * 9 + ["ok"]
    prove_the_books()


def test_limits_hold_exactly(brazil: Simulator, in_threads: InThreads, names_of: NamesOf) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    raise_limits()
    LimitRule.objects.filter(kind="person_to_person", name="sent_per_month").update(value=99_99)
    calls = approved(ana, {"party": bruno.party}, 10_00, 50)
    assert names_of(in_threads(*calls)) == ["LimitReached"] * 41 + ["ok"] * 9
    rule = LimitRule.objects.get(kind="person_to_person", name="sent_per_month")
    assert LimitUsage.objects.filter(rule_id=rule.id).aggregate(sum=Sum("used")) == {"sum": 90_00}
    prove_the_books()


def test_ceilings_and_own_limits_hold_exactly(
    brazil: Simulator, in_threads: InThreads, names_of: NamesOf
) -> None:
    """Fifty at once, each just under three limits that are not the country's own."""
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    raise_limits()
    LimitRule.objects.filter(name="new_device_per_day").update(value=99_99)
    chosen = {"kind": "person_to_person", "name": "sent_per_month"}
    own = {**chosen, "limit": {"amount_minor": 79_99, "currency": "BRL"}}
    assert ana.client.put("/v1/limits", own, format="json").status_code == 200
    until = (business_now() + timedelta(hours=1)).isoformat()
    out = {"per_day": {"amount_minor": 89_99, "currency": "BRL"}, "until": until}
    assert ana.client.put("/v1/me/going-out", out, format="json").status_code == 200
    calls = approved(ana, {"party": bruno.party}, 10_00, 50)
    assert names_of(in_threads(*calls)) == ["LimitReached"] * 43 + ["ok"] * 7
    used = LimitUsage.objects.filter(party_id=ana.party_id).values_list("used", flat=True)
    assert set(used) == {70_00}
    prove_the_books()


def test_opposite_payments_take_their_limits_without_a_circle(
    brazil: Simulator, in_threads: InThreads, names_of: NamesOf
) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    raise_limits()
    there = approved(ana, {"party": bruno.party}, 1_00, 10)
    back = approved(bruno, {"party": ana.party}, 1_00, 10)
    assert names_of(in_threads(*there, *back)) == ["ok"] * 20
    prove_the_books()


def test_an_order_is_paid_once(brazil: Simulator, in_threads: InThreads, names_of: NamesOf) -> None:
    ana = new_payer(brazil, "Ana")
    padaria = new_business(brazil)
    with owns_block():
        create_demand(
            kind="order",
            reference="ord_1",
            asked=Asked(
                payee_id=padaria.id,
                payer_id=None,
                amount=Money(10_00, "BRL"),
                expires_at=None,
                conversation_ref=None,
            ),
        )
    calls = approved(ana, {"order": "ord_1"}, None, 10)
    assert names_of(in_threads(*calls)) == ["StateConflict"] * 9 + ["ok"]
    prove_the_books()


def test_cancelling_races_with_charging(
    brazil: Simulator, in_threads: InThreads, names_of: NamesOf
) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    raise_limits()
    payments = [call() for call in approved(ana, {"party": bruno.party}, 1_00, 20)]
    for payment in payments:
        outcomes = in_threads(
            lambda: cancel_payment(person=ana.person, payment_id=payment.public_id),  # noqa: B023
            lambda: charge_payment(payment_id=payment.public_id),  # noqa: B023
        )
        assert names_of(outcomes[1:]) == ["ok"]
        payment.refresh_from_db()
        won = names_of(outcomes[:1]) == ["ok"]
        assert payment.state == ("cancelled" if won else "completed")
    prove_the_books()
