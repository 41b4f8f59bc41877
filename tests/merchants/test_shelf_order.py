"""The order of a shop's products: moved by one place or to the top, by several people at once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core.errors import NotFound, StateConflict
from merchants.models import Product, Shop
from merchants.queries.catalogue import ProductFilter, products_listed, products_on_show
from merchants.services.archive import archive_product
from merchants.services.orders import place_order
from merchants.services.shelf_order import move_product
from merchants.services.stock import LineWish
from people.models import AuditEntry
from tests.merchants import cast
from tests.merchants.program import Program


def names(shop: Shop) -> list[str]:
    rows = Product.objects.filter(shop=shop, archived_at__isnull=True).order_by("position")
    return list(rows.values_list("name", flat=True))


def shelf(shop: Shop, letters: str, **facts: Any) -> dict[str, Product]:
    return {each: cast.new_product(shop, each, **facts) for each in letters}


def move(shop: Shop, product: Product, to: Any, among: ProductFilter | None = None) -> str:
    move_product(
        shop_id=shop.pk,
        product_id=product.public_id,
        actor=None,
        to=to,
        among=among or ProductFilter(),
    )
    return "".join(names(shop))


@pytest.mark.django_db
def test_a_product_moves_by_one_place_or_to_an_end(shop: Shop, ze: cast.Caller) -> None:
    made = shelf(shop, "ABCD")
    assert move(shop, made["C"], "up") == "ACBD"
    assert move(shop, made["A"], "down") == "CABD"
    assert move(shop, made["D"], "top") == "DCAB"
    assert move(shop, made["D"], "up") == "DCAB"
    assert move(shop, made["D"], "bottom") == "CABD"
    assert move(shop, made["D"], "down") == "CABD"
    assert shelf(shop, "E")
    assert "".join(names(shop)) == "CABDE"
    acts = AuditEntry.objects.filter(action="catalogue.reordered", object_ref=shop.public_id)
    assert list(acts.order_by("id").values_list("after__name", "after__to")) == [
        ("C", "up"),
        ("A", "down"),
        ("D", "top"),
        ("D", "bottom"),
    ]


@pytest.mark.django_db
def test_it_goes_past_those_that_somebody_looks_at(shop: Shop) -> None:
    sweet = shelf(shop, "AB", collections=["Sweet"])
    plain = shelf(shop, "CD")
    sweet |= shelf(shop, "E", collections=["Sweet"])
    archive_product(shop_id=shop.pk, product_id=plain["D"].public_id, actor=None)
    assert move(shop, sweet["E"], "up") == "ABEC"
    assert move(shop, sweet["A"], "down", ProductFilter(collection="Sweet")) == "BAEC"
    assert move(shop, sweet["E"], "down", ProductFilter(collection="Sweet")) == "BAEC"
    with pytest.raises(StateConflict):
        move(shop, plain["D"], "up")
    assert "".join(names(shop)) == "BAEC"


@pytest.mark.django_db
def test_somebody_elses_product_moves_nowhere(shop: Shop, carla: cast.Caller) -> None:
    made = shelf(shop, "AB")
    other = cast.new_shop(carla.person, "Quitanda da Carla")
    with pytest.raises(NotFound):
        move(other, made["B"], "top")
    assert "".join(names(shop)) == "AB"


@pytest.mark.django_db
def test_no_two_products_of_a_shop_stand_at_one_place(shop: Shop) -> None:
    made = shelf(shop, "AB")
    with pytest.raises(IntegrityError, match="position_once"), transaction.atomic():
        Product.objects.filter(pk=made["B"].pk).update(position=made["A"].position)


@pytest.mark.django_db
def test_buyers_see_the_order_page_by_page_along_an_index(shop: Shop) -> None:
    made = shelf(shop, "ABCDE")
    move(shop, made["E"], "top")
    seen, cursor = [], None
    while True:
        page, cursor = products_on_show(shop.pk, "", cursor, 2)
        seen += [each.name for each in page]
        if cursor is None:
            break
    assert "".join(seen) == "EABCD"
    rows = Product.objects.filter(shop=shop).order_by("position", "id")
    with connection.cursor() as cursor_of_db:
        # So few rows are read whole otherwise: what is asked is whether the index can serve it.
        cursor_of_db.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor_of_db.execute("SET LOCAL enable_incremental_sort = off")
    assert "merchants_product_in_order" in rows.explain()


@pytest.mark.django_db
def test_a_program_moves_a_product(program: Program, shop: Shop) -> None:
    made = shelf(shop, "ABC")
    path = f"/v1/shop/products/{made['C'].public_id}/move"
    answer = program.post(path, {"to": "top"})
    assert (answer.status_code, answer.json()["name"]) == (200, "C")
    assert "".join(names(shop)) == "CAB"
    for _again in range(2):
        assert program.post(path, {"to": "down"}, key="once").status_code == 200
        assert "".join(names(shop)) == "ACB"
    assert program.post(path, {"to": "top"}).status_code == 200
    assert program.post(path, {"to": "left"}).status_code == 400
    assert program.post("/v1/shop/products/prd_1/move", {"to": "up"}).status_code == 404
    assert "".join(names(shop)) == "CAB"


@pytest.mark.django_db(transaction=True)
def test_people_who_move_at_once_lose_no_product(shop: Shop, ana: cast.Caller) -> None:
    made = shelf(shop, "ABCDEF", stock=None)
    failed: list[BaseException] = []

    def at_once(work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                for _turn in range(6):
                    work()
            except BaseException as error:  # noqa: BLE001 - told by the assertion below.
                failed.append(error)
            finally:
                connection.close()

        return threading.Thread(target=run)

    def order() -> None:
        lines = [LineWish(made[each].public_id, 1) for each in "FEDA"]
        place_order(buyer=ana.person, shop_id=shop.public_id, lines=lines)

    threads = [
        at_once(lambda: move(shop, made["F"], "up")),
        at_once(lambda: move(shop, made["E"], "up")),
        at_once(lambda: move(shop, made["A"], "down")),
        at_once(lambda: move(shop, made["C"], "top")),
        at_once(lambda: cast.new_product(shop, "N")),
        at_once(order),
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    assert sorted(names(shop)) == sorted([*"ABCDEF", *"NNNNNN"])
    positions = list(Product.objects.filter(shop=shop).values_list("position", flat=True))
    assert len(set(positions)) == len(positions) == 12
    listed, _end = products_listed(shop.pk, ProductFilter(), None, 100)
    assert [each.name for each in listed] == names(shop)
