"""A number that was taken over, and a PIN that was forgotten: who can do what, and when."""

from config.story.people import Phone, new_key
from config.story.tale import Tale

RECOVERY = "/v1/me/pin/recovery"
NEW_PIN = "384062"


def lose_a_number(tale: Tale) -> None:
    """Somebody takes over Bruno's number; he stops them, and later forgets his own PIN."""
    told, bruno = tale.transcript, tale.bruno
    told.tell(
        "Somebody talked Bruno's operator into a new SIM card. His number's code lets them in, and"
        " that is all: without his PIN they can neither pay nor send his phone away."
    )
    mark = bruno.api.call("GET", "/v1/updates?after=now")["next"]
    thief = Phone.of("Thief", tale.base_url, told, number=bruno.number)
    thief.sign_in(keep_name=True)
    devices = thief.api.call("GET", "/v1/me/devices")["data"]
    his = next(each["id"] for each in devices if not each["is_current"])
    thief.api.call("DELETE", f"/v1/me/devices/{his}", expect=403, code="proof_needed")
    told.tell("They begin to recover the PIN. No bank confirms them, so it takes a week.")
    begun = thief.api.call("POST", RECOVERY, {}, expect=201)
    told.check("confirmed by a bank", found=begun["is_verified"], expected=False)
    news = bruno.api.call("GET", f"/v1/updates?after={mark}")["data"]
    heard = [each["data"]["what"] for each in news if each["kind"] == "security"]
    told.check("Bruno's phone heard of it", found=heard, expected=["recovery_started"])
    told.tell("One tap stops it, another sends the stranger's device away.")
    bruno.api.call("DELETE", RECOVERY, expect=204)
    theirs = next(each["id"] for each in devices if each["is_current"])
    bruno.api.call("DELETE", f"/v1/me/devices/{theirs}", expect=204)
    thief.api.call("GET", "/v1/me", expect=401, code="unauthenticated")


def forget_a_pin(tale: Tale) -> None:
    """Bruno forgets his PIN; his bank confirms him, and a day must pass."""
    told, bruno = tale.transcript, tale.bruno
    told.tell("Bruno cannot remember his PIN. His bank's app shows him a code that says it is he.")
    source = bruno.api.call("GET", "/v1/funding-sources")["data"][0]["id"]
    asked = {"funding_source": source}
    code = bruno.api.call("POST", "/v1/sandbox/funding-codes", asked, expect=201)
    proven = {**asked, "code": code["verification_code"]}
    begun = bruno.api.call("POST", RECOVERY, proven, expect=201)
    told.check("confirmed by his bank", found=begun["is_verified"], expected=True)
    told.call(f"  · the new PIN may be chosen from {begun['ready_at']}")
    _choose(bruno, expect=409, code="state_conflict")


def choose_a_new_pin(tale: Tale) -> None:
    """The day has passed, and the phone that waited sets the new PIN."""
    told, bruno = tale.transcript, tale.bruno
    told.tell("More than a day has passed. The phone that began chooses the new PIN.")
    state = bruno.api.call("GET", RECOVERY)
    told.check("the recovery", found=state["state"], expected="ready")
    _choose(bruno, expect=200)
    old, bruno.pin = bruno.pin, NEW_PIN
    told.tell("The old PIN is worth nothing; the new one pays, little at first.")
    coffee = bruno.quote({"phone": tale.ana.number}, 450, note="Café")
    bruno.pay(coffee, key=new_key(), pin=old, expect=403, code="proof_rejected")
    paid = bruno.pay(bruno.quote({"phone": tale.ana.number}, 450, note="Café"), key=new_key())
    bruno.wait_for_payment(paid["id"], "completed")
    much = bruno.quote({"phone": tale.ana.number}, 201_00)
    told.check("more than R$ 200", found=much["refusal"]["code"], expected="limit_reached")


def _choose(phone: Phone, *, expect: int, code: str = "") -> None:
    """Ask to set the new PIN with the device's key."""
    asked = {"purpose": "recovery"}
    challenge = phone.api.call("POST", "/v1/me/challenges", asked, expect=201)
    body = {
        "pin": NEW_PIN,
        "pin_again": NEW_PIN,
        "challenge": challenge["id"],
        "signature": phone.key.sign(challenge["digest"]),
    }
    phone.api.call("PUT", RECOVERY, body, expect=expect, code=code)
