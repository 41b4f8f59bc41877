"""The main job, chapter by chapter."""

import io
import re
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.management import call_command

from config.seed import cast
from config.story import (
    between_people,
    bot,
    countries,
    groups,
    limits,
    outside,
    receipts,
    recovery,
    refunds,
    safety,
)
from config.story.people import Phone, new_key
from config.story.tale import Tale
from config.story.transcript import StoryFailed

HOLDS = "/admin/payments/regulatorhold/"
LUNCH = 3200 * 2  # Two carrot cakes, in centavos.


def open_countries(tale: Tale) -> None:
    """Anybody may ask where payments are open, and why not."""
    told = tale.transcript
    told.tell(
        "Brazil is open: two banks have live signed agreements and answer. India is a pilot for so"
        " many people. Bangladesh, Mexico and Singapore are planned, and anybody may ask what is"
        " missing."
    )
    brazil = tale.anyone.call("GET", "/v1/availability/BR")
    states = {name: facts["state"] for name, facts in _capabilities(brazil).items()}
    told.check("Brazil, purchase", found=states["purchase"], expected="open")
    told.check("Brazil, person to person", found=states["person_to_person"], expected="open")
    listed = {each["country"]: each for each in tale.anyone.call("GET", "/v1/availability")["data"]}
    told.check("India, enrolment", found=_state(listed["IN"], "enrolment"), expected="open")
    for country in ("BD", "MX", "SG"):
        answer = tale.anyone.call("GET", f"/v1/availability/{country}")
        purchase = _capabilities(answer)["purchase"]
        told.check(f"{country}, purchase", found=purchase["state"], expected="closed")
        for missing in purchase["missing"][:3]:
            told.call(f"  · missing: {missing}")
        told.check(
            f"{country} says what is missing", found=bool(purchase["missing"]), expected=True
        )


def _state(country: dict[str, Any], capability: str) -> str:
    return str(_capabilities(country)[capability]["state"])


def arrive(tale: Tale) -> None:
    """Ana and Bruno become able to pay."""
    told = tale.transcript
    told.tell(
        "Ana and Bruno sign in by phone; their phones keep a key that never leaves them. They"
        " give their identity, choose a PIN, and link a bank account with the bank's own code."
    )
    tale.ana.sign_in()
    tale.ana.enrol(bank=cast.IPE, balance_minor=50_000)
    tale.bruno.sign_in()
    tale.bruno.enrol(bank=cast.JATOBA, balance_minor=10_000)


def ask(tale: Tale) -> None:
    """Ana asks, and is shown a product."""
    told, ana = tale.transcript, tale.ana.api
    shops = ana.call("GET", "/v1/shops?q=Padaria")["data"]
    shop = next(one for one in shops if one["name"] == cast.SHOP_NAME)
    tale.known["shop"] = shop
    talk = ana.call("POST", "/v1/conversations", {"with": [shop["party"]]})
    tale.known["talk"] = talk["id"]
    said = {"client_id": new_key(), "type": "text", "text": "Oi Zé! Tem bolo de cenoura hoje?"}
    ana.call("POST", f"/v1/conversations/{talk['id']}/messages", said, expect=201)
    shelf = ana.call("GET", f"/v1/shops/{shop['id']}/products?q=cenoura")["data"]
    cake = shelf[0]
    tale.known["cake"] = cake
    told.tell("Zé answers from the portal, where the message has arrived, and shows the cake.")
    owner = tale.portal(cast.OWNER)
    tale.known["owner"] = owner
    page = owner.open(f"/portal/conversations/{talk['id']}")
    told.check("Ana's words on Zé's page", found=said["text"] in page, expected=True)
    here = f"/portal/conversations/{talk['id']}"
    owner.submit(
        f"{here}/text", {"text": "Tem sim, saiu agora!", "client_id": new_key()}, page=here
    )
    shown = {"product": cake["id"], "client_id": new_key()}
    owner.submit(f"{here}/product", shown, page=here)
    history = ana.call("GET", f"/v1/conversations/{talk['id']}/messages")["data"]
    kinds = [message["type"] for message in sorted(history, key=lambda m: m["seq"])]
    told.check("what Ana sees", found=kinds, expected=["text", "text", "product"])


