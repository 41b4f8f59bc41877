"""Products are put in order by buttons: without a script, by one place or to the top."""

from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchants.models import Product, Shop
from tests.merchants.cast import new_product
from tests.portal import cast

pytestmark = pytest.mark.django_db
QUERIES = 9


def names(shop: Shop) -> str:
    rows = Product.objects.filter(shop=shop).order_by("position")
    return "".join(rows.values_list("name", flat=True))


@pytest.fixture
def made(shop: Shop) -> dict[str, Product]:
    """Three products, the last in a collection with the first."""
    sweet = {"A": ["Sweet"], "B": [], "C": ["Sweet"]}
    return {each: new_product(shop, each, collections=sweet[each]) for each in sweet}


def press(clerk: cast.Clerk, product: Product, to: str, **fields: str) -> str:
    """Press a button and return the page that follows."""
    answer = clerk.post("/catalogue/order", move=f"{to}:{product.public_id}", **fields)
    assert answer.status_code == 303, answer.content.decode()
    return unescape(clerk.client.get(answer["Location"]).content.decode())


def test_the_pressed_button_keeps_the_focus(
    owner: cast.Clerk, shop: Shop, made: dict[str, Product]
) -> None:
    page = press(owner, made["C"], "up")
    assert names(shop) == "ACB"
    assert "“C” was moved up." in page
    pressed = page.split(f'value="up:{made["C"].public_id}"')[1].split(">")[0]
    assert "autofocus" in pressed
    page = press(owner, made["C"], "up")
    assert names(shop) == "CAB"
    # At the top there is no way up: the focus is on the way down.
    assert "disabled" in page.split(f'value="up:{made["C"].public_id}"')[1].split(">")[0]
    assert "autofocus" in page.split(f'value="down:{made["C"].public_id}"')[1].split(">")[0]
    assert page.count("autofocus") == 1
    press(owner, made["B"], "top")
    assert names(shop) == "BCA"


def test_within_a_collection_it_goes_past_its_neighbours(
    owner: cast.Clerk, shop: Shop, made: dict[str, Product]
) -> None:
    page = press(owner, made["C"], "up", **{"in": "Sweet"})
    assert names(shop) == "CBA"
    assert made["B"].public_id not in page
    assert 'aria-current="true">Sweet' in page


def test_who_may_not_moves_nothing(
    cashier: cast.Clerk, stranger: cast.Clerk, shop: Shop, made: dict[str, Product]
) -> None:
    move = f"top:{made['C'].public_id}"
    assert cashier.post("/catalogue/order", move=move).status_code == 403
    assert stranger.post("/catalogue/order", move=move).status_code == 404
    assert names(shop) == "ABC"


@pytest.mark.parametrize("move", ["", "left:prd_1", "up:prd_1", "up:prd\0", "bottom"])
def test_what_is_no_step_is_unknown(
    owner: cast.Clerk, shop: Shop, made: dict[str, Product], move: str
) -> None:
    assert owner.post("/catalogue/order", move=move).status_code == 404
    assert names(shop) == "ABC"


def test_the_page_costs_the_same_whatever_it_holds(owner: cast.Clerk, shop: Shop) -> None:
    counts = []
    for more in (1, 2):
        for _each in range(more):
            new_product(shop, "Broa")
        owner.get("/catalogue/order")
        with CaptureQueriesContext(connection) as asked:
            assert len(owner.get("/catalogue/order").context["rows"]) == more * (more + 1) // 2
        counts.append(len(asked))
    assert counts == [QUERIES, QUERIES]
