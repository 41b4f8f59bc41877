"""The team's side of talk in the portal, and what the composer sends besides words."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from merchants.enums import Role
from merchants.models import Order, Product, Shop
from merchants.queries import desk as queries
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from messaging.models import Message
from tests.merchants import cast as consumers
from tests.portal import cast
from tests.portal.test_talk import names, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(ana: consumers.Caller, shop: Shop) -> str:
    return write(ana, shop, "Tem pão?")


def mark(clerk: cast.Clerk, talk: str, verb: str, **said: str) -> int:
    return int(clerk.post(f"/conversations/{talk}/mark", verb=verb, **said).status_code)


def panel(clerk: cast.Clerk, talk: str) -> Any:
    return clerk.get(f"/conversations/{talk}").context["desk"]


def test_labels_narrow_the_list(
    owner: cast.Clerk, talk: str, carla: consumers.Caller, shop: Shop
) -> None:
    write(carla, shop, "Olá")
    kept = owner.post("/desk", verb="label", name="VIP", colour="ok")
    assert (kept.status_code, kept["Location"]) == (303, "/portal/desk")
    assert owner.post("/desk", verb="label", name="VIP", colour="pink").status_code == 422
    assert mark(owner, talk, "stick", label="vip") == 303
    assert names(owner.get("/conversations", label="VIP")) == ["Ana"]
    assert [label.name for label in panel(owner, talk)["labels"]] == ["VIP"]
    assert mark(owner, talk, "peel", label="VIP") == 303
    assert names(owner.get("/conversations", label="VIP")) == []
    assert mark(owner, talk, "stick", label="unknown") == 404
    assert mark(owner, talk, "dance") == 404
    assert owner.post("/desk", verb="remove_label", name="VIP").status_code == 303
    assert queries.labels(shop.pk) == []


def test_whose_a_conversation_is_narrows_the_list(
    owner: cast.Clerk, cashier: cast.Clerk, talk: str, carla: consumers.Caller, shop: Shop
) -> None:
    write(carla, shop, "Olá")
    assert mark(owner, talk, "assign", login=cashier.login) == 303
    assert names(cashier.get("/conversations", show="mine")) == ["Ana"]
    assert names(owner.get("/conversations", show="mine")) == []
    assert names(owner.get("/conversations", show="free")) == ["Carla"]
    assert panel(owner, talk)["holder"] == "Lia"
    mark(owner, talk, "assign", login="nobody")
    assert panel(owner, talk)["holder"] == "Lia"
    mark(owner, talk, "assign", login="")
    assert sorted(names(owner.get("/conversations", show="free"))) == ["Ana", "Carla"]


def test_a_note_is_the_teams_alone(
    owner: cast.Clerk, talk: str, ana: consumers.Caller, stranger: cast.Clerk
) -> None:
    assert mark(owner, talk, "note", text="Alérgica a amendoim <b>!") == 303
    assert mark(owner, talk, "note", text=" ") == 303
    (note,) = panel(owner, talk)["notes"]
    assert (note["author"], note["text"]) == ("Zé", "Alérgica a amendoim <b>!")
    assert "<b>!" not in owner.body(f"/conversations/{talk}")
    assert mark(stranger, talk, "note", text="Oi") == 404
    assert "amendoim" not in str(ana.get(f"/v1/conversations/{talk}/messages").json())


def test_quick_replies_are_kept_and_filled_in(owner: cast.Clerk, talk: str) -> None:
    text = "Oi {name}, aqui é {shop}."
    assert owner.post("/desk/replies", shortcut="Oi", text=text).status_code == 303
    assert owner.post("/desk/replies", shortcut="a b", text=text).status_code == 422
    replies = owner.get(f"/conversations/{talk}").context["replies"]
    oi = {"word": "oi", "text": "Oi Ana, aqui é Padaria do Zé.", "media": "", "file": ""}
    assert replies == [oi]
    assert owner.post("/desk", verb="remove_reply", shortcut="oi").status_code == 303
    assert owner.post("/desk", verb="remove_reply", shortcut="\0").status_code == 404
    assert owner.post("/desk", verb="remove_label", name="\0").status_code == 404
    assert owner.get(f"/conversations/{talk}").context["replies"] == []


def test_hours_and_words_said_by_themselves_are_set_by_who_edits(
    owner: cast.Clerk, cashier: cast.Clerk, shop: Shop
) -> None:
    form = {
        "verb": "words",
        "greeting": "Olá!",
        "away_mode": "outside_hours",
        "away": "Voltamos às seis.",
        "opens_0": "06:00",
        "closes_0": "18:30",
        "opens_5": "07:00",
        "closes_5": "00:00",
        "opens_6": "07:00",
    }
    cashier.post("/desk", **form)
    assert queries.automatic_words(shop.pk).greeting == ""
    assert owner.post("/desk", **form).status_code == 303
    known = queries.automatic_words(shop.pk)
    assert (known.greeting, known.away_mode) == ("Olá!", "outside_hours")
    spans = [(span.weekday, span.opens_minute, span.closes_minute) for span in known.hours]
    assert spans == [(0, 360, 1110), (5, 420, 1440)]
    assert owner.post("/desk", **{**form, "opens_0": "19:00"}).status_code == 422
    assert owner.post("/desk", **{**form, "away": ""}).status_code == 422
    assert 'value="18:30"' in owner.body("/desk")


def test_several_products_are_shown_once(owner: cast.Clerk, talk: str, shop: Shop) -> None:
    products = [consumers.new_product(shop, f"Pão {n}").public_id for n in range(3)]
    for _ in range(2):
        owner.post(f"/conversations/{talk}/products", product=products, client_id="p1")
    assert Message.objects.filter(kind="product").count() == 3
    assert owner.post(f"/conversations/{talk}/products", product=["prd_x"]).status_code == 404


def test_nothing_and_too_much_to_show_are_told(owner: cast.Clerk, talk: str, shop: Shop) -> None:
    for ticked, words in (
        ([], "Tick what you want to send."),
        (["prd_x"] * 31, "At most 30 products at once. Send the rest after them."),
    ):
        told = owner.post(f"/conversations/{talk}/products", product=ticked)
        assert (told.status_code, told.context["reopened"]["products"]["why"]) == (422, words)
    assert Message.objects.filter(kind="product").count() == 0


@pytest.fixture
def shelf(shop: Shop) -> list[Product]:
    """More products than a dialog begins with."""
    return [consumers.new_product(shop, f"Bolo {n:02d}") for n in range(31)]


def picks(clerk: cast.Clerk, kind: str, **query: Any) -> list[tuple[str, int]]:
    found = clerk.get(f"/picks/{kind}", **query).context["products"]
    return [(each["name"], each["picked"]) for each in found]


def test_a_product_beyond_the_first_thirty_is_found_and_sold(
    owner: cast.Clerk, talk: str, shelf: list[Product]
) -> None:
    page = owner.get(f"/conversations/{talk}")
    assert [len(page.context["picks"]["order"]), page.context["has_more_products"]] == [30, True]
    last, first = shelf[-1], shelf[0]
    assert picks(owner, "order", q="bolo 30") == [("Bolo 30", 0)]
    assert picks(owner, "order", q="bolo 30", **{f"q_{first.public_id}": "2"}) == [
        ("Bolo 00", 2),
        ("Bolo 30", 0),
    ]
    assert picks(owner, "products", q="nothing", product=[last.public_id]) == [("Bolo 30", 1)]
    wanted = {f"q_{last.public_id}": "2", f"q_{first.public_id}": "1"}
    assert owner.post(f"/conversations/{talk}/order", **wanted, client_id="o1").status_code == 303
    sold = Order.objects.get().lines.order_by("id")
    assert [(line.name, line.quantity) for line in sold] == [("Bolo 00", 1), ("Bolo 30", 2)]


def test_picks_are_of_the_own_shelf_and_on_show(
    owner: cast.Clerk, shelf: list[Product], stranger: cast.Clerk
) -> None:
    assert stranger.get("/picks/order").status_code == 200
    Product.objects.filter(pk=shelf[0].pk).update(is_visible=False)
    foreign = consumers.new_product(Shop.objects.get(name="Quitanda da Carla"), "Picanha")
    ids = [shelf[0].public_id, foreign.public_id, "prd_x"]
    assert picks(owner, "products", q="-", product=ids) == []
    assert picks(owner, "order", q="-", **{f"q_{number}": "1" for number in ids}) == []
    assert owner.get("/picks/anything").status_code == 404
    assert picks(owner, "order", q="-", q_prd_x="²", q_="1") == []


@pytest.mark.parametrize("rows", [1, 3])
def test_picks_ask_the_same_however_many_there_are(
    owner: cast.Clerk, shop: Shop, rows: int
) -> None:
    ids = [consumers.new_product(shop, f"Pão {n}").public_id for n in range(rows)]
    owner.get("/picks/order")
    with CaptureQueriesContext(connection) as asked:
        assert len(picks(owner, "products", product=ids)) == rows
    assert len(asked) == 6


def test_an_order_is_put_together_and_can_be_paid(
    owner: cast.Clerk, talk: str, bread: Product, ana: consumers.Caller
) -> None:
    form = {f"q_{bread.public_id}": "3", "note": "Para as 18h", "client_id": "o1"}
    for _ in range(2):
        assert owner.post(f"/conversations/{talk}/order", **form).status_code == 303
    order = Order.objects.get()
    assert (order.total_minor, order.note) == (450, "Para as 18h")
    assert order.buyer.person == ana.person
    assert [row["kind"] for row in owner.get(f"/conversations/{talk}").context["messages_shown"]][
        -1
    ] == "order"
    empty = owner.post(f"/conversations/{talk}/order", client_id="o2")
    assert empty.status_code == 422
    assert "Say how many" in empty.content.decode()
    assert Order.objects.count() == 1


def test_more_than_there_is_cannot_be_offered(owner: cast.Clerk, talk: str, bread: Product) -> None:
    owner.post(f"/conversations/{talk}/order", **{f"q_{bread.public_id}": "11"})
    assert Order.objects.count() == 0
    bread.refresh_from_db()
    assert bread.reserved == 0


def test_nobody_is_offered_less_than_what_was_put_together(
    owner: cast.Clerk, shop: Shop, talk: str, bread: Product
) -> None:
    roll = consumers.new_product(shop, "Rosca", 333, None)
    form = {f"q_{bread.public_id}": "1", f"q_{roll.public_id}": "2"}
    Product.objects.filter(pk=roll.pk).update(is_visible=False)
    refused = owner.post(f"/conversations/{talk}/order", **form)
    assert refused.status_code == 422
    assert "There is not enough of a product." in refused.content.decode()
    assert Order.objects.count() == 0
    Product.objects.filter(pk=roll.pk).update(is_visible=True)
    owner.post(f"/conversations/{talk}/order", **form)
    assert Order.objects.get().total_minor == 150 + 2 * 333


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        ("12,50", 1250),
        ("1.234,56", 123_456),
        ("0", None),
        ("-1", None),
        ("x", None),
    ],
)
def test_an_amount_is_charged_exactly(
    owner: cast.Clerk, talk: str, amount: str, minor: int | None
) -> None:
    form = {"amount": amount, "words": "Encomenda", "client_id": "c1"}
    told = 303 if minor is not None else 422
    assert owner.post(f"/conversations/{talk}/charge", **form).status_code == told
    totals = list(Order.objects.values_list("total_minor", flat=True))
    assert totals == ([minor] if minor is not None else [])


def opened_in(answer: Any) -> list[str]:
    """The dialogs that stand open, by their ids."""
    return re.findall(r'<dialog id="([a-z-]+)"[^>]* open>', answer.content.decode())


@pytest.mark.parametrize(
    ("dialog", "typed", "why"),
    [
        (
            "charge",
            {"amount": "12,5O", "words": 'Bolo "de casa"'},
            "Write the amount like 12,50.",
        ),
        (
            "place",
            {"name": "Feira", "address": "Praça 1", "latitude": "-23.5", "longitude": "oeste"},
            "Write both coordinates, such as -23.55 and -46.63.",
        ),
    ],
)
def test_a_refused_dialog_stands_open_with_why_and_what_was_typed(
    owner: cast.Clerk, talk: str, dialog: str, typed: dict[str, str], why: str
) -> None:
    assert opened_in(owner.get(f"/conversations/{talk}")) == []
    answer = owner.post(f"/conversations/{talk}/{dialog}", **typed, client_id="d1")
    assert (answer.status_code, opened_in(answer)) == (422, [f"{dialog}-dialog"])
    assert answer.context["reopened"][dialog]["why"] == why
    page = answer.content.decode()
    sheet = page[page.index(f'id="{dialog}-dialog"') :].partition("</dialog>")[0]
    assert f'<p class="errorlist" role="alert">{why}</p>' in sheet
    for text in typed.values():
        assert f'value="{escape(text)}"' in sheet


def test_a_refused_order_keeps_its_numbers_and_its_word(
    owner: cast.Clerk, talk: str, bread: Product, shelf: list[Product]
) -> None:
    """Also of a product that the dialog does not begin with."""
    last = shelf[-1]
    typed = {f"q_{bread.public_id}": "11", f"q_{last.public_id}": "1", "note": "Sem nozes"}
    answer = owner.post(f"/conversations/{talk}/order", **typed, client_id="o9")
    assert (answer.status_code, opened_in(answer)) == (422, ["order-dialog"])
    rows = answer.context["picks"]["order"]
    kept = {(row["name"], row["picked"]) for row in rows if row["picked"]}
    assert kept == {(bread.name, 11), ("Bolo 30", 1)}
    assert not any(row["picked"] for row in answer.context["picks"]["products"])
    assert 'value="Sem nozes"' in answer.content.decode()


def test_a_page_that_was_refused_fetches_itself_again(owner: cast.Clerk, talk: str) -> None:
    """What shows news asks the address that the browser is at: the refused form's."""
    again = owner.get(f"/conversations/{talk}/charge")
    assert (again.status_code, opened_in(again)) == (200, [])


