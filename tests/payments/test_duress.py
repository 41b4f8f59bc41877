"""The duress PIN: a little goes out, the rest looks like an ordinary day, and staff are told."""

import re
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from core.api import problem_handler
from core.clock import advance
from messaging.models import FeedRow
from payments.models import Payment
from people.enums import ProofMethod
from people.models import AuditEntry, PinDevice, Proof
from people.queries import coerced_people, is_coerced
from people.services.duress import lift_duress
from people.services.staff import create_staff
from people.tasks import tell_of_duress
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import PIN, Someone, new_payer, prove_the_books, state_of, work
from tests.payments.test_payments_mutations import give_passkey

pytestmark = pytest.mark.django_db

DURESS, NEW = "481536", "620837"
PATH = "/v1/me/duress-pin"


def approve(someone: Someone, purpose: str, pin: str = PIN) -> dict[str, Any]:
    challenge = someone.post("/v1/me/challenges", {"purpose": purpose}).json()
    return {"challenge": challenge["id"], "proof": someone.proof(challenge["digest"], pin)}


def choose(someone: Someone, pin: str | None = DURESS, *, proof_pin: str = PIN) -> Any:
    typed = {} if pin is None else {"pin": pin, "pin_again": pin}
    body = {**typed, **approve(someone, "duress", proof_pin)}
    return someone.client.put(PATH, body, format="json")


def change_pin(someone: Someone, new: str, *, old: str = PIN) -> Any:
    body = {"pin": new, "pin_again": new, **approve(someone, "pin", old)}
    return someone.client.put("/v1/me/pin", body, format="json")


def pay(someone: Someone, to: Someone, amount_minor: int, *, pin: str = PIN) -> Any:
    quote = someone.quote({"party": to.party}, amount_minor).json()
    assert quote["refusal"] is None
    return someone.approve(quote, pin=pin)


def on_a_bad_day(answer: Any) -> bool:
    """Tell whether an answer is what every call is told when the database refuses."""
    with translation.override("en"):
        refused = problem_handler(OperationalError("the database system is shutting down"), {})
    told = {**answer.json(), "request_id": ""}
    return (answer.status_code, told, answer.get("Retry-After")) == (
        refused.status_code,
        {**refused.data, "request_id": ""},
        refused.get("Retry-After"),
    )


def seen(someone: Someone) -> list[Any]:
    """Everything that a phone can ask about its person's safety."""
    paths = ("/v1/me", "/v1/me/pin", "/v1/me/freeze", "/v1/me/pin/recovery", "/v1/limits")
    return [someone.get(path).json() for path in paths]


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    """Ana, with a duress PIN."""
    someone = new_payer(brazil, "Ana")
    assert choose(someone).status_code == 204
    return someone


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


def test_a_little_is_real_and_more_looks_like_a_bad_day(ana: Someone, bruno: Someone) -> None:
    usual = pay(ana, bruno, 10_00).json()
    before = seen(ana)[:-1]
    first = pay(ana, bruno, 20_00, pin=DURESS)
    assert (first.status_code, set(first.json())) == (201, set(usual))
    assert pay(ana, bruno, 30_00, pin=DURESS).status_code == 201
    for pin in (DURESS, PIN):
        more = pay(ana, bruno, 1, pin=pin)
        assert (more.status_code, more.json()["code"]) == (503, "not_ready")
        assert on_a_bad_day(more)
    work()
    assert state_of(first.json()["id"]) == "completed"
    assert seen(ana)[:-1] == before
    assert Payment.objects.filter(payer_id=ana.party_id).count() == 3
    received = pay(bruno, ana, 5_00)
    work()
    assert state_of(received.json()["id"]) == "completed"
    assert {proof.method for proof in Proof.objects.all()} == {ProofMethod.PIN.value}
    prove_the_books()


def test_a_large_payment_moves_nothing_and_calls_for_help(ana: Someone, bruno: Someone) -> None:
    too_much = ana.quote({"party": bruno.party}, 5_000_00).json()
    assert too_much["refusal"]["code"] == "limit_reached"
    assert ana.approve(too_much, pin=DURESS).json()["code"] == "limit_reached"
    refused = pay(ana, bruno, 150_00, pin=DURESS)
    assert (refused.status_code, refused.json()["code"]) == (503, "not_ready")
    assert Payment.objects.count() == 0
    assert Proof.objects.filter(used_by__startswith="pay_").count() == 0
    assert is_coerced(ana.person)
    assert pay(ana, bruno, 50_00).status_code == 201
    assert pay(ana, bruno, 1).json()["code"] == "not_ready"


