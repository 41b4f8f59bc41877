"""What every rail must keep, asked of each one against a real bank process.

A new rail joins ``RAILS`` in ``rails_bench`` with the kind of account that it moves.
"""

import re
import socket
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from core.transactions import OwnershipError, owns_block
from payments.rails import (
    BatchAnswer,
    LookUpPolicy,
    Outcome,
    RailUnavailable,
    StatementMissing,
    StatementNotReady,
    VerificationRefused,
    rail_named,
)
from payments.rails.pain001 import write_file
from payments.rails.returns import SendBack, sending_back
from tests.bank_simulator.harness import ANA_TAX_ID, BRUNO_TAX_ID, Bank, Simulator
from tests.payments.rails_bench import (
    RAILS,
    ask,
    executed,
    file_head,
    http,
    liar,
    offering,
    open_account,
    original,
    point_at,
    two_transfers,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db
every = pytest.mark.parametrize("name", RAILS)
that_debit = pytest.mark.parametrize("name", offering("debit"))
that_credit = pytest.mark.parametrize("name", offering("credit"))
that_give_back = pytest.mark.parametrize("name", offering("give_back"))
that_send_back = pytest.mark.parametrize("name", offering("send_back"))
that_batch = pytest.mark.parametrize("name", offering("batch"))


@pytest.fixture
def bank(simulator: Simulator) -> Bank:
    return simulator.open_bank()


@every
def test_names_are_short_plain_and_say_the_same_of_the_original(name: str, bank: Bank) -> None:
    sent = ask(name, bank, "tok_any")
    for text in (sent.instruction_id, sent.end_to_end_id):
        assert re.fullmatch(r"[A-Za-z0-9._:~+-]{1,35}", text)
    first = ask(name, bank, "tok_any")
    assert first.instruction_id != sent.instruction_id


@that_debit
def test_a_debit_is_executed_once_however_often_asked(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank, name)
    sent = ask(name, bank, account)
    first = rail.debit(sent)
    assert first.kind == "executed"
    assert first.bank_reference
    assert first.executed_at is not None
    assert first.executed_at.tzinfo is not None
    assert rail.debit(sent) == first
    assert rail.look_up(sent.instruction_id, bank.slug) == first
    assert (executed(bank), bank.balance(account)) == (1, 90_00)


@that_credit
def test_a_credit_is_executed_once_however_often_asked(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank, name)
    sent = ask(name, bank, account, 4_00)
    first = rail.credit(sent)
    assert first.kind == "executed"
    assert rail.credit(sent) == first
    assert rail.look_up(sent.instruction_id, bank.slug) == first
    assert (executed(bank), bank.balance(account)) == (1, 104_00)


@that_give_back
def test_a_debit_is_given_back_in_parts_each_once(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank, name)
    debit = ask(name, bank, account)
    taken = original(debit, rail.debit(debit))
    parts = [ask(name, bank, account, amount, gives_back=taken) for amount in (4_00, 6_00)]
    for part in parts:
        given = rail.credit(part)
        assert given.kind == "executed"
        assert rail.credit(part) == given
        assert rail.look_up(part.instruction_id, bank.slug) == given
    assert (executed(bank), bank.balance(account)) == (3, 100_00)


@that_send_back
def test_what_somebody_paid_in_goes_back_once(name: str, bank: Bank, settings: Settings) -> None:
    rail, account = sending_back(name), open_account(bank, name)
    assert rail is not None
    came = bank.debit(account, 10_00, "theirs").json()["bank_reference"]
    wanted = SendBack("lin_1-B1", bank.slug, came, 10_00)
    bank.set_fault("executed_but_timeout", direction="return", count=1)
    assert rail.send_back(wanted).kind == "unknown"
    found = rail.look_up_sent_back("lin_1-B1", bank.slug)
    assert (found.kind, rail.send_back(wanted)) == ("executed", found)
    assert bank.balance(account) == 100_00
    none = SendBack("lin_1-B2", bank.slug, "nothing", 1)
    assert (rail.send_back(none).kind, rail.send_back(none).reason) == ("rejected", "not_found")
    assert rail.look_up_sent_back("lin_1-B3", bank.slug).kind == "not_found"
    point_at(settings, "http://127.0.0.1:9")
    assert rail.send_back(wanted).kind == "not_sent"


def test_only_rails_that_offer_it_send_back() -> None:
    assert [name for name in RAILS if sending_back(name) is not None] == ["sandbox", "pix"]


@that_debit
def test_a_refusal_is_the_banks_own_word(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank, name, 5_00)
    refused = rail.debit(ask(name, bank, account))
    assert (refused.kind, refused.reason) == ("rejected", "AM04")
    assert rail.debit(ask(name, bank, "tok_nobody")).reason == "AC01"
    assert executed(bank) == 0


@every
def test_what_a_rail_does_not_offer_it_rejects_and_sends_nothing(
    name: str, bank: Bank, settings: Settings
) -> None:
    rail = rail_named(name)
    point_at(settings, "http://127.0.0.1:9")  # Anything sent would be ``not_sent``.
    sent = ask(name, bank, "tok_any")
    answers: dict[str, Callable[[], Outcome | BatchAnswer]] = {
        "debit": lambda: rail.debit(sent),
        "credit": lambda: rail.credit(sent),
        "batch": lambda: rail.submit_batch(bank.slug, b"<x/>"),
    }
    for offer in answers.keys() - rail.offers:
        answer = answers[offer]()
        assert (answer.kind, answer.reason) == ("rejected", "AG03")


@pytest.mark.parametrize(
    ("fault", "truly"),
    [
        ("lost", 0),
        ("executed_but_timeout", 1),
        ("not_found_then_found", 1),
        ("executes_after_timeout", 0),
        ("unavailable", 0),
    ],
)
@that_debit
def test_no_answer_is_unknown_and_a_look_up_moves_nothing(
    name: str, bank: Bank, fault: str, truly: int
) -> None:
    rail, account = rail_named(name), open_account(bank, name)
    bank.set_fault(fault, count=1, **({"delay_seconds": 60} if "after" in fault else {}))
    sent = ask(name, bank, account)
    assert rail.debit(sent).kind == "unknown"
    # The first call of a card only holds an amount.
    truly = 0 if name == "cards" else truly
    assert executed(bank) == truly
    looked = [rail.look_up(sent.instruction_id, bank.slug) for _ in range(4)]
    assert executed(bank) == truly
    assert {each.kind for each in looked if each.is_definite} <= {
        "executed" if truly else "rejected"
    }
    is_known_in_the_end = fault in {"executed_but_timeout", "not_found_then_found"}
    assert looked[-1].is_definite == is_known_in_the_end


@that_debit
def test_an_id_reused_for_another_payment_is_not_taken_for_this_one(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank, name)
    first = ask(name, bank, account)
    assert rail.debit(first).kind == "executed"
    assert rail.debit(replace(first, amount_minor=99_00)).kind == "unknown"
    assert executed(bank) == 1


@every
def test_nothing_listening_is_definitely_not_sent(
    name: str, bank: Bank, settings: Settings
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        point_at(settings, f"http://127.0.0.1:{taken.getsockname()[1]}")
        rail = rail_named(name)
        if "debit" in rail.offers:
            assert rail.debit(ask(name, bank, "tok_any")).kind == "not_sent"
        if "batch" in rail.offers:
            assert rail.submit_batch(bank.slug, b"<x/>").kind == "not_sent"
        assert rail.is_healthy(bank.slug) == (False, "connect")
        with pytest.raises(RailUnavailable):
            rail.statement(bank.slug, date(2026, 11, 23))


OTHER = (
    b'{"instruction_id": "another", "authorisation_id": "another", "outcome": "executed",'
    b' "executed_at": "2026-11-23T10:00:00Z"}'
)
WRONG = b'{"amount_minor": 1, "outcome": "executed", "executed_at": "2026-11-23T10:00:00Z"}'

NAMELESS = b'{"outcome": "executed", "executed_at": "2026-11-23T10:00:00Z"}'


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", "unknown"),
        (b"garbage\r\n\r\n", "unknown"),
        (http("200 OK", b"garbage"), "unknown"),
        (http("200 OK", b"[]"), "unknown"),
        (http("200 OK", b'{"outcome": "executed"}'), "unknown"),
        (http("200 OK", b'{"outcome": "executed", "executed_at": "soon"}'), "unknown"),
        (http("200 OK", b'{"outcome": "perhaps"}'), "unknown"),
        (http("200 OK", OTHER), "unknown"),
        (http("200 OK", WRONG), "unknown"),
        (http("200 OK", NAMELESS), "unknown"),
        (http("302 Found", b""), "unknown"),
        (http("408 Request Timeout", b""), "unknown"),
        (http("500 Internal Server Error", b'{"outcome": "rejected"}'), "unknown"),
        (http("504 Gateway Timeout", b""), "unknown"),
        (http("401 Unauthorized", b""), "not_sent"),
        (http("429 Too Many Requests", b""), "not_sent"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{", "unknown"),
    ],
)
@that_debit
def test_a_strange_answer_is_never_taken_for_an_execution(
    name: str, bank: Bank, settings: Settings, answer: bytes, kind: str
) -> None:
    settings.TROCO_BANK_TIMEOUT_SECONDS = 3
    sent = ask(name, bank, "tok_any")
    with liar(answer) as url:
        point_at(settings, url)
        assert rail_named(name).debit(sent).kind == kind
        assert not rail_named(name).look_up(sent.instruction_id, bank.slug).is_definite


@that_debit
def test_silence_ends_at_the_deadline_as_unknown(name: str, bank: Bank, settings: Settings) -> None:
    settings.TROCO_BANK_TIMEOUT_SECONDS = 0.5
    account = open_account(bank, name)
    bank.set_fault("late", count=1, delay_seconds=5)
    outcome = rail_named(name).debit(ask(name, bank, account))
    assert (outcome.kind, outcome.reason) == ("unknown", "timeout")
    assert executed(bank) == (0 if name == "cards" else 1)


@every
def test_no_bank_is_called_inside_a_transaction(name: str, bank: Bank) -> None:
    rail = rail_named(name)
    with owns_block():
        with pytest.raises(OwnershipError):
            rail.is_healthy(bank.slug)
        if "debit" in rail.offers:
            with pytest.raises(OwnershipError):
                rail.debit(ask(name, bank, "tok_any"))


@every
def test_an_account_is_verified_by_code_and_holder(name: str, bank: Bank) -> None:
    rail = rail_named(name)
    opened = bank.open_account(0, kind=RAILS[name])
    token, code = opened["token"], opened["verification_code"]
    found = rail.verify_account(bank.slug, token, code, ANA_TAX_ID)
    assert (found.last4, found.kind, found.holder_name) == (opened["last4"], RAILS[name], "Ana")
    for wrong_code, wrong_holder in (("000000x", ANA_TAX_ID), (code, BRUNO_TAX_ID)):
        with pytest.raises(VerificationRefused):
            rail.verify_account(bank.slug, token, wrong_code, wrong_holder)
    with pytest.raises(VerificationRefused):
        rail.verify_account(bank.slug, "../../clock", code, ANA_TAX_ID)


@that_batch
def test_a_file_is_taken_in_once_and_told_of_item_by_item(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank, name, 0)
    head = file_head(2, 30_00)
    content = write_file(head, two_transfers(account))
    assert rail.look_up_batch(bank.slug, head.message_id).kind == "not_found"
    assert rail.submit_batch(bank.slug, content).kind == "received"
    assert rail.submit_batch(bank.slug, content).kind == "received"
    told = rail.look_up_batch(bank.slug, head.message_id)
    assert told.kind == "partial"
    assert [(item.end_to_end_id, item.state, item.reason) for item in told.items] == [
        ("pyo-1", "accepted", ""),
        ("pyo-2", "rejected", "AC01"),
    ]
    assert rail.submit_batch(bank.slug, b"no xml").kind == "rejected"
    bank.cutoff()
    settled = next(iter(rail.look_up_batch(bank.slug, head.message_id).items))
    assert (settled.state, bool(settled.bank_reference)) == ("settled", True)
    assert executed(bank) == 1


@every
def test_a_statement_is_of_a_closed_day(name: str, bank: Bank) -> None:
    rail, account = rail_named(name), open_account(bank, name)
    sent = ask(name, bank, account)
    if "debit" in rail.offers:
        assert rail.debit(sent).kind == "executed"
    else:
        bank.debit(account, 10_00, sent.instruction_id)
    day = date.fromisoformat(bank.call("GET", "").json()["business_date"])
    with pytest.raises(StatementNotReady):
        rail.statement(bank.slug, day)
    bank.cutoff()
    found = rail.statement(bank.slug, day)
    assert (found.head.date, found.head.closing_minor) == (day, 10_00)
    (line,) = found.entries()
    assert (line.instruction_id, line.direction) == (sent.instruction_id, "into")
    with pytest.raises(StatementMissing):
        rail.statement(bank.slug, day - timedelta(days=400))


@every
def test_health_is_what_the_bank_shows(name: str, bank: Bank) -> None:
    rail = rail_named(name)
    assert rail.is_healthy(bank.slug) == (True, "")
    bank.set_fault("down")
    assert rail.is_healthy(bank.slug) == (False, "http_503")


@every
def test_look_ups_are_late_and_few(name: str) -> None:
    policy = rail_named(name).look_up_policy
    asked = datetime(2026, 11, 23, tzinfo=UTC)
    times = [policy.next_at(asked_at=asked, done=done) for done in range(4)]
    assert times[0] == asked + timedelta(seconds=90)
    assert times[2] == asked + timedelta(hours=2)
    assert times[1] is not None
    assert times[0] < times[1] < times[2]
    assert times[3] is None
    assert LookUpPolicy(at_most=1).next_at(asked_at=asked, done=1) is None


@every
def test_only_listed_rails_exist(name: str, settings: Settings) -> None:
    assert set(settings.TROCO_RAILS) == set(RAILS)
    with pytest.raises(LookupError):
        rail_named(f"{name}-of-nowhere")
