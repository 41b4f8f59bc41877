"""Paying with a fingerprint, and stopping everything with one tap."""

from typing import Any

from config.story.authenticator import Authenticator, challenge_in
from config.story.people import Phone, new_key
from config.story.tale import Tale


def pay_by_fingerprint(tale: Tale) -> None:
    """Ana adds a passkey with her PIN, and pays with her finger."""
    told, ana, bruno = tale.transcript, tale.ana, tale.bruno
    told.tell("Ana adds the fingerprint of her phone. Her PIN approves it, once.")
    finger = Authenticator(tale.base_url)
    tale.known["finger"] = finger
    approved = _approve(ana, "passkey", pin=ana.pin)
    begun = ana.api.call("POST", "/v1/me/passkeys/options", approved, expect=201)
    made = {
        "registration": begun["registration"],
        "name": "Ana's phone",
        "credential": finger.create(begun["webauthn"]),
    }
    ana.api.call("POST", "/v1/me/passkeys", made, expect=201)
    told.tell("From now on every quote also says how a finger approves it.")
    quote = ana.quote({"phone": bruno.number}, 900, note="Pão de queijo")
    told.check("how it can be approved", found=quote["proof"]["methods"], expected=_BOTH)
    credential = finger.get(quote["proof"]["webauthn"])
    told.check("what the finger signs", found=challenge_in(credential), expected=quote["digest"])
    proof = {"method": "passkey", "credential": credential}
    told.tell("The same touch for another payment is refused.")
    other = ana.quote({"phone": bruno.number}, 90_000)
    mixed = {"quote": other["id"], "proof": proof}
    ana.send(mixed, key=new_key(), expect=403, code="proof_rejected")
    paid = ana.send({"quote": quote["id"], "proof": proof}, key=new_key())
    ana.wait_for_payment(paid["id"], "completed")


def freeze(tale: Tale) -> None:
    """Ana misses her phone, freezes, finds it, and unfreezes."""
    told, ana, bruno = tale.transcript, tale.ana, tale.bruno
    told.tell("Ana cannot find her phone. One tap on another device stops her payments.")
    tablet = Phone.of(ana.name, tale.base_url, told, number=ana.number)
    tablet.sign_in()
    mark = ana.api.call("GET", "/v1/updates?after=now")["next"]
    tablet.api.call("POST", "/v1/me/freeze")
    stopped = ana.quote({"phone": bruno.number}, 500)
    ana.pay(stopped, key=new_key(), expect=403, code="frozen")
    news = ana.api.call("GET", f"/v1/updates?after={mark}")["data"]
    heard = [each["data"]["what"] for each in news if each["kind"] == "security"]
    told.check("her phone heard of it", found=heard[-1], expected="frozen")
    told.tell("What comes in still comes in.")
    received = bruno.pay(bruno.quote({"phone": ana.number}, 300), key=new_key())
    bruno.wait_for_payment(received["id"], "completed")
    told.tell("It was in the kitchen. Her finger lets payments go on.")
    state = ana.api.call("POST", "/v1/me/unfreeze", _touch(ana, tale.known["finger"]))
    told.check("frozen", found=state["is_frozen"], expected=False)
    again = ana.pay(ana.quote({"phone": bruno.number}, 500), key=new_key())
    ana.wait_for_payment(again["id"], "completed")


_BOTH = ["pin", "passkey"]


def _approve(phone: Phone, purpose: str, *, pin: str) -> dict[str, Any]:
    """Approve something that is no payment with the PIN."""
    challenge = phone.api.call("POST", "/v1/me/challenges", {"purpose": purpose}, expect=201)
    return {"challenge": challenge["id"], "proof": phone.proof(challenge["digest"], pin=pin)}


def _touch(phone: Phone, finger: Authenticator) -> dict[str, Any]:
    """Approve the unfreezing with the finger."""
    asked = phone.api.call("POST", "/v1/me/challenges", {"purpose": "unfreeze"}, expect=201)
    credential = finger.get(asked["proof"]["webauthn"])
    return {"challenge": asked["id"], "proof": {"method": "passkey", "credential": credential}}
