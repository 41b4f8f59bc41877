"""A NUL in what a form posts names nothing: it is refused as unknown, and never breaks a page."""

from typing import Any

import pytest
from django.test import Client

from merchants.models import Product, Shop
from people.models import AuditEntry
from tests.merchants import cast as consumers
from tests.portal import cast
from tests.portal.test_talk import write

pytestmark = pytest.mark.django_db

NUL = "x\0"
POSTS: dict[str, tuple[str, dict[str, Any]]] = {
    "products": ("/catalogue/bulk", {"verb": "hide", "id": NUL}),
    "orders": ("/orders/bulk", {"verb": "accept", "id": NUL}),
    "label": ("/desk", {"verb": "remove_label", "name": NUL}),
    "word": ("/desk", {"verb": "remove_reply", "shortcut": NUL}),
    "stick": ("/conversations/{talk}/mark", {"verb": "stick", "label": NUL}),
    "assign": ("/conversations/{talk}/mark", {"verb": "assign", "login": NUL}),
    "customer": ("/customers/{party}", {"peel": NUL}),
    "invite": ("/team", {"verb": "withdraw", "invite": NUL}),
    "session": ("/security", {"verb": "end", "session": NUL}),
    "passkey": ("/security", {"verb": "remove_passkey", "passkey": NUL}),
    "means": ("/settings/outside", {"means": NUL}),
    "picture": ("/pictures/{product}", {"verb": "save", "order": NUL}),
    "place": ("/catalogue/order", {"move": f"up:{NUL}"}),
    "collection": ("/catalogue/order", {"move": "up:{product}", "in": NUL}),
    "text": ("/conversations/{talk}/text", {"text": NUL, "client_id": "w1"}),
    "form": ("/catalogue/new", {"name": NUL, "price": "1,50"}),
    "price": ("/catalogue/{product}", {"name": "x", "price": "1\0"}),
    "passkey made": ("/security/passkey", {"credential": NUL}),
    "view": ("/views/orders", {"name": NUL, "query": ""}),
    "a name": ("/catalogue/new", {NUL: "x"}),
    "one of many": ("/orders/bulk", {"verb": "accept", "id": ["ord_1", NUL, "ord_2"]}),
    "address": ("/orders/bulk?q=%00", {"verb": "accept", "id": "ord_1"}),
    "one of the address's": ("/orders/bulk?q=%00&q=x", {"verb": "accept", "id": "ord_1"}),
}


@pytest.mark.parametrize("name", POSTS)
def test_it_names_nothing(
    owner: cast.Clerk, shop: Shop, ana: consumers.Caller, bread: Product, name: str
) -> None:
    talk = write(ana, shop, "Tem pão?")
    path, fields = POSTS[name]
    assert ana.person.party is not None
    about = {"talk": talk, "party": ana.person.party.public_id, "product": bread.public_id}
    before = AuditEntry.objects.count()
    filled = {
        key: value.format(**about) if isinstance(value, str) else value
        for key, value in fields.items()
    }
    assert owner.post(path.format(**about), **filled).status_code == 404
    assert (AuditEntry.objects.count(), Product.objects.count()) == (before, 1)


@pytest.mark.parametrize("path", ["/orders?q=x&q=%00", "/orders?%00=x", "/orders?q=%00"])
def test_neither_does_it_in_an_address(owner: cast.Clerk, path: str) -> None:
    assert owner.get("/orders?q=x").status_code == 200
    assert owner.get(path).status_code == 404


@pytest.mark.parametrize("name", ["troco", "troco-csrf", "troco-language", "messages"])
def test_a_cookie_with_one_is_nobodys(owner: cast.Clerk, name: str) -> None:
    strangers = r'"aaaaaaaaaaaaaaaa\000aaaaaaaaaaaaaaa"'
    answer = Client(headers={"cookie": f"{name}={strangers}"}).get("/portal/orders")
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/portal/sign-in")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/admin/statement-mails/%00/end", 404),
        ("/admin/%00/", 404),
        ("/v1/%00", 404),
        ("/v1/availability/%00", 400),
        # As at every address there that does not exist.
        ("/cloud/%00", 400),
        ("/%00", 404),
    ],
)
def test_an_address_with_one_leads_nowhere(path: str, status: int) -> None:
    assert Client().get(path).status_code == status