def order_two(tale: Tale) -> None:
    """Ana orders two of them."""
    told, ana = tale.transcript, tale.ana.api
    shop, talk, cake = tale.known["shop"], tale.known["talk"], tale.known["cake"]
    told.tell("The server prices the order, and the stock is reserved for her.")
    lines = [{"product": cake["id"], "quantity": 2}]
    order = ana.call(
        "POST",
        "/v1/orders",
        {"shop": shop["id"], "conversation": talk, "lines": lines},
        expect=201,
        key=new_key(),
    )
    tale.known["order"] = order["id"]
    told.check("the order's total", found=order["total"]["amount_minor"], expected=LUNCH)
    told.check("the order", found=order["state"], expected="awaiting_payment")
    left = ana.call("GET", f"/v1/shops/{shop['id']}/products?q=cenoura")["data"][0]["left"]
    told.check("two cakes fewer to sell", found=left, expected=cake["left"] - 2)


def pay_the_order(tale: Tale) -> None:
    """Ana takes a quote and pays with PIN and device."""
    told, ana = tale.transcript, tale.ana
    quote = ana.quote({"order": tale.known["order"]})
    told.call(f"  · to {quote['payee']['legal_name']}, fee {quote['fee']['amount_minor']}")
    told.call(f"  · arrives by {quote['arrives_by']}, good until {quote['expires_at']}")
    told.check("nothing would refuse it", found=quote["refusal"], expected=None)
    told.tell(
        "The PIN and the phone's signature are over the quote's digest: this payee, this amount,"
        " and no other. The bubble is in the chat in the same commit as the payment."
    )
    key = new_key()
    body = {"quote": quote["id"], "proof": ana.proof(quote["digest"])}
    payment = ana.send(body, key=key)
    tale.known["payment"] = payment["id"]
    tale.known["quote"] = quote
    bubbles = _payment_bubbles(tale, ana)
    told.check("the bubble is there", found=payment["id"] in bubbles, expected=True)
    again = ana.send(body, key=key)
    told.check(
        "the same request again is the same payment", found=again["id"], expected=payment["id"]
    )
    ana.wait_for_payment(payment["id"], "completed")
    told.tell("The worker has charged her bank. The order is paid and the bubble says so.")
    order = ana.api.call("GET", f"/v1/orders/{tale.known['order']}")
    told.check("the order", found=order["state"], expected="paid")
    told.check("the bubble", found=_payment_bubbles(tale, ana)[payment["id"]], expected="completed")
    page = tale.known["owner"].open(f"/portal/payments/{payment['id']}")
    told.check("Zé sees the payment", found=payment["id"] in page, expected=True)


def send_to_a_friend(tale: Tale) -> None:
    """Ana sends Bruno R$ 25."""
    told, ana, bruno = tale.transcript, tale.ana, tale.bruno
    quote = ana.quote({"phone": bruno.number}, 2500, note="Metade do almoço")
    payment = ana.pay(quote, key=new_key())
    ana.wait_for_payment(payment["id"], "completed")
    received = bruno.api.call("GET", f"/v1/payments/{payment['id']}")
    told.check("Bruno sees it", found=received["direction"], expected="received")
    news = bruno.api.call("GET", "/v1/updates")["data"]
    told.check(
        "it is in his feed", found=any(_tells(n, payment["id"]) for n in news), expected=True
    )


def refusals(tale: Tale) -> None:
    """What must not work does not, and nothing moves."""
    told, ana = tale.transcript, tale.ana
    before = ana.api.call("GET", "/v1/payments")["data"]
    quote = ana.quote({"phone": tale.bruno.number}, 700)
    told.tell("A wrong PIN.")
    ana.pay(quote, key=new_key(), expect=403, code="proof_rejected", pin="864203")
    told.tell("An approval of one amount, used for another.")
    other = ana.quote({"phone": tale.bruno.number}, 70_000)
    mixed = {"quote": other["id"], "proof": ana.proof(quote["digest"])}
    ana.api.call("POST", "/v1/payments", mixed, expect=403, code="proof_rejected", key=new_key())
    told.tell("An amount beside the quote.")
    more = {"quote": quote["id"], "proof": ana.proof(quote["digest"]), "amount": 1}
    ana.api.call("POST", "/v1/payments", more, expect=400, code="unknown_field", key=new_key())
    told.tell("A quote that was paid already.")
    ana.pay(tale.known["quote"], key=new_key(), expect=409, code="quote_used")
    told.tell("Somebody in a country that is not open.")
    digits = new_key().encode().hex()[:8]
    number = f"+88017{int(digits, 16) % 10**8:08d}"
    asha = Phone.of("Asha Rao", tale.base_url, told, number=number)
    asha.sign_in()
    tale.known["asha"] = asha
    closed = ana.quote({"party": asha.party}, 700, currency="BDT")
    told.check("the quote says so", found=closed["refusal"]["code"], expected="country_closed")
    ana.pay(closed, key=new_key(), expect=409, code="country_closed")
    after = ana.api.call("GET", "/v1/payments")["data"]
    told.check("payments made by all this", found=len(after) - len(before), expected=0)


