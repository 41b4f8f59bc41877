"""Paying a request while it is declined, cancelled or expires: one of the two comes first (C5)."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.clock import business_now
from core.errors import StateConflict
from core.money import Money
from payments.models import Demand, Payment, PaymentRequest
from payments.services.payments import authorize_payment
from payments.services.request_expiry import expire_request
from payments.services.requests import (
    Debtor,
    Wish,
    cancel_request,
    create_requests,
    decline_request,
)
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    new_key,
    new_payer,
    prove_quote,
    prove_the_books,
    raise_limits,
    work,
)

pytestmark = pytest.mark.django_db(transaction=True)
InThreads = Callable[..., list[Any]]
PAIRS = pytest.mark.parametrize("pairs", [20, pytest.param(50, marks=pytest.mark.long)])


@pytest.fixture
def pair(brazil: Simulator) -> tuple[Someone, Someone]:
    raise_limits()
    return new_payer(brazil, "Ana"), new_payer(brazil, "Bruno", bank="banco-mar")


def ask(ana: Someone, bruno: Someone) -> tuple[str, Any]:
    """Let Bruno ask Ana, and give her approval; the request, and the call that pays it."""
    wish = Wish(Money(1_00, "BRL"))
    made = create_requests(person=bruno.person, debtors=[Debtor(party=ana.party)], wish=wish)
    request = made.requests[0].public_id
    quote = ana.quote({"request": request}).json()
    proof = prove_quote(ana, quote)
    return request, lambda: authorize_payment(
        person=ana.person, device=ana.device, quote_id=quote["id"], proof_id=proof, key=new_key()
    )


def settle(request: str, outcomes: list[Any], closed: str) -> str:
    """Check that one came first and the other was refused with 409; name the winner."""
    paid, ended = (not isinstance(each, Exception) for each in outcomes)
    assert [paid, ended].count(True) == 1, outcomes
    loser = next(each for each in outcomes if isinstance(each, Exception))
    assert getattr(loser, "http_status", loser) == 409
    state = PaymentRequest.objects.get(public_id=request).state
    payments = Payment.objects.filter(demand__reference=request).count()
    assert (state, payments) == (("open", 1) if paid else (closed, 0))
    return "paid" if paid else closed


@PAIRS
@pytest.mark.parametrize("verb", ["decline", "cancel"])
def test_paying_races_with_closing(
    pair: tuple[Someone, Someone], in_threads: InThreads, verb: str, pairs: int
) -> None:
    ana, bruno = pair
    closing: dict[str, Callable[[str], Any]] = {
        "decline": lambda request: decline_request(person=ana.person, request_id=request),
        "cancel": lambda request: cancel_request(person=bruno.person, request_id=request),
    }
    closed = {"decline": "declined", "cancel": "cancelled"}[verb]
    for _ in range(pairs):
        request, pay = ask(ana, bruno)
        outcomes = in_threads(pay, lambda request=request: closing[verb](request))
        settle(request, outcomes, closed)
    work()
    assert not PaymentRequest.objects.filter(state="open").exists()
    prove_the_books()


@PAIRS
def test_paying_races_with_the_clock(
    pair: tuple[Someone, Someone], in_threads: InThreads, pairs: int
) -> None:
    ana, bruno = pair
    chance = random.Random(5)
    for _ in range(pairs):
        request, pay = ask(ana, bruno)
        ends = business_now() + timedelta(seconds=0.1)
        PaymentRequest.objects.filter(public_id=request).update(expires_at=ends)
        Demand.objects.filter(reference=request).update(expires_at=ends)
        early = chance.uniform(-0.004, 0.012)
        outcomes = in_threads(
            lambda: _at(ends - timedelta(seconds=early), pay),  # noqa: B023
            lambda: _at(ends, lambda: expire_request(request_id=request)),  # noqa: B023
        )
        settle(request, outcomes, "expired")
    work()
    prove_the_books()


@PAIRS
def test_declining_races_with_cancelling(
    pair: tuple[Someone, Someone], in_threads: InThreads, pairs: int
) -> None:
    ana, bruno = pair
    for _ in range(pairs):
        wish = Wish(Money(1_00, "BRL"))
        made = create_requests(person=bruno.person, debtors=[Debtor(party=ana.party)], wish=wish)
        request = made.requests[0].public_id
        outcomes = in_threads(
            lambda: decline_request(person=ana.person, request_id=request),  # noqa: B023
            lambda: cancel_request(person=bruno.person, request_id=request),  # noqa: B023
        )
        refused = [each for each in outcomes if isinstance(each, StateConflict)]
        assert len(refused) == 1


def _at(moment: Any, call: Callable[[], Any]) -> Any:
    """Call at a business moment, as exactly as a thread can."""
    time.sleep(max(0.0, (moment - business_now()).total_seconds()))
    while business_now() < moment:
        time.sleep(0.0005)
    return call()
