"""Getting paid outside Troco, at the counter: the second factor, the wait, and who may."""

from typing import Any

import pytest

from core.clock import advance
from merchants.models import ExternalMeans, Order, Shop
from tests.merchants import cast as consumers
from tests.portal import cast

pytestmark = pytest.mark.django_db

KEY = "ze@padaria.example"


@pytest.fixture
def counter() -> tuple[cast.Clerk, Shop]:
    """Zé at his portal, in a country that takes no purchases."""
    cast.plan_brazil()
    return cast.owner_of("Zé", "Padaria do Zé")


def add(clerk: cast.Clerk, **fields: Any) -> Any:
    facts = {"payee": KEY, "holder_name": "Padaria do Zé", "city": "Recife"} | fields
    facts.setdefault("code", cast.code_of(clerk.person))
    return clerk.post("/settings/outside/pix", **facts)


def order(shop: Shop) -> str:
    bread = consumers.new_product(shop)
    lines = [{"product": bread.public_id, "quantity": 2}]
    body = {"shop": shop.public_id, "lines": lines}
    return str(consumers.join("Ana").post("/v1/orders", body).json()["id"])


def test_from_an_empty_page_to_what_customers_are_shown(counter: tuple[cast.Clerk, Shop]) -> None:
    owner, shop = counter
    lia = cast.cashier_of(shop)
    assert "No way yet" in owner.body("/settings/outside")
    assert "/portal/settings/outside" in owner.body("/")
    assert "All 18 digits" not in owner.body("/settings/outside/pix")
    added = add(owner)
    assert (added.status_code, added["Location"]) == (303, "/portal/settings/outside")
    for page in ("/", "/orders", "/settings"):
        assert "Zé changed it." in lia.body(page)
    waiting = owner.body("/settings/outside")
    assert (KEY in waiting, "Stop this change" in waiting) == (True, True)
    assert "What customers are shown</h2>" not in waiting
    advance(24 * 3600)
    shown = owner.body("/settings/outside")
    assert "data:image/svg+xml" in shown
    assert "Zé changed it." not in lia.body("/")
    assert "Take away" not in lia.body("/settings/outside")
    means = ExternalMeans.objects.get()
    assert lia.post("/settings/outside", means=means.public_id).status_code == 403
    assert owner.post("/settings/outside", means="mns_unknown").status_code == 404
    assert owner.post("/settings/outside", means=means.public_id).status_code == 303
    assert "No way yet" in owner.body("/settings/outside")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"code": "000000"}, "That code is not right"),
        ({"payee": "11987654321"}, "Compare it digit by digit"),
        ({"payee": "4111 1111 1111 1111"}, "Compare it digit by digit"),
        ({"holder_name": "Zé 4111111111111111"}, "card"),
        ({"city": ""}, "This field is required"),
        ({"city": "x" * 16}, "at most 15"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_added(
    counter: tuple[cast.Clerk, Shop], wrong: dict[str, str], words: str
) -> None:
    owner, _shop = counter
    refused = add(owner, **wrong)
    page = refused.content.decode()
    assert (refused.status_code, words in page) == (422, True), page
    assert ("Padaria do Zé" in page) is True
    assert ExternalMeans.objects.count() == 0


def test_a_second_change_waits_for_the_first(counter: tuple[cast.Clerk, Shop]) -> None:
    owner, _shop = counter
    add(owner)
    refused = add(owner, payee="other@padaria.example")
    assert (refused.status_code, "waits already" in refused.content.decode()) == (422, True)
    assert ExternalMeans.objects.count() == 1


def test_a_cashier_adds_nothing_and_a_way_of_another_country_is_none(
    counter: tuple[cast.Clerk, Shop],
) -> None:
    owner, shop = counter
    lia = cast.cashier_of(shop)
    assert lia.get("/settings/outside/pix").status_code == 403
    assert add(lia).status_code == 403
    assert owner.get("/settings/outside/upi").status_code == 404
    assert owner.get("/settings/outside/pix%00").status_code == 404
    assert ExternalMeans.objects.count() == 0


def test_a_cashier_marks_the_money_and_takes_it_back(counter: tuple[cast.Clerk, Shop]) -> None:
    owner, shop = counter
    add(owner)
    advance(24 * 3600)
    made = order(shop)
    lia = cast.cashier_of(shop)
    page = lia.body(f"/orders/{made}")
    assert "Not verified by Troco" in page
    assert "br.gov.bcb.pix" in page
    assert "The money has come" in page
    assert lia.post(f"/orders/{made}/move", verb="received").status_code == 303
    after = lia.body(f"/orders/{made}")
    assert "Your shop says it came:" in after
    assert "Start preparing" in after
    lia.post(f"/orders/{made}/move", verb="not_received")
    assert Order.objects.get().external_received_at is None
    lia.post(f"/orders/{made}/move", verb="received")
    lia.post(f"/orders/{made}/move", verb="prepare")
    found = Order.objects.get()
    assert (found.state, found.paid_at, found.payment_ref) == ("preparing", None, "")
    assert "Troco has not seen it" in lia.body(f"/orders/{made}")
    assert "R$0.00" in owner.body("/")


def test_another_shops_order_is_no_order(counter: tuple[cast.Clerk, Shop]) -> None:
    _owner, shop = counter
    made = order(shop)
    carla, _other = cast.owner_of("Carla", "Café da Carla")
    assert carla.post(f"/orders/{made}/move", verb="received").status_code == 404
    assert Order.objects.get().external_received_at is None
