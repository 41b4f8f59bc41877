"""Consent is for one text: whatever is changed in it afterwards is refused, by PIN and passkey."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import business_now
from payments.models import Payment
from payments.services.signed_text import canonical, digest_of
from people.authenticators import read_registration
from people.models import Passkey, PinDevice, Proof
from people.services.proofs import PasskeyEvidence, PinEvidence, ProofRejected, prove
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import PIN, Someone, new_payer
from tests.people.authenticator import Authenticator
from tests.people.cast import b64, unb64

pytestmark = pytest.mark.django_db

_ids = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26)
CHANGES = st.one_of(
    st.tuples(st.just("payer"), _ids.map(lambda end: {"name": "Ana S***", "party": f"pty_{end}"})),
    st.tuples(
        st.just("payee"), _ids.map(lambda end: {"name": "Bruno S***", "party": f"pty_{end}"})
    ),
    st.tuples(st.just("amount_minor"), st.integers(1, 2**53 - 1)),
    st.tuples(st.just("currency"), st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)),
    st.tuples(st.just("expires_at"), st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S.000Z}")),
    st.tuples(st.just("nonce"), st.binary(min_size=16, max_size=16).map(b64)),
)


def give_passkey(someone: Someone) -> Authenticator:
    """Give a passkey without its ceremony, which has tests of its own."""
    finger = Authenticator()
    challenge = bytes(32)
    made = read_registration(finger.create({"challenge": b64(challenge)}), challenge)
    assert made is not None
    Passkey.objects.create(
        public_id=f"psk_{someone.person.id}",
        user=someone.person,
        name="Finger",
        credential_id=made.credential_id,
        public_key=made.public_key,
        is_synced=False,
        created_at=business_now(),
    )
    return finger


def changed(text: str, place: str, value: Any) -> str:
    """Return the signed text with one thing changed, in its canonical form."""
    said = json.loads(text)
    if place in {"amount_minor", "currency"}:
        for money in ("amount", "total"):
            said[money][place] = value
    else:
        said[place] = value
    return canonical(said)


def test_a_passkey_pays_what_its_quote_says(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    finger = give_passkey(ana)
    quote = ana.quote({"party": bruno.party}, 10_00).json()
    assert quote["proof"]["methods"] == ["pin", "passkey"]
    assert quote["proof"]["webauthn"]["challenge"] == quote["digest"]
    other = ana.quote({"party": bruno.party}, 10_00).json()
    for digest, code in ((other["digest"], "proof_rejected"), (quote["digest"], None)):
        body = {"quote": quote["id"], "proof": finger.proof(digest)}
        answer = ana.post("/v1/payments", body, key=f"key-{code}")
        assert answer.json().get("code") == code
    payment = Payment.objects.get()
    proof = Proof.objects.get(public_id=payment.proof_id)
    assert (proof.method, proof.used_by, bytes(proof.digest)) == (
        "passkey",
        payment.public_id,
        unb64(quote["digest"]),
    )
    again = ana.post(
        "/v1/payments", {"quote": quote["id"], "proof": finger.proof(quote["digest"])}, key="again"
    )
    assert again.json()["code"] == "quote_used"


def test_whatever_is_changed_after_consent_is_refused(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    finger = give_passkey(ana)
    quote = ana.quote({"party": bruno.party}, 10_00).json()
    text, digest = quote["signed_text"], unb64(quote["digest"])
    assert digest_of(text) == digest
    by_pin = PinEvidence(PIN, ana.key.sign(digest))
    by_passkey = PasskeyEvidence(finger.get(digest))

    @settings(max_examples=500, deadline=None, derandomize=True)
    @given(change=CHANGES)
    def refuse(change: tuple[str, Any]) -> None:
        other = changed(text, *change)
        if other == text:
            return
        for evidence in (by_pin, by_passkey):
            with pytest.raises(ProofRejected):
                prove(
                    person=ana.person,
                    device=ana.device,
                    digest=digest_of(other),
                    evidence=evidence,
                )
        # Five failures would end the passkey, and the sixth be refused for another reason.
        assert Passkey.objects.update(failures=0) == 1

    refuse()
    assert (Proof.objects.count(), PinDevice.objects.get(user=ana.person).failures) == (0, 0)
    for evidence in (by_pin, by_passkey):
        assert prove(person=ana.person, device=ana.device, digest=digest, evidence=evidence)
