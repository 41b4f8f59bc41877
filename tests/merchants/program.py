"""A program of a shop: calls ``/v1/shop`` with a key."""

import json
from typing import Any

from django.test import Client

from core.money import Money
from merchants.enums import KeyScope
from merchants.services.keys import make_key


class Program:
    """A program with a key of a shop; of all scopes unless some are named."""

    def __init__(self, shop: Any, *scopes: KeyScope, refund_limit: Money | None = None) -> None:
        """Make the key."""
        wanted = list(scopes or KeyScope)
        made = make_key(
            shop_id=shop.pk, actor=None, name="Caixa", scopes=wanted, refund_limit=refund_limit
        )
        self.key = made.key
        self.headers = {"Authorization": f"Bearer {made.secret}"}

    def get(self, path: str, **query: Any) -> Any:
        """Ask for something."""
        return Client().get(path, query, headers=self.headers)

    def send(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """Send a body of JSON, with an idempotency key where one is named."""
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return Client().generic(
            method, path, json.dumps(body or {}), content_type="application/json", headers=headers
        )

    def post(self, path: str, body: Any = None, key: str = "") -> Any:
        """Post a body of JSON."""
        return self.send("POST", path, body, key)


def problem(reply: Any) -> dict[str, Any]:
    """Return a problem document without what is of one request only."""
    return {**reply.json(), "request_id": ""}
