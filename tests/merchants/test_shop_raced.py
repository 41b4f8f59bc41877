"""Programs and people at the same moment: nobody waits for ever, and no limit is passed."""

import threading
from typing import Any

import pytest
from django.db.models import F

from core.money import Money
from core.transactions import owns_block
from merchants.enums import KeyScope
from merchants.models import Order, Shop
from merchants.services.stock import lock_products
from payments.models import Refund
from tests.bank_simulator.harness import Simulator
from tests.front.serving import wait_until
from tests.merchants.bot import write_to
from tests.merchants.cast import Caller
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
