"""Registering, listing and removing passkeys over HTTP, with an authenticator in software."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from core.clock import advance, wall_now
from messaging.models import FeedRow
from people.models import Passkey, PasskeyRegistration, PinDevice, Proof
from tests.people.approving import (
    NEW_PIN,
    OPTIONS,
    PASSKEYS,
    add,
    begin,
    challenge_of,
    change_pin,
    finish,
    post,
)
from tests.people.authenticator import Authenticator
from tests.people.cast import ANA, ANA_PIN, BRUNO, b64, enrolled_ana, sign_in

pytestmark = pytest.mark.django_db


def test_a_passkey_is_registered_with_the_pin_and_approves_like_it() -> None:
    ana = enrolled_ana()
    begun = begin(ana).json()
    options = begun["webauthn"]
    assert options["rp"] == {"id": "localhost", "name": "Troco"}
    assert options["user"]["id"] == b64(ana.party["id"].encode())
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["excludeCredentials"] == []
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [-7, -257]
    finger = Authenticator()
    made = finish(ana, begun, finger.create(options)).json()
    assert (made["name"], made["is_synced"], made["last_used_at"]) == ("Finger", False, None)
    challenge = challenge_of(ana, "pin")
    offer = challenge["proof"]
    assert offer["methods"] == ["pin", "passkey"]
    assert offer["webauthn"] == {
        "challenge": challenge["digest"],
        "timeout": 120_000,
        "rpId": "localhost",
        "allowCredentials": [{"id": b64(finger.credential_id), "type": "public-key"}],
        "userVerification": "required",
    }
    assert change_pin(ana, finger.proof).status_code == 200
    shown = ana.client.get(PASSKEYS).json()["data"][0]
    assert shown["last_used_at"] is not None
    proof = Proof.objects.get(method="passkey")
    assert (proof.passkey, proof.used_at is not None) == (Passkey.objects.get(), True)


def test_many_passkeys_are_listed_newest_first_in_one_query_each_page(
    django_assert_num_queries: Any,
) -> None:
    ana = enrolled_ana()
    add(ana)
    with django_assert_num_queries(2):
        assert len(ana.client.get(PASSKEYS).json()["data"]) == 1
    two, three = add(ana), add(ana)
    with django_assert_num_queries(2):
        found = ana.client.get(PASSKEYS).json()
    assert (len(found["data"]), found["next"]) == (3, None)
    assert found["data"][0]["id"] > found["data"][2]["id"]
    allowed = challenge_of(ana, "pin")["proof"]["webauthn"]["allowCredentials"]
    assert [each["id"] for each in allowed][1:] == [
        b64(two.credential_id),
        b64(three.credential_id),
    ]
    assert [each["id"] for each in begin(ana).json()["webauthn"]["excludeCredentials"]] == [
        each["id"] for each in allowed
    ]


def test_a_removed_passkey_proves_nothing_and_frees_nothing() -> None:
    ana = enrolled_ana()
    finger = add(ana)
    path = f"{PASSKEYS}/{ana.client.get(PASSKEYS).json()['data'][0]['id']}"
    assert sign_in(BRUNO).client.delete(path).status_code == 404
    assert ana.client.delete(path).status_code == 204
    assert ana.client.delete(path).status_code == 404
    assert ana.client.get(PASSKEYS).json()["data"] == []
    assert challenge_of(ana, "pin")["proof"] == {"methods": ["pin"], "webauthn": None}
    assert change_pin(ana, finger.proof).json()["code"] == "proof_rejected"


def test_the_first_of_all_proofs_may_be_a_passkey_within_fifteen_minutes() -> None:
    ana = sign_in(ANA)
    with time_machine.travel(wall_now() + timedelta(minutes=15, seconds=1)):
        assert post(ana, OPTIONS).json()["code"] == "sign_in_too_old"
    begun = post(ana, OPTIONS).json()
    finger = Authenticator()
    assert finish(ana, begun, finger.create(begun["webauthn"])).status_code == 201
    again = post(ana, OPTIONS)
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
    challenge = challenge_of(ana, "passkey")
    body = {"challenge": challenge["id"], "proof": finger.proof(challenge["digest"])}
    assert post(ana, OPTIONS, body).status_code == 201


def test_with_a_passkey_the_first_pin_needs_its_proof() -> None:
    """Whoever took over the number signs in, and must not choose the PIN of its owner."""
    ana = sign_in(ANA)
    begun, finger = post(ana, OPTIONS).json(), Authenticator()
    finish(ana, begun, finger.create(begun["webauthn"]))
    thief = sign_in(ANA)
    for phone in (thief, ana):
        answer = phone.client.put("/v1/me/pin", {"pin": NEW_PIN, "pin_again": NEW_PIN}, "json")
        assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")
    assert change_pin(thief, Authenticator().proof).json()["code"] == "proof_rejected"
    path = f"{PASSKEYS}/{Passkey.objects.get().public_id}"
    assert thief.client.delete(path).json()["code"] == "state_conflict"
    assert PinDevice.objects.count() == 0
    assert change_pin(ana, finger.proof).json()["is_set"] is True
    assert Proof.objects.get().used_at is not None
    assert ana.client.delete(path).status_code == 204


def test_whoever_has_a_pin_registers_with_a_proof() -> None:
    ana = enrolled_ana()
    assert post(ana, OPTIONS).json()["code"] == "state_conflict"
    assert post(ana, OPTIONS, {"challenge": "chl_x"}).status_code == 400
    assert begin(ana, "407283").json()["code"] == "proof_rejected"
    assert post(sign_in(ANA), OPTIONS).json()["code"] == "state_conflict"
    assert PasskeyRegistration.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"verified": False},
        {"origin": "https://troco.examp1e.com"},
        {"origin": "http://localhost:8001"},
        {"domain": "examp1e.com"},
        {"public_key": {1: 1, 3: -8, -1: 6, -2: bytes(32)}},
        {"public_key": {1: 3, 3: -257, -1: b"\xff" * 4_096, -2: b"\x01\x00\x01"}},
    ],
)
def test_a_wrong_registration_is_refused(wrong: dict[str, Any]) -> None:
    ana = enrolled_ana()
    begun, finger = begin(ana).json(), Authenticator()
    answer = finish(ana, begun, finger.create(begun["webauthn"], **wrong))
    assert (answer.status_code, answer.json()["code"]) == (422, "passkey_refused")
    assert Passkey.objects.count() == 0
    assert finish(ana, begun, finger.create(begun["webauthn"])).status_code == 201


def test_a_registration_works_once_in_time_and_on_its_device() -> None:
    ana, bruno = enrolled_ana(), sign_in(BRUNO)
    begun, finger = begin(ana).json(), Authenticator()
    good = finger.create(begun["webauthn"])
    for other in (sign_in(ANA), bruno):
        assert finish(other, begun, good).status_code == 404
    other = begin(ana).json()
    assert finish(ana, other, good).json()["code"] == "passkey_refused"
    assert finish(ana, begun, good, name=" ").status_code == 400
    assert finish(ana, begun, good).status_code == 201
    assert finish(ana, begun, good).json()["code"] == "state_conflict"
    late = begin(ana).json()
    advance(301)
    assert finish(ana, late, Authenticator().create(late["webauthn"])).status_code == 409
    begun = post(bruno, OPTIONS).json()
    stolen = finish(bruno, begun, finger.create(begun["webauthn"]))
    assert stolen.json()["code"] == "passkey_refused"
    assert Passkey.objects.count() == 1


def test_a_changed_pin_ends_what_the_old_one_began() -> None:
    ana = enrolled_ana()
    begun = begin(ana).json()
    assert change_pin(ana, lambda digest: ana.proof(digest, ANA_PIN)).status_code == 200
    answer = finish(ana, begun, Authenticator().create(begun["webauthn"]))
    assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")
    assert Passkey.objects.count() == 0


def test_every_device_hears_of_passkeys() -> None:
    ana = enrolled_ana()
    add(ana)
    ana.client.delete(f"{PASSKEYS}/{Passkey.objects.get().public_id}")
    rows = FeedRow.objects.filter(kind="security").order_by("id").values_list("payload", flat=True)
    assert [(row["what"], row.get("name")) for row in rows] == [
        ("pin_changed", None),
        ("passkey_added", "Finger"),
        ("passkey_removed", "Finger"),
    ]
