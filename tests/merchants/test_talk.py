"""What a shop says, and what it shows of its goods."""

import pytest

from core.errors import NotFound
from merchants.models import Product, Shop
from merchants.services.products import hide_product
from merchants.services.talk import send_product, send_text
from messaging.models import Message
from tests.merchants import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(ana: cast.Caller, shop: Shop) -> str:
    """The conversation that Ana opened with the bakery."""
    opened = ana.post("/v1/conversations", {"with": [cast.facts(shop).party_public_id]})
    return str(opened.json()["id"])


def test_the_shop_answers_under_its_own_name(
    talk: str, shop: Shop, ze: cast.Caller, ana: cast.Caller
) -> None:
    for _ in range(2):
        send_text(
            shop_id=shop.pk, person=ze.person, conversation_id=talk, client_id="t1", text="Oi!"
        )
    history = ana.get(f"/v1/conversations/{talk}/messages").json()["data"]
    assert [(m["sender"], m["content"]) for m in history] == [
        (cast.facts(shop).party_public_id, {"text": "Oi!"})
    ]
    assert Message.objects.get().author == ze.person


def test_a_product_is_shown_with_the_price_of_the_moment(
    talk: str, shop: Shop, bread: Product, ze: cast.Caller, ana: cast.Caller
) -> None:
    first, again = (
        send_product(
            shop_id=shop.pk,
            person=ze.person,
            conversation_id=talk,
            client_id="p1",
            product_id=bread.public_id,
        )
        for _ in range(2)
    )
    assert first == again
    history = ana.get(f"/v1/conversations/{talk}/messages").json()["data"]
    assert [(m["type"], m["content"]) for m in history] == [
        (
            "product",
            {
                "product": bread.public_id,
                "name": "Pão francês",
                "emoji": "",
                "price": {"amount_minor": 150, "currency": "BRL"},
                "shop": shop.public_id,
                "available": True,
            },
        )
    ]


def test_what_is_hidden_or_not_theirs_is_not_shown(
    talk: str, shop: Shop, bread: Product, carla: cast.Caller, ze: cast.Caller
) -> None:
    other = cast.new_shop(carla.person, "Quitanda")
    for shop_id, person in ((other.pk, carla.person), (10**9, carla.person)):
        with pytest.raises(NotFound):
            send_text(
                shop_id=shop_id, person=person, conversation_id=talk, client_id="x", text="Oi"
            )
    hide_product(shop_id=shop.pk, product_id=bread.public_id, actor=None)
    with pytest.raises(NotFound):
        send_product(
            shop_id=shop.pk,
            person=ze.person,
            conversation_id=talk,
            client_id="x",
            product_id=bread.public_id,
        )
    assert Message.objects.count() == 0


def test_a_product_cannot_be_forged_by_a_client(talk: str, ana: cast.Caller) -> None:
    forged = {"client_id": "f", "type": "product", "content": {"product": "prd_x"}}
    assert ana.post(f"/v1/conversations/{talk}/messages", forged).status_code == 400


def test_a_buyer_shows_a_product_and_the_shop_says_what_it_is(
    talk: str, shop: Shop, bread: Product, ana: cast.Caller
) -> None:
    path = f"/v1/conversations/{talk}/messages"
    shown = {"client_id": "1", "type": "product", "product": {"product": bread.public_id}}
    first, again = ana.post(path, shown), ana.post(path, shown)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["content"]["price"] == {"amount_minor": 150, "currency": "BRL"}
    assert first.json()["content"]["shop"] == shop.public_id
    dear = {"product": bread.public_id, "price": {"amount_minor": 1, "currency": "BRL"}}
    forged = ana.post(path, {**shown, "client_id": "2", "product": dear})
    assert (forged.status_code, forged.json()["code"]) == (400, "unknown_field")
    hide_product(shop_id=shop.pk, product_id=bread.public_id, actor=None)
    gone = ana.post(path, {**shown, "client_id": "3"})
    assert (gone.status_code, gone.json()["code"]) == (400, "input_invalid")
    assert Message.objects.count() == 1
