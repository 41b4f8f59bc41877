"""A shop's day on a running instance: who buys, and how the owner's browser gets in."""

import re
import time
from dataclasses import dataclass
from typing import Any

import httpx
from django_otp.oath import TOTP

from config.seed import cast
from config.story.people import Phone, new_key
from config.story.transcript import Transcript

STEP_SECONDS = 30


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

    def buy(self, q: str, quantity: int) -> str:
        """Order, pay, and wait for the bank; the payment's id."""
        quote = self.phone.quote({"order": self.order(q, quantity)})
        payment = str(self.phone.pay(quote, key=new_key())["id"])
        self.phone.wait_for_payment(payment, "completed")
        return payment


def customer(address: str, name: str) -> Customer:
    """Sign somebody up to the end and open the conversation with the bakery."""
    phone = Phone.of(name, address, Transcript(lambda _line: None))
    phone.sign_in()
    phone.enrol(bank=cast.IPE, balance_minor=100_000)
    shops = phone.api.call("GET", "/v1/shops?q=Padaria")["data"]
    shop = next(each for each in shops if each["name"] == cast.SHOP_NAME)
    talk = phone.api.call("POST", "/v1/conversations", {"with": [shop["party"]]})
    return Customer(phone, str(talk["id"]), shop)


def session_of(address: str) -> list[dict[str, Any]]:
    """Sign the owner in with both factors and return the cookies; a code works once."""
    with httpx.Client(base_url=address, timeout=60, headers={"Origin": address}) as client:
        for _ in range(4):
            owner = cast.OWNER
            _send(client, "/portal/sign-in", login=owner.login, password=owner.password)
            answer = _send(client, "/portal/sign-in/code", code=_code())
            if answer.headers.get("Location") == "/portal/":
                return [{"name": k, "value": v, "url": address} for k, v in client.cookies.items()]
            time.sleep(STEP_SECONDS - time.time() % STEP_SECONDS + 1)
    raise AssertionError("The owner could not sign in.")


def _send(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(path).text)
    token = {"csrfmiddlewaretoken": hidden.group(1)} if hidden else {}
    return client.post(path, data={**token, **fields}, headers={"Referer": str(client.base_url)})


def _code() -> str:
    totp = TOTP(cast.OWNER.totp_key())
    totp.time = time.time()
    return f"{totp.token():06d}"
