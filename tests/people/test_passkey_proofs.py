"""Approving with a passkey: what holds, what is refused, and how refusals look."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import wall_now
from people.authenticators import credential_id_of, read_assertion, read_registration
from people.models import Device, Passkey, Person, PinDevice
from people.services.proofs import PasskeyEvidence, ProofRejected, prove
from tests.people.approving import add, challenge_of, change_pin
from tests.people.authenticator import Authenticator
from tests.people.cast import ANA, ANA_PIN, BRUNO, b64, enrolled_ana, sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "wrong",
    [{"verified": False}, {"origin": "https://troco.examp1e.com"}, {"domain": "examp1e.com"}],
)
def test_a_wrong_answer_is_refused_like_a_wrong_pin(wrong: dict[str, Any]) -> None:
    ana = enrolled_ana()
    finger = add(ana)
    pin = change_pin(ana, lambda digest: ana.proof(digest, "407283"))
    refused = change_pin(ana, lambda digest: finger.proof(digest, **wrong))
    assert refused.status_code == pin.status_code == 403
    bodies = [{**each.json(), "request_id": ""} for each in (pin, refused)]
    assert bodies[0] == bodies[1]
    assert change_pin(ana, lambda _: finger.proof(b64(bytes(32)))).status_code == 403
    assert change_pin(ana, Authenticator().proof).status_code == 403
    assert Passkey.objects.get().failures == 2
    assert change_pin(ana, finger.proof).status_code == 200
    assert Passkey.objects.get().failures == 0


def test_a_sign_count_that_does_not_rise_is_a_copy_and_zero_is_no_count() -> None:
    ana = enrolled_ana()
    key = add(ana, counts=True)
    assert change_pin(ana, key.proof).status_code == 200
    key.count -= 1
    assert change_pin(ana, key.proof, "384951").json()["code"] == "proof_rejected"
    assert change_pin(ana, key.proof, "384951").status_code == 200
    assert Passkey.objects.get().sign_count == 2
    synced = add(ana, pin="384951")
    for new in ("620837", "384951"):
        assert change_pin(ana, synced.proof, new).status_code == 200


def test_after_five_failures_a_passkey_waits_for_the_pin() -> None:
    ana = enrolled_ana()
    finger, other = add(ana), add(ana)
    for _ in range(5):
        wrong = change_pin(ana, lambda digest: finger.proof(digest, verified=False))
        assert wrong.json()["code"] == "proof_rejected"
    assert change_pin(ana, finger.proof).json()["code"] == "proof_rejected"
    offer = challenge_of(ana, "pin")["proof"]["webauthn"]["allowCredentials"]
    assert [each["id"] for each in offer] == [b64(other.credential_id)]
    assert change_pin(ana, lambda digest: ana.proof(digest, ANA_PIN)).status_code == 200
    assert change_pin(ana, finger.proof, "384951").status_code == 200


def test_a_passkey_changes_a_pin_that_is_locked_for_good() -> None:
    ana = enrolled_ana()
    finger = add(ana)
    PinDevice.objects.update(failures=10)
    assert ana.client.get("/v1/me/pin").json()["must_reset"] is True
    assert change_pin(ana, finger.proof).status_code == 200
    assert ana.client.get("/v1/me/pin").json()["tries_left"] == 5


def test_a_passkey_is_its_persons_and_needs_a_live_device() -> None:
    ana = enrolled_ana()
    sign_in(BRUNO)
    finger = add(ana)
    people = {each.phone: each for each in Person.objects.all()}
    devices = {each.person.phone: each for each in Device.objects.select_related("person")}
    digest = bytes(range(32))

    def try_it(whose: str, on: str) -> str:
        evidence = PasskeyEvidence(credential=finger.get(digest))
        return prove(person=people[whose], device=devices[on], digest=digest, evidence=evidence)

    for whose, on in ((BRUNO, BRUNO), (ANA, BRUNO), (BRUNO, ANA)):
        with pytest.raises(ProofRejected):
            try_it(whose, on)
    assert try_it(ANA, ANA).startswith("prf_")
    Device.objects.filter(person=people[ANA]).update(removed_at=wall_now(), token_hash=None)
    with pytest.raises(ProofRejected):
        try_it(ANA, ANA)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(b64(bytes(40))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    place=st.sampled_from(
        [
            "id",
            "rawId",
            "type",
            "response",
            "clientDataJSON",
            "authenticatorData",
            "signature",
            "attestationObject",
            "userHandle",
            "transports",
            "authenticatorAttachment",
        ]
    ),
    value=json_values,
)
def test_hostile_answers_are_refused_and_never_break(place: str, value: Any) -> None:
    finger, digest = Authenticator(), bytes(range(32))
    for credential in (finger.get(digest), finger.create({"challenge": b64(digest)})):
        hostile = json.loads(json.dumps(credential))
        outside = {"id", "rawId", "type", "response", "authenticatorAttachment"}
        (hostile if place in outside else hostile["response"])[place] = value
        assert isinstance(credential_id_of(hostile), bytes)
        read_registration(hostile, digest)
        assert read_assertion(hostile, digest, b"", 0) is None
    nothing: Any
    for nothing in (value, None, [], {"response": value}):
        assert read_registration(nothing, digest) is None
        assert read_assertion(nothing, digest, b"", 0) is None
        assert isinstance(credential_id_of(nothing), bytes)
