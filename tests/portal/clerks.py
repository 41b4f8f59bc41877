"""A shop's day on a running instance: who buys, and who of the team is signed in."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from django_otp.oath import TOTP

from config.seed import cast
from config.seed.cast import PortalLogin
from config.story.client import new_phone
from config.story.people import Phone, new_key
from config.story.transcript import Transcript
from people.tax_ids import invent_business_id
from tests.processes.instance import Instance

STEP_SECONDS = 30
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0"
_HIDDEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Customer:
    """Somebody with a phone who talks to the bakery and buys there."""

    phone: Phone
    talk: str
    shop: dict[str, Any]

    def say(self, text: str) -> None:
        body = {"client_id": new_key(), "type": "text", "text": text}
        path = f"/v1/conversations/{self.talk}/messages"
        self.phone.api.call("POST", path, body, expect=201)

    def order(self, q: str, quantity: int) -> str:
        shelf = self.phone.api.call("GET", f"/v1/shops/{self.shop['id']}/products?q={q}")["data"]
        body = {
            "shop": self.shop["id"],
            "conversation": self.talk,
            "lines": [{"product": shelf[0]["id"], "quantity": quantity}],
        }
        placed = self.phone.api.call("POST", "/v1/orders", body, expect=201, key=new_key())
        return str(placed["id"])

    def dispute(self, payment: str) -> str:
        """Say that what was paid for never came; the dispute's id."""
        claim = {"kind": "commercial", "reason": "not_received", "text": "Esperei e nada chegou."}
        path = f"/v1/payments/{payment}/dispute"
        opened = self.phone.api.call("POST", path, claim, expect=201, key=new_key())
        return str(opened["id"])

    def pay_newest(self) -> str:
        """Pay the order that was made last, and wait for the bank; the payment's id."""
        newest = self.phone.api.call("GET", "/v1/orders")["data"][0]
        return self.pay(str(newest["id"]))

    def buy(self, q: str, quantity: int) -> str:
        """Order, pay, and wait for the bank; the payment's id."""
        return self.pay(self.order(q, quantity))

    def pay(self, order: str) -> str:
        payment = self.start_paying(order)
        self.phone.wait_for_payment(payment, "completed")
        return payment

    def pay_link(self, code: str) -> str:
        """Open a payment link, pay what it asks, and wait for the bank; the payment's id."""
        use = self.phone.api.call("POST", f"/v1/links/{code}/uses", {}, expect=201, key=new_key())
        payment = str(self.phone.pay(self.phone.quote({"link": use["id"]}), key=new_key())["id"])
        self.phone.wait_for_payment(payment, "completed")
        return payment

    def start_paying(self, order: str) -> str:
        quote = self.phone.quote({"order": order})
        return str(self.phone.pay(quote, key=new_key())["id"])


def customer(address: str, name: str) -> Customer:
    """Sign somebody up to the end and open the conversation with the bakery."""
    phone = Phone.of(name, address, Transcript(lambda _line: None))
    phone.sign_in()
    phone.enrol(bank=cast.IPE, balance_minor=100_000)
    shops = phone.api.call("GET", "/v1/shops?q=Padaria")["data"]
    shop = next(each for each in shops if each["name"] == cast.SHOP_NAME)
    talk = phone.api.call("POST", "/v1/conversations", {"with": [shop["party"]]})
    return Customer(phone, str(talk["id"]), shop)


class _Form:
    """Sends forms as the pages that hold them would."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def send(
        self, path: str, *, page: str = "", upload: Any = None, **fields: Any
    ) -> httpx.Response:
        """Send a form of a page, its own by default; the answer leads on, or shows a secret."""
        token = _HIDDEN.search(self.client.get(page or path).text)
        files = {"file": upload} if upload else None
        data = {"csrfmiddlewaretoken": token[1] if token else "", **fields}
        answer = self.client.post(
            path, data=data, files=files, headers={"Referer": str(self.client.base_url)}
        )
        assert answer.status_code in {200, 303}, (path, answer.status_code, answer.text[-2000:])
        return answer


Code = Callable[[PortalLogin], str]
"""Gives the code that somebody's authenticator shows, one that was not used yet."""