def settle(tale: Tale) -> None:
    """The bank's cutoff comes, and the next day its statement."""
    told, owner = tale.transcript, tale.known["owner"]
    told.tell(
        "At the bank's cutoff what the shop is owed is netted and claimed, the totals are frozen,"
        " and one file goes to the bank."
    )
    batch = tale.ana.api.call("POST", "/v1/sandbox/cutoff", {"bank": cast.SHOP_BANK})
    told.check("the batch", found=batch["state"], expected="acknowledged")
    payouts = owner.open("/portal/payouts")
    payout = batch["payouts"][0]
    told.check("the payout is in the portal", found=payout["id"] in payouts, expected=True)
    parts = ("gross", "fee", "refunds", "held", "net")
    gross, fee, refunds, held, net = (payout[name]["amount_minor"] for name in parts)
    less = f"fee {fee}, refunds {refunds} and held {held}"
    told.check(
        f"gross {gross} less {less} is net", found=gross - fee - refunds - held, expected=net
    )
    tale.known["otto"] = tale.admin(cast.STAFF[1])
    told.tell("The next day comes. The bank's statement is matched line by line.")
    now = tale.ana.api.call("POST", "/v1/sandbox/clock", {"advance_seconds": 0})["now"]
    booked = date.fromisoformat(batch["booked_date"])
    days = max(1, (booked - date.fromisoformat(now[:10])).days + 1)
    tale.ana.api.call("POST", "/v1/sandbox/clock", {"advance_seconds": 86_400 * days})
    _until(lambda: _is_reconciled(tale, batch["batch"]), "the batch reconciled")
    tale.known["otto"].open(f"/admin/payments/settlementbatch/?q={batch['batch']}")
    told.check("the batch is reconciled", found=_is_reconciled(tale, batch["batch"]), expected=True)
    page = owner.open(f"/portal/payouts/{payout['id']}")
    told.check("the payout opens to its sales", found=tale.known["payment"] in page, expected=True)


def hold(tale: Tale) -> None:
    """The regulator stops purchases; lifting takes two."""
    told, ana = tale.transcript, tale.ana
    marta = tale.known["marta"] = tale.admin(cast.STAFF[0])
    lines = [{"product": tale.known["cake"]["id"], "quantity": 1}]
    wish = {"shop": tale.known["shop"]["id"], "lines": lines}
    waiting = ana.api.call("POST", "/v1/orders", wish, expect=201, key=new_key())
    tale.has_hold = True
    told.tell("The regulator orders a stop. One member of the staff imposes the hold.")
    marta.submit(
        "/admin/holds/impose",
        {
            "country": "BR",
            "capability": "purchase",
            "level": "stop_new",
            "reason": "Story: review of the scheme",
            "legal_reference": "Comunicado 1/2026",
        },
    )
    facts = _capabilities(tale.anyone.call("GET", "/v1/availability/BR"))["purchase"]
    told.check("purchases in Brazil", found=facts["state"], expected="closed")
    hold_id = hold_of(marta.open(HOLDS))
    stopped = ana.quote({"order": waiting["id"]})
    told.check("a quote says so", found=stopped["refusal"]["code"], expected="capability_closed")
    ana.pay(stopped, key=new_key(), expect=409, code="capability_closed")
    again = ana.api.call("POST", "/v1/orders", wish, expect=201, key=new_key())
    tale.known["outside_order"] = again["id"]
    told.check(
        "a new order is not payable here", found=again["payment"]["kind"], expected="external"
    )
    friend = ana.quote({"phone": tale.bruno.number}, 100)
    told.check("sending to people goes on", found=friend["refusal"], expected=None)
    told.tell("One approval does not lift it; the same person twice does not either.")
    lift = f"/admin/holds/{hold_id}/lift"
    marta.submit(lift, {"reason": "Review done"})
    facts = _capabilities(tale.anyone.call("GET", "/v1/availability/BR"))["purchase"]
    told.check("after one approval", found=facts["state"], expected="closed")
    tale.known["otto"].submit(lift, {"reason": "Seen, agreed"})
    tale.has_hold = False
    _until(lambda: _is_open(tale), "purchases open again")
    told.check("purchases in Brazil", found=_is_open(tale), expected=True)
    ana.api.call("POST", f"/v1/orders/{waiting['id']}/cancel", {})


