"""The cast of a telling: new people each time, enrolled over HTTP like anybody."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from config.story.client import Api, DeviceKey, new_cpf, new_phone
from config.story.transcript import Transcript


def new_key() -> str:
    """Return a fresh idempotency key."""
    return secrets.token_urlsafe(16)


@dataclass
class Phone:
    """Somebody with a phone: their API, their key, and what they know by heart."""

    name: str
    api: Api
    number: str = field(default_factory=new_phone)
    key: DeviceKey = field(default_factory=DeviceKey)
    tax_id: str = field(default_factory=new_cpf)
    pin: str = "493817"
    party: str = ""

    @classmethod
    def of(cls, name: str, base_url: str, transcript: Transcript, number: str = "") -> "Phone":
        """Hand somebody a phone."""
        phone = cls(name, Api(base_url, transcript, name.split(maxsplit=1)[0]))
        phone.number = number or phone.number
        return phone

    def sign_in(self, *, keep_name: bool = False) -> None:
        """Sign in by the code that came to the number, and register the device's key.

        Args:
            keep_name: Leave the name that others see as it is.
        """
        api = self.api
        name = {} if keep_name else {"display_name": self.name}
        api.call("POST", "/v1/sign-in/codes", {"phone": self.number}, expect=202)
        code = api.call("GET", f"/v1/sandbox/codes?phone=%2B{self.number[1:]}")["code"]
        answer = api.call(
            "POST",
            "/v1/sign-in",
            {
                **name,
                "phone": self.number,
                "code": code,
                "device": {"name": "Phone", "public_key": self.key.public_jwk()},
            },
        )
        api.use_token(answer["token"])
        self.party = answer["party"]["id"]

    def enrol(self, *, bank: str, balance_minor: int) -> None:
        """Become able to pay: identity, PIN, a bank account verified with the bank's code."""
        api = self.api
        api.call(
            "PUT",
            "/v1/me/identity",
            {
                "legal_name": self.name,
                "tax_id": self.tax_id,
                "birth_date": "1991-04-12",
                "terms": ["payments", "privacy"],
            },
        )
        api.call("PUT", "/v1/me/pin", {"pin": self.pin, "pin_again": self.pin})
        account = api.call(
            "POST",
            "/v1/sandbox/funding-tokens",
            {"bank": bank, "kind": "bank_account", "balance_minor": balance_minor},
            expect=201,
        )
        source = api.call(
            "POST",
            "/v1/funding-sources",
            {"kind": "bank_account", "bank": bank, "token": account["token"]},
            expect=201,
            key=new_key(),
        )
        code = {"code": account["verification_code"]}
        api.call("POST", f"/v1/funding-sources/{source['id']}/verify", code)

    def quote(
        self,
        to: dict[str, str],
        amount_minor: int | None = None,
        *,
        currency: str = "BRL",
        note: str = "",
    ) -> dict[str, Any]:
        """Ask what a payment would be."""
        body: dict[str, Any] = {"to": to}
        if amount_minor is not None:
            body["amount"] = {"amount_minor": amount_minor, "currency": currency}
        if note:
            body["note"] = note
        return self.api.call("POST", "/v1/quotes", body, expect=201)

    def proof(self, digest: str, *, pin: str = "") -> dict[str, str]:
        """Approve a digest with the PIN and the device's key."""
        return {"method": "pin", "pin": pin or self.pin, "signature": self.key.sign(digest)}

    def pay(
        self, quote: dict[str, Any], *, key: str, expect: int = 201, code: str = "", pin: str = ""
    ) -> dict[str, Any]:
        """Pay what a quote says."""
        body = {"quote": quote["id"], "proof": self.proof(quote["digest"], pin=pin)}
        return self.send(body, key=key, expect=expect, code=code)

    def send(
        self, body: dict[str, Any], *, key: str, expect: int = 201, code: str = ""
    ) -> dict[str, Any]:
        """Send an approved payment; a retry sends the very same body."""
        return self.api.call("POST", "/v1/payments", body, expect=expect, code=code, key=key)

    def wait_for_payment(self, payment: str, state: str) -> dict[str, Any]:
        """Wait until the bank's part is done."""
        path = f"/v1/payments/{payment}"
        return self.api.wait_for(path, lambda answer: answer.get("state") == state, state)
