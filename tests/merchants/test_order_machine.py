"""Any order of verbs: stock is never negative nor promised twice, and history is legal."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core import clock
from core.errors import InputInvalid, StateConflict
from core.transactions import owns_block
from merchants import states
from merchants.enums import OrderState, Side
from merchants.models import Order, OrderMove, Product, StockReservation
from merchants.services import fulfilment, orders, products
from merchants.services.expiry import expire_due_orders
from merchants.services.steps import OrderOf, Step, lock_order, move_order
from merchants.services.stock import LineWish, StockShort, consume_stock
from payments.models import Demand
from tests.bank_simulator.harness import Simulator
from tests.merchants import cast

pytestmark = pytest.mark.django_db

WHICH = st.integers(min_value=0, max_value=7)
LIVE = {
    OrderState.PLACED,
    OrderState.AWAITING_PAYMENT,
    OrderState.EXTERNAL_PENDING,
}


class Orders(RuleBasedStateMachine):
    """A shop with two products, and everything that can be done to its orders."""

    def __init__(self) -> None:
        super().__init__()
        self.buyer = cast.join("Ana").person
        self.shop = cast.new_shop(cast.join("Zé").person)
        self.goods = [
            cast.new_product(self.shop, "Pão", stock=12),
            cast.new_product(self.shop, "Café", stock=None),
        ]
        self.orders: list[str] = []

    @rule(bread=st.integers(0, 6), coffee=st.integers(0, 3))
    def place(self, bread: int, coffee: int) -> None:
        wanted = zip(self.goods, (bread, coffee), strict=True)
        lines = [LineWish(product.public_id, n) for product, n in wanted if n]
        before = self.left()
        try:
            order = orders.place_order(buyer=self.buyer, shop_id=self.shop.public_id, lines=lines)
        except InputInvalid:
            assert not lines
        except StockShort:
            assert before < bread
        else:
            assert before >= bread
            self.orders.append(order.public_id)

    @rule(is_on=st.booleans())
    def answer_by_oneself(self, *, is_on: bool) -> None:
        cast.set_up(self.shop, auto_accept=is_on)

    @rule(which=WHICH)
    def accept(self, which: int) -> None:
        self.attempt(which, fulfilment.accept_order)

    @rule(which=WHICH)
    def decline(self, which: int) -> None:
        self.attempt(which, fulfilment.decline_order, reason="Acabou")

    @rule(which=WHICH)
    def cancel_for_shop(self, which: int) -> None:
        self.attempt(which, fulfilment.cancel_for_shop)

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        if self.orders:
            self.allow(lambda: orders.cancel_order(order_id=self.pick(which), buyer=self.buyer))

    @rule(which=WHICH)
    def pay(self, which: int) -> None:
        """What the handler of a completed payment does, without the payment."""
        if self.orders:
            self.allow(lambda: self.mark(self.pick(which)))

    @rule(which=WHICH)
    def prepare(self, which: int) -> None:
        self.attempt(which, fulfilment.prepare_order)

    @rule(which=WHICH)
    def ready(self, which: int) -> None:
        self.attempt(which, fulfilment.mark_ready)

    @rule(which=WHICH)
    def ship(self, which: int) -> None:
        self.attempt(which, fulfilment.ship_order)

    @rule(which=WHICH)
    def complete(self, which: int) -> None:
        self.attempt(which, fulfilment.complete_order)

    @rule(minutes=st.sampled_from([5, 31, 25 * 60]))
    def wait(self, minutes: int) -> None:
        clock.advance(minutes * 60)

    @rule()
    def sweep(self) -> None:
        expire_due_orders()

    @rule(stock=st.one_of(st.none(), st.integers(0, 20)), which=st.integers(0, 1))
    def count(self, stock: int | None, which: int) -> None:
        product = self.goods[which]
        self.allow(
            lambda: products.set_stock(
                shop_id=self.shop.pk, product_id=product.public_id, actor=None, stock=stock
            )
        )

    @invariant()
    def promises_add_up(self) -> None:
        for product in Product.objects.filter(shop=self.shop):
            live = StockReservation.objects.filter(product=product, state="live")
            promised = live.aggregate(sum=Sum("quantity"))["sum"] or 0
            assert product.reserved == promised
            assert product.stock is None or 0 <= product.reserved <= product.stock

    @invariant()
    def only_open_orders_hold_stock(self) -> None:
        for order in Order.objects.filter(shop=self.shop):
            kinds = set(
                StockReservation.objects.filter(line__order=order).values_list("state", flat=True)
            )
            expected = "released" if order.state in states.CLOSED_UNPAID else "consumed"
            assert kinds == {"live" if order.state in LIVE else expected}

    @invariant()
    def history_is_legal_and_ends_where_the_order_is(self) -> None:
        for order in Order.objects.filter(shop=self.shop):
            moves = list(OrderMove.objects.filter(order=order).order_by("id"))
            assert (moves[0].from_state, moves[0].to_state) == ("", "placed")
            for before, after in pairwise(moves):
                assert before.to_state == after.from_state
                assert states.ORDER.allows(after.from_state, after.to_state)
            assert [move.most_recent for move in moves] == [False] * (len(moves) - 1) + [True]
            assert moves[-1].to_state == order.state

    @invariant()
    def only_what_can_be_paid_has_an_open_demand(self) -> None:
        payable = Order.objects.filter(shop=self.shop, state="awaiting_payment")
        closed_by_close = Order.objects.filter(shop=self.shop, state__in=states.CLOSED_UNPAID)
        for public_id in payable.values_list("public_id", flat=True):
            assert Demand.objects.get(reference=public_id).closed_at is None
        for public_id in closed_by_close.values_list("public_id", flat=True):
            assert not Demand.objects.filter(reference=public_id, closed_at__isnull=True).exists()

    def attempt(self, which: int, verb: Callable[..., Any], **more: str) -> None:
        if self.orders:
            order_id = self.pick(which)
            self.allow(lambda: verb(shop_id=self.shop.pk, order_id=order_id, actor=None, **more))

    @staticmethod
    def allow(act: Callable[[], Any]) -> None:
        """Do it, or hear that it cannot be done now."""
        try:
            act()
        except StateConflict:
            return

    def pick(self, which: int) -> str:
        return self.orders[which % len(self.orders)]

    def left(self) -> int:
        bread = Product.objects.get(pk=self.goods[0].pk)
        return 10**6 if bread.available is None else bread.available

    @staticmethod
    def mark(public_id: str) -> None:
        with owns_block():
            order = lock_order(whose=OrderOf(public_id))
            moment = clock.business_now()
            move_order(order=order, to=OrderState.PAID, step=Step(Side.BANK, moment))
            consume_stock(order=order, moment=moment)


def test_any_order_of_verbs_keeps_the_promises(brazil: Simulator) -> None:
    run_state_machine_as_test(
        Orders,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
