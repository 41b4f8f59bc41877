"""Customers: whom a shop knows, and how much of them it may see."""

import csv
import io
from typing import Any

import pytest

from merchants.models import (
    Assignment,
    Label,
    LabelledTalk,
    NewsWish,
    Order,
    Product,
    Shop,
    TalkNote,
)
from merchants.services.news_wishes import wish_for_news
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from people.models import AuditEntry
from tests.merchants import cast as consumers
from tests.portal import cast

pytestmark = pytest.mark.django_db


def order(buyer: consumers.Caller, shop: Shop, product: Product, quantity: int = 1) -> None:
    lines = [LineWish(product.public_id, quantity)]
    place_order(buyer=buyer.person, shop_id=shop.public_id, lines=lines)


def party_of(caller: consumers.Caller) -> str:
    assert caller.person.party is not None
    return caller.person.party.public_id


def party_key(caller: consumers.Caller) -> int:
    assert caller.person.party is not None
    return caller.person.party.pk


@pytest.fixture
def known(ana: consumers.Caller, carla: consumers.Caller, shop: Shop, bread: Product) -> str:
    """Ana, who ordered twice, before Carla, who ordered once."""
    order(ana, shop, bread)
    order(ana, shop, bread, 2)
    order(carla, shop, bread)
    return party_of(ana)


def names(clerk: cast.Clerk, **query: str) -> list[str]:
    return [row["name"] for row in clerk.rows("/customers", **query)]


def test_customers_are_listed_sorted_and_found(
    owner: cast.Clerk, known: str, ana: consumers.Caller
) -> None:
    assert names(owner) == ["Carla", "Ana"]
    assert names(owner, sort="orders") == ["Ana", "Carla"]
    assert names(owner, sort="first") == ["Ana", "Carla"]
    assert names(owner, show="again") == ["Ana"]
    assert names(owner, show="buyers") == []
    phone = str(ana.person.phone)
    for asked in (phone, phone[-4:], "an", known):
        assert names(owner, q=asked) == ["Ana"]
    # More of a number than a shop reads finds nobody: digit by digit it would be the whole.
    for nobody in (phone[:-1], phone[-5:], phone[-3:], "+", "pty_unknown", "nobody"):
        assert names(owner, q=nobody) == []


def test_a_shop_sees_the_end_of_a_number_and_its_own_orders_only(
    owner: cast.Clerk, stranger: cast.Clerk, known: str, ana: consumers.Caller
) -> None:
    phone = str(ana.person.phone)
    page = owner.body(f"/customers/{known}")
    assert phone not in page
    assert phone[-4:] in page
    assert [row["number"] for row in owner.rows(f"/customers/{known}")] == [2, 1]
    assert names(stranger) == []
    assert stranger.get(f"/customers/{known}").status_code == 404
    assert stranger.post(f"/customers/{known}", note="mine").status_code == 404
    assert owner.get("/customers/pty_unknown").status_code == 404
    answer: Any = owner.get("/customers", export="csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert phone[-4:] not in text
    assert [row[1] for row in csv.reader(io.StringIO(text))] == ["name", "Carla", "Ana"]


def test_notes_and_labels_are_the_teams_own(
    owner: cast.Clerk, cashier: cast.Clerk, known: str
) -> None:
    path = f"/customers/{known}"
    assert cashier.post(path, note="Gosta bem assado").status_code == 303
    owner.post(path, label="Alergia")
    owner.post(path, stick="alergia")
    page = owner.get(path).context
    assert [note["text"] for note in page["notes"]] == ["Gosta bem assado"]
    assert [(each["name"], each["is_stuck"]) for each in page["labels"]] == [("Alergia", True)]
    owner.post(path, peel="Alergia")
    assert not LabelledTalk.objects.exists()
    for fields in ({"note": ""}, {"note": "x" * 4097}, {"label": ""}, {"stick": "x"}, {}):
        assert owner.post(path, **fields).status_code in {303, 404}
    assert (TalkNote.objects.count(), Label.objects.count()) == (1, 1)


def test_customers_are_found_by_label_and_by_their_wish_for_news(
    owner: cast.Clerk, stranger: cast.Clerk, known: str, ana: consumers.Caller, shop: Shop
) -> None:
    owner.post(f"/customers/{known}", label="Alergia")
    chips = owner.get("/customers").context["listing"].chips
    assert [str(chip["words"]) for chip in chips][-2:] == ["Want news", "Alergia"]
    assert names(owner, label="alergia") == ["Ana"]
    assert names(owner, label="nothing") == names(owner, show="news") == []
    wish_for_news(shop_id=shop.pk, party_id=party_key(ana), is_wanted=True)
    assert names(owner, show="news", label="Alergia") == ["Ana"]
    assert [row["news"] for row in owner.rows("/customers")] == [None, True]
    text = b"".join(owner.get("/customers", show="news", export="csv").streaming_content)
    lines = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert [(line[1], line[-2]) for line in lines] == [("name", "wants_news"), ("Ana", "yes")]
    assert "wants your news" in owner.body(f"/customers/{known}")
    assert names(stranger, label="Alergia") == []


def test_what_is_kept_about_somebody_is_erased_once_and_papers_stay(
    owner: cast.Clerk, cashier: cast.Clerk, known: str, ana: consumers.Caller, shop: Shop
) -> None:
    path = f"/customers/{known}"
    owner.post(path, note="Gosta bem assado")
    owner.post(path, label="Alergia")
    talk = owner.get(path).context["customer"]["conversation_href"].rsplit("/", 1)[1]
    owner.post(f"/conversations/{talk}/mark", verb="assign", login=cashier.login)
    wish_for_news(shop_id=shop.pk, party_id=party_key(ana), is_wanted=True)
    assert cashier.post(f"{path}/erase").status_code == 403
    assert TalkNote.objects.count() == 1
    for _ in range(2):
        assert owner.post(f"{path}/erase").status_code == 303
    assert (TalkNote.objects.count(), LabelledTalk.objects.count()) == (0, 0)
    assert (Assignment.objects.count(), NewsWish.objects.count()) == (0, 0)
    assert (Order.objects.count(), Label.objects.count()) == (3, 1)
    act = AuditEntry.objects.get(action="customer.erased")
    assert act.before == {"notes": 1, "labels": 1, "assignments": 1, "news": 1}
    assert (act.after, act.actor_id) == ({"customer": known}, owner.person.pk)
    assert "Erased what was kept about a customer" in owner.body("/team/activity")
    assert [row["number"] for row in owner.rows(path)] == [2, 1]


def test_that_somebody_wants_no_news_is_not_forgotten(
    owner: cast.Clerk, known: str, ana: consumers.Caller, shop: Shop
) -> None:
    wish_for_news(shop_id=shop.pk, party_id=party_key(ana), is_wanted=False)
    assert owner.post(f"/customers/{known}/erase").status_code == 303
    assert [row.is_wanted for row in NewsWish.objects.all()] == [False]
    assert AuditEntry.objects.filter(action="customer.erased").count() == 0


def test_a_neighbour_erases_nothing(
    owner: cast.Clerk, stranger: cast.Clerk, known: str, ana: consumers.Caller
) -> None:
    owner.post(f"/customers/{known}", note="Gosta bem assado")
    for whom in (known, "pty_unknown"):
        assert stranger.post(f"/customers/{whom}/erase").status_code == 404
    assert TalkNote.objects.count() == 1