def prove_the_books(tale: Tale) -> None:
    """The books prove themselves."""
    told = tale.transcript
    told.tell("At the end the books are checked as a whole.")
    out = io.StringIO()
    call_command("check_ledger", stdout=out)
    for line in out.getvalue().strip().splitlines():
        told.call(f"  {line}")


def _capabilities(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the capabilities of an availability answer by their codes."""
    return {facts["capability"]: facts for facts in answer["capabilities"]}


def _payment_bubbles(tale: Tale, reader: Phone) -> dict[str, str]:
    """Return the payments shown in the shop's conversation, with their states."""
    path = f"/v1/conversations/{tale.known['talk']}/messages"
    history = reader.api.call("GET", path)["data"]
    return {
        message["content"]["payment"]: message["content"]["state"]
        for message in history
        if message["type"] == "payment"
    }


def _tells(news: dict[str, object], payment: str) -> bool:
    """Tell whether a row of the feed is about a payment."""
    return payment in str(news)


def _is_reconciled(tale: Tale, batch: str) -> bool:
    page = tale.known["otto"].look(f"/admin/payments/settlementbatch/?q={batch}")
    row = re.search(rf"{batch}</a></th><td[^>]*><span[^>]*>([^<]+)", page)
    return row is not None and row.group(1) == "reconciled"


def _is_open(tale: Tale) -> bool:
    answer = tale.anyone.call("GET", "/v1/availability/BR")
    return bool(_capabilities(answer)["purchase"]["state"] == "open")


def hold_of(page: str) -> str:
    """Return the newest hold that a page links to."""
    found = re.findall(r"hld_[0-9A-Z]{26}", page)
    if not found:
        raise StoryFailed("the staff's page shows no hold")
    return str(max(found))


def _until(ready: Callable[[], bool], what: str, *, seconds: float = 60.0) -> None:
    """Wait for something that the clock process brings about."""
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise StoryFailed(f"never came: {what}")
        time.sleep(1)


CHAPTERS: tuple[tuple[str, Callable[[Tale], None]], ...] = (
    ("Where payments are open", open_countries),
    ("Ana and Bruno arrive", arrive),
    ("Ana asks", ask),
    ("Ana orders", order_two),
    ("Ana pays", pay_the_order),
    ("R$ 25 for Bruno", send_to_a_friend),
    ("What is refused", refusals),
    ("A stolen number", recovery.lose_a_number),
    ("A forgotten PIN", recovery.forget_a_pin),
    ("The bank's cutoff", settle),
    ("A new PIN", recovery.choose_a_new_pin),
    ("The regulator's hold", hold),
    ("Paid outside", outside.pay_the_shop_itself),
    ("Waiting for a country", countries.wait_for_a_country),
    ("Why this limit?", limits.ask_why),
    ("An evening out", limits.go_out),
    ("A receipt", receipts.check_a_receipt),
    ("Asked for, and declined", between_people.ask_for_money),
    ("Somebody new", between_people.pay_somebody_new),
    ("A bill for three", between_people.split_a_bill),
    ("Sent by mistake", between_people.send_by_mistake),
    ("A group", groups.talk_in_a_group),
    ("A part goes back", refunds.give_a_part_back),
    ("A dispute", refunds.dispute_the_rest),
    ("A bot sells", bot.sell_by_bot),
    ("By fingerprint", safety.pay_by_fingerprint),
    ("A lost phone", safety.freeze),
    ("Everything stops", countries.stop_everything),
    ("The books", prove_the_books),
)
