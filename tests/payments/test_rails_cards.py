"""Cards: held, then captured, or let go; what is unknown stays so until the hold is over."""

import pytest

from payments.rails import Original, Outcome, rail_named
from payments.rails.cards import CardsRail
from tests.bank_simulator.harness import Bank, Simulator
from tests.payments.rails_bench import NOON, ask, executed, open_account, original

pytestmark = pytest.mark.django_db
RAIL = CardsRail()


@pytest.fixture
def bank(simulator: Simulator) -> Bank:
    return simulator.open_bank()


def hold(bank: Bank, authorisation_id: str) -> dict[str, object]:
    found: dict[str, object] = bank.call("GET", f"/authorisations/{authorisation_id}").json()
    return found


def test_the_setting_names_this_rail() -> None:
    assert isinstance(rail_named("cards"), CardsRail)


def test_a_hold_moves_nothing_and_a_void_lets_it_go(bank: Bank) -> None:
    sent = ask("cards", bank, open_account(bank, "cards"))
    assert RAIL.authorise(sent) == Outcome("executed")
    assert (executed(bank), hold(bank, sent.instruction_id)["held_minor"]) == (0, 10_00)
    assert RAIL.look_up(sent.instruction_id, bank.slug) == Outcome("pending", reason="held")
    assert RAIL.void(sent)
    assert RAIL.look_up(sent.instruction_id, bank.slug) == Outcome("rejected", reason="voided")
    assert RAIL.debit(sent) == Outcome("rejected", reason="voided")
    assert executed(bank) == 0


@pytest.mark.parametrize(("code", "reason"), [("51", "AM04"), ("05", "05"), ("41", "41")])
def test_a_decline_is_told_in_payments_words_where_they_have_one(
    bank: Bank, code: str, reason: str
) -> None:
    bank.set_fault("card_decline", count=1, reason=code)
    sent = ask("cards", bank, open_account(bank, "cards"))
    assert RAIL.debit(sent) == Outcome("rejected", reason=reason)
    assert RAIL.look_up(sent.instruction_id, bank.slug) == Outcome("rejected", reason=reason)


def test_a_capture_without_an_answer_is_unknown_and_found(bank: Bank) -> None:
    sent = ask("cards", bank, open_account(bank, "cards"))
    bank.set_fault("executed_but_timeout", count=1, direction="capture")
    assert RAIL.debit(sent).kind == "unknown"
    assert RAIL.look_up(sent.instruction_id, bank.slug).kind == "executed"
    assert executed(bank) == 1


def test_a_capture_that_was_lost_leaves_a_hold_that_nobody_calls_refused(bank: Bank) -> None:
    sent = ask("cards", bank, open_account(bank, "cards"))
    bank.set_fault("lost", count=1, direction="capture")
    assert RAIL.debit(sent).kind == "unknown"
    assert RAIL.look_up(sent.instruction_id, bank.slug) == Outcome("pending", reason="held")
    assert (executed(bank), hold(bank, sent.instruction_id)["state"]) == (0, "authorised")


def test_an_authorisation_without_an_answer_is_let_go(bank: Bank) -> None:
    sent = ask("cards", bank, open_account(bank, "cards"))
    bank.set_fault("executed_but_timeout", count=1, direction="authorisation")
    assert RAIL.debit(sent).kind == "unknown"
    assert hold(bank, sent.instruction_id)["state"] == "voided"
    assert RAIL.look_up(sent.instruction_id, bank.slug) == Outcome("rejected", reason="voided")


def test_a_card_is_paid_only_as_a_refund_and_never_more(bank: Bank) -> None:
    account = open_account(bank, "cards")
    sent = ask("cards", bank, account)
    taken = original(sent, RAIL.debit(sent))
    refused = RAIL.credit(ask("cards", bank, account, 10_01, gives_back=taken))
    assert (refused.kind, refused.reason) == ("rejected", "12")
    part = ask("cards", bank, account, 3_00, gives_back=taken)
    bank.set_fault("executed_but_timeout", count=1, direction="refund")
    assert RAIL.credit(part).kind == "unknown"
    assert RAIL.look_up(part.instruction_id, bank.slug).kind == "executed"
    assert (executed(bank), bank.balance(account)) == (2, 93_00)
    stranger = Original("ins-none", "ins-none", NOON)
    assert RAIL.credit(ask("cards", bank, account, 1, gives_back=stranger)).kind == "not_sent"


def test_a_chargeback_stands_on_the_statement_under_the_holds_name(bank: Bank) -> None:
    account = open_account(bank, "cards")
    sent = ask("cards", bank, account)
    assert RAIL.debit(sent).kind == "executed"
    path = f"/authorisations/{sent.instruction_id}/chargeback"
    assert bank.post(path, reason="13.1").status_code == 201
    closed = bank.cutoff()["date"]
    lines = list(RAIL.statement(bank.slug, NOON.date().fromisoformat(closed)).entries())
    assert [(each.direction, each.amount_minor, each.end_to_end_id) for each in lines] == [
        ("into", 10_00, sent.instruction_id),
        ("out_of", 10_00, sent.instruction_id),
    ]
    assert lines[1].instruction_id != sent.instruction_id
