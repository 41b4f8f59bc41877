"""Over HTTP against a whole instance: many requests at one moment, and one right outcome."""

from collections import Counter
from typing import Any

import pytest

from config.story.people import new_key
from tests.processes.cast import (
    JATOBA,
    WRONG_PIN,
    Answer,
    Someone,
    at_once,
    give_balance,
    new_brazilian,
    new_sandboxlander,
    pay_at_once,
    payment,
    send,
)
from tests.processes.instance import Instance

pytestmark = pytest.mark.processes

MANY = 100
ROUNDS = pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.long)])


def kinds(answers: list[Answer]) -> Counter[tuple[int, str]]:
    """Count answers by status and problem code."""
    return Counter((each.http_status, each.code) for each in answers)


def approved(who: Someone, quotes: list[Any]) -> list[tuple[dict[str, Any], str]]:
    return [(who.approval(quote), new_key()) for quote in quotes]


def balance_of(someone: Someone) -> int:
    """Return what the books owe somebody, in minor units."""
    return int(
        someone.instance.one(
            "SELECT balance FROM payments_ledgeraccount WHERE kind = 'balance' AND party_id = %s",
            someone.party_id,
        )
    )


def test_one_whole_bank_account_is_paid_once(instance: Instance) -> None:
    ana = new_brazilian(instance, "Ana Beatriz Souza", balance_minor=50_00)
    bruno = new_brazilian(instance, "Bruno Oliveira Lima", bank=JATOBA, balance_minor=0)
    answers = pay_at_once(ana, approved(ana, ana.quotes(bruno, 50_00, MANY)))
    assert kinds(answers) == {(201, ""): MANY}
    ends = Counter(ana.wait_until_over())
    assert ends == {("completed", ""): 1, ("failed", "insufficient_funds"): MANY - 1}
    moved = [each for each in instance.executions() if each["account"] in {ana.token, bruno.token}]
    assert [(each["kind"], each["amount_minor"]) for each in moved] == [
        ("debit", 50_00),
        ("credit", 50_00),
    ]


@ROUNDS
def test_one_whole_balance_is_paid_once(instance: Instance, rounds: int) -> None:
    ana = new_sandboxlander(instance, "Ana Xavier", balance_minor=10_000_00)
    bruno = new_sandboxlander(instance, "Bruno Xavier", balance_minor=10_000_00)
    for turn in range(1, rounds + 1):
        source = give_balance(bruno, ana, 50_00)
        quotes = ana.quotes(bruno, 50_00, MANY, funding_source=source)
        answers = pay_at_once(ana, approved(ana, quotes))
        assert kinds(answers) == {(201, ""): 1, (422, "insufficient_funds"): MANY - 1}
        assert ana.wait_until_over() == [("completed", "")] * turn
        assert (balance_of(ana), balance_of(bruno)) == (0, 50_00 * turn)


@ROUNDS
def test_one_key_a_hundred_times_is_one_payment(instance: Instance, rounds: int) -> None:
    """The same request is answered once; another under its key never; another party's is free."""
    ana = new_brazilian(instance, "Ana Beatriz Souza")
    bruno = new_brazilian(instance, "Bruno Oliveira Lima", bank=JATOBA)
    for turn in range(1, rounds + 1):
        body, other = (ana.approval(quote) for quote in ana.quotes(bruno, 10_00, 2))
        theirs, key = bruno.approval(bruno.quotes(ana, 5_00, 1)[0]), new_key()
        works = [payment(ana, body, key) for _ in range(MANY)]
        *answers, free = at_once([*works, payment(bruno, theirs, key)])
        assert (free.http_status, free.code) == (201, "")
        assert set(kinds(answers)) <= {(201, ""), (409, "in_progress")}
        paid = [each.body for each in answers if each.http_status == 201]
        assert paid
        assert all(each == paid[0] for each in paid)
        assert send(ana, "/v1/payments", body, key=key) == Answer(201, paid[0])
        twins = at_once([payment(ana, other, key) for _ in range(10)])
        assert set(kinds(twins)) <= {(422, "idempotency_key_reused"), (409, "in_progress")}
        refused = send(ana, "/v1/payments", other, key=key)
        assert (refused.http_status, refused.code) == (422, "idempotency_key_reused")
        assert (paid[0]["id"] in ana.payments(), len(ana.payments())) == (True, turn)
        assert (free.body["id"] in bruno.payments(), len(bruno.payments())) == (True, turn)
    assert ana.wait_until_over() == bruno.wait_until_over() == [("completed", "")] * rounds


def test_of_a_hundred_wrong_pins_five_are_looked_at(instance: Instance) -> None:
    ana = new_brazilian(instance, "Ana Beatriz Souza")
    bruno = new_brazilian(instance, "Bruno Oliveira Lima", bank=JATOBA)
    wrong, right = ana.quotes(bruno, 10_00, 2)
    body = ana.approval(wrong, pin=WRONG_PIN)
    answers = pay_at_once(ana, [(body, new_key()) for _ in range(MANY)])
    assert kinds(answers) == {(403, "proof_rejected"): MANY}
    tries = "SELECT failures FROM people_pindevice JOIN people_person ON user_id = people_person.id"
    assert instance.one(f"{tries} WHERE party_id = %s", ana.party_id) == 5
    state = ana.api.call("GET", "/v1/me/pin")
    assert state["tries_left"] == 0
    assert state["locked_until"] is not None
    refused = send(ana, "/v1/payments", ana.approval(right), key=new_key())
    assert (refused.http_status, refused.code) == (403, "proof_rejected")
    assert ana.payments() == {}


def test_of_a_hundred_right_pins_over_one_quote_one_pays(instance: Instance) -> None:
    ana = new_brazilian(instance, "Ana Beatriz Souza")
    bruno = new_brazilian(instance, "Bruno Oliveira Lima", bank=JATOBA)
    (quote,) = ana.quotes(bruno, 10_00, 1)
    body = ana.approval(quote)
    answers = pay_at_once(ana, [(body, new_key()) for _ in range(MANY)])
    assert kinds(answers) == {(201, ""): 1, (409, "quote_used"): MANY - 1}
    assert ana.wait_until_over() == [("completed", "")]


def test_opposite_payments_never_wait_for_each_other_in_a_circle(instance: Instance) -> None:
    """Both balances are locked by both directions, with more asked than either balance holds."""
    ana = new_sandboxlander(instance, "Ana Xavier")
    bruno = new_sandboxlander(instance, "Bruno Xavier")
    from_ana, from_bruno = give_balance(bruno, ana, 10_00), give_balance(ana, bruno, 10_00)
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = instance.one(deadlocks)
    there = approved(ana, ana.quotes(bruno, 1_00, 20, funding_source=from_ana))
    back = approved(bruno, bruno.quotes(ana, 1_00, 20, funding_source=from_bruno))
    works = [
        work
        for one, other in zip(there, back, strict=True)
        for work in (payment(ana, *one), payment(bruno, *other))
    ]
    answers = at_once(works, threads=20)
    assert set(kinds(answers)) <= {(201, ""), (422, "insufficient_funds")}
    assert {*ana.wait_until_over(), *bruno.wait_until_over()} == {("completed", "")}
    accepted = kinds(answers)[201, ""]
    # Each gave the other their balance by one payment before.
    assert len(ana.payments()) + len(bruno.payments()) == accepted + 2
    assert balance_of(ana) + balance_of(bruno) == 20_00
    assert instance.one(deadlocks) == before