def test_support_talks_and_does_not_charge(shop: Shop, talk: str) -> None:
    support = cast.member_of(shop, Role.SUPPORT)
    assert support.post(f"/conversations/{talk}/charge", amount="1,00").status_code == 403
    assert not support.get(f"/conversations/{talk}").context["may_charge"]
    assert Order.objects.count() == 0


def test_a_place_is_shown(owner: cast.Clerk, talk: str) -> None:
    form = {"name": "Padaria do Zé", "latitude": "-23,5505", "longitude": "-46.6333"}
    assert owner.post(f"/conversations/{talk}/place", **form, client_id="l1").status_code == 303
    assert "-23.5505, -46.6333" in owner.body(f"/conversations/{talk}")
    for wrong in ({"latitude": "91", "longitude": "0"}, {"latitude": "x", "longitude": "0"}):
        assert owner.post(f"/conversations/{talk}/place", **wrong).status_code == 422
    assert Message.objects.filter(kind="location").count() == 1


def test_what_waits_for_its_payment_narrows_the_list(
    owner: cast.Clerk,
    talk: str,
    bread: Product,
    ana: consumers.Caller,
    carla: consumers.Caller,
    shop: Shop,
) -> None:
    write(carla, shop, "Olá")
    assert names(owner.get("/conversations", show="to_pay")) == []
    place_order(
        buyer=ana.person,
        shop_id=shop.public_id,
        lines=[LineWish(bread.public_id, 1)],
        conversation_ref=talk,
    )
    Order.objects.update(state="awaiting_payment", payment_kind="troco")
    assert names(owner.get("/conversations", show="to_pay")) == ["Ana"]


