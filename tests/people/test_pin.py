"""Choosing and changing a PIN over HTTP."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from core.clock import advance, wall_now
from people.models import PinDevice
from tests.people.cast import (
    ANA,
    ANA_PIN,
    BRUNO,
    BRUNO_CPF,
    Phone,
    enrol,
    enrolled_ana,
    sign_in,
    unb64,
)

pytestmark = pytest.mark.django_db

NEW_PIN = "620837"


def put_pin(phone: Phone, pin: str, again: str | None = None, **more: Any) -> Any:
    body = {"pin": pin, "pin_again": again if again is not None else pin, **more}
    return phone.client.put("/v1/me/pin", body, format="json")


def challenge_of(phone: Phone) -> dict[str, Any]:
    answer = phone.client.post("/v1/me/challenges", {"purpose": "pin"}, format="json")
    assert answer.status_code == 201
    return dict(answer.json())


def change_pin(phone: Phone, *, old: str, new: str = NEW_PIN) -> Any:
    challenge = challenge_of(phone)
    proof = phone.proof(challenge["digest"], old)
    return put_pin(phone, new, challenge=challenge["id"], proof=proof)


def without_request(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


@pytest.mark.parametrize("pin", ["123456", "170590", "876543", "987654", "111111"])
def test_an_easy_pin_is_refused(pin: str) -> None:
    answer = put_pin(sign_in(ANA), pin)
    assert (answer.status_code, answer.json()["code"]) == (422, "pin_too_easy")
    assert PinDevice.objects.count() == 0


def test_digits_of_the_tax_id_are_refused() -> None:
    ana = enrolled_ana()
    assert change_pin(ana, old=ANA_PIN, new="982247").json()["code"] == "pin_too_easy"


@pytest.mark.parametrize(
    ("pin", "again"),
    [("73916", "73916"), ("7391644", "7391644"), ("73916a", "73916a"), (ANA_PIN, NEW_PIN)],
)
def test_what_is_no_pin_or_typed_differently_is_refused(pin: str, again: str) -> None:
    answer = put_pin(sign_in(ANA), pin, again)
    assert (answer.status_code, answer.json()["code"]) == (400, "input_invalid")
    assert PinDevice.objects.count() == 0


def test_the_first_pin_is_chosen_within_fifteen_minutes_of_signing_in() -> None:
    ana = sign_in(ANA)
    with time_machine.travel(wall_now() + timedelta(minutes=15, seconds=1)):
        answer = put_pin(ana, ANA_PIN)
        assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_too_old")
        again = sign_in(ANA, key=ana.key)
        assert put_pin(again, ANA_PIN).status_code == 200


def test_a_pin_that_is_set_is_not_set_again_without_a_proof() -> None:
    ana = enrolled_ana()
    thief = sign_in(ANA)
    for phone in (ana, thief):
        answer = put_pin(phone, NEW_PIN)
        assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")


def test_a_pin_is_kept_as_argon2id_over_a_keyed_hash() -> None:
    enrolled_ana()
    stored = PinDevice.objects.get().pin_hash
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert ANA_PIN not in stored


def test_a_challenge_says_what_is_signed() -> None:
    ana = sign_in(ANA)
    challenge = challenge_of(ana)
    said = json.loads(challenge["signed_text"])
    assert sorted(said) == ["expires_at", "id", "nonce", "party", "purpose"]
    assert (said["id"], said["party"]) == (challenge["id"], ana.party["id"])
    assert unb64(challenge["digest"]) == hashlib.sha256(challenge["signed_text"].encode()).digest()
    assert challenge["proof"] == {"methods": ["pin"], "webauthn": None}
    assert ana.client.post("/v1/me/challenges", {"purpose": "x"}, format="json").status_code == 400


def test_the_old_pin_changes_the_pin() -> None:
    ana = enrolled_ana()
    assert change_pin(ana, old=ANA_PIN).status_code == 200
    assert change_pin(ana, old=ANA_PIN, new="384951").json()["code"] == "proof_rejected"
    assert change_pin(ana, old=NEW_PIN, new="384951").status_code == 200


def test_a_challenge_is_used_once() -> None:
    ana = enrolled_ana()
    challenge = challenge_of(ana)
    proof = ana.proof(challenge["digest"], ANA_PIN)
    assert put_pin(ana, NEW_PIN, challenge=challenge["id"], proof=proof).status_code == 200
    proof = ana.proof(challenge["digest"], NEW_PIN)
    again = put_pin(ana, "384951", challenge=challenge["id"], proof=proof)
    assert (again.status_code, again.json()["code"]) == (403, "proof_rejected")


def test_a_challenge_ends_after_five_minutes() -> None:
    ana = enrolled_ana()
    challenge = challenge_of(ana)
    advance(301)
    proof = ana.proof(challenge["digest"], ANA_PIN)
    late = put_pin(ana, NEW_PIN, challenge=challenge["id"], proof=proof)
    assert late.json()["code"] == "proof_rejected"


def test_every_refused_proof_looks_the_same() -> None:
    """Wrong PIN, no PIN, wrong signature, foreign key, challenge of another, unknown challenge."""
    ana = enrolled_ana()
    bruno = sign_in(BRUNO)
    thief = sign_in(ANA)
    challenge, foreign, empty = challenge_of(ana), challenge_of(bruno), challenge_of(bruno)
    digest = challenge["digest"]
    good = ana.proof(digest, ANA_PIN)
    unsigned = {**good, "signature": "A" * 86}
    malformed = {**good, "signature": "?"}
    passkey = {"method": "passkey", "credential": {"id": "x"}}
    refused = [
        put_pin(ana, NEW_PIN, challenge=challenge["id"], proof=ana.proof(digest, "000001")),
        put_pin(bruno, NEW_PIN, challenge=empty["id"], proof=bruno.proof(empty["digest"], ANA_PIN)),
        put_pin(ana, NEW_PIN, challenge=challenge["id"], proof=unsigned),
        put_pin(ana, NEW_PIN, challenge=challenge["id"], proof=malformed),
        put_pin(ana, NEW_PIN, challenge=challenge["id"], proof=passkey),
        put_pin(thief, NEW_PIN, challenge=challenge["id"], proof=good),
        put_pin(ana, NEW_PIN, challenge=foreign["id"], proof=ana.proof(foreign["digest"], ANA_PIN)),
        put_pin(ana, NEW_PIN, challenge="chl_00000000000000000000000000", proof=good),
    ]
    assert {answer.status_code for answer in refused} == {403}
    bodies = [without_request(answer) for answer in refused]
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["code"] == "proof_rejected"
    assert "tries_left" not in bodies[0]
    assert ana.client.get("/v1/me/pin").json()["tries_left"] == 4
    assert put_pin(ana, NEW_PIN, challenge=challenge["id"], proof=good).status_code == 200


def test_five_wrong_tries_lock_for_thirty_minutes_and_ten_until_a_reset() -> None:
    ana = enrolled_ana()
    for left in (4, 3, 2, 1, 0):
        change_pin(ana, old="407283")
        assert ana.client.get("/v1/me/pin").json()["tries_left"] == left
    locked = ana.client.get("/v1/me/pin").json()
    assert locked["locked_until"] is not None
    assert locked["must_reset"] is False
    assert change_pin(ana, old=ANA_PIN).json()["code"] == "proof_rejected"
    assert PinDevice.objects.get().failures == 5
    advance(1801)
    assert ana.client.get("/v1/me/pin").json() == {
        "is_set": True,
        "tries_left": 5,
        "locked_until": None,
        "must_reset": False,
    }
    for _ in range(5):
        change_pin(ana, old="407283")
    advance(1801)
    ended = ana.client.get("/v1/me/pin").json()
    assert (ended["must_reset"], ended["tries_left"]) == (True, 0)
    assert change_pin(ana, old=ANA_PIN).json()["code"] == "proof_rejected"
    assert PinDevice.objects.get().failures == 10


def test_a_right_pin_after_the_lock_forgives_what_was_wrong() -> None:
    ana = enrolled_ana()
    for _ in range(5):
        change_pin(ana, old="407283")
    advance(1801)
    assert change_pin(ana, old=ANA_PIN).status_code == 200
    assert PinDevice.objects.get().failures == 0


def test_locks_are_of_the_person_not_of_the_device() -> None:
    ana = enrolled_ana()
    tablet = sign_in(ANA)
    for phone in (ana, tablet, ana, tablet, ana):
        change_pin(phone, old="407283")
    assert change_pin(tablet, old=ANA_PIN).json()["code"] == "proof_rejected"


def test_brunos_wrong_tries_are_not_anas() -> None:
    ana = enrolled_ana()
    bruno = sign_in(BRUNO)
    enrol(bruno, legal_name="Bruno Costa", cpf=BRUNO_CPF, pin="926048")
    for _ in range(6):
        change_pin(bruno, old="407283")
    assert change_pin(ana, old=ANA_PIN).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"pin": ANA_PIN},
        {"pin": 739164, "pin_again": ANA_PIN, "x": 1},
        {"pin": ANA_PIN, "pin_again": ANA_PIN, "challenge": "chl_x"},
        {"pin": ANA_PIN, "pin_again": ANA_PIN, "proof": {"method": "pin", "pin": ANA_PIN}},
        {"pin": ANA_PIN, "pin_again": ANA_PIN, "challenge": "c", "proof": {"method": "face"}},
        {"pin": [ANA_PIN], "pin_again": ANA_PIN},
        [],
        "pin",
    ],
)
def test_a_malformed_body_is_a_problem_and_nothing_else(body: Any) -> None:
    answer = sign_in(ANA).client.put("/v1/me/pin", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["code"] in {"input_invalid", "unknown_field"}
    assert PinDevice.objects.count() == 0
