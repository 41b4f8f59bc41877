"""Paid outside of Troco: the wait, what buyers are shown, and whose word is what."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from core.clock import advance, business_now
from core.errors import InputInvalid, NotFound, StateConflict, TextInvalid, TrocoError
from merchants.models import ExternalMeans, Order, Product, Shop
from merchants.queries import means_coming, means_shown
from merchants.services.expiry import expire_due_orders
from merchants.services.fulfilment import cancel_for_shop, prepare_order
from merchants.services.means import NewMeans, add_means, remove_means
from merchants.services.outside import mark_not_received, mark_received
from payments.codes.br_code import read_br_code
from people.models import AuditEntry, Person
from tests.merchants.cast import Caller, join, new_product, new_shop
from tests.portal.cast import plan_brazil

pytestmark = pytest.mark.django_db

DAY = 24 * 3600
KEY = "52998224725"
OTHER = "ze@padaria.example"


@pytest.fixture
def ze(db: None) -> Person:
    plan_brazil()
    return join("Zé").person


@pytest.fixture
def shop(ze: Person) -> Shop:
    """A bakery in a country that takes no purchases."""
    return new_shop(ze)


@pytest.fixture
def ana(shop: Shop) -> Caller:
    return join("Ana")


def pix(shop: Shop, actor: Person, payee: str = KEY, **more: Any) -> ExternalMeans:
    wanted = NewMeans("pix", payee, "Padaria do Zé", "São Paulo")
    return add_means(shop_id=shop.pk, actor=actor, wanted=wanted, **more)


def payees(shop: Shop) -> list[str]:
    return [each.payee for each in means_shown([shop.pk], business_now()).get(shop.pk, [])]


def order(buyer: Caller, shop: Shop, quantity: int = 2) -> dict[str, Any]:
    bread = Product.objects.filter(shop=shop).first() or new_product(shop)
    lines = [{"product": bread.public_id, "quantity": quantity}]
    answer = buyer.post("/v1/orders", {"shop": shop.public_id, "lines": lines})
    assert answer.status_code == 201, answer.json()
    body: dict[str, Any] = answer.json()
    assert body["state"] == "external_pending"
    return body


def test_a_new_way_is_shown_after_the_wait(shop: Shop, ze: Person) -> None:
    pix(shop, ze)
    assert payees(shop) == []
    assert [each.payee for each in means_coming(shop.pk, business_now())] == [KEY]
    advance(DAY - 60)
    assert payees(shop) == []
    advance(60)
    assert payees(shop) == [KEY]
    assert means_coming(shop.pk, business_now()) == []


def test_a_change_leaves_the_one_before_until_it_counts(shop: Shop, ze: Person) -> None:
    pix(shop, ze, is_seed=True)
    pix(shop, ze, OTHER)
    assert payees(shop) == [KEY]
    with pytest.raises(StateConflict):
        pix(shop, ze, "+5511987654321")
    advance(DAY)
    assert payees(shop) == [OTHER]


def test_a_change_that_is_stopped_never_counts(shop: Shop, ze: Person) -> None:
    pix(shop, ze, is_seed=True)
    remove_means(shop_id=shop.pk, actor=ze, means_id=pix(shop, ze, OTHER).public_id)
    advance(DAY)
    assert payees(shop) == [KEY]
    pix(shop, ze, OTHER)
    advance(DAY)
    assert payees(shop) == [OTHER]


def test_what_is_taken_away_does_not_bring_back_what_it_replaced(shop: Shop, ze: Person) -> None:
    pix(shop, ze, is_seed=True)
    second = pix(shop, ze, OTHER, is_seed=True)
    remove_means(shop_id=shop.pk, actor=ze, means_id=second.public_id)
    assert payees(shop) == []
    with pytest.raises(NotFound):
        remove_means(shop_id=shop.pk, actor=ze, means_id=second.public_id)
    acts = AuditEntry.objects.filter(object_ref=shop.public_id, action__startswith="means.")
    assert list(acts.order_by("id").values_list("action", flat=True)) == [
        "means.added",
        "means.added",
        "means.removed",
    ]
    assert OTHER not in str(list(acts.values_list("before", "after")))


def test_another_shops_way_is_no_way(shop: Shop, ze: Person) -> None:
    other = new_shop(join("Rui").person, "Café do Rui")
    made = pix(shop, ze, is_seed=True)
    with pytest.raises(NotFound):
        remove_means(shop_id=other.pk, actor=ze, means_id=made.public_id)
    assert payees(shop) == [KEY]
    assert payees(other) == []


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (NewMeans("pix", "52998224726", "Zé", "Recife"), "payee"),
        (NewMeans("pix", KEY, "Zé", ""), "city"),
        (NewMeans("pix", KEY, "", "Recife"), "holder_name"),
        (NewMeans("pix", KEY, "مخبز", "Recife"), "payee"),
        (NewMeans("upi", "shop@bank", "Zé"), "kind"),
        (NewMeans("cards", "4111", "Zé"), "kind"),
        (NewMeans("link", "http://pay.example/", "Zé"), "payee"),
        (NewMeans("link", "https://a@b.example/", "Zé"), "payee"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    shop: Shop, ze: Person, wanted: NewMeans, field: str
) -> None:
    with pytest.raises(InputInvalid) as refused:
        add_means(shop_id=shop.pk, actor=ze, wanted=wanted)
    errors = refused.value.extra["field_errors"]
    assert isinstance(errors, dict)
    assert list(errors) == [field]
    assert ExternalMeans.objects.count() == 0


def test_a_card_number_is_no_holder(shop: Shop, ze: Person) -> None:
    wanted = NewMeans("pix", KEY, "Zé 4111111111111111", "Recife")
    with pytest.raises(TrocoError) as refused:
        add_means(shop_id=shop.pk, actor=ze, wanted=wanted)
    assert refused.value.code == "card_number_refused"
    assert ExternalMeans.objects.count() == 0


@pytest.mark.parametrize("name", ["Padaria\u202eéZ od", "Zé\nBCD", "Zé\u200b", "Zé\x07"])
def test_a_holder_whose_letters_turn_or_hide_is_refused(shop: Shop, ze: Person, name: str) -> None:
    with pytest.raises(TextInvalid):
        add_means(shop_id=shop.pk, actor=ze, wanted=NewMeans("pix", KEY, name, "Recife"))
    assert ExternalMeans.objects.count() == 0


def test_the_database_keeps_what_was_written(shop: Shop, ze: Person) -> None:
    made = pix(shop, ze, is_seed=True)
    rows = ExternalMeans.objects.filter(pk=made.pk)
    for change in ({"payee": OTHER}, {"usable_at": made.added_at - timedelta(days=1)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    remove_means(shop_id=shop.pk, actor=ze, means_id=made.public_id)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(removed_at=None, removed_by=None)


@pytest.mark.django_db(transaction=True)
def test_of_ten_changes_at_once_one_waits(
    shop: Shop, ze: Person, in_threads: Callable[..., list[Any]]
) -> None:
    def change() -> str:
        try:
            pix(shop, ze)
        except StateConflict as refused:
            return refused.code
        return "added"

    assert sorted(in_threads(change, times=10)) == ["added", *["state_conflict"] * 9]
    assert ExternalMeans.objects.count() == 1


def test_a_buyer_is_shown_a_code_with_the_amount_and_no_more_than_is_true(
    shop: Shop, ze: Person, ana: Caller
) -> None:
    pix(shop, ze, is_seed=True)
    body = order(ana, shop)
    paid = body["payment"]
    assert (paid["kind"], paid["is_verified"], paid["payment"]) == ("external", False, None)
    assert "not verified by Troco" in paid["note"]
    (way,) = paid["means"]
    assert (way["kind"], way["holder_name"], way["words"]) == ("pix", "Padaria do Zé", "Pix")
    code = read_br_code(way["code"])
    assert (code.amount_minor, code.txid) == (300, f"T{body['number']}")
    assert way["qr"].startswith("data:image/svg+xml")
    listed = ana.get("/v1/orders").json()["data"][0]["payment"]["means"][0]
    assert listed == {**way, "qr": None}


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_asks_once_for_all_ways(
    shop: Shop, ze: Person, ana: Caller, count: int, django_assert_num_queries: Any
) -> None:
    pix(shop, ze, is_seed=True)
    for _ in range(count):
        order(ana, shop, 1)
    with django_assert_num_queries(5):  # The device, three of the list, and the ways.
        found = ana.get("/v1/orders").json()["data"]
    assert [len(each["payment"]["means"]) for each in found] == [1] * count


def test_words_of_both_sides_and_the_way_to_the_counter(
    shop: Shop, ze: Person, ana: Caller
) -> None:
    body = order(ana, shop)
    path = f"/v1/orders/{body['id']}"
    with pytest.raises(StateConflict):
        prepare_order(shop_id=shop.pk, order_id=body["id"], actor=ze)
    told = ana.post(f"{path}/paid-outside", {"note": "From my mother's account"})
    assert told.status_code == 200
    assert told.json()["payment"]["told_at"] is not None
    assert "looks at its account" in told.json()["payment"]["note"]
    again = ana.post(f"{path}/paid-outside", {"note": "Once more"}).json()
    assert again["timeline"] == told.json()["timeline"]
    mark_received(shop_id=shop.pk, order_id=body["id"], actor=ze)
    with pytest.raises(StateConflict):
        mark_received(shop_id=shop.pk, order_id=body["id"], actor=ze)
    seen = ana.get(path).json()
    assert seen["state"] == "external_pending"
    assert (seen["payment"]["is_verified"], seen["paid_at"]) == (False, None)
    assert "It is not verified by Troco" in seen["payment"]["note"]
    bread = Product.objects.get(shop=shop)
    assert (bread.stock, bread.reserved) == (10, 2)
    prepare_order(shop_id=shop.pk, order_id=body["id"], actor=ze)
    bread.refresh_from_db()
    assert (bread.stock, bread.reserved) == (8, 0)
    after = ana.get(path).json()
    assert (after["state"], after["paid_at"], after["payment"]["means"]) == ("preparing", None, [])
    codes = [row["code"] for row in after["timeline"]]
    assert codes == [
        "placed",
        "accepted",
        "external_pending",
        "buyer_says_paid",
        "received_outside",
        "preparing",
    ]
    assert after["timeline"][3]["reason"] == "From my mother's account"


def test_the_shop_takes_its_word_back(shop: Shop, ze: Person, ana: Caller) -> None:
    body = order(ana, shop)
    for _ in range(2):
        mark_received(shop_id=shop.pk, order_id=body["id"], actor=ze)
        mark_not_received(shop_id=shop.pk, order_id=body["id"], actor=ze)
    with pytest.raises(StateConflict):
        mark_not_received(shop_id=shop.pk, order_id=body["id"], actor=ze)
    seen = ana.get(f"/v1/orders/{body['id']}").json()
    assert seen["payment"]["received_at"] is None
    assert [row["code"] for row in seen["timeline"]][3:] == [
        "received_outside",
        "not_received",
    ] * 2


def test_the_clock_waits_for_words(shop: Shop, ze: Person, ana: Caller) -> None:
    silent, told, received = (order(ana, shop, 1)["id"] for _ in range(3))
    ana.post(f"/v1/orders/{told}/paid-outside")
    mark_received(shop_id=shop.pk, order_id=received, actor=ze)
    advance(DAY + 1)
    assert expire_due_orders() == 1
    advance(2 * DAY)
    assert expire_due_orders() == 1
    states = dict(Order.objects.values_list("public_id", "state"))
    assert states == {silent: "expired", told: "expired", received: "external_pending"}


def test_a_buyer_cannot_call_off_what_the_shop_has_money_for(
    shop: Shop, ze: Person, ana: Caller
) -> None:
    body = order(ana, shop)
    mark_received(shop_id=shop.pk, order_id=body["id"], actor=ze)
    refused = ana.post(f"/v1/orders/{body['id']}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")
    assert Product.objects.get(shop=shop).reserved == 2
    cancel_for_shop(shop_id=shop.pk, order_id=body["id"], actor=ze, reason="Paid back by Pix")
    assert Product.objects.get(shop=shop).reserved == 0
    assert ana.get(f"/v1/orders/{body['id']}").json()["state"] == "cancelled"


def test_carla_says_nothing_of_anas_order(shop: Shop, ana: Caller) -> None:
    body = order(ana, shop)
    refused = join("Carla").post(f"/v1/orders/{body['id']}/paid-outside")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert Order.objects.get().external_told_at is None
    too_long = ana.post(f"/v1/orders/{body['id']}/paid-outside", {"note": "x" * 121})
    assert too_long.status_code == 400
    assert Order.objects.get().external_told_at is None


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_one_marks(
    shop: Shop, ze: Person, ana: Caller, in_threads: Callable[..., list[Any]]
) -> None:
    body = order(ana, shop)

    def mark() -> str:
        try:
            mark_received(shop_id=shop.pk, order_id=body["id"], actor=ze)
        except StateConflict as refused:
            return refused.code
        return "marked"

    assert sorted(in_threads(mark, times=8)) == ["marked", *["state_conflict"] * 7]


@pytest.mark.django_db(transaction=True)
def test_marking_races_with_the_clock_and_the_buyer(
    shop: Shop, ze: Person, ana: Caller, in_threads: Callable[..., list[Any]]
) -> None:
    for _ in range(5):
        body = order(ana, shop, 1)
        advance(DAY + 1)

        def mark(order_id: str = body["id"]) -> str:
            try:
                mark_received(shop_id=shop.pk, order_id=order_id, actor=ze)
            except StateConflict:
                return "late"
            return "marked"

        in_threads(mark, expire_due_orders, times=2)
        found = Order.objects.get(public_id=body["id"])
        is_marked = found.external_received_at is not None
        assert found.state == ("external_pending" if is_marked else "expired")
        assert Product.objects.get(shop=shop).reserved == sum(
            Order.objects.filter(state="external_pending").values_list("lines__quantity", flat=True)
        )
