"""Refunds and decisions at the same moment: one winner, and never more than was paid (C5)."""

from collections.abc import Callable
from typing import Any

import pytest

from payments.models import Dispute, Refund
from payments.services.dispute_decisions import decide_dispute
from payments.services.disputes import Claim, open_dispute
from payments.services.refunds import approve_refund, refund_as_staff
from people.models import Party
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    new_business,
    new_payer,
    new_staff,
    prove_the_books,
    raise_limits,
    work,
)
from tests.payments.dispute_cast import NOT_ME, dispute
from tests.payments.refund_cast import counts, give_back, wish
from tests.payments.settlement_cast import held, sell

InThreads = Callable[..., list[Any]]
Names = Callable[[list[Any]], list[str]]
PAIRS = pytest.mark.parametrize("pairs", [20, pytest.param(50, marks=pytest.mark.long)])
FEW = pytest.mark.parametrize("pairs", [3, pytest.param(50, marks=pytest.mark.long)])

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana(transactional_db: None, brazil: Simulator) -> Someone:
    raise_limits()
    return new_payer(brazil, "Ana")


@pytest.fixture
def padaria(transactional_db: None, brazil: Simulator) -> Party:
    return new_business(brazil)


@PAIRS
def test_two_refunds_that_do_not_fit_together(
    in_threads: InThreads, names_of: Names, ana: Someone, padaria: Party, pairs: int
) -> None:
    for _ in range(pairs):
        payment = sell(padaria, ana, 4_00)
        outcomes = in_threads(lambda p=payment: give_back(padaria, p, 3_00), times=2)
        assert names_of(outcomes) == ["RefundExceedsRest", "ok"]
        assert counts(payment)[0] == 3_00
    work()
    assert set(Refund.objects.values_list("state", flat=True)) == {"completed"}
    prove_the_books()


def test_one_wish_at_once_is_one_refund(
    in_threads: InThreads, names_of: Names, ana: Someone, padaria: Party
) -> None:
    payment = sell(padaria, ana, 40_00)
    outcomes = in_threads(lambda: give_back(padaria, payment, 3_00, key="once"), times=8)
    assert names_of(outcomes) == ["ok"] * 8
    assert len({each.pk for each in outcomes}) == 1
    prove_the_books()


def test_a_shop_gives_back_no_more_than_it_is_owed(
    in_threads: InThreads, names_of: Names, ana: Someone, padaria: Party
) -> None:
    payments = [sell(padaria, ana, 10_00) for _ in range(6)]
    other = sell(padaria, ana, 20_00)
    dispute(ana, other, **NOT_ME)
    for payment in payments[:3]:
        dispute(ana, payment, **NOT_ME)
    assert held("payable", padaria) == 3 * 9_80
    outcomes = in_threads(*[lambda p=payment: give_back(padaria, p) for payment in payments[3:]])
    assert names_of(outcomes) == ["ok"] * 3
    assert held("payable", padaria) == 0
    prove_the_books()


def test_a_refund_and_a_dispute_of_one_payment(
    in_threads: InThreads, names_of: Names, ana: Someone, padaria: Party
) -> None:
    for _ in range(5):
        payment = sell(padaria, ana, 4_00)
        claim = Claim("fraud", "not_me", "I did not.")
        outcomes = in_threads(
            lambda p=payment: give_back(padaria, p),
            lambda p=payment, c=claim: open_dispute(person=ana.person, payment_id=p, claim=c),
        )
        assert names_of(outcomes) == ["StateConflict", "ok"]
        prove_the_books()


@FEW
def test_two_approvals_of_one_refund(
    in_threads: InThreads, names_of: Names, ana: Someone, padaria: Party, pairs: int
) -> None:
    marta, otto, nina = (new_staff(name) for name in ("marta", "otto", "nina"))
    payments = [sell(padaria, ana, 900_00) for _ in range(pairs)]
    for payment in payments:
        asked = refund_as_staff(staff=marta, wish=wish(payment, 600_00), reason="x")
        facts = {"refund_id": asked.public_id, "reason": "seen"}
        outcomes = in_threads(
            lambda f=facts: approve_refund(staff=otto, **f),
            lambda f=facts: approve_refund(staff=nina, **f),
        )
        assert names_of(outcomes) == ["StateConflict", "ok"]
    work()
    assert [counts(each)[:2] for each in payments] == [(0, 600_00)] * pairs
    prove_the_books()


def test_two_decisions_of_one_dispute(
    in_threads: InThreads, names_of: Names, ana: Someone, padaria: Party
) -> None:
    otto, nina = new_staff("otto"), new_staff("nina")
    for _ in range(5):
        opened = dispute(ana, sell(padaria, ana, 4_00), **NOT_ME)
        facts = {"dispute_id": opened["id"], "reason": "seen"}
        outcomes = in_threads(
            lambda f=facts: decide_dispute(staff=otto, outcome="won", **f),
            lambda f=facts: decide_dispute(staff=nina, outcome="lost", **f),
        )
        assert names_of(outcomes) == ["StateConflict", "ok"]
        prove_the_books()
    assert Dispute.objects.filter(state__in=["won", "lost"]).count() == 5
