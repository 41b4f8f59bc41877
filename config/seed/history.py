"""Ninety days of a bakery: sales, talk, transfers between friends, cutoffs and statements.

The course is fixed by a seed, so two sandboxes look alike; ids and moments are their own.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from config.seed.people import Enrolled
from config.seed.shop import OpenShop
from core.clock import business_now, offset_seconds
from core.errors import TrocoError
from core.ids import new_id
from core.money import Money
from core.tasks import drain
from merchants.services import fulfilment, orders, products, talk
from merchants.services.refunds import refund_sale
from merchants.services.stock import LineWish
from messaging.services import conversations, messages
from payments.queries.payments import PaymentFilter
from payments.queries.shop import shop_payments
from payments.services import health, quotes, sandbox
from payments.services.availability import check_countries
from payments.services.payments import send_payment
from payments.services.reconciliation import import_due_statements
from payments.services.refunds import RefundWish

DAYS = 90
DAY_SECONDS = 86_400
DRAIN_SECONDS = 20.0
OPENING_HOUR_UTC = 11  # Eight in the morning in São Paulo.
SCARCE = 5  # What is baked in small numbers is not baked again every evening.
SALES_BY_WEEKDAY = (2, 3, 3, 3, 4, 6, 4)
ASK = (
    "Oi! Tem pão quentinho agora?",
    "Bom dia! Dá para separar para as 17h?",
    "Vocês entregam no centro?",
    "Oi Zé, o de sempre, por favor.",
)
ANSWER = ("Tem sim, saiu agora!", "Dá sim, separo para você.", "Entregamos até as 19h.", "Pra já!")


class Dice:
    """Chance that is the same every time: numbers drawn from a hash of a counter."""

    def __init__(self, seed: str) -> None:
        """Begin with a seed."""
        self._seed = seed
        self._drawn = 0

    def upto(self, count: int) -> int:
        """Return a number from 0 to ``count`` - 1."""
        self._drawn += 1
        digest = hashlib.sha256(f"{self._seed}/{self._drawn}".encode()).digest()
        return int.from_bytes(digest[:8]) % count


@dataclass(frozen=True, slots=True)
class World:
    """Whoever takes part in the history."""

    shop: OpenShop
    customers: Sequence[Enrolled]
    friends: tuple[Enrolled, Enrolled]
    banks: tuple[str, ...]
    dice: Dice


def live(world: World) -> Iterator[str]:
    """Live day after day until today; yields a line about each week.

    A history that was cut short goes on where its clock stands.
    """
    sales, days = 0, -offset_seconds() // DAY_SECONDS
    for day in range(days):
        _begin_day()
        moment = business_now()
        count = SALES_BY_WEEKDAY[moment.weekday()]
        for _ in range(count):
            _later(minutes=35 + world.dice.upto(60))
            sales += _sale(world)
        if day % 6 == 2:  # noqa: PLR2004 - About once a week, on no fixed weekday.
            _transfer(world)
        if day % 7 == 4:  # noqa: PLR2004 - Once a week something was burnt.
            _give_back(world)
        _end_day(world)
        if day % 7 == 6:  # noqa: PLR2004 - The last day of each week.
            yield f"day {day + 1} of {days}: {sales} sales so far"
    _begin_day()
    import_due_statements(moment=business_now())
    drain(seconds=DRAIN_SECONDS)


def catch_up() -> None:
    """Bring the clock to the wall's time, where the sandbox's days go on by themselves."""
    behind = -offset_seconds()
    if behind > 0:
        sandbox.advance_clock(seconds=behind)


def _begin_day() -> None:
    """Move to the opening hour of the next day, look at banks and countries."""
    now = business_now()
    opening = now.replace(hour=OPENING_HOUR_UTC, minute=0, second=0, microsecond=0)
    if opening <= now:
        opening += timedelta(days=1)
    ahead = -offset_seconds()
    sandbox.advance_clock(seconds=min(int((opening - now).total_seconds()) + 1, max(ahead, 0)))
    health.probe_banks()
    check_countries()


def _end_day(world: World) -> None:
    """Run each bank's cutoff, and read what yesterday's statements say."""
    for product in world.shop.products:
        if product.stock is not None and product.stock > SCARCE:
            products.set_stock(
                shop_id=world.shop.shop.id,
                product_id=product.public_id,
                actor=world.shop.owner,
                stock=product.stock,
            )
    for bank in world.banks:
        sandbox.run_cutoff(bank=bank)
    import_due_statements(moment=business_now())
    drain(seconds=DRAIN_SECONDS)


def _later(*, minutes: int) -> None:
    """Let some minutes pass, but never beyond the wall's time."""
    behind = max(-offset_seconds(), 0)
    sandbox.advance_clock(seconds=min(minutes * 60, behind))


