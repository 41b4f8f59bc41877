"""kill -9 of a whole instance's processes: nothing acknowledged is lost, nothing is paid twice.

F1, F2 and F5 of the test programme. The ordinary run kills a few times, the long one as often as
the programme says. How soon it serves again says something on an idle machine only: there
``TROCO_BACK_WITHIN=5`` makes it count.
"""

import itertools
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from config.story.people import new_key
from tests.processes.cast import (
    IPE,
    JATOBA,
    Answer,
    Someone,
    new_brazilian,
    send,
)
from tests.processes.instance import Instance, wait_until

pytestmark = pytest.mark.processes

logger = logging.getLogger(__name__)

KILLS = pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.long)])
CRASHES = pytest.mark.parametrize("crashes", [1, pytest.param(20, marks=pytest.mark.long)])
AMOUNT = 10_00
PLENTY = 100_000
# Longer than it takes to see the bank's execution and to kill who waits for its answer.
ANSWERED_AFTER_SECONDS = 9.0
BACK_WITHIN_SECONDS = float(os.environ.get("TROCO_BACK_WITHIN", "inf"))


@pytest.fixture
def ana(instance: Instance) -> Someone:
    return new_brazilian(instance, "Ana Beatriz Souza", bank=IPE, balance_minor=PLENTY)


@pytest.fixture
def bruno(instance: Instance) -> Someone:
    return new_brazilian(instance, "Bruno Oliveira Lima", bank=JATOBA, balance_minor=PLENTY)


def executions(instance: Instance, *people: Someone) -> Counter[str]:
    """Count what the banks executed on these people's accounts, by instruction."""
    tokens = {each.token for each in people}
    found = (each for each in instance.executions() if each["account"] in tokens)
    return Counter(each["instruction_id"] for each in found)


def instructions(payment_id: str) -> tuple[str, str]:
    """Return the two instructions that a payment between people may have, each once."""
    name = payment_id.removeprefix("pay_")
    return f"{name}-D", f"{name}-C"


def retry(who: Someone, body: dict[str, Any], key: str) -> Answer:
    """Send the same request until it is answered, as a phone does."""
    found: list[Answer] = []

    def answered() -> bool:
        found.append(send(who, "/v1/payments", body, key=key))
        busy = found[-1].code in {"in_progress", "not_ready"}
        return found[-1].http_status != 0 and not busy

    wait_until(answered, "an answer to a retry")
    return found[-1]


@pytest.fixture
def slow_bank(instance: Instance) -> Iterator[Any]:
    """Lets a bank execute the next instruction on an account at once and answer it late."""

    def slow_down(bank: str, account: str) -> None:
        fault = {"fault": "late", "count": 1, "account": account}
        fault["delay_seconds"] = ANSWERED_AFTER_SECONDS
        instance.bank("POST", f"/banks/{bank}/faults", fault)

    yield slow_down
    for bank in (IPE, JATOBA):
        instance.bank("DELETE", f"/banks/{bank}/faults")


@KILLS
def test_a_worker_dies_between_charge_and_posting(
    instance: Instance, ana: Someone, bruno: Someone, slow_bank: Any, kills: int
) -> None:
    """The bank has moved the money, and who waited for its answer is gone, again and again."""
    sent: list[str] = []
    met = 0
    # On a busy machine the bank's answer may be written before the blow: that one does not count.
    for _turn in range(3 * kills):
        if met == kills:
            break
        is_credit = met % 2 == 1
        slow_bank(*((JATOBA, bruno.token) if is_credit else (IPE, ana.token)))
        (quote,) = ana.quotes(bruno, AMOUNT, 1)
        # Only the worker is awake to take it, so it is the worker that waits for the bank.
        with instance.stopped("beat"):
            answer = retry(ana, ana.approval(quote), new_key())
            assert answer.http_status == 201, answer
            sent.append(answer.body["id"])
            waiting_for = instructions(sent[-1])[is_credit]
            wait_until(
                lambda: waiting_for in executions(instance, ana, bruno),  # noqa: B023
                "the bank's execution",
            )
            killed = instance.kill("worker")
            met += attempt(instance, waiting_for) == ("processing", "")
        instance.wait_for_others(killed)
    assert met == kills
    assert ana.wait_until_over(seconds=90) == [("completed", "")] * len(sent)
    once = itertools.chain.from_iterable(instructions(each) for each in sent)
    assert executions(instance, ana, bruno) == dict.fromkeys(once, 1)
    assert money_at_banks(instance, ana, bruno) == [
        PLENTY - len(sent) * AMOUNT,
        PLENTY + len(sent) * AMOUNT,
    ]


def attempt(instance: Instance, instruction_id: str) -> tuple[str, str]:
    """Return the state of a payment, and what is known of one of its instructions."""
    ((state, outcome),) = instance.rows(
        "SELECT payment.state, attempt.outcome FROM payments_attempt attempt"
        " JOIN payments_leg leg ON leg.id = attempt.leg_id"
        " JOIN payments_payment payment ON payment.id = leg.payment_id"
        " WHERE attempt.instruction_id = %s",
        instruction_id,
    )
    return state, outcome


def money_at_banks(instance: Instance, *people: Someone) -> list[int]:
    page = instance.bank("GET", "/oracle?limit=5000")
    accounts = {token: money for bank in page["balances"].values() for token, money in bank.items()}
    return [accounts[each.token] for each in people]


