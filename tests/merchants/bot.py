"""A program of a shop's own: its number, its key, and calls in the Cloud shapes."""

import json
from typing import Any

from django.test import Client

from merchants.enums import CallbackLevel, KeyScope
from merchants.services.keys import make_key
from merchants.services.lines import open_line, set_callback
from messaging.services import conversations
from messaging.services.messages import Sender, send_message
from tests.merchants.cast import Caller


class Bot:
    """Padaria do Zé's bot."""

    def __init__(self, shop: Any, *scopes: KeyScope) -> None:
        self.shop = shop
        opened = open_line(shop_id=shop.pk, actor=None)
        self.line = opened.line
        self.app_secret = opened.app_secret
        wanted = list(scopes or KeyScope)
        self.token = make_key(shop_id=shop.pk, actor=None, name="Bot", scopes=wanted).secret
        self.phone = self.line.phone_number
        self.account = self.line.account_number

    def listen(self, url: str) -> None:
        set_callback(shop_id=self.shop.pk, level=CallbackLevel.APP, url=url)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        return Client().generic(
            method,
            f"/cloud/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=headers,
            query_params=query,
        )

    def say(self, to: str, kind: str, content: Any, **more: Any) -> Any:
        body = {"messaging_product": "whatsapp", "to": to, "type": kind, kind: content, **more}
        return self.call("POST", f"v21.0/{self.phone}/messages", body)


def digits(caller: Caller) -> str:
    assert caller.person.phone is not None
    return caller.person.phone.removeprefix("+")


def write_to(shop: Any, caller: Caller, text: str = "Oi!", client_id: str = "c1") -> str:
    """Have somebody write to a shop; return the conversation."""
    conversation = open_conversation(shop, caller)
    send_message(
        sender=Sender(caller.person.party_id or 0, caller.person.pk),
        conversation_id=conversation,
        client_id=client_id,
        kind="text",
        content={"text": text},
    )
    return conversation


def open_conversation(shop: Any, caller: Caller) -> str:
    opened = conversations.open_conversation(
        party_id=caller.person.party_id or 0, other=shop.party.public_id
    )
    return opened.public_id
