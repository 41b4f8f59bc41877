"""Money that goes back: a part that Zé refunds, and a dispute that is decided for Ana."""

import time

from config.seed import cast
from config.story.client import Browser
from config.story.people import new_key
from config.story.tale import Tale, code_of, until_next_code
from config.story.transcript import StoryFailed

CAKE = 4000
PART = 1500
TRIES = 3


def give_a_part_back(tale: Tale) -> None:
    """Zé gives a part of a cake's price back, from the payment's page."""
    told, ana, owner = tale.transcript, tale.ana, tale.known["owner"]
    payment = _buy(tale)
    tale.known["cake_payment"] = payment
    told.tell("One layer was burnt. Zé opens the payment and gives R$ 15 back.")
    sheet = f"/portal/payments/{payment}/refund"
    told.check(
        "the fee goes back with it", found="Our fee in it" in owner.open(sheet), expected=True
    )
    told.tell("His authenticator's code is asked for again, although he is signed in.")
    form = {"amount": "15,00", "reason": "damaged", "note": "Queimou uma camada", "key": new_key()}
    _refund(owner, sheet, form)
    answer = ana.wait_for_payment(payment, "partially_refunded")
    told.check("what Ana has back", found=answer["refunded"]["amount_minor"], expected=PART)
    told.check("why", found=answer["refunds"][0]["note"], expected="Queimou uma camada")
    page = owner.open(f"/portal/payments/{payment}")
    told.check("Zé sees it on the payment", found="Given back" in page, expected=True)
    told.tell("The next payout is smaller by what left his money: the part less the fee in it.")
    coming = owner.open("/portal/payouts")
    told.check("the coming payout says so", found="Refunds" in coming, expected=True)


def dispute_the_rest(tale: Tale) -> None:
    """Ana says that nothing came; the money is held, Zé answers, and Otto decides."""
    told, ana, owner = tale.transcript, tale.ana, tale.known["owner"]
    payment = tale.known["cake_payment"]
    claim = {"kind": "commercial", "reason": "not_received", "text": "Esperei e nada chegou."}
    path = f"/v1/payments/{payment}/dispute"
    dispute = ana.api.call("POST", path, claim, expect=201, key=new_key())
    told.check("what is disputed", found=dispute["amount"]["amount_minor"], expected=CAKE - PART)
    told.check("it waits for", found=dispute["state"], expected="evidence_due")
    told.call(f"  · held: {dispute['held']['amount_minor']}, answer by {dispute['answer_by']}")
    here = f"/portal/disputes/{dispute['id']}"
    page = owner.open(here)
    told.check("Zé sees what is held", found="of your money is held" in page, expected=True)
    told.tell("While it is open nothing else of the payment can be refunded, and it has no second.")
    ana.api.call("POST", path, claim, expect=409, code="state_conflict", key=new_key())
    answer = {"text": "Foi entregue às nove.", "evidence": "Recibo 12", "verb": "submit"}
    owner.submit(here, answer)
    told.tell("He has answered, once. Otto reads both and decides for Ana.")
    decision = {"outcome": "lost", "reason": "Story: the receipt names somebody else"}
    tale.known["otto"].submit(f"/admin/disputes/{dispute['id']}/decide", decision)
    ana.wait_for_payment(payment, "refunded")
    decided = ana.api.call("GET", f"/v1/disputes/{dispute['id']}")
    told.check("the dispute, as Zé sees it", found=decided["state"], expected="lost")
    told.check("nothing is held any more", found=decided["held"]["amount_minor"], expected=0)
    page = owner.open(here)
    told.check("Zé reads why", found=decision["reason"] in page, expected=True)


def _buy(tale: Tale) -> str:
    """Let Ana pay Zé for a cake, without an order."""
    ana = tale.ana
    quote = ana.quote({"party": tale.known["shop"]["party"]}, CAKE, note="Bolo de aniversário")
    payment = str(ana.pay(quote, key=new_key())["id"])
    ana.wait_for_payment(payment, "completed")
    return payment


def _refund(owner: Browser, sheet: str, form: dict[str, str]) -> None:
    """Send the sheet with a code that was not used; the form's key makes it one refund.

    Raises:
        StoryFailed: It was refused.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            owner.submit(sheet, form | {"code": code_of(cast.OWNER)}, secret=True)
        except StoryFailed:
            if not tries_left:
                raise
            time.sleep(until_next_code())
        else:
            return
