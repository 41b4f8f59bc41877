"""Money among people: asking, splitting, somebody new, and a mistake put right."""

from typing import Any

from config.seed import cast
from config.story.people import Phone, new_key
from config.story.tale import Tale

REQUESTS = "/v1/payment-requests"


def ask_for_money(tale: Tale) -> None:
    """Bruno asks Ana twice: she pays one and declines the other."""
    told, ana, bruno = tale.transcript, tale.ana, tale.bruno
    told.tell("Bruno bought the cinema tickets and asks Ana for hers. The bubble is in their chat.")
    tickets = _ask(bruno, [ana], 1800, note="Cinema")[0]
    talk = ana.api.call("POST", "/v1/conversations", {"with": [bruno.party]})
    shown = _bubble_of(ana, talk["id"], tickets)
    told.check("Ana's bubble", found=shown["state"], expected="open")
    quote = ana.quote({"request": tickets})
    payment = ana.pay(quote, key=new_key())
    ana.wait_for_payment(payment["id"], "completed")
    told.check("the request", found=_request(bruno, tickets)["state"], expected="paid")
    told.check("the bubble", found=_bubble_of(ana, talk["id"], tickets)["state"], expected="paid")
    told.tell("He asks for the popcorn as well. That was not what they said.")
    popcorn = _ask(bruno, [ana], 4000, note="Pipoca")[0]
    reason = {"reason": "A pipoca era sua!"}
    ana.api.call("POST", f"{REQUESTS}/{popcorn}/decline", reason)
    seen = _request(bruno, popcorn)
    told.check("what Bruno reads", found=seen["reason"], expected=reason["reason"])
    again = f"{REQUESTS}/{popcorn}/remind"
    bruno.api.call("POST", again, {}, expect=409, code="state_conflict")


def pay_somebody_new(tale: Tale) -> None:
    """Ana pays a number that nobody has signed in with; its owner comes and claims it."""
    told, ana = tale.transcript, tale.ana
    carla = Phone.of("Carla Nunes Prado", tale.base_url, told)
    tale.known["carla"] = carla
    told.tell("Carla is not on Troco. The text that Ana signs says so, and shows only a number.")
    quote = ana.quote({"phone": carla.number}, 1200, note="Bem-vinda!")
    told.check("enrolled", found=quote["payee"]["enrolled"], expected=False)
    told.check("whose name", found=quote["payee"]["display_name"][-4:], expected=carla.number[-4:])
    payment = ana.pay(quote, key=new_key())
    waiting = ana.wait_for_payment(payment["id"], "pending_claim")
    told.call(f"  · it goes back by itself at {waiting['claim_until']}")
    path = f"/v1/sandbox/invitations?phone=%2B{carla.number[1:]}"
    sent = ana.api.wait_for(path, lambda answer: bool(answer["data"]), "an invitation")
    told.call(f"  · {sent['data'][0]['text']}")
    told.tell("Carla signs in with that number and finds the chat and the money waiting.")
    carla.sign_in()
    told.check("the party", found=carla.party, expected=quote["payee"]["party"])
    carla.enrol(bank=cast.JATOBA, balance_minor=20_000)
    carla.wait_for_payment(payment["id"], "completed")


def split_a_bill(tale: Tale) -> None:
    """Bruno divides a bill by three; one pays here, one in cash."""
    told, ana, bruno = tale.transcript, tale.ana, tale.bruno
    carla: Phone = tale.known["carla"]
    told.tell("Dinner was R$ 100.00 for Ana, Carla and Bruno. The parts add up to the cent.")
    first, second = _ask(
        bruno, [ana, carla], 10_000, note="Jantar", split={"mode": "equal", "own": 1}
    )
    bill = _request(bruno, first)["bill"]
    parts = [part["amount"]["amount_minor"] for part in bill["requests"]]
    own = bill["own"]["amount_minor"]
    told.check("Ana, Carla, Bruno himself", found=[*parts, own], expected=[3334, 3333, 3333])
    payment = carla.pay(carla.quote({"request": second}), key=new_key())
    carla.wait_for_payment(payment["id"], "completed")
    told.tell("Ana pays in cash. Bruno closes her part, and it never says that Troco moved money.")
    closed = bruno.api.call("POST", f"{REQUESTS}/{first}/paid-otherwise", {})
    told.check("how it was paid", found=closed["means"], expected="otherwise")
    bill = _request(bruno, second)["bill"]
    told.check("who has paid", found=bill["paid_count"], expected=2)


def send_by_mistake(tale: Tale) -> None:
    """Ana pays the wrong person; the money comes back along its own trace."""
    told, ana, bruno = tale.transcript, tale.ana, tale.bruno
    carla: Phone = tale.known["carla"]
    told.tell("Ana means Bruno and pays Carla. The quote had warned her of nothing: she knows her.")
    quote = ana.quote({"party": carla.party}, 700, note="Ônibus")
    told.check("warnings", found=quote["payee"]["warnings"], expected=[])
    payment = ana.pay(quote, key=new_key())
    ana.wait_for_payment(payment["id"], "completed")
    path = f"/v1/payments/{payment['id']}"
    reason = {"reason": "Foi por engano, desculpa!"}
    asked = ana.api.call("POST", f"{path}/return-requests", reason, expect=201, key=new_key())
    told.check("what is asked back", found=asked["returns"], expected=payment["id"])
    told.tell("Carla gives it back with one tap and her PIN: to Ana's own account, nowhere else.")
    quote = carla.api.call("POST", f"{path}/return", {}, expect=201)
    told.check("no limit counts it", found=quote["limits"], expected=[])
    back = carla.pay(quote, key=new_key())
    carla.wait_for_payment(back["id"], "completed")
    ana.wait_for_payment(payment["id"], "returned")
    told.check("the request", found=_request(ana, asked["id"])["state"], expected="paid")
    told.tell("A chat that asks for it elsewhere carries a warning for its reader.")
    talk = carla.api.call("POST", "/v1/conversations", {"with": [ana.party]})["id"]
    meant = ana.pay(ana.quote({"party": bruno.party}, 700, note="Ônibus"), key=new_key())
    ana.wait_for_payment(meant["id"], "completed")
    lie = "Recebi errado, devolve nessa chave: 11 98765-4321"
    said = {"client_id": new_key(), "type": "text", "text": lie}
    carla.api.call("POST", f"/v1/conversations/{talk}/messages", said, expect=201)
    rows = ana.api.call("GET", f"/v1/conversations/{talk}/messages")["data"]
    warnings = next(row["warnings"] for row in rows if row["client_id"] == said["client_id"])
    told.check("Ana is warned", found=warnings, expected=["return_elsewhere"])


def _bubble_of(reader: Phone, talk: str, request: str) -> dict[str, Any]:
    """Return the bubble of a request in a conversation."""
    rows = reader.api.call("GET", f"/v1/conversations/{talk}/messages")["data"]
    shown = (row["content"] for row in rows if row["type"] == "request")
    found: dict[str, Any] = next(one for one in shown if one["request"] == request)
    return found


def _ask(phone: Phone, debtors: list[Phone], amount_minor: int, **more: Any) -> list[str]:
    """Ask persons for money; the requests in order."""
    body = {
        "from": [{"party": each.party} for each in debtors],
        "amount": {"amount_minor": amount_minor, "currency": "BRL"},
        **more,
    }
    made = phone.api.call("POST", REQUESTS, body, expect=201, key=new_key())
    return [each["id"] for each in made["data"]]


def _request(phone: Phone, request: str) -> dict[str, Any]:
    return phone.api.call("GET", f"{REQUESTS}/{request}")
