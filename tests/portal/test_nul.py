"""A NUL in what a form posts names nothing: it is refused as unknown, and never breaks a page."""

import pytest

from merchants.models import Product, Shop
from people.models import AuditEntry
from tests.merchants import cast as consumers
from tests.portal import cast
from tests.portal.test_talk import write

pytestmark = pytest.mark.django_db

NUL = "x\0"
POSTS = {
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
    assert owner.post(path.format(**about), **fields).status_code in {303, 404, 422}
    assert AuditEntry.objects.count() == before
