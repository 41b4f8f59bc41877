"""The one list: filters in the address, kept views, the file of what is filtered, picked rows."""

import csv
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from merchants.codes.sheets import guarded, plain, written
from merchants.enums import OrderState
from merchants.models import Order, Product, SavedView, Shop
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from tests.merchants import cast as consumers
from tests.portal import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(ana: consumers.Caller, shop: Shop, bread: Product) -> Order:
    """Ana's order, which waits for Zé."""
    consumers.set_up(shop, auto_accept=False)
    return new_order(ana, shop, bread)


def new_order(buyer: consumers.Caller, shop: Shop, product: Product) -> Order:
    lines = [LineWish(product.public_id, 1)]
    return place_order(buyer=buyer.person, shop_id=shop.public_id, lines=lines)


def lines_of(answer: Any) -> list[list[str]]:
    """Read a file as a spreadsheet does."""
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def cost(clerk: cast.Clerk, path: str) -> int:
    clerk.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert clerk.get(path).status_code == 200
    return len(asked)


def test_each_list_costs_the_same_for_one_row_and_for_three(
    owner: cast.Clerk, ana: consumers.Caller, order: Order, shop: Shop, bread: Product
) -> None:
    paths = tuple(COSTS)
    once = {path: cost(owner, path) for path in paths}
    for number in range(2):
        other = consumers.join(f"Bruno {number}")
        new_order(other, shop, consumers.new_product(shop, f"Broa {number}"))
    assert {path: cost(owner, path) for path in paths} == once
    assert once == COSTS


@pytest.mark.parametrize(
    ("path", "name"),
    [
        *(("/orders", "state"), ("/payments", "state"), ("/catalogue", "show")),
        *(("/customers", "show"), ("/links", "show"), ("/links", "made"), ("/team", "show")),
        *(("/disputes", "show"), ("/developers/requests", "show")),
    ],
)
def test_what_no_chip_sets_narrows_nothing_and_is_not_carried_on(
    owner: cast.Clerk, order: Order, path: str, name: str
) -> None:
    listing = owner.get(path, **{name: "nonsense"}).context["listing"]
    everything = owner.rows(path)
    assert [row["id"] for row in listing.rows] == [row["id"] for row in everything]
    assert (listing.is_filtered, listing.carried) == (False, [])
    assert [chip["current"] for chip in listing.chips][:2] == [True, False]


COSTS = {
    "/orders": 11,
    "/payments": 10,
    "/payouts": 11,
    "/catalogue": 11,
    "/customers": 12,
    "/links": 9,
}


def test_the_file_holds_what_is_filtered_on_every_page_of_it(
    owner: cast.Clerk, ana: consumers.Caller, order: Order, shop: Shop, bread: Product
) -> None:
    for _ in range(3):
        new_order(ana, shop, bread)
    owner.post(f"/orders/{order.public_id}/move", verb="decline", note="x")
    head, *rows = lines_of(owner.get("/orders", export="csv", state="placed"))
    assert head[:4] == ["number", "id", "placed_at", "state"]
    assert [row[0] for row in rows] == ["4", "3", "2"]
    assert rows[0][4:9] == ["Ana", "1 x Pão francês", "1", "1.50", "150"]
    assert rows[0][2].endswith("-03:00")
    oldest = lines_of(owner.get("/orders", export="csv", sort="oldest"))
    assert [row[0] for row in oldest[1:]] == ["1", "2", "3", "4"]
    everything = lines_of(owner.get("/orders", export="csv", after="nothing-to-do-with-it"))
    assert len(everything) == 5


@pytest.mark.parametrize("path", ["/orders", "/payments", "/payouts", "/statements"])
def test_the_last_day_of_all_is_no_day(owner: cast.Clerk, shop: Shop, path: str) -> None:
    for days in (("0001-01-01", "0001-01-02"), ("9999-12-30", "9999-12-31")):
        asked = dict(zip(("from", "to"), days, strict=True))
        assert owner.get(path, **asked).status_code == 200


def test_a_file_of_another_shop_is_empty(stranger: cast.Clerk, order: Order) -> None:
    assert len(lines_of(stranger.get("/orders", export="csv"))) == 1


