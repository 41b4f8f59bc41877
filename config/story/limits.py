"""Why a limit is what it is, and an evening with less money on the phone."""

from datetime import datetime, timedelta
from typing import Any

from config.story.people import Phone, new_key
from config.story.tale import Tale


def ask_why(tale: Tale) -> None:
    """A new phone sends little, and every limit says why it is there."""
    told, ana, bruno = tale.transcript, tale.ana, tale.bruno
    told.tell(
        "Ana asks what she may send. Each limit says whose number it is, where it comes from, and"
        " what is left."
    )
    limit = _limit(ana, "sent_per_month")
    told.call(f"  · {limit['why']['detail']} ({limit['source']})")
    told.check("who set it", found=limit["set_by"], expected="country")
    told.tell("She signs in on a second phone. Whoever took her number and PIN could do the same.")
    second = Phone.of(ana.name, tale.base_url, told, number=ana.number)
    second.sign_in()
    quote = second.quote({"phone": bruno.number}, 20_001)
    told.call(f"  · {quote['refusal']['detail']}")
    told.check("R$ 200.01 from it", found=quote["refusal"]["code"], expected="limit_reached")
    allowed = second.quote({"phone": bruno.number}, 20_000)
    told.check("R$ 200.00 from it", found=allowed["refusal"], expected=None)
    told.tell("She chooses less for a month. That holds at once; taking it back waits a day.")
    body = {"kind": "person_to_person", "name": "sent_per_month"}
    lower = {"amount_minor": 300_000, "currency": "BRL"}
    ana.api.call("PUT", "/v1/limits", {**body, "limit": lower})
    told.check("her limit", found=_limit(ana, "sent_per_month")["limit"], expected=lower)
    ana.api.call("PUT", "/v1/limits", {**body, "limit": None})
    waiting = _limit(ana, "sent_per_month")
    told.check("her limit, still", found=waiting["limit"], expected=lower)
    told.call(f"  · the country's own again from {waiting['waiting']['at']}")


def go_out(tale: Tale) -> None:
    """Going-out mode refuses a payment, and ends with the PIN."""
    told, ana, bruno = tale.transcript, tale.ana, tale.bruno
    told.tell("Ana goes out. For four hours her phone shall not be able to send much.")
    now = ana.api.call("POST", "/v1/sandbox/clock", {"advance_seconds": 0})["now"]
    until = (datetime.fromisoformat(now) + timedelta(hours=4)).isoformat()
    little = {"amount_minor": 5_000, "currency": "BRL"}
    ana.api.call("PUT", "/v1/me/going-out", {"per_day": little, "until": until})
    more = ana.quote({"phone": bruno.number}, 5_001)
    told.call(f"  · {more['refusal']['detail']}")
    ana.pay(more, key=new_key(), expect=422, code="limit_reached")
    taxi = ana.pay(ana.quote({"phone": bruno.number}, 2_000, note="Táxi"), key=new_key())
    ana.wait_for_payment(taxi["id"], "completed")
    left = _limit(ana, "going_out_per_day")["left"]["amount_minor"]
    told.check("left for the evening", found=left, expected=3_000)
    told.tell("Somebody with her phone cannot loosen it. With her PIN she ends it.")
    looser = {"per_day": {"amount_minor": 50_000, "currency": "BRL"}, "until": until}
    ana.api.call("PUT", "/v1/me/going-out", looser, expect=409, code="state_conflict")
    challenge = ana.api.call("POST", "/v1/me/challenges", {"purpose": "going_out"}, expect=201)
    home = {
        "until": None,
        "challenge": challenge["id"],
        "proof": ana.proof(challenge["digest"]),
    }
    mode = ana.api.call("PUT", "/v1/me/going-out", home)
    told.check("going-out mode", found=mode["is_on"], expected=False)


def _limit(phone: Phone, name: str) -> dict[str, Any]:
    """Return one of somebody's limits."""
    limits = phone.api.call("GET", "/v1/limits")["data"]
    return next(limit for limit in limits if limit["name"] == name)