def _sale(world: World) -> int:
    """Let a customer ask, order and pay; return 1 when it was paid."""
    dice, shop = world.dice, world.shop
    buyer = world.customers[dice.upto(len(world.customers))]
    if dice.upto(3) == 0:
        _chat(world, buyer)
    first = shop.products[dice.upto(len(shop.products) - 2)]
    second = shop.products[dice.upto(2)]
    wishes = [LineWish(first.public_id, 1 + dice.upto(2))]
    if second.public_id != first.public_id and dice.upto(2):
        wishes.append(LineWish(second.public_id, 1 + dice.upto(3)))
    try:
        order = orders.place_order(
            buyer=buyer.person, shop_id=shop.shop.public_id, lines=wishes, note=""
        )
    except TrocoError:
        return 0  # Sold out: the shop restocks in the evening.
    if dice.upto(14) == 0:
        orders.cancel_order(order_id=order.public_id, buyer=buyer.person, reason="Mudei de ideia.")
        return 0
    _pay(buyer, quotes.Target(demand=("order", order.public_id)), None, "")
    _fulfil(world, order.public_id)
    return 1


def _fulfil(world: World, order_id: str) -> None:
    """Bake, hand over, close; a few orders stay where they are for a while."""
    shop, actor = world.shop, world.shop.owner
    steps: tuple[Callable[..., object], ...] = (
        fulfilment.prepare_order,
        fulfilment.mark_ready,
        fulfilment.complete_order,
    )
    for step in steps:
        try:
            step(shop_id=shop.shop.id, order_id=order_id, actor=actor)
        except TrocoError:
            return  # Not paid: the bank said no.


def _transfer(world: World) -> None:
    """Let one friend send the other something."""
    payer, payee = world.friends if world.dice.upto(2) else world.friends[::-1]
    amount = Money(500 * (1 + world.dice.upto(20)), "BRL")
    _pay(payer, quotes.Target(party=payee.party.public_id), amount, "Rachando a conta")


def _give_back(world: World) -> None:
    """Give half of the newest sale back, its fee with it; the next payout shows it."""
    shop = world.shop.shop
    found, _following = shop_payments(shop.party_id, PaymentFilter(is_sale=True), None, 1)
    if not found:
        return
    half = Money(found[0].amount.amount_minor // 2, found[0].amount.currency)
    wish = RefundWish(found[0].id, half, "damaged", "Queimou uma fornada", new_id("key"))
    try:
        refund_sale(person=world.shop.owner, shop_id=shop.id, wish=wish)
    except TrocoError:
        return  # Given back already, or the shop was paid out meanwhile.
    drain(seconds=DRAIN_SECONDS)


def _pay(payer: Enrolled, to: quotes.Target, amount: Money | None, note: str) -> None:
    """Take a quote, approve it with the PIN, and let the worker's part happen."""
    offer = quotes.make_quote(
        person=payer.person,
        device=payer.device,
        to=to,
        amount=amount,
        funding_source_id=None,
        note=note,
    )
    send_payment(
        person=payer.person,
        device=payer.device,
        quote_id=offer.quote.public_id,
        evidence=payer.approve(bytes(offer.quote.digest)),
        key=new_id("key"),
    )
    drain(seconds=DRAIN_SECONDS)


def _chat(world: World, buyer: Enrolled) -> None:
    """Exchange a question and an answer."""
    which = world.dice.upto(len(ASK))
    talked = conversations.open_conversation(
        party_id=buyer.party.id, other=world.shop.shop.party_public_id
    )
    messages.send_message(
        sender=messages.Sender(buyer.party.id, buyer.person.pk),
        conversation_id=talked.public_id,
        client_id=new_id("seed"),
        kind="text",
        content={"text": ASK[which]},
    )
    talk.send_text(
        shop_id=world.shop.shop.id,
        person=world.shop.owner,
        conversation_id=talked.public_id,
        client_id=new_id("seed"),
        text=ANSWER[which],
    )
