"""Pix: names that both banks carry, returns along them, and what the night forbids."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from payments.rails import rail_named
from payments.rails.pix import is_name, is_night, new_name
from tests.bank_simulator.harness import Bank, Simulator
from tests.payments.rails_bench import NOON, ask, executed, later, open_account, original

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # 20:30 in Brasília.


@pytest.fixture
def bank(simulator: Simulator) -> Bank:
    return simulator.open_bank()


def test_a_payment_is_named_by_its_bank_and_minute() -> None:
    name = new_name("E", "90000001", EVENING)
    assert name[:21] == "E90000001202611232330"
    assert (len(name), is_name(name)) == (32, True)
    assert len({new_name("D", "9A000001", EVENING) for _ in range(500)}) == 500
    with pytest.raises(ValueError, match="no ISPB"):
        new_name("E", "9000001", EVENING)
    assert not is_name("E" + "9" * 31 + "!")


def test_a_return_has_a_name_of_its_own_and_carries_the_originals(bank: Bank) -> None:
    rail, account = rail_named("pix"), open_account(bank, "pix")
    sent = ask("pix", bank, account)
    assert sent.end_to_end_id.startswith("E90000001202611231500")
    taken = original(sent, rail.debit(sent))
    back = ask("pix", bank, account, gives_back=taken)
    assert back.instruction_id.startswith("D90000001202611231500")
    assert back.end_to_end_id == sent.end_to_end_id
    assert rail.credit(back).kind == "executed"
    bank.cutoff()
    day = bank.call("GET", "").json()["last_closed"]
    lines = list(rail.statement(bank.slug, datetime.fromisoformat(day).date()).entries())
    assert [(each.direction, each.end_to_end_id) for each in lines] == [
        ("into", sent.end_to_end_id),
        ("out_of", sent.end_to_end_id),
    ]


def test_more_than_was_taken_is_not_returned(bank: Bank) -> None:
    rail, account = rail_named("pix"), open_account(bank, "pix")
    sent = ask("pix", bank, account)
    taken = original(sent, rail.debit(sent))
    refused = rail.credit(ask("pix", bank, account, 10_01, gives_back=taken))
    assert (refused.kind, refused.reason) == ("rejected", "AM09")
    assert executed(bank) == 1


def test_ninety_days_are_the_last_moment_of_a_return(bank: Bank) -> None:
    rail, account = rail_named("pix"), open_account(bank, "pix")
    sent = ask("pix", bank, account)
    taken = original(sent, rail.debit(sent))
    back = ask("pix", bank, account, 1_00, gives_back=taken)
    late = taken.executed_at + timedelta(days=90, seconds=1)
    refused = rail.credit(later(back, late))
    assert (refused.kind, refused.reason) == ("rejected", "DT01")
    assert executed(bank) == 1
    assert rail.credit(later(back, late - timedelta(seconds=1))).kind == "executed"


def test_a_return_without_an_answer_is_looked_up_as_a_return(bank: Bank) -> None:
    rail, account = rail_named("pix"), open_account(bank, "pix")
    sent = ask("pix", bank, account)
    taken = original(sent, rail.debit(sent))
    back = ask("pix", bank, account, gives_back=taken)
    bank.set_fault("executed_but_timeout", count=1, direction="return")
    assert rail.credit(back).kind == "unknown"
    assert rail.look_up(back.instruction_id, bank.slug).kind == "executed"
    assert executed(bank) == 2


@pytest.mark.parametrize(
    ("approved_at", "amount_minor", "is_between_people", "kind"),
    [
        (EVENING, 1_000_01, True, "rejected"),
        (EVENING, 1_000_00, True, "executed"),
        (EVENING, 1_000_01, False, "executed"),
        (NOON, 1_000_01, True, "executed"),
    ],
)
def test_by_night_one_person_sends_another_a_thousand_at_most(
    bank: Bank, approved_at: datetime, amount_minor: int, *, is_between_people: bool, kind: str
) -> None:
    account = open_account(bank, "pix", 2_000_00)
    sent = replace(
        ask("pix", bank, account, amount_minor),
        approved_at=approved_at,
        is_between_people=is_between_people,
    )
    outcome = rail_named("pix").debit(sent)
    assert (outcome.kind, outcome.reason) == (kind, "AM02" if kind == "rejected" else "")
    assert executed(bank) == (kind == "executed")


def test_the_night_is_brasilias() -> None:
    start = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert [is_night(start - timedelta(seconds=1)), is_night(start)] == [False, True]
    assert [is_night(start + timedelta(hours=each)) for each in (9.99, 10)] == [True, False]
