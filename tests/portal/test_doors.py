"""Who may open what: not the neighbours, not who has left, and a cashier less than an owner."""

from typing import Any

import pytest
from django.test import Client

from merchants.models import Product, Shop
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from merchants.services.team import remove_member
from messaging.models import Message
from tests.merchants import cast as consumers
from tests.portal import cast

pytestmark = pytest.mark.django_db

LISTS = (
    "/",
    "/search",
    "/conversations",
    "/orders",
    "/orders?view=board",
    "/payments",
    "/payouts",
    "/disputes",
    "/catalogue",
    "/catalogue?show=low",
    "/settings",
)
POSTS = (
    ("/conversations/{talk}/text", {"text": "Oi", "client_id": "c1"}),
    ("/conversations/{talk}/product", {"product": "{bread}", "client_id": "c2"}),
    ("/orders/{order}/move", {"verb": "cancel", "note": "no"}),
    ("/catalogue/{bread}", {"name": "Stolen", "price": "1,00", "stock": "1"}),
)
OBJECTS = (
    "/conversations/{talk}",
    "/orders/{order}",
    "/payments/pay_{n}",
    "/payouts/pyo_{n}",
    "/payments/pay_{n}/refund",
    "/disputes/dsp_{n}",
    "/catalogue/{bread}",
)
UNKNOWN = {"talk": "cnv_unknown", "order": "ord_unknown", "bread": "prd_unknown", "n": "unknown"}


@pytest.fixture
def known(ana: consumers.Caller, shop: Shop, bread: Product) -> dict[str, str]:
    """Ids of the bakery's own things, among them an order of Ana's."""
    talk = ana.post("/v1/conversations", {"with": [consumers.facts(shop).party_public_id]})
    order = place_order(
        buyer=ana.person,
        shop_id=shop.public_id,
        lines=[LineWish(bread.public_id, 1)],
        conversation_ref=talk.json()["id"],
    )
    return {
        "talk": talk.json()["id"],
        "order": order.public_id,
        "bread": bread.public_id,
        "n": "unknown",
    }


@pytest.mark.parametrize("path", LISTS)
def test_every_list_opens_for_the_team_and_for_nobody_else(
    owner: cast.Clerk, cashier: cast.Clerk, path: str
) -> None:
    assert owner.get(path).status_code == 200
    assert cashier.get(path).status_code == 200
    outside: Any = Client().get(f"/portal{path}")
    assert outside.status_code == 302
    assert outside["Location"].startswith("/portal/sign-in?next=")


@pytest.mark.parametrize("path", LISTS)
def test_somebody_without_a_shop_is_led_to_opening_one(planned: None, path: str) -> None:
    answer = cast.signed_in(cast.hire("Marta")).get(path)
    assert (answer.status_code, answer["Location"]) == (303, "/portal/start")


@pytest.mark.parametrize("path", OBJECTS)
def test_a_neighbours_object_and_an_unknown_one_are_the_same(
    known: dict[str, str], owner: cast.Clerk, stranger: cast.Clerk, path: str
) -> None:
    if "_{n}" not in path:
        assert owner.get(path.format(**known)).status_code == 200
    theirs = stranger.get(path.format(**known))
    nobodys = stranger.get(path.format(**UNKNOWN))
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert cast.without_request_id(theirs) == cast.without_request_id(nobodys)
    for each in (theirs, nobodys):
        assert "Padaria" not in each.content.decode()


@pytest.mark.parametrize(("path", "fields"), POSTS)
def test_nothing_of_a_neighbour_can_be_changed(
    known: dict[str, str],
    stranger: cast.Clerk,
    bread: Product,
    path: str,
    fields: dict[str, str],
) -> None:
    before = Message.objects.count()
    theirs, nobodys = (
        stranger.post(
            path.format(**ids), **{name: value.format(**ids) for name, value in fields.items()}
        )
        for ids in (known, UNKNOWN)
    )
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert cast.without_request_id(theirs) == cast.without_request_id(nobodys)
    assert Message.objects.count() == before
    bread.refresh_from_db()
    assert (bread.name, bread.price_minor, bread.stock) == ("Pão francês", 150, 10)