@KILLS
def test_the_web_dies_between_commit_and_answer(
    instance: Instance, ana: Someone, bruno: Someone, kills: int
) -> None:
    """Killed with the commit made and the answer unheard, and at moments around it."""
    away: list[float] = []
    for turn in range(kills):
        (quote,) = ana.quotes(bruno, AMOUNT, 1)
        body, key = ana.approval(quote), new_key()
        first: list[Answer] = []
        request = threading.Thread(
            target=lambda: first.append(send(ana, "/v1/payments", body, key=key))  # noqa: B023
        )
        is_unheard = turn % 2 == 0
        if is_unheard:
            commit_unheard(instance, quote, key, request)
        else:
            request.start()
            time.sleep(0.02 * turn)
        killed, killed_at = instance.kill("web", "front"), time.monotonic()
        request.join()
        instance.wait_for_others(killed)
        instance.wait_until_ready()
        away.append(time.monotonic() - killed_at)
        second = retry(ana, body, key)
        assert second.http_status == 201, second
        assert payments_of(instance, key) == 1
        assert send(ana, "/v1/payments", body, key=key) == second
        assert first[0] in ((Answer(0, {}),) if is_unheard else (Answer(0, {}), second))
    judge_away("the web", away)
    assert ana.wait_until_over() == [("completed", "")] * kills
    assert set(executions(instance, ana, bruno).values()) == {1}
    spent = kills * AMOUNT
    assert money_at_banks(instance, ana, bruno) == [PLENTY - spent, PLENTY + spent]


def commit_unheard(
    instance: Instance, quote: dict[str, Any], key: str, request: threading.Thread
) -> None:
    """Let a payment commit while the front, which would pass the answer on, stands still."""
    row = "SELECT FROM payments_quote WHERE public_id = %s FOR UPDATE"
    with instance.locked(row, quote["id"]):
        request.start()
        wait_until(instance.somebody_waits, "the payment, waiting for its quote", seconds=20)
        instance.freeze("front")
    wait_until(lambda: payments_of(instance, key) == 1, "the commit", seconds=20)


def judge_away(what: str, away: list[float]) -> None:
    """Tell how long nothing was served, and judge it where that was asked for."""
    logger.info("%s was away for %s s", what, sorted(round(each, 1) for each in away))
    assert max(away) <= BACK_WITHIN_SECONDS


def payments_of(instance: Instance, key: str) -> int:
    query = "SELECT count(*) FROM payments_payment WHERE idempotency_key = %s"
    return int(instance.one(query, key))


@dataclass
class Journal:
    """What one person asked for, and what was acknowledged."""

    payments: list[tuple[dict[str, Any], str, Answer]] = field(default_factory=list)
    messages: list[tuple[str, Answer]] = field(default_factory=list)
    quotes: Counter[str] = field(default_factory=Counter)

    def payment_answers(self) -> set[int]:
        return {answer.http_status for _body, _key, answer in self.payments}


def keep_busy(
    who: Someone, other: Someone, talk: str, over: threading.Event, journal: Journal
) -> None:
    """Pay and talk until told that it is over; what was not answered is sent again."""
    while not over.is_set():
        quote = who.ask_quote(other, 1_00)
        journal.quotes[f"{quote.http_status} {quote.code}".strip()] += 1
        if quote.http_status == 201:
            body, key = who.approval(quote.body), new_key()
            answer = send(who, "/v1/payments", body, key=key)
            journal.payments.append((body, key, answer))
            if answer.http_status != 201:
                retry(who, body, key)
        said = {"client_id": new_key(), "type": "text", "text": "Oi!"}
        answer = send(who, f"/v1/conversations/{talk}/messages", said)
        journal.messages.append((said["client_id"], answer))
        over.wait(0.02)


@CRASHES
def test_postgres_dies_under_load(
    instance: Instance, ana: Someone, bruno: Someone, crashes: int
) -> None:
    talk = ana.api.call("POST", "/v1/conversations", {"with": [bruno.party]})["id"]
    away: list[float] = []
    over, journals = threading.Event(), {ana: Journal(), bruno: Journal()}

    def work(who: Someone, other: Someone) -> None:
        keep_busy(who, other, talk, over, journals[who])

    pairs = ((ana, bruno), (bruno, ana))
    threads = [threading.Thread(target=work, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: payments_by(instance, ana, bruno) >= 10, "payments under way")
        for _ in range(crashes):
            killed, killed_at = instance.kill("postgres"), time.monotonic()
            instance.wait_for_others(killed)
            instance.wait_until_ready()
            away.append(time.monotonic() - killed_at)
            before = payments_by(instance, ana, bruno)
            again = before + 10
            wait_until(lambda: payments_by(instance, ana, bruno) >= again, "payments again")  # noqa: B023
    finally:
        over.set()
        for thread in threads:
            thread.join()
        logger.info("quotes were answered %s", [dict(each.quotes) for each in journals.values()])
    judge_away("Postgres", away)
    for who, journal in journals.items():
        check_journal(who, journal)
        assert all(end == ("completed", "") for end in who.wait_until_over(seconds=90))
    assert set(executions(instance, ana, bruno).values()) == {1}


def payments_by(instance: Instance, *people: Someone) -> int:
    query = "SELECT count(*) FROM payments_payment WHERE payer_id = ANY(%s)"
    return int(instance.one(query, [each.party_id for each in people]))


def check_journal(who: Someone, journal: Journal) -> None:
    """Everything that was acknowledged is there, and every retry ends in one payment."""
    assert journal.payment_answers() <= {0, 201, 503}
    for body, key, answer in journal.payments:
        again = retry(who, body, key)
        assert again.http_status == 201, again
        assert payments_of(who.instance, key) == 1
        assert answer == again or answer.http_status != 201
    assert len(who.payments()) == len(journal.payments)
    acknowledged = {client for client, answer in journal.messages if answer.http_status == 201}
    rows = who.instance.rows(
        "SELECT client_id FROM messaging_message WHERE client_id = ANY(%s)", list(acknowledged)
    )
    assert sorted(client for (client,) in rows) == sorted(acknowledged)
    assert acknowledged
