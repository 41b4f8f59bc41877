"""What two of the staff set for one person or shop: it holds, says so, and ends by itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core.clock import advance, business_now
from core.errors import InputInvalid, NotFound, StateConflict
from messaging.models import FeedRow
from payments.enums import DecidedWhy
from payments.models import LimitDecision, LimitRule
from payments.services.limit_decisions import Decision, DecisionTooHigh, ask_decision
from people.models import ApprovalRequest, AuditEntry, Party, Person
from people.services.approvals import OwnApproval, decide_approval
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
from tests.payments.test_limits_ceilings import at_noon
from tests.payments.test_limits_personal import brl, choose, problem, shown

pytestmark = pytest.mark.django_db
DAY = 24 * 3600
PER_PAYMENT = ("person_to_person", "per_payment")


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    """Somebody whose device is old enough to have no ceiling, by day: nights have their own."""
    ana = new_payer(brazil, "Ana")
    advance(DAY)
    at_noon()
    return ana


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


@pytest.fixture
def two(brazil: Simulator) -> tuple[Person, Person]:
    return new_staff("otto"), new_staff("ines")


def ask(maker: Person, party: str, value: int | None, **more: Any) -> ApprovalRequest:
    """Ask for another limit: of one payment, for a week, for their safety."""
    kind, name = more.pop("which", PER_PAYMENT)
    until = business_now() + timedelta(days=more.pop("days", 7)) if value is not None else None
    decision = Decision(kind, name, value, until, more.pop("why", DecidedWhy.SAFETY))
    return ask_decision(staff=maker, party_id=party, decision=decision, reason="Odd hours")


def decide(two: tuple[Person, Person], party: str, value: int | None, **more: Any) -> None:
    """Ask and approve."""
    asked = ask(two[0], party, value, **more)
    decide_approval(
        checker=two[1], approval_id=asked.public_id, approve=True, reason="I see it too"
    )


def test_less_holds_from_its_approval_on_and_ends_by_the_clock(
    ana: Someone, bruno: Someone, two: tuple[Person, Person]
) -> None:
    asked = ask(two[0], ana.party, 50_00)
    assert shown(ana.get("/v1/limits"), PER_PAYMENT)["limit"] == brl(1000_00)
    decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Yes")
    limit = shown(ana.get("/v1/limits"), PER_PAYMENT)
    until = LimitDecision.objects.get().until
    assert (limit["limit"], limit["most"], limit["set_by"], limit["why"]["code"]) == (
        brl(50_00),
        brl(1000_00),
        "staff",
        "staff_safety",
    )
    assert limit["ends_at"].startswith(f"{until:%Y-%m-%dT%H:%M}")
    quote = ana.quote({"party": bruno.party}, 50_01).json()
    assert "Our staff set this limit for a time" in quote["refusal"]["detail"]
    refused = ana.approve(quote)
    assert problem(refused) == (422, "limit_reached")
    assert (refused.json()["limit"], refused.json()["why"]) == ("per_payment", "staff_safety")
    assert ana.pay({"party": bruno.party}, 50_00).status_code == 201
    advance(7 * DAY)
    assert shown(ana.get("/v1/limits"), PER_PAYMENT)["limit"] == brl(1000_00)
    assert ana.pay({"party": bruno.party}, 50_01).status_code == 201
    work()
    prove_the_books()


def test_who_has_the_limit_is_told_of_it_once_it_is_approved(
    brazil: Simulator, ana: Someone, two: tuple[Person, Person]
) -> None:
    shop = new_business(brazil)
    told = FeedRow.objects.filter(kind="security", payload__what="limit_decided").order_by("id")
    asked = ask(two[0], ana.party, 50_00)
    assert list(told) == []
    decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Yes")
    decide(two, shop.public_id, 60_00, which=("purchase", "per_sale"))
    decide(two, ana.party, None)
    hers = (ana.party_id, {"kind": PER_PAYMENT[0], "name": PER_PAYMENT[1]})
    its = (shop.pk, {"kind": "purchase", "name": "per_sale"})
    assert [(row.party_id, row.payload["limit"]) for row in told.all()] == [hers, its, hers]


def test_more_holds_and_what_they_chose_themselves_still_does(
    ana: Someone, bruno: Someone, two: tuple[Person, Person]
) -> None:
    decide(two, ana.party, 2000_00, why=DecidedWhy.ASKED)
    limit = shown(ana.get("/v1/limits"), PER_PAYMENT)
    assert (limit["limit"], limit["most"], limit["why"]["code"]) == (
        brl(2000_00),
        brl(2000_00),
        "staff_asked",
    )
    assert ana.pay({"party": bruno.party}, 2000_00).status_code == 201
    assert problem(ana.pay({"party": bruno.party}, 2000_01)) == (422, "limit_reached")
    chosen = shown(choose(ana, PER_PAYMENT, brl(80_00)), PER_PAYMENT)
    assert (chosen["limit"], chosen["set_by"]) == (brl(80_00), "personal")


def test_what_somebody_chose_outlives_what_staff_lowered(
    ana: Someone, two: tuple[Person, Person]
) -> None:
    """Choosing just what staff set takes back no choice: a thief's phone gains nothing by it."""
    choose(ana, PER_PAYMENT, brl(300_00))
    decide(two, ana.party, 100_00)
    assert shown(choose(ana, PER_PAYMENT, brl(100_00)), PER_PAYMENT)["set_by"] == "staff"
    raised = shown(choose(ana, PER_PAYMENT, None), PER_PAYMENT)
    assert (raised["limit"], raised["waiting"]["limit"]) == (brl(100_00), None)
    advance(7 * DAY)
    assert shown(ana.get("/v1/limits"), PER_PAYMENT)["limit"] == brl(1000_00)


