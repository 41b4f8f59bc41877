"""Where payments are not open, and what an order to stop everything does to money under way."""

import re
import time

from config.seed import cast
from config.story.people import Phone, new_key
from config.story.tale import Tale
from config.story.transcript import StoryFailed

HOLDS = "/admin/payments/regulatorhold/"
LONGER_THAN_A_TRY_SECONDS = 5


def wait_for_a_country(tale: Tale) -> None:
    """Asha wants to hear when Bangladesh opens, and thinks again."""
    told = tale.transcript
    asha: Phone = tale.known["asha"]
    place = "/v1/availability/BD"
    told.tell("Where it is not open, anybody can leave a number, and is told once when it opens.")
    before = tale.anyone.call("GET", place)["waiting"]
    for words in ("her number is listed", "twice is once, and says the same"):
        joined = asha.api.call("POST", f"{place}/waitlist", {}, expect=202)
        told.check(words, found=joined["state"], expected="listed")
    told.tell("The number is hers: she takes it off the list again.")
    asha.api.call("DELETE", f"{place}/waitlist", expect=204)
    told.check("waiting", found=tale.anyone.call("GET", place)["waiting"], expected=before)


def stop_everything(tale: Tale) -> None:
    """An order stops everything while money is between two people; lifted by two, it goes on."""
    told, ana = tale.transcript, tale.ana
    dora = Phone.of("Dora Lima Reis", tale.base_url, told)
    told.tell("Ana pays Dora, who is not on Troco yet: the money is taken and waits for her.")
    payment = ana.pay(ana.quote({"phone": dora.number}, 1500), key=new_key())["id"]
    path = f"/v1/payments/{payment}"
    ana.wait_for_payment(payment, "pending_claim")
    told.tell("Now an authority orders to stop everything among people. One person imposes it.")
    hold_id = _impose(tale)
    waiting = ana.api.call("GET", path)["waiting"]
    told.call(f"  · Ana reads: {waiting['detail']}")
    told.check("why it waits", found=waiting["code"], expected="regulator_hold")
    told.tell("Dora signs up. The money is hers, and stays where it is; nor can Ana take it back.")
    dora.sign_in()
    dora.enrol(bank=cast.JATOBA, balance_minor=10_000)
    time.sleep(LONGER_THAN_A_TRY_SECONDS)
    told.check("the payment", found=ana.api.call("GET", path)["state"], expected="pending_claim")
    ana.api.call("POST", f"{path}/cancel", {}, expect=409, code="capability_closed", key=new_key())
    told.tell("Two people lift the order, and the money goes on by itself.")
    for login, reason in (("marta", "Order withdrawn"), ("otto", "Seen, agreed")):
        tale.known[login].submit(f"/admin/holds/{hold_id}/lift", {"reason": reason})
    tale.has_hold = False
    ana.wait_for_payment(payment, "completed")
    told.check("what it waits for", found=ana.api.call("GET", path)["waiting"], expected=None)


def _impose(tale: Tale) -> str:
    """Let Marta stop everything among people; return the hold's id."""
    marta = tale.known["marta"]
    order = {
        "country": "BR",
        "capability": "person_to_person",
        "level": "stop_all",
        "reason": "Story: everything stops",
        "legal_reference": "Ofício 9/2026",
    }
    tale.has_hold = True
    marta.submit("/admin/holds/impose", order)
    found = re.findall(r"hld_[0-9A-Z]{26}", marta.open(HOLDS))
    if not found:
        raise StoryFailed("the staff's page shows no hold")
    return str(max(found))
