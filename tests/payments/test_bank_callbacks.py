"""What a bank tells by itself: signed, recent, once, and only a reason to ask it."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from bank_simulator.callbacks import sign
from core.events import Later
from core.models import Duty
from payments.models import Attempt, BankCallback
from payments.services.callbacks import ask_about
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_payer, prove_the_books, state_of, work

SECRET = "whsec_c2lnbmVkIGJ5IHRoZSBiYW5r"
InThreads = Callable[..., list[Any]]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def listening(settings: Settings) -> None:
    settings.TROCO_BANK_CALLBACK_SECRETS = ["of last year", SECRET]


@pytest.fixture
def ana(brazil: Simulator) -> Iterator[Someone]:
    yield new_payer(brazil, "Ana", balance_minor=100_00)
    for bank in ("banco-ipe", "banco-mar"):
        assert brazil.client.delete(f"/banks/{bank}/faults").status_code in {200, 204}


@pytest.fixture
def unknown(brazil: Simulator, ana: Someone) -> Attempt:
    """The debit of Ana's payment to Bruno: executed, and its bank did not say so."""
    bruno = new_payer(brazil, "Bruno", balance_minor=0, bank="banco-mar")
    fault = {"fault": "executed_but_timeout", "count": 1}
    assert brazil.client.post("/banks/banco-ipe/faults", json=fault).status_code == 201
    answer = ana.pay({"party": bruno.party}, 25_00)
    work()
    attempt = Attempt.objects.get(leg__payment__public_id=answer.json()["id"])
    assert attempt.outcome == "unknown"
    return attempt


def state(attempt: Attempt) -> str:
    return state_of(attempt.leg.payment.public_id)


def call(
    about: str,
    *,
    name: str = "msg_1",
    said: str = "executed",
    secret: str = SECRET,
    age: int = 0,
    spoil: Callable[[bytes], bytes] = bytes,
) -> int:
    """Call as the bank does, or as somebody else would; returns the HTTP status."""
    payload = {"type": f"instruction.{said}", "bank": "banco-ipe", "instruction_id": about}
    body = json.dumps({**payload, "outcome": said}).encode()
    timestamp = int(time.time()) - age
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,bm90aGluZw== {sign(secret, name, timestamp, body)}",
    }
    answer = Client().post(
        "/bank/callbacks", spoil(body), content_type="application/json", headers=headers
    )
    return int(answer.status_code)


def asked() -> int:
    return Duty.objects.filter(handler__contains="ask_bank").count()


def test_a_callback_makes_the_bank_be_asked_before_its_time(unknown: Attempt) -> None:
    assert call(unknown.instruction_id) == 204
    assert state(unknown) == "unknown"
    work()
    assert state(unknown) == "completed"
    kept = BankCallback.objects.get()
    assert (kept.bank, kept.kind, kept.about) == (
        "banco-ipe",
        "instruction.executed",
        unknown.instruction_id,
    )
    prove_the_books()


@pytest.mark.parametrize("secret", ["of last year", SECRET])
def test_either_secret_signs_while_one_is_changed(db: None, secret: str) -> None:
    assert call("nobody-D", secret=secret) == 204
    work()
    assert BankCallback.objects.count() == 1


def test_a_lie_moves_nothing(brazil: Simulator, unknown: Attempt) -> None:
    assert call(unknown.instruction_id, said="rejected") == 204
    work()
    assert state(unknown) == "completed"
    prove_the_books()


def test_an_execution_that_the_bank_denies_stays_unknown(
    brazil: Simulator, unknown: Attempt
) -> None:
    Attempt.objects.filter(id=unknown.id).update(instruction_id="never-heard-of-D")
    assert call("never-heard-of-D") == 204
    work()
    assert state(unknown) == "unknown"


def test_a_replayed_callback_counts_once(unknown: Attempt) -> None:
    assert [call(unknown.instruction_id) for _ in range(3)] == [204, 204, 204]
    assert (BankCallback.objects.count(), asked()) == (1, 1)
    work()
    assert [call(unknown.instruction_id, age=301), call(unknown.instruction_id)] == [401, 204]
    assert (BankCallback.objects.count(), asked()) == (1, 1)
    assert state(unknown) == "completed"


def test_forged_and_old_callbacks_are_not_heard(unknown: Attempt) -> None:
    about = unknown.instruction_id
    refused = [
        call(about, secret="guessed"),
        call(about, secret=""),
        call(about, age=301),
        call(about, age=-301),
        call(about, spoil=lambda body: body.replace(b"executed", b"rejected")),
        call(about, spoil=lambda _: b""),
        call(about, age=int(time.time()) - 999_999_999_999),
        call(about, name="x" * 129),
        call(about, name="not\tprintable"),
        Client().post("/bank/callbacks", b"{}", content_type="application/json").status_code,
    ]
    assert refused == [401] * 10
    assert call(about, spoil=lambda body: body + b" " * 20_000) == 413
    assert (BankCallback.objects.count(), asked()) == (0, 0)
    work()
    assert state(unknown) == "unknown"


def test_without_a_secret_nobody_is_heard(unknown: Attempt, settings: Settings) -> None:
    settings.TROCO_BANK_CALLBACK_SECRETS = []
    assert call(unknown.instruction_id) == 401
    assert call(unknown.instruction_id, secret="") == 401


@pytest.mark.parametrize(
    "body",
    [
        b"no JSON",
        b"[]",
        b'{"type": "instruction.executed", "bank": "b"}',
        b'{"type": "party.x"}',
        b'{"type": "batch.x", "bank": "b", "message_id": "a\\u0000"}',
        b'{"type": "batch.x", "bank": "b", "message_id": "\\ud800"}',
    ],
)
def test_what_is_signed_and_says_nothing_is_refused(db: None, body: bytes) -> None:
    now = int(time.time())
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(now),
        "webhook-signature": sign(SECRET, "m", now, body),
    }
    answer = Client().post("/bank/callbacks", body, content_type="text/plain", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert BankCallback.objects.count() == 0


def test_late_and_out_of_order_callbacks_change_nothing_known(unknown: Attempt) -> None:
    about = unknown.instruction_id
    assert call(about, name="msg_2", said="executed") == 204
    work()
    before = list(Attempt.objects.order_by("id").values())
    assert call(about, name="msg_1", said="pending") == 204
    work()
    assert list(Attempt.objects.order_by("id").values()) == before
    assert state(unknown) == "completed"


def test_a_callback_that_overtakes_the_answer_waits_for_it(unknown: Attempt) -> None:
    Attempt.objects.filter(id=unknown.id).update(outcome="")
    with pytest.raises(Later):
        ask_about(bank="banco-ipe", about=unknown.instruction_id)
    ask_about(bank="banco-mar", about=unknown.instruction_id)


@pytest.mark.django_db(transaction=True)
def test_one_message_at_once_counts_once(
    transactional_db: None, in_threads: InThreads, listening: None
) -> None:
    assert in_threads(lambda: call("nobody-D"), times=8) == [204] * 8
    assert (BankCallback.objects.count(), asked()) == (1, 1)