def test_nothing_of_a_neighbours_talk_can_be_used(
    owner: cast.Clerk, stranger: cast.Clerk, talk: str, bread: Product
) -> None:
    before = Message.objects.count()
    posts = {
        "order": {f"q_{bread.public_id}": "1"},
        "charge": {"amount": "1,00"},
        "place": {"latitude": "1", "longitude": "1"},
        "products": {"product": bread.public_id},
    }
    for name, form in posts.items():
        theirs = stranger.post(f"/conversations/{talk}/{name}", **form).status_code
        nobodys = stranger.post(f"/conversations/cnv_unknown/{name}", **form).status_code
        assert theirs == nobodys
    assert (Message.objects.count(), Order.objects.count()) == (before, 0)


def test_the_inbox_costs_the_same_for_one_row_and_for_three(
    owner: cast.Clerk, shop: Shop, talk: str
) -> None:
    owner.post("/desk", verb="label", name="VIP", colour="ok")
    mark(owner, talk, "stick", label="VIP")

    def costs() -> dict[str, int]:
        found = {}
        for path in ("/conversations", f"/conversations/{talk}"):
            with CaptureQueriesContext(connection) as asked:
                owner.get(path)
            found[path.rsplit("_", 1)[0]] = len(asked)
        return found

    owner.get(f"/conversations/{talk}")
    first = costs()
    for number in range(2):
        other = write(consumers.join(f"Bruno {number}"), shop, "Olá", "Tudo bem?")
        mark(owner, other, "stick", label="VIP")
        mark(owner, talk, "note", text=f"Nota {number}")
    assert costs() == first
