"""The shop's conversations: what it reads, what it says, and what is refused."""

from typing import Any

import pytest

from merchants.models import Product, Shop
from merchants.services.products import hide_product
from messaging.models import Member, Message
from tests.merchants import cast as consumers
from tests.portal import cast

pytestmark = pytest.mark.django_db


def write(buyer: consumers.Caller, shop: Shop, *texts: str) -> str:
    """Open the buyer's conversation with the shop and say something in it."""
    party = consumers.facts(shop).party_public_id
    talk = str(buyer.post("/v1/conversations", {"with": [party]}).json()["id"])
    for number, text in enumerate(texts):
        said = {"client_id": f"m{number}", "type": "text", "text": text}
        answer = buyer.post(f"/v1/conversations/{talk}/messages", said)
        assert answer.status_code == 201, answer.json()
    return talk


@pytest.fixture
def talk(ana: consumers.Caller, shop: Shop) -> str:
    """Ana has asked for bread."""
    return write(ana, shop, "Tem pão <b>quente</b>?")


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.context["conversations"]]


def test_opening_a_conversation_shows_it_and_marks_it_as_read(
    owner: cast.Clerk, talk: str, shop: Shop
) -> None:
    closed = owner.get("/conversations")
    assert closed.context["portal"]["counts"]["inbox"] == 1
    assert [row["unread"] for row in closed.context["conversations"]] == [1]
    page = owner.body(f"/conversations/{talk}")
    assert "Tem pão &lt;b&gt;quente&lt;/b&gt;?" in page
    opened = owner.get(f"/conversations/{talk}")
    assert opened.context["portal"]["counts"]["inbox"] == 0
    assert Member.objects.get(party_id=shop.party_id).read_seq == 1


def test_the_customer_is_shown_with_the_end_of_the_number_only(
    owner: cast.Clerk, talk: str, ana: consumers.Caller
) -> None:
    page = owner.body(f"/conversations/{talk}")
    assert ana.person.phone is not None
    assert f"+•••• {ana.person.phone[-4:]}" in page
    assert ana.person.phone not in page
    assert "Customer since" not in page  # Nothing was ordered yet.


def test_a_text_is_said_once_under_the_shops_name(owner: cast.Clerk, talk: str, shop: Shop) -> None:
    for _ in range(2):
        answer = owner.post(f"/conversations/{talk}/text", text=" Tem! ", client_id="w1")
        assert (answer.status_code, answer["Location"]) == (303, f"/portal/conversations/{talk}")
    said = Message.objects.get(sender_id=shop.party_id)
    assert (said.content, said.author) == ({"text": "Tem!"}, owner.person)
    assert "Tem!" in owner.body(f"/conversations/{talk}")


@pytest.mark.parametrize("text", ["", "   ", "x" * 4097], ids=["empty", "blank", "long"])
def test_a_text_that_cannot_be_said_stays_in_its_box(
    owner: cast.Clerk, talk: str, text: str
) -> None:
    answer = owner.post(f"/conversations/{talk}/text", text=text, client_id="w2")
    assert answer.status_code == 422
    assert answer.context["draft"] == text.strip()
    assert answer.context["message_error"]
    assert 'role="alert"' in answer.content.decode()
    assert Message.objects.count() == 1


def test_a_used_client_id_for_another_text_is_refused(owner: cast.Clerk, talk: str) -> None:
    owner.post(f"/conversations/{talk}/text", text="Tem", client_id="w3")
    again = owner.post(f"/conversations/{talk}/text", text="Não tem", client_id="w3")
    assert again.status_code == 422
    assert Message.objects.count() == 2


def test_a_product_is_shown_once(owner: cast.Clerk, talk: str, bread: Product) -> None:
    for _ in range(2):
        answer = owner.post(
            f"/conversations/{talk}/product", product=bread.public_id, client_id="p1"
        )
        assert answer.status_code == 303
    assert Message.objects.filter(kind="product").count() == 1
    assert "R$1.50" in owner.body(f"/conversations/{talk}")


def test_a_used_client_id_for_a_product_is_told(
    owner: cast.Clerk, talk: str, bread: Product
) -> None:
    owner.post(f"/conversations/{talk}/text", text="Tem", client_id="w4")
    answer = owner.post(f"/conversations/{talk}/product", product=bread.public_id, client_id="w4")
    assert answer.status_code == 303
    assert "toast" in owner.body(f"/conversations/{talk}")
    assert Message.objects.filter(kind="product").count() == 0


def test_hidden_foreign_and_unknown_products_are_the_same(
    owner: cast.Clerk, talk: str, bread: Product, carla: consumers.Caller, shop: Shop
) -> None:
    foreign = consumers.new_product(consumers.new_shop(carla.person, "Quitanda"))
    hide_product(shop_id=shop.pk, product_id=bread.public_id, actor=None)
    for product in (bread.public_id, foreign.public_id, "prd_unknown", "", "\0"):
        answer = owner.post(f"/conversations/{talk}/product", product=product, client_id="p2")
        assert answer.status_code == 404
    assert Message.objects.filter(kind="product").count() == 0


def test_conversations_are_found_by_name_and_by_being_unread(
    owner: cast.Clerk, talk: str, carla: consumers.Caller, shop: Shop
) -> None:
    write(carla, shop, "Olá")
    assert names(owner.get("/conversations")) == ["Carla", "Ana"]
    assert names(owner.get("/conversations", q="an")) == ["Ana"]
    assert names(owner.get("/conversations", q="padaria")) == []
    owner.get(f"/conversations/{talk}")
    assert names(owner.get("/conversations", show="unread")) == ["Carla"]
    assert names(owner.get(f"/conversations/{talk}", show="unread")) == ["Carla"]


def test_search_reaches_beyond_the_first_page(
    owner: cast.Clerk, talk: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        write(consumers.join(f"Bruno {number}"), shop, f"Olá {number}")
    monkeypatch.setattr("merchants.portal.talk.INBOX_SIZE", 2)
    monkeypatch.setattr("merchants.portal.talk.INBOX_MOST", 3)
    first = owner.get("/conversations")
    assert names(first) == ["Bruno 2", "Bruno 1"]
    assert first.context["next_href"] == "/portal/conversations?size=3"
    longer = owner.get("/conversations", size="3")
    assert names(longer) == ["Bruno 2", "Bruno 1", "Bruno 0"]
    rest = owner.client.get(longer.context["next_href"])
    assert names(rest) == ["Ana"]
    assert names(owner.get("/conversations", q="ana")) == ["Ana"]


def test_earlier_messages_are_reached_and_the_newest_again(
    owner: cast.Clerk, ana: consumers.Caller, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = write(ana, shop, *(f"n{number}" for number in range(7)))
    monkeypatch.setattr("merchants.portal.talk.THREAD_SIZE", 2)
    monkeypatch.setattr("merchants.portal.talk.THREAD_MOST", 4)

    def texts(answer: Any) -> list[str]:
        return [row["text"] for row in answer.context["messages_shown"]]

    page = owner.get(f"/conversations/{talk}")
    assert texts(page) == ["n5", "n6"]
    page = owner.client.get(page.context["older_href"])
    assert texts(page) == ["n3", "n4", "n5", "n6"]
    assert page.context["newest_href"] == ""
    page = owner.client.get(page.context["older_href"])
    assert texts(page) == ["n0", "n1", "n2"]
    assert page.context["older_href"] == ""
    assert texts(owner.client.get(page.context["newest_href"])) == ["n5", "n6"]
    for nonsense in ("x", "-1", "9" * 30, "٣"):
        assert owner.get(f"/conversations/{talk}", before=nonsense).status_code == 200
