"""Programs and people at the same moment: nobody waits for ever, and no limit is passed."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from core.clock import wall_now
from core.errors import Forbidden
from core.money import Money
from core.transactions import owns_block
from merchants.enums import KeyScope
from merchants.models import Order, Product, Shop, ShopKey
from merchants.services.refunds import refund_by_key
from merchants.services.stock import lock_products
from payments.models import Refund
from payments.services.refunds import RefundWish
from tests.bank_simulator.harness import Simulator
from tests.front.serving import wait_until
from tests.merchants.bot import write_to
from tests.merchants.cast import Caller, new_product
from tests.merchants.program import Program
from tests.merchants.test_desk_raced import somebody_waits
from tests.payments.cast import new_payer
from tests.payments.settlement_cast import sell

pytestmark = pytest.mark.django_db(transaction=True)
REFUNDS = "/v1/shop/refunds"


def place_while(shop: Any, bread: Any, is_held: threading.Event) -> None:
    """Take a product and then the shop's counter, as a buyer's order does; somebody waits."""
    with owns_block():
        lock_products(shop_id=shop.pk, public_ids=[bread.public_id])
        is_held.set()
        wait_until(somebody_waits, seconds=20)
        Shop.objects.filter(pk=shop.pk).update(last_order_number=F("last_order_number"))


def test_an_order_made_and_one_placed_do_not_wait_for_each_other(
    program: Program, shop: Any, ana: Caller, bread: Any, in_threads: Any
) -> None:
    lines = [{"product": bread.public_id, "quantity": 1}]
    asked = {"conversation": write_to(shop, ana), "reference": "ERP-1", "lines": lines}
    is_held = threading.Event()

    def make() -> int:
        assert is_held.wait(20)
        return int(program.post("/v1/shop/orders", asked, key="k").status_code)

    assert in_threads(lambda: place_while(shop, bread, is_held), make) == [None, 201]
    assert Order.objects.count() == 1


@pytest.fixture
def wish(brazil: Simulator, bakery: Shop) -> dict[str, Any]:
    """R$ 8 of R$ 80 that Ana has paid."""
    payment = sell(bakery.party, new_payer(brazil, "Ana"), 80_00)
    eight = {"amount_minor": 8_00, "currency": "BRL"}
    return {"payment": payment, "reason": "damaged", "amount": eight}


def test_refunds_at_once_stay_within_what_the_key_may(
    bakery: Shop, wish: dict[str, Any], in_threads: Any
) -> None:
    small = Program(bakery, KeyScope.REFUNDS, refund_limit=Money(20_00, "BRL"))

    def refund(key: str) -> int:
        return int(small.post(REFUNDS, wish, key=key).status_code)

    told = in_threads(*(lambda key=key: refund(key) for key in "abc"))
    assert sorted(told) == [201, 201, 403]
    assert list(Refund.objects.values_list("amount_minor", flat=True)) == [8_00, 8_00]


def test_the_same_refund_at_once_is_made_once(
    bakery: Shop, wish: dict[str, Any], in_threads: Any
) -> None:
    keys = [Program(bakery, KeyScope.REFUNDS) for _ in range(3)]

    def refund(program: Program) -> int:
        return int(program.post(REFUNDS, wish, key="same").status_code)

    told = in_threads(*(lambda program=program: refund(program) for program in keys))
    assert set(told) <= {201, 409}
    assert 201 in told
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"sku": "P-1"}, "sku"),
        ({"handle": "pao", "options": [{"name": "Tamanho", "value": "G"}]}, "options"),
    ],
    ids=["number", "variant"],
)
def test_what_another_product_takes_in_the_same_moment_is_refused(
    program: Program, shop: Any, in_threads: Any, facts: dict[str, Any], field: str
) -> None:
    """The other's commit comes after this one has looked, and before it has written."""
    other, mine = (new_product(shop, f"Pão {n}") for n in range(2))
    is_held = threading.Event()

    def take() -> None:
        with owns_block():
            rows = Product.objects.filter(pk=other.pk)
            rows.update(sku="P-1", handle="pao", options_key="G")
            is_held.set()
            wait_until(somebody_waits, seconds=20)

    def name() -> Any:
        assert is_held.wait(20)
        return program.send("PATCH", f"/v1/shop/products/{mine.public_id}", facts)

    _taken, told = in_threads(take, name)
    assert (told.status_code, told.json()["code"]) == (400, "input_invalid")
    assert list(told.json()["field_errors"]) == [field]
    mine.refresh_from_db()
    assert (mine.sku, mine.options_key) == ("", "")


def test_one_number_named_at_once_is_one_products(
    program: Program, shop: Any, in_threads: Any
) -> None:
    names = [new_product(shop, f"Pão {n}").public_id for n in range(4)]

    def rename(name: str) -> int:
        path = f"/v1/shop/products/{name}"
        return int(program.send("PATCH", path, {"sku": "P-1"}).status_code)

    told = in_threads(*(lambda name=name: rename(name) for name in names))
    assert sorted(told) == [200, 400, 400, 400]
    assert Product.objects.filter(sku="P-1").count() == 1


def test_one_number_made_at_once_is_one_products(program: Program, in_threads: Any) -> None:
    body = {"name": "Bolo", "price": {"amount_minor": 2500, "currency": "BRL"}, "sku": "B-1"}

    def make() -> int:
        return int(program.post("/v1/shop/products", body).status_code)

    assert sorted(in_threads(make, times=4)) == [201, 400, 400, 400]
    assert Product.objects.count() == 1


def test_a_key_that_ended_on_the_way_gives_nothing_back(bakery: Shop, wish: dict[str, Any]) -> None:
    """A key that another one replaced was let in just before its end."""
    key = Program(bakery, KeyScope.REFUNDS).key
    asked = RefundWish(wish["payment"], Money(8_00, "BRL"), "damaged", "", "late")
    ShopKey.objects.filter(pk=key.pk).update(ends_at=wall_now() + timedelta(minutes=1))
    assert refund_by_key(key_id=key.pk, wish=asked).startswith("rfn_")
    ShopKey.objects.filter(pk=key.pk).update(ends_at=wall_now())
    with pytest.raises(Forbidden):
        refund_by_key(key_id=key.pk, wish=replace(asked, key="later"))
    assert Refund.objects.count() == 1
