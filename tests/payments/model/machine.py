"""A course of events drawn by chance; after each, the database says what the model says."""

import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import ClassVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from config import subscriptions
from core import clock
from core.clock import business_now
from core.errors import TrocoError
from core.events import subscribe
from core.ids import new_id
from payments.services.availability import check_country
from payments.services.checking import run_checks
from payments.services.request_expiry import expire_due_requests
from tests.payments.cast import PIN, work
from tests.payments.model import real
from tests.payments.model.plain import (
    QUOTE_LIFE,
    SHOP,
    PlainDispute,
    PlainPin,
    PlainQuote,
    PlainRequest,
    World,
)

NAMES = ("Ana", "Bruno", "Carla")
MINUTES = (1, 5, 31, 24 * 60)
REQUEST_LIVES = (timedelta(minutes=4), timedelta(hours=2))

people = st.sampled_from(NAMES)
payees = st.sampled_from([*NAMES, SHOP, SHOP])
amounts = st.integers(1, 60_00)
pins = st.sampled_from([PIN, PIN, PIN, PIN, real.WRONG_PIN])
ranks = st.integers(0, 5)


class _Crashed(Exception):
    """The process dies just before the commit."""


class Machine(RuleBasedStateMachine):
    """Each rule does one thing to the model and to the product, and compares what they say."""

    players: ClassVar[dict[str, real.Player]] = {}
    shop: ClassVar[real.Shop]
    start: ClassVar[dict[str, int]] = {}
    met: ClassVar[Counter[tuple[str, str]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        # As the clock process does: a country whose last check is old takes no payments.
        check_country(country="XX")
        self._undo = transaction.atomic()
        self._undo.__enter__()
        self._phones = {name: player.someone for name, player in self.players.items()}
        self.digests: dict[str, bytes] = {}
        self.world = World(
            balances={**self.start, SHOP: 0},
            now=business_now(),
            pins={name: PlainPin() for name in NAMES},
        )

    def teardown(self) -> None:
        """Prove the books, then take everything back for the next course of events."""
        try:
            wrong = {each.check.name: each.offenders for each in run_checks() if each.offenders}
            assert wrong == {}
        finally:
            transaction.set_rollback(True)
            self._undo.__exit__(None, None, None)
            for name, phone in self._phones.items():
                self.players[name].someone = phone

    def _now(self) -> World:
        self.world.now = business_now()
        return self.world

    def _refusal(self, act: Callable[[], object]) -> str | None:
        """Do something; return the code it was refused with, or None when it was not."""
        code = None
        try:
            act()
        except TrocoError as error:
            code = error.code
        except _Crashed:
            code = "crashed"
        self.met[inspect.stack()[1].function, code or "done"] += 1
        return code

    def _pick(self, names: dict[str, object], rank: int) -> str:
        """Return one of the newest few."""
        newest = list(names)[-6:]
        return newest[-1 - rank % len(newest)]

    @rule(payer=people, payee=payees, amount=amounts, is_from_bank=st.booleans())
    def quote(self, payer: str, payee: str, amount: int, is_from_bank: bool) -> None:  # noqa: FBT001 - drawn.
        world = self._now()
        to = self.shop.party if payee == SHOP else self.players[payee].party
        if payer == payee:
            assert self._refusal(lambda: self.players[payer].quote(to, amount)) == "payment_to_self"
            return
        made, digest = self.players[payer].quote(to, amount, is_from_bank=is_from_bank)
        self.digests[made] = digest
        expires_at = world.now + QUOTE_LIFE
        world.quotes[made] = PlainQuote(payer, payee, amount, expires_at, is_from_bank=is_from_bank)

    @rule(payer=people, payee=payees, amount=amounts | st.none(), pin=pins)
    def send(self, payer: str, payee: str, amount: int | None, pin: str) -> None:
        """Quote and pay at once, as people mostly do; None: a little more than there is."""
        if payer != payee:
            amount = amount or self.world.balances[payer] + 1
            self.quote(payer, payee, amount, is_from_bank=False)
            self._pay(0, pin)

    @rule(payer=people, payee=people, amount=amounts)
    def fund(self, payer: str, payee: str, amount: int) -> None:
        """Fill a balance from somebody's bank."""
        if payer != payee:
            self.quote(payer, payee, amount, is_from_bank=True)
            self._pay(0, PIN)

    @precondition(lambda self: self.world.requests)
    @rule(rank=ranks)
    def quote_request(self, rank: int) -> None:
        world = self._now()
        name = self._pick(dict(world.requests), rank)
        request = world.requests[name]
        expected = world.request_refusal(name)
        if expected is not None:
            found = self._refusal(lambda: self.players[request.payer].quote_request(name))
            assert found == expected
            return
        made, digest = self.players[request.payer].quote_request(name)
        self.digests[made] = digest
        world.quotes[made] = PlainQuote(
            request.payer, request.payee, request.amount, world.now + QUOTE_LIFE, name
        )

    @precondition(lambda self: self.world.requests)
    @rule(rank=ranks)
    def pay_a_request_twice(self, rank: int) -> None:
        """Two offers of one request, both approved: one of them pays."""
        before = len(self.world.quotes)
        self.quote_request(rank)
        self.quote_request(rank)
        if len(self.world.quotes) == before + 2:
            self._pay(0, PIN)
            self._pay(1, PIN)

    @precondition(lambda self: self.world.quotes)
    @rule(rank=ranks, pin=pins)
    def pay(self, rank: int, pin: str) -> None:
        self._pay(rank, pin)

    @precondition(lambda self: self.world.quotes)
    @rule(rank=ranks)
    def pay_from_a_stolen_token(self, rank: int) -> None:
        """Whoever has a token and not the phone's key proves nothing and counts nothing."""
        world = self._now()
        name = self._pick(dict(world.quotes), rank)
        payer = world.quotes[name].payer
        found = self._refusal(lambda: self.players[payer].pay(name, b"x" * 32))
        assert found == ("frozen" if payer in world.frozen else "proof_rejected")

    @precondition(lambda self: self.world.quotes)
    @rule(rank=ranks)
    def crash_and_retry(self, rank: int) -> None:
        """The process dies before the commit: nothing is so. The retry makes it so, once."""
        world = self._now()
        name = self._pick(dict(world.quotes), rank)
        quote, key = world.quotes[name], new_id("key")
        pay = partial(self.players[quote.payer].pay, name, self.digests[name], key=key)
        before = real.count_payments()
        expected = world.refusal(quote, is_proven=True)
        with dying():
            found = self._refusal(pay)
        assert found == (expected or "crashed")
        assert real.count_payments() == before
        if expected is None:
            assert world.refusal(quote, is_proven=True) is None
            made = pay()
            world.authorize(quote, made)
            assert (pay(), real.count_payments()) == (made, before + 1)

    def _pay(self, rank: int, pin: str) -> None:
        world = self._now()
        name = self._pick(dict(world.quotes), rank)
        quote, key = world.quotes[name], new_id("key")
        expected = world.refusal(quote, is_proven=pin == PIN)
        made: list[str] = []
        payer = self.players[quote.payer]
        found = self._refusal(
            lambda: made.append(payer.pay(name, self.digests[name], pin=pin, key=key))
        )
        assert found == expected
        if made:
            world.authorize(quote, made[0])

    @precondition(lambda self: self.world.payments)
    @rule(rank=ranks)
    def cancel(self, rank: int) -> None:
        world = self._now()
        name = self._pick(dict(world.payments), rank)
        expected = None if world.cancel(name) else "state_conflict"
        payer = self.players[world.payments[name].payer]
        assert self._refusal(lambda: payer.cancel(name)) == expected

    @precondition(lambda self: self.world.payments)
    @rule(rank=ranks)
    def cancel_somebody_elses(self, rank: int) -> None:
        name = self._pick(dict(self.world.payments), rank)
        payment = self.world.payments[name]
        for who in set(NAMES) - {payment.payer}:
            assert self._refusal(partial(self.players[who].cancel, name)) == "not_found"

    @precondition(lambda self: self.world.payments)
    @rule(rank=ranks, amount=amounts, whole=st.booleans())
    def refund(self, rank: int, amount: int, whole: bool) -> None:  # noqa: FBT001 - drawn.
        name = self._pick(dict(self.world.payments), rank)
        given = self.world.payments[name].rest or amount if whole else amount
        expected = self.world.refund(name, given)
        assert self._refusal(partial(self.shop.refund, name, given)) == expected

    @precondition(lambda self: self.world.payments)
    @rule(rank=ranks)
    def give_back(self, rank: int) -> None:
        """Whoever was paid by mistake gives it back along the payment's own trace."""
        world = self._now()
        name = self._pick(dict(world.payments), rank)
        original = world.payments[name]
        if original.payee == SHOP:
            return
        giver = self.players[original.payee]
        expected = world.return_refusal(name)
        if expected is not None:
            assert self._refusal(partial(giver.quote_return, name)) == expected
            return
        made, digest = giver.quote_return(name)
        self.digests[made] = digest
        world.quotes[made] = PlainQuote(
            original.payee,
            original.payer,
            original.amount,
            world.now + QUOTE_LIFE,
            returns=name,
        )
        self._pay(0, PIN)

    @precondition(lambda self: self.world.payments)
    @rule(rank=ranks)
    def dispute(self, rank: int) -> None:
        world = self._now()
        name = self._pick(dict(world.payments), rank)
        payer = self.players[world.payments[name].payer]
        assert self._refusal(partial(payer.dispute, name)) == world.dispute(name)

    @precondition(lambda self: self._disputed())
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self._disputed()))
        dispute = self._dispute(name)
        expected = None if dispute.state == "evidence_due" else "state_conflict"
        assert self._refusal(partial(self.shop.answer, name)) == expected
        if expected is None:
            dispute.state = "under_review"

    @precondition(lambda self: self._disputed())
    @rule(data=st.data())
    def withdraw_dispute(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self._disputed()))
        payment = self.world.payments[name]
        is_open = self._dispute(name).state in {"evidence_due", "under_review"}
        withdraw = partial(self.players[payment.payer].withdraw_dispute, name)
        assert self._refusal(withdraw) == (None if is_open else "state_conflict")
        if is_open:
            self.world.clear_dispute(payment, "withdrawn")

    @precondition(lambda self: self._disputed())
    @rule(data=st.data(), outcome=st.sampled_from(["won", "lost"]))
    def decide(self, data: st.DataObject, outcome: str) -> None:
        name = data.draw(st.sampled_from(self._disputed()))
        payment, dispute = self.world.payments[name], self._dispute(name)
        if outcome == "lost" and dispute.short:
            return  # What is short is chased for months: tests of disputes follow it.
        expected = None if dispute.state == "under_review" else "state_conflict"
        assert self._refusal(partial(self.shop.decide, name, outcome)) == expected
        if expected is None and outcome == "won":
            self.world.clear_dispute(payment, "won")
        elif expected is None:
            self.world.lose_dispute(payment)

    def _disputed(self) -> list[str]:
        return [name for name, each in self.world.payments.items() if each.dispute]

    def _dispute(self, name: str) -> PlainDispute:
        found = self.world.payments[name].dispute
        assert found is not None
        return found

    @rule()
    def deliver(self) -> None:
        work()
        self.world.deliver_all()

    @rule(minutes=st.sampled_from(MINUTES))
    def let_time_pass(self, minutes: int) -> None:
        clock.advance(minutes * 60)
        self._now()

    @rule()
    def tick(self) -> None:
        """The clock process closes what is overdue."""
        world = self._now()
        expire_due_requests()
        world.expire_requests()

    @rule(payee=people, payer=people, amount=amounts, life=st.sampled_from(REQUEST_LIVES))
    def ask(self, payee: str, payer: str, amount: int, life: timedelta) -> None:
        world = self._now()
        if payee == payer:
            return
        made = self.players[payee].ask(self.players[payer], amount, life)
        world.requests[made] = PlainRequest(payee, payer, amount, world.now + life)

    @precondition(lambda self: self.world.requests)
    @rule(rank=ranks, declines=st.booleans())
    def close_request(self, rank: int, declines: bool) -> None:  # noqa: FBT001 - drawn by chance.
        world = self._now()
        name = self._pick(dict(world.requests), rank)
        request = world.requests[name]
        closes = world.close_request(name, "declined" if declines else "cancelled")
        side = self.players[request.payer if declines else request.payee]
        act = side.decline if declines else side.withdraw
        assert self._refusal(lambda: act(name)) == (None if closes else "state_conflict")

    @rule(who=people)
    def change_phone(self, who: str) -> None:
        self.players[who].change_phone()

    @rule(who=people)
    def freeze(self, who: str) -> None:
        self.players[who].freeze()
        self.world.frozen.add(who)

    @precondition(lambda self: self.world.frozen)
    @rule(data=st.data())
    def unfreeze(self, data: st.DataObject) -> None:
        world = self._now()
        who = data.draw(st.sampled_from(sorted(world.frozen)))
        expected = None if world.pins[who].takes(world.now, is_right=True) else "proof_rejected"
        assert self._refusal(self.players[who].unfreeze) == expected
        if expected is None:
            world.frozen.discard(who)

    @invariant()
    def the_database_says_the_same(self) -> None:
        world = self.world
        assert real.read_standing(list(self.players.values())) == {
            name: real.Standing(world.pins[name].failures, name in world.frozen, money)
            for name, money in world.balances.items()
            if name != SHOP
        }
        assert self.shop.owed() == world.balances[SHOP]
        assert real.read_payments(list(world.payments)) == {
            name: real.Gone(each.state, each.refunding, each.refunded, each.fee_refunded)
            for name, each in world.payments.items()
        }
        assert real.read_disputes(list(world.payments)) == {
            name: (each.dispute.state, each.dispute.held, each.dispute.short)
            for name, each in world.payments.items()
            if each.dispute
        }
        assert real.read_requests(list(world.requests)) == {
            name: each.state for name, each in world.requests.items()
        }


@contextmanager
def dying() -> Iterator[None]:
    """Let the process die when a payment is made, after everything else and before the commit."""
    last = [*subscriptions.TOGETHER["payment.authorized"], _die]
    subscribe({**subscriptions.TOGETHER, "payment.authorized": last}, subscriptions.AFTERWARDS)
    try:
        yield
    finally:
        subscribe(subscriptions.TOGETHER, subscriptions.AFTERWARDS)


def _die(*, payment_id: str) -> None:
    raise _Crashed(payment_id)
