"""A sandbox's shop tries itself out: an invented customer orders, pays, and comes again."""

import pytest
from pytest_django import Settings

from config import practice
from config.seed.cast import CUSTOMERS
from core.errors import NotFound, StateConflict
from merchants.models import Order, Product, Shop
from merchants.services import practice as service
from payments.models import FundingSource, Payment
from people.models import Person
from tests.bank_simulator.harness import Simulator
from tests.merchants import cast
from tests.payments.cast import BANKS, open_land, prove_the_books, raise_limits, work
from tests.payments.settlement_cast import held

pytestmark = pytest.mark.django_db
BUYER = CUSTOMERS[-1]


@pytest.fixture
def bakery(simulator: Simulator, ze: cast.Caller) -> Shop:
    """Padaria do Zé, in a country that has the invented customer's bank."""
    open_land(simulator, banks=(BUYER.bank, BANKS[1]))
    raise_limits()
    return cast.new_paid_shop(simulator, ze.person)


def test_an_invented_customer_buys_the_first_product_and_pays(bakery: Shop) -> None:
    first = cast.new_product(bakery, "Pão francês", 150, 10)
    cast.new_product(bakery, "Broa", 900, 10)
    made = service.practise_sale(shop_id=bakery.pk)
    work()
    order = Order.objects.get(public_id=made)
    assert (order.state, order.total_minor) == ("paid", 150)
    assert [(line.product_id, line.quantity) for line in order.lines.all()] == [(first.pk, 1)]
    payment = Payment.objects.get()
    buyer = Person.objects.get(phone=BUYER.phone)
    assert (payment.state, payment.payer_id) == ("completed", buyer.party_id)
    assert payment.payee_id == bakery.party_id
    assert held("payable", bakery.party) == 150 - payment.fee_minor
    first.refresh_from_db()
    assert (first.stock, first.reserved) == (9, 0)
    prove_the_books()


def test_the_same_customer_comes_again(bakery: Shop) -> None:
    cast.new_product(bakery)
    made = [service.practise_sale(shop_id=bakery.pk) for _ in range(2)]
    work()
    states = Order.objects.filter(public_id__in=made).values_list("state", flat=True)
    assert list(states) == ["paid", "paid"]
    assert Person.objects.filter(phone=BUYER.phone).count() == 1
    buyer = Person.objects.get(phone=BUYER.phone)
    assert buyer.party_id is not None
    assert FundingSource.objects.filter(party_id=buyer.party_id).count() == 1
    assert set(Payment.objects.values_list("payer_id", flat=True)) == {buyer.party_id}


def test_who_accepts_by_hand_is_paid_after_that(bakery: Shop) -> None:
    cast.new_product(bakery)
    cast.set_up(bakery, auto_accept=False)
    made = service.practise_sale(shop_id=bakery.pk)
    work()
    assert Order.objects.get(public_id=made).state == "placed"
    assert not Payment.objects.exists()


def test_where_there_is_nothing_to_buy_nobody_comes(bakery: Shop) -> None:
    cast.new_product(bakery)
    Product.objects.update(is_visible=False)
    with pytest.raises(StateConflict):
        service.practise_sale(shop_id=bakery.pk)
    with pytest.raises(NotFound):
        service.practise_sale(shop_id=0)
    assert not Person.objects.filter(phone=BUYER.phone).exists()
    assert not Order.objects.exists()


def test_where_nothing_can_be_paid_out_nobody_orders(shop: Shop, bread: Product) -> None:
    cast.set_up(shop)
    Product.objects.update(is_visible=True)
    with pytest.raises(StateConflict) as refused:
        service.practise_sale(shop_id=shop.pk)
    assert "bank account" in str(refused.value.detail)
    assert not Order.objects.exists()


def test_a_live_instance_has_nobody_to_practise_with(
    shop: Shop, bread: Product, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyers: list[service.Buyer] = []
    monkeypatch.setattr(service, "_buyers", buyers)
    settings.SANDBOX = False
    practice.install()
    assert buyers == []
    settings.SANDBOX = True
    with pytest.raises(NotFound):
        service.practise_sale(shop_id=shop.pk)
    practice.install()
    assert buyers == [practice.buy]
    settings.SANDBOX = False
    with pytest.raises(NotFound):
        service.practise_sale(shop_id=shop.pk)
    assert not Order.objects.exists()
