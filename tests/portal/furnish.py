"""Fills a shop with one thing of each kind, by the portal's own forms: every page then exists."""

import re

from config.seed import cast
from tests.portal.clerks import Clerk, Customer, recruit

_TROUBLED = b"Handle,Title,Variant Price\ncuca,Cuca de banana,28.00\nnada,,x\n"


def furnish(owner: Clerk, customer: Customer, hook: str) -> list[str]:
    """Make one thing of each kind.

    Args:
        owner: Of the shop; no code of theirs is used twice.
        customer: Who buys there, and disputes what they bought.
        hook: An address that a shop's program might listen at.

    Returns:
        Paths of pages that no other page leads to, or that show more than the first of their kind.
    """
    trade(customer)
    invitation = develop(owner, hook)
    link = share(owner)
    talk_ready(owner)
    talk = f"/portal/conversations/{customer.talk}"
    owner.send(f"{talk}/mark", page=talk, verb="note", text="Prefere bem assado.")
    paid = customer.buy("fub", 3)
    ask_back(owner, paid)
    shown = f"/p/{first_product(owner)}"
    code = owner.leads("/portal/keypad", amount="12,50")
    refund = f"/portal/payments/{paid}/refund"
    return [f"/portal/payments/{paid}", refund, invitation, link, shown, code]


def ask_back(owner: Clerk, payment: str) -> None:
    """Let a cashier ask for a refund over their limit; the payment's page leads to it."""
    lia = owner.colleague(recruit(owner, "cashier", "Lia"))
    lia.send(f"/portal/payments/{payment}/refund", verb="ask", reason="damaged", key="ask-1")


def trade(customer: Customer) -> None:
    """Buy, be paid out, buy again, dispute, and order something that is not paid yet."""
    customer.buy("cenoura", 1)
    customer.phone.api.call("POST", "/v1/sandbox/cutoff", {"bank": cast.SHOP_BANK})
    customer.dispute(customer.buy("fub", 2))
    customer.order("Sonho", 1)
    customer.say("Que horas fecha?")


def develop(owner: Clerk, hook: str) -> str:
    """Make a key, a number, an endpoint with a delivery; return the path of an invitation."""
    scopes = ["messages", "orders"]
    owner.send("/portal/developers/keys/new", name="Caixa", scopes=scopes, code=owner.code())
    if "Open the number" in owner.client.get("/portal/developers/number").text:
        owner.send("/portal/developers/number", code=owner.code())
    hooks = "/portal/developers/webhooks"
    owner.send(f"{hooks}/new", url=hook, dialect="standard", code=owner.code())
    found = re.search(rf"{hooks}/(?!new)[^\"/?]+", owner.client.get(hooks).text)
    assert found is not None
    owner.send(found[0], verb="test")
    asked = owner.send(
        "/portal/team/new", phone="+5511987650077", role="support", code=owner.code()
    )
    invitation = re.search(r"/portal/join/[A-Za-z0-9_-]+", asked.text)
    assert invitation is not None
    return invitation[0]


def share(owner: Clerk) -> str:
    """Make a link and a variant, ask for a file and an import; the link's public path."""
    page = owner.leads("/portal/links/new", title="Cesta de sábado", amount="49,90")
    add_variant(owner)
    owner.send("/portal/catalogue/import", upload=("cuca.csv", _TROUBLED, "text/csv"))
    days = re.findall(
        r'name="(?:from|to)" value="([^"]+)"', owner.client.get("/portal/statements").text
    )
    owner.send("/portal/statements", **{"from": days[0], "to": days[1], "file": "pdf"})
    public = re.search(r"/l/[A-Za-z0-9]+", owner.client.get(page).text)
    assert public is not None
    return public[0]


def add_variant(owner: Clerk) -> None:
    """Let the first product come in another size, unless it does already."""
    form = owner.client.get(f"/portal/catalogue/new?like={first_product(owner)}").text
    handle = re.search(r'name="handle" value="([^"]+)"', form)
    assert handle is not None
    if "grande" not in owner.client.get("/portal/catalogue").text:
        size = {"name": "Pão", "price": "3,00", "handle": handle[1], "options": "Tamanho: grande"}
        owner.send("/portal/catalogue/new", **size)


def first_product(owner: Clerk) -> str:
    found = re.search(
        r"/portal/catalogue/(prd_[0-9A-Za-z]+)", owner.client.get("/portal/catalogue").text
    )
    assert found is not None
    return found[1]


def talk_ready(owner: Clerk) -> None:
    """Keep a quick reply and a label at hand, and tell who asked for it what is new."""
    word = {"shortcut": "horario", "text": "Abrimos às seis."}
    owner.send("/portal/desk/replies", page="/portal/desk", **word)
    owner.send("/portal/desk", verb="label", name="Encomenda", colour="info")
    if "Hoje tem broa." not in owner.client.get("/portal/news").text:
        owner.send("/portal/news/new", verb="send", text="Hoje tem broa.", client_id="furnish")