def test_a_cashier_sells_but_does_not_edit(
    cashier: cast.Clerk, owner: cast.Clerk, bread: Product, shop: Shop
) -> None:
    form = {"name": "Sonho", "price": "2,00", "stock": "3"}
    for path in ("/catalogue/new", f"/catalogue/{bread.public_id}"):
        assert cashier.get(path).status_code == 403
        assert cashier.post(path, **form).status_code == 403
        assert owner.get(path).status_code == 200
    refused = cashier.post("/settings", name="Lia's", about="mine", is_open="on")
    assert refused.status_code == 403
    shop.refresh_from_db()
    assert (shop.name, shop.about) == ("Padaria do Zé", "Pão quente às seis.")
    assert Product.objects.count() == 1
    shelf = cashier.body("/catalogue")
    assert "Pão francês" in shelf
    assert f"/portal/catalogue/{bread.public_id}" not in shelf
    assert f"/portal/catalogue/{bread.public_id}" in owner.body("/catalogue")
    assert '<form method="post" action="/portal/settings"' not in cashier.body("/settings")


def test_who_has_left_the_team_is_out_with_the_next_request(
    cashier: cast.Clerk, known: dict[str, str], shop: Shop, owner: cast.Clerk
) -> None:
    assert cashier.get("/").status_code == 200
    remove_member(shop_id=shop.pk, actor=owner.person, person_id=cashier.person.pk)
    for path in (*LISTS, *OBJECTS):
        assert cashier.get(path.format(**known))["Location"] == "/portal/start"
    for path, fields in POSTS:
        assert cashier.post(path.format(**known), **fields)["Location"] == "/portal/start"


def test_an_owner_of_two_shops_acts_for_the_chosen_one(owner: cast.Clerk, shop: Shop) -> None:
    second = consumers.new_shop(owner.person, "Quitanda do Zé")
    assert "Padaria do Zé" in owner.body("/")
    chosen = owner.post("/shop", shop=second.public_id)
    assert (chosen.status_code, chosen["Location"]) == (303, "/portal/")
    assert owner.get("/").context["portal"]["shop_name"] == "Quitanda do Zé"
    owner.post("/shop", shop="mer_of_somebody")
    assert owner.get("/").context["portal"]["shop_name"] == "Quitanda do Zé"
    session = owner.client.session
    session["shop"] = "mer_of_somebody"
    session.save()
    assert owner.get("/").context["portal"]["shop_name"] == "Padaria do Zé"


@pytest.mark.parametrize(
    "path",
    [
        "/orders/%00",
        "/conversations/cnv_%00",
        "/payments/%00",
        "/payouts/%00",
        "/catalogue/%00",
        "/orders?q=%00",
        "/payments?q=%00",
        "/payments?state=%00",
        "/catalogue?q=%00",
        "/conversations?q=%00",
        "/search?q=%00",
        "/orders?after=%00",
        "/orders?after=nonsense",
        "/payments?after=nonsense",
        "/payouts?after=nonsense",
        "/conversations?after=nonsense",
        "/catalogue?after=nonsense",
    ],
)
def test_addresses_that_cannot_be_lead_nowhere(owner: cast.Clerk, path: str) -> None:
    assert owner.client.get(f"/portal{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/payments?from=2026-13-40&to=x&state=nonsense",
        "/orders?state=nonsense&view=nonsense",
        "/?days=99999999999999999999",
        "/conversations?size=-1",
        "/conversations?size=99999999999999",
        "/catalogue?show=nonsense",
    ],
)
def test_filters_that_mean_nothing_are_left_out(owner: cast.Clerk, path: str) -> None:
    assert owner.client.get(f"/portal{path}").status_code == 200


def test_pages_that_are_only_read_take_no_posts(owner: cast.Clerk) -> None:
    for path in ("/", "/orders", "/payments", "/payouts", "/search"):
        assert owner.post(path).status_code == 405
    assert owner.get("/sign-out").status_code == 405
    assert owner.get("/orders/ord_1/move").status_code == 405


def test_the_style_guide_is_for_everybody_and_shows_no_shop(shop: Shop) -> None:
    page = Client().get("/styleguide/")
    assert page.status_code == 200
    body = page.content.decode()
    assert "Style guide" in body
    assert shop.public_id not in body
    shown = {template.name for template in page.templates}
    assert {f"parts/{part}.html" for part in ("dialog_head", "step_up", "thumb")} <= shown
    assert body.count('class="thumb') >= 3
    assert "data-step-up" in body