def test_nothing_else_can_be_approved_until_staff_lift_it(ana: Someone, bruno: Someone) -> None:
    finger = give_passkey(ana)
    assert pay(ana, bruno, 1_00, pin=DURESS).status_code == 201
    ana.post("/v1/me/freeze")
    for pin in (DURESS, PIN):
        for answer in (
            change_pin(ana, NEW, old=pin),
            choose(ana, NEW, proof_pin=pin),
            ana.post("/v1/me/passkeys/options", approve(ana, "passkey", pin)),
            ana.post("/v1/me/unfreeze", approve(ana, "unfreeze", pin)),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
            assert on_a_bad_day(answer)
    sara = create_staff(
        login="sara", password="a long enough passphrase", totp_secret="JBSWY3DPEHPK3PXP"
    )
    lift_duress(staff=sara, login=ana.person.login, reason="Called back and met her")
    assert not is_coerced(ana.person)
    assert ana.post("/v1/me/unfreeze", approve(ana, "unfreeze")).status_code == 200
    assert pay(ana, bruno, 60_00).status_code == 201
    quote = ana.quote({"party": bruno.party}, 60_00).json()
    body = {"quote": quote["id"], "proof": finger.proof(quote["digest"])}
    assert ana.post("/v1/payments", body, key="finger").status_code == 201


def test_staff_are_told_once_and_no_device_is(ana: Someone, bruno: Someone) -> None:
    assert tell_of_duress() == 0
    pay(ana, bruno, 1_00, pin=DURESS)
    since = PinDevice.objects.get(user=ana.person).duress_since
    assert coerced_people() == (1, since)
    advance(60)
    pay(ana, bruno, 1_00, pin=DURESS)
    assert (tell_of_duress(), tell_of_duress()) == (1, 0)
    assert PinDevice.objects.get(user=ana.person).duress_since == since
    act = AuditEntry.objects.filter(action="person.coerced").get()
    assert (act.object_ref, act.actor, act.after) == (ana.person.login, None, {"coerced": True})
    rows = FeedRow.objects.filter(party_id=ana.party_id, kind="security")
    assert [row.payload["what"] for row in rows] == ["pin_changed"]


def test_a_duress_pin_is_a_good_pin_unlike_the_pin(ana: Someone) -> None:
    kept = PinDevice.objects.get(user=ana.person).duress_hash
    for pin, code in (
        ("123456", "pin_too_easy"),
        (PIN, "pin_too_easy"),
        (PIN[:-1] + "7", "pin_too_easy"),
        ("4815", "input_invalid"),
    ):
        assert choose(ana, pin).json()["code"] == code
    assert choose(ana, NEW, proof_pin="407283").json()["code"] == "proof_rejected"
    body = {"pin": NEW, "pin_again": DURESS, **approve(ana, "duress")}
    assert ana.client.put(PATH, body, format="json").json()["code"] == "input_invalid"
    del body["pin_again"]
    assert ana.client.put(PATH, body, format="json").json()["code"] == "input_invalid"
    challenge = ana.post("/v1/me/challenges", {"purpose": "duress"}).json()
    body = {"challenge": challenge["id"]}
    body["proof"] = give_passkey(ana).proof(challenge["digest"])
    assert ana.client.put(PATH, body, format="json").json()["code"] == "input_invalid"
    assert PinDevice.objects.get(user=ana.person).duress_hash == kept
    assert ana.get("/v1/me/pin").json()["tries_left"] == 4


def test_the_pin_may_change_beside_it_but_not_into_it(ana: Someone, bruno: Someone) -> None:
    assert change_pin(ana, DURESS).json()["code"] == "pin_too_easy"
    assert change_pin(ana, NEW).status_code == 200
    assert pay(ana, bruno, 1_00, pin=PIN).json()["code"] == "proof_rejected"
    assert pay(ana, bruno, 1_00, pin=NEW).status_code == 201
    assert not is_coerced(ana.person)
    assert pay(ana, bruno, 1_00, pin=DURESS).status_code == 201
    assert is_coerced(ana.person)


def test_it_can_be_replaced_and_taken_away(ana: Someone, bruno: Someone) -> None:
    assert choose(ana, NEW).status_code == 204
    assert pay(ana, bruno, 1_00, pin=DURESS).json()["code"] == "proof_rejected"
    assert choose(ana, None).status_code == 204
    assert pay(ana, bruno, 1_00, pin=NEW).json()["code"] == "proof_rejected"
    assert not is_coerced(ana.person)
    assert PinDevice.objects.get(user=ana.person).duress_hash == ""


def test_wrong_pins_lock_both(ana: Someone, bruno: Someone) -> None:
    for _ in range(5):
        pay(ana, bruno, 1_00, pin="407283")
    assert pay(ana, bruno, 1_00, pin=DURESS).json()["code"] == "proof_rejected"
    assert not is_coerced(ana.person)
    advance(1801)
    assert pay(ana, bruno, 1_00, pin=DURESS).status_code == 201


def test_duress_costs_the_very_same_statements(ana: Someone, bruno: Someone) -> None:
    """With the PIN, with the duress PIN the first time and the second, and with none chosen."""
    assert pay(ana, bruno, 1_00).status_code == 201  # Begins their conversation.
    asked = [_statements(ana, bruno, pin) for pin in (PIN, DURESS, DURESS)]
    PinDevice.objects.filter(user=ana.person).update(duress_since=None, duress_hash="")
    asked.append(_statements(ana, bruno, PIN))
    assert asked == [asked[0]] * 4
    assert len(asked[0]) > 10


def _statements(ana: Someone, bruno: Someone, pin: str) -> list[str]:
    quote = ana.quote({"party": bruno.party}, 1_00).json()
    with CaptureQueriesContext(connection) as queries:
        assert ana.approve(quote, pin=pin).status_code == 201
    return [re.sub(r" ?-?\d+|'[^']*'", "?", each["sql"])[:80] for each in queries.captured_queries]