def test_the_usual_limit_is_back_early_by_two(
    ana: Someone, bruno: Someone, two: tuple[Person, Person]
) -> None:
    decide(two, ana.party, 0)
    assert problem(ana.pay({"party": bruno.party}, 1)) == (422, "limit_reached")
    decide(two, ana.party, None)
    assert shown(ana.get("/v1/limits"), PER_PAYMENT)["set_by"] == "country"
    assert LimitDecision.objects.get().ended_at is not None
    with pytest.raises(StateConflict):
        ask(two[0], ana.party, None)
    said = AuditEntry.objects.filter(object_ref=ana.party, action__startswith="limit.d")
    assert [(each.action, each.actor_login) for each in said.order_by("id")] == [
        ("limit.decided", two[1].login),
        ("limit.decision_ended", two[1].login),
    ]


def test_a_shop_is_held_to_what_it_sells_and_its_buyers_are_not_told_why(
    brazil: Simulator, ana: Someone, bruno: Someone, two: tuple[Person, Person]
) -> None:
    raise_limits()
    shop, other = new_business(brazil), new_business(brazil)
    per_day = ("purchase", "sales_per_day")
    decide(two, shop.public_id, 100_00, which=per_day)
    decide(two, shop.public_id, 60_00, which=("purchase", "per_sale"))
    assert problem(bruno.pay({"party": shop.public_id}, 60_01)) == (422, "limit_reached")
    assert ana.pay({"party": shop.public_id}, 60_00).status_code == 201
    refused = bruno.pay({"party": shop.public_id}, 50_00)
    assert (problem(refused), refused.json()["why"]) == ((422, "limit_reached"), "received_day")
    assert "staff" not in refused.json()["detail"]
    assert bruno.pay({"party": shop.public_id}, 40_00).status_code == 201
    assert bruno.pay({"party": other.public_id}, 60_01).status_code == 201
    work()
    prove_the_books()


def test_what_is_no_limit_of_theirs_is_refused(
    brazil: Simulator, ana: Someone, two: tuple[Person, Person]
) -> None:
    shop = new_business(brazil)
    otto = two[0]
    with pytest.raises(DecisionTooHigh):
        ask(otto, ana.party, 10_000_01)
    for days in (0, 91):
        with pytest.raises(InputInvalid):
            ask(otto, ana.party, 1, days=days)
    with pytest.raises(InputInvalid):
        ask(otto, ana.party, -1)
    for party, which in (
        (ana.party, ("any", "new_device_per_day")),
        (ana.party, ("purchase", "sales_per_day")),
        (shop.public_id, PER_PAYMENT),
        (ana.party, ("purchase", "nothing")),
        ("pty_nobody", PER_PAYMENT),
    ):
        with pytest.raises(NotFound):
            ask(otto, party, 1, which=which)
    assert not ApprovalRequest.objects.exists()


def test_four_eyes(ana: Someone, two: tuple[Person, Person]) -> None:
    otto, ines = two
    asked = ask(otto, ana.party, 50_00)
    with pytest.raises(StateConflict):
        ask(ines, ana.party, 40_00)
    with pytest.raises(OwnApproval):
        decide_approval(checker=otto, approval_id=asked.public_id, approve=True, reason="Me")
    decide_approval(checker=ines, approval_id=asked.public_id, approve=True, reason="Yes")
    with pytest.raises(StateConflict):
        decide_approval(checker=ines, approval_id=asked.public_id, approve=True, reason="Twice")
    assert LimitDecision.objects.count() == 1


@pytest.mark.parametrize("change", ["the rule", "another decision's end"])
def test_what_changed_meanwhile_is_not_decided(
    ana: Someone, two: tuple[Person, Person], change: str
) -> None:
    decide(two, ana.party, 70_00, days=1)
    asked = ask(two[0], ana.party, 50_00)
    if change == "the rule":
        LimitRule.objects.filter(country="BR", name="per_payment").update(value=900_00)
    else:
        advance(DAY)
    with pytest.raises(StateConflict):
        decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Yes")
    asked.refresh_from_db()
    assert (asked.state, LimitDecision.objects.count()) == ("stale", 1)


def test_an_end_that_passed_while_it_waited_is_none(
    ana: Someone, two: tuple[Person, Person]
) -> None:
    asked = ask(two[0], ana.party, 50_00, days=1)
    advance(DAY + 1)
    with pytest.raises(StateConflict) as refused:
        decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Yes")
    assert "Its end has passed" in str(refused.value.detail)
    asked.refresh_from_db()
    assert (asked.state, LimitDecision.objects.count()) == ("waiting", 0)


def test_the_database_counts_to_two(ana: Someone, two: tuple[Person, Person]) -> None:
    row = {
        "party": Party.objects.get(public_id=ana.party),
        "kind": "person_to_person",
        "name": "per_payment",
        "value": 1,
        "why": "safety",
        "reason": "Alone",
        "asked_by": two[0],
        "begins_at": business_now(),
        "until": business_now() + timedelta(days=1),
    }
    with pytest.raises(IntegrityError, match="by_two"), transaction.atomic():
        LimitDecision.objects.create(**row, approved_by=two[0])
    LimitDecision.objects.create(**row, approved_by=two[1])
    with pytest.raises(IntegrityError, match="one_standing"), transaction.atomic():
        LimitDecision.objects.create(**row, approved_by=two[1])
    assert connection.is_usable()
