"""Disputes: the money is held from the first moment, and goes to one side at the end."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.errors import InputInvalid, NotFound, StateConflict
from payments.models import CaseTerms, Dispute, PayableEntry, Payment, Refund
from payments.queries.disputes import dispute_detail, disputes_against, list_disputes
from payments.services.dispute_clock import advance_disputes
from payments.services.dispute_decisions import decide_dispute
from payments.services.disputes import (
    Claim,
    DisputeKindRefused,
    DisputeTooLate,
    open_dispute,
    withdraw_dispute,
)
from payments.services.holds import SecondPersonNeeded
from people.models import Party, Person
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    new_business,
    new_key,
    new_payer,
    new_staff,
    prove_the_books,
    raise_limits,
    state_of,
    work,
)
from tests.payments.dispute_cast import NOT_ME, NOT_RECEIVED, answer, dispute, later, steps
from tests.payments.refund_cast import give_back, refund_states, walked
from tests.payments.settlement_cast import PAYERS_BANK, heal, held, sell

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(brazil: Simulator) -> Iterator[Someone]:
    yield new_payer(brazil, "Ana")
    heal(brazil, bank=PAYERS_BANK)


@pytest.fixture
def padaria(brazil: Simulator) -> Party:
    return new_business(brazil)


@pytest.fixture
def ze(ana: Someone) -> Person:
    return new_staff("ze")


def test_a_purchase_that_went_wrong_and_is_lost(ana: Someone, padaria: Party, ze: Person) -> None:
    payment = sell(padaria, ana, 40_00)
    opened = dispute(ana, payment)
    assert (opened["state"], opened["held"]["amount_minor"]) == ("evidence_due", 39_20)
    assert state_of(payment) == "disputed"
    assert (held("payable", padaria), held("held", padaria)) == (0, 39_20)
    prove_the_books()
    with pytest.raises(StateConflict):
        decide_dispute(staff=ze, dispute_id=opened["id"], outcome="lost", reason="early")
    answer(padaria, ze, opened, submit=False, text="")
    answer(padaria, ze, opened)
    with pytest.raises(StateConflict):
        answer(padaria, ze, opened)
    decide_dispute(staff=ze, dispute_id=opened["id"], outcome="lost", reason="Never sent.")
    assert held("held", padaria) == 0
    prove_the_books()
    work()
    assert refund_states() == ["completed"]
    assert state_of(payment) == "refunded"
    assert (held("payable", padaria), held("in_flight", padaria)) == (0, 0)
    assert steps(opened["id"]) == ["opened", "evidence_due", "under_review", "lost"]
    shown = ana.get(f"/v1/disputes/{opened['id']}").json()
    assert (shown["state"], shown["decision"], shown["answer"]) == ("lost", "Never sent.", "Sent.")
    prove_the_books()


def test_a_dispute_that_is_won_lets_go(ana: Someone, padaria: Party, ze: Person) -> None:
    payment = sell(padaria, ana, 40_00)
    completed_at = Payment.objects.get(public_id=payment).completed_at
    opened = dispute(ana, payment)
    answer(padaria, ze, opened)
    decide_dispute(staff=ze, dispute_id=opened["id"], outcome="won", reason="Signed for.")
    assert state_of(payment) == "completed"
    assert Payment.objects.get(public_id=payment).completed_at == completed_at
    assert (held("payable", padaria), held("held", padaria)) == (39_20, 0)
    kinds = list(PayableEntry.objects.order_by("id").values_list("kind", "delta_minor"))
    assert kinds == [("hold", -39_20), ("release", 39_20)]
    refused = ana.post(f"/v1/payments/{payment}/dispute", NOT_RECEIVED, key=new_key())
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")
    prove_the_books()


def test_the_payer_takes_it_back_and_opens_it_again(ana: Someone, padaria: Party) -> None:
    payment = sell(padaria, ana, 40_00)
    opened = dispute(ana, payment)
    taken = ana.post(f"/v1/disputes/{opened['id']}/withdraw", key=new_key())
    assert (taken.status_code, taken.json()["state"]) == (200, "withdrawn")
    assert state_of(payment) == "completed"
    with pytest.raises(StateConflict):
        withdraw_dispute(person=ana.person, dispute_id=opened["id"])
    assert dispute(ana, payment)["id"] != opened["id"]
    prove_the_books()


def test_a_refunded_part_is_not_disputed(ana: Someone, padaria: Party, ze: Person) -> None:
    payment = sell(padaria, ana, 40_00)
    give_back(padaria, payment, 15_00)
    work()
    opened = dispute(ana, payment)
    assert opened["amount"]["amount_minor"] == 25_00
    assert state_of(payment) == "disputed"
    with pytest.raises(StateConflict):
        give_back(padaria, payment, 1_00)
    answer(padaria, ze, opened)
    decide_dispute(staff=ze, dispute_id=opened["id"], outcome="lost", reason="x")
    work()
    assert state_of(payment) == "refunded"
    assert sum(Refund.objects.values_list("fee_minor", flat=True)) == 80
    prove_the_books()


def test_a_dispute_of_the_rest_that_is_won_leaves_it_partially_refunded(
    ana: Someone, padaria: Party, ze: Person
) -> None:
    payment = sell(padaria, ana, 40_00)
    give_back(padaria, payment, 15_00)
    work()
    opened = dispute(ana, payment, **NOT_ME)
    assert opened["state"] == "under_review"
    decide_dispute(staff=ze, dispute_id=opened["id"], outcome="won", reason="It was her.")
    assert state_of(payment) == "partially_refunded"
    prove_the_books()


def test_no_answer_in_time_and_no_decision_in_time(ana: Someone, padaria: Party) -> None:
    payment = sell(padaria, ana, 40_00)
    opened = dispute(ana, payment)
    assert advance_disputes(moment=later(days=6)) == 0
    assert advance_disputes(moment=later(days=7, minutes=1)) == 1
    row = Dispute.objects.get(public_id=opened["id"])
    assert row.decide_by is not None
    assert row.answer_by is not None
    assert row.decide_by - row.answer_by == timedelta(days=7)
    assert advance_disputes(moment=later(days=8)) == 0
    advance_disputes(moment=later(days=14, minutes=1))
    assert steps(opened["id"]) == ["opened", "evidence_due", "under_review", "expired"]
    assert advance_disputes(moment=later(days=30)) == 0
    assert state_of(payment) == "completed"
    assert held("payable", padaria) == 39_20
    prove_the_books()


def test_a_clock_that_stood_still_takes_the_same_steps(ana: Someone, padaria: Party) -> None:
    opened = dispute(ana, sell(padaria, ana, 40_00))
    advance_disputes(moment=later(days=40))
    assert steps(opened["id"]) == ["opened", "evidence_due", "under_review", "expired"]


def test_an_answer_after_its_time_is_refused(ana: Someone, padaria: Party, ze: Person) -> None:
    opened = dispute(ana, sell(padaria, ana, 40_00))
    Dispute.objects.update(answer_by=later(seconds=-1))
    with pytest.raises(StateConflict):
        answer(padaria, ze, opened)


def test_a_large_one_takes_two(ana: Someone, padaria: Party) -> None:
    raise_limits()
    opened = dispute(ana, sell(padaria, ana, 900_00), **NOT_ME)
    marta, otto = new_staff("marta"), new_staff("otto")
    facts = {"dispute_id": opened["id"], "reason": "seen"}
    assert decide_dispute(staff=marta, outcome="lost", **facts).state == "under_review"
    with pytest.raises(SecondPersonNeeded):
        decide_dispute(staff=marta, outcome="lost", **facts)
    assert decide_dispute(staff=otto, outcome="won", **facts).state == "under_review"
    assert decide_dispute(staff=marta, outcome="won", **facts).state == "won"
    row = Dispute.objects.get()
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Dispute.objects.update(proposed_by=row.decided_by)
    with pytest.raises(IntegrityError, match="large_takes_two"), transaction.atomic():
        Dispute.objects.update(proposed_by=None)
    prove_the_books()


def test_after_its_time_it_is_refused(ana: Someone, padaria: Party) -> None:
    payment = sell(padaria, ana, 40_00)
    CaseTerms.objects.filter(country="BR").update(report_days=3)
    Payment.objects.filter(public_id=payment).update(completed_at=later(days=-3, seconds=-5))
    refused = ana.post(f"/v1/payments/{payment}/dispute", NOT_RECEIVED, key=new_key())
    assert (refused.status_code, refused.json()["code"]) == (422, "dispute_too_late")
    assert state_of(payment) == "completed"
    with pytest.raises(DisputeTooLate):
        open_dispute(
            person=ana.person, payment_id=payment, claim=Claim("commercial", "damaged", "x")
        )


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"kind": "quarrel"}, 400, "input_invalid"),
        ({"reason": "not_me"}, 400, "input_invalid"),
        ({"text": ""}, 400, "input_invalid"),
        ({"text": "x" * 2001}, 400, "input_invalid"),
        ({"text": "a\0b"}, 400, "text_invalid"),
        ({"evidence": ["x"] * 11}, 400, "input_invalid"),
        ({"amount": 5}, 400, "unknown_field"),
    ],
)
def test_a_claim_that_is_none(
    ana: Someone, padaria: Party, wrong: dict[str, Any], status: int, code: str
) -> None:
    payment = sell(padaria, ana, 40_00)
    refused = ana.post(f"/v1/payments/{payment}/dispute", NOT_RECEIVED | wrong, key=new_key())
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert Dispute.objects.count() == 0
    assert held("payable", padaria) == 39_20


def test_somebody_elses_dispute_is_not_there(
    brazil: Simulator, ana: Someone, padaria: Party, ze: Person
) -> None:
    payment = sell(padaria, ana, 40_00)
    carla = new_payer(brazil, "Carla")
    opened = dispute(ana, payment)
    assert carla.post(f"/v1/payments/{payment}/dispute", NOT_ME, key=new_key()).status_code == 404
    assert carla.get(f"/v1/disputes/{opened['id']}").status_code == 404
    gone = carla.post(f"/v1/disputes/{opened['id']}/withdraw", key=new_key())
    assert gone.status_code == 404
    assert carla.get("/v1/disputes").json()["data"] == []
    with pytest.raises(NotFound):
        answer(new_business(brazil, "Outra"), ze, opened)


def test_the_same_key_opens_one(ana: Someone, padaria: Party) -> None:
    payment = sell(padaria, ana, 40_00)
    key = new_key()
    both = [ana.post(f"/v1/payments/{payment}/dispute", NOT_ME, key=key) for _ in range(2)]
    assert [each.status_code for each in both] == [201, 201]
    assert both[0].json() == both[1].json()
    assert ana.post(f"/v1/payments/{payment}/dispute", NOT_ME).status_code == 400


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_one_and_three(
    ana: Someone, padaria: Party, ze: Person, count: int
) -> None:
    found = [dispute(ana, sell(padaria, ana, 10_00))["id"] for _ in range(count)]
    with CaptureQueriesContext(connection) as asked:
        mine, _following = list_disputes(ana.party_id, None, 20)
        theirs = disputes_against(padaria.id)
    assert len(asked) == 4
    assert [each.id for each in mine] == found[::-1]
    assert [each.id for each in theirs] == found
    page = ana.get("/v1/disputes", limit=1).json()
    assert (len(page["data"]), page["next"] is None) == (1, count == 1)
    answer(padaria, ze, {"id": found[0]}, submit=False, text="draft")
    draft = dispute_detail(padaria.id, found[0])
    hidden = dispute_detail(ana.party_id, found[0])
    assert draft is not None
    assert draft.answer is not None
    assert hidden is not None
    assert hidden.answer is None


def test_refunds_are_in_the_payments_answer(ana: Someone, padaria: Party) -> None:
    payment = sell(padaria, ana, 40_00)
    refund = give_back(padaria, payment, 15_00, note="Sorry")
    work()
    shown = ana.get(f"/v1/payments/{payment}").json()
    assert shown["refunded"] == {"amount_minor": 15_00, "currency": "BRL"}
    (only,) = shown["refunds"]
    assert (only["id"], only["state"], only["note"]) == (refund.public_id, "completed", "Sorry")
    assert shown["dispute"] is None
    assert walked(refund)[-1] == "completed"


def test_kinds_are_kept_apart(ana: Someone) -> None:
    with pytest.raises(InputInvalid):
        open_dispute(person=ana.person, payment_id="x", claim=Claim("fraud", "damaged", "x"))
    assert DisputeKindRefused.http_status == 422