class Clerk:
    """Somebody of the team, signed in, who sends the portal's forms without looking at its pages.

    Args:
        address: Scheme and host of the site.
        login: Who.
        code: Where the codes of their authenticator come from.
    """

    def __init__(self, address: str, login: PortalLogin, code: Code) -> None:
        self.address, self.login, self._code = address, login, code
        headers = {"Origin": address, "User-Agent": BROWSER}
        self.client = httpx.Client(base_url=address, timeout=60, headers=headers)
        self.send = _Form(self.client).send
        self.send("/portal/sign-in", login=login.login, password=login.password)
        self.send("/portal/sign-in/code", code=self.code())

    def code(self) -> str:
        return self._code(self.login)

    def code_of(self, login: PortalLogin) -> str:
        """Return a code of somebody else, one that is not shown to anybody again."""
        return self._code(login)

    def leads(self, path: str, **fields: Any) -> str:
        """Send a form, and return where it leads."""
        return str(self.send(path, **fields).headers["Location"])

    def colleague(self, login: PortalLogin) -> "Clerk":
        """Return somebody else at a portal of their own."""
        return Clerk(self.address, login, self._code)

    def cookies(self) -> list[Any]:
        """Return what a browser needs to be this person."""
        found = self.client.cookies.items()
        return [{"name": name, "value": value, "url": self.address} for name, value in found]


def recruit(boss: Clerk, role: str, name: str) -> PortalLogin:
    """Ask somebody in, and let them sign up by the link and join; what they sign in with."""
    number = new_phone()
    asked = boss.send("/portal/team/new", phone=number, role=role, code=boss.code())
    link = re.search(r"/portal/join/[A-Za-z0-9_-]+", asked.text)
    assert link is not None
    with _anybody(boss.address) as client:
        login = _sign_up(client, number, name, boss.code_of, f"?next={link[0]}")
        _Form(client).send(link[0])
    return login


def newcomer(address: str, name: str, shop: str, code: Code) -> Clerk:
    """Let somebody sign up and open a shop of their own, which has nothing yet."""
    with _anybody(address) as client:
        login = _sign_up(client, new_phone(), name, code)
    owner = Clerk(address, login, code)
    facts = {"name": shop, "legal_name": f"{shop} Ltda", "country": "BR"}
    owner.send("/portal/start", **facts, tax_id=invent_business_id("BR"))
    return owner


def _anybody(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, timeout=60, headers={"Origin": address})


def _sign_up(
    client: httpx.Client, number: str, name: str, code: Code, leads: str = ""
) -> PortalLogin:
    """Sign somebody up by their number; they are signed in at this client then."""
    new = _Form(client)
    new.send(f"/portal/sign-up{leads}", phone=number)
    told = client.get("/v1/sandbox/codes", params={"phone": number}).json()["code"]
    new.send("/portal/sign-up/code", code=told)
    page = client.get("/portal/sign-up/account").text
    spaced = re.search(r'<span class="code">([A-Z2-7 ]+)</span>', page)
    assert spaced is not None
    login = PortalLogin(number, name, "a long enough passphrase", spaced[1].replace(" ", ""))
    facts = {"name": name, "password": login.password, "code": code(login)}
    new.send("/portal/sign-up/account", **facts)
    return login


def fresh_codes(place: Instance) -> Code:
    """Give codes at once: that one was used is forgotten each time."""

    def code(login: PortalLogin) -> str:
        place.rows(
            "UPDATE otp_totp_totpdevice SET last_t = -1, throttling_failure_count = 0,"
            " throttling_failure_timestamp = NULL"
        )
        return totp(login)

    return code


def patient_codes() -> Code:
    """Give each code once, as an authenticator does: wait for the next one."""
    given: set[str] = set()

    def code(login: PortalLogin) -> str:
        while (shown := login.login + totp(login)) in given:
            time.sleep(STEP_SECONDS - time.time() % STEP_SECONDS + 0.5)
        given.add(shown)
        return shown.removeprefix(login.login)

    return code


def totp(login: PortalLogin) -> str:
    """Return what somebody's authenticator shows now."""
    shown = TOTP(login.totp_key())
    shown.time = time.time()
    return f"{shown.token():06d}"