def test_a_view_is_kept_for_one_person_and_forgotten(
    owner: cast.Clerk, cashier: cast.Clerk, order: Order
) -> None:
    answer = owner.post(
        "/views/orders", name="To do", query="state=placed&after=x", next="/portal/orders"
    )
    assert (answer.status_code, answer["Location"]) == (303, "/portal/orders")
    (view,) = owner.get("/orders", state="placed").context["listing"].views
    assert (view["name"], view["href"], view["current"]) == (
        "To do",
        "/portal/orders?state=placed",
        True,
    )
    assert cashier.get("/orders").context["listing"].views == []
    assert cashier.post("/views/orders", remove=str(view["id"])).status_code == 404
    owner.post("/views/orders", name="to DO", query="q=ana")
    assert SavedView.objects.get().query == "q=ana"
    owner.post("/views/orders", remove=str(view["id"]))
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/views/orders", {"name": "", "query": ""}),
        ("/views/orders", {"name": "x" * 41, "query": ""}),
        ("/views/orders", {"name": "long", "query": "q=" + "x" * 501}),
        ("/views/orders", {"name": "a\0b", "query": ""}),
        ("/views/nothing", {"name": "fine", "query": ""}),
        ("/views/orders", {"remove": "1"}),
        ("/views/orders", {"remove": "9" * 30}),
    ],
)
def test_a_view_that_cannot_be_is_not_kept(
    owner: cast.Clerk, path: str, fields: dict[str, str]
) -> None:
    assert owner.post(path, **fields).status_code in {303, 404}
    assert not SavedView.objects.exists()


def test_a_person_keeps_twelve_views_of_a_list(owner: cast.Clerk) -> None:
    for number in range(13):
        owner.post("/views/orders", name=f"View {number}", query=f"q={number}")
    assert SavedView.objects.count() == 12
    assert "12 views" in owner.body("/orders")


def test_picked_orders_take_a_step_each_in_a_commit_of_its_own(
    owner: cast.Clerk, ana: consumers.Caller, order: Order, shop: Shop, bread: Product
) -> None:
    second = new_order(ana, shop, bread)
    owner.post(f"/orders/{second.public_id}/move", verb="decline", note="x")
    third = new_order(ana, shop, bread)
    picked = [order.public_id, second.public_id, third.public_id, "ord_unknown"]
    answer = owner.post("/orders/bulk", verb="accept", id=picked, next="/portal/orders?state=paid")
    assert answer["Location"] == "/portal/orders?state=paid"
    page = owner.body("/orders")
    assert "Done with 2 rows." in page
    states = dict(Order.objects.values_list("number", "state"))
    assert states == {
        1: OrderState.EXTERNAL_PENDING,
        2: OrderState.DECLINED,
        3: OrderState.EXTERNAL_PENDING,
    }
    assert owner.post("/orders/bulk", verb="cancel", id=picked).status_code == 404


def test_a_neighbours_rows_cannot_be_picked(
    stranger: cast.Clerk, order: Order, bread: Product
) -> None:
    stranger.post("/orders/bulk", verb="accept", id=[order.public_id])
    stranger.post("/catalogue/bulk", verb="hide", id=[bread.public_id])
    order.refresh_from_db()
    bread.refresh_from_db()
    assert (order.state, bread.is_visible) == (OrderState.PLACED, True)


def test_products_are_hidden_together_and_by_owners_only(
    owner: cast.Clerk, cashier: cast.Clerk, shop: Shop, bread: Product
) -> None:
    other = consumers.new_product(shop, "Broa")
    picked = [bread.public_id, other.public_id]
    assert cashier.post("/catalogue/bulk", verb="hide", id=picked).status_code == 403
    assert cashier.get("/catalogue").context["listing"].bulk == ()
    owner.post("/catalogue/bulk", verb="hide", id=picked)
    assert [row["state"] for row in owner.rows("/catalogue", show="hidden")] == ["hidden"] * 2
    assert owner.rows("/catalogue", show="visible") == []


def test_columns_are_left_out_and_stay_out_while_filtering(owner: cast.Clerk, order: Order) -> None:
    page = owner.client.get("/portal/orders?hide=2&hide=x&hide=99")
    assert page.context["listing"].css == "no-3"
    assert '<input type="hidden" name="hide" value="2">' in page.content.decode()


def test_products_are_sorted_page_by_page(owner: cast.Clerk, shop: Shop) -> None:
    for name, price in (("Broa", 500), ("Anel", 900), ("Cuca", 100)):
        consumers.new_product(shop, name, price)
    names = {
        sort: [row["name"] for row in owner.rows("/catalogue", sort=sort)]
        for sort in ("", "name", "price", "-price", "nonsense")
    }
    assert names == {
        "": ["Broa", "Anel", "Cuca"],
        "name": ["Anel", "Broa", "Cuca"],
        "price": ["Cuca", "Broa", "Anel"],
        "-price": ["Anel", "Broa", "Cuca"],
        "nonsense": ["Broa", "Anel", "Cuca"],
    }


@given(st.text())
def test_a_guarded_cell_comes_back_and_is_no_formula(text: str) -> None:
    assert plain(guarded(text)) == text
    is_number = re.fullmatch(r"-[0-9]+(\.[0-9]+)?", text)
    assert is_number or not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(
    st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")), min_size=1)
)
def test_a_written_line_is_read_as_it_was(row: list[str]) -> None:
    (read,) = list(csv.reader(io.StringIO(written(row), newline="")))
    assert [plain(cell) for cell in read] == row
