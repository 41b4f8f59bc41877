"""Every way of writing the books at once, and many transfers beside a serial model."""

import random
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from core.ids import derive_uuid
from core.transactions import owns_block
from payments import ledger
from payments.enums import LedgerKind, PostingOutcome, TransferKind
from payments.ledger import InsufficientFunds, Line, Owned, Transfer
from payments.models import LedgerHold, LedgerInbox, LedgerTransfer
from payments.services.folding import fold_inboxes
from tests.payments.test_ledger_post import CLEARING, NOW, brl
from tests.payments.test_ledger_threads import assert_proven, balance_of, deadlocks, post

pytestmark = pytest.mark.django_db(transaction=True)
SHOP = Owned(LedgerKind.PAYABLE, 500)
FEES = Owned(LedgerKind.FEE_INCOME)
START = 1_000_000
THREADS = 20


def people(count: int) -> list[Owned]:
    return [Owned(LedgerKind.BALANCE, number) for number in range(1, count + 1)]


def fund(owned: list[Owned]) -> list[int]:
    """Give each the same, and return the accounts' ids."""
    ids = ledger.accounts(owned, "BRL")
    clearing = ledger.accounts([CLEARING], "BRL")[0]
    gifts = [item(clearing, each, START) for each in ids]
    with owns_block():
        assert set(ledger.post_batch(gifts, NOW)) == {PostingOutcome.POSTED}
    return ids


def item(debit: int, credit: int, amount_minor: int) -> Transfer:
    fact = f"pay_{secrets.token_hex(10)}"
    return Transfer(
        id=derive_uuid(fact, "deliver"),
        journal=derive_uuid(fact, "journal"),
        kind=TransferKind.DELIVER,
        debit=debit,
        credit=credit,
        amount=brl(amount_minor),
        payment_ref=fact,
    )


class Traffic:
    """One thread's work of each kind, between the same few accounts."""

    def __init__(self, owned: list[Owned], ids: list[int], seed: int, turns: int) -> None:
        self.owned, self.ids, self.turns = owned, ids, turns
        self.chance = random.Random(seed)

    def single(self) -> None:
        for _ in range(self.turns):
            post(f"pay_{secrets.token_hex(8)}", TransferKind.DELIVER, *self.pair(), 7)

    def journal(self) -> None:
        for _ in range(self.turns):
            payer = self.pair()[0]
            lines = [
                Line(TransferKind.DELIVER, payer, SHOP, brl(100)),
                Line(TransferKind.FEE, SHOP, FEES, brl(2)),
            ]
            with owns_block():
                ledger.post_journal(f"pay_{secrets.token_hex(8)}", lines, NOW)

    def batch(self) -> None:
        for _ in range(self.turns):
            drawn = [self.chance.sample(self.ids, 2) for _ in range(20)]
            with owns_block():
                ledger.post_batch([item(debit, credit, 3) for debit, credit in drawn], NOW)

    def hold(self) -> None:
        for turn in range(self.turns):
            fact, (whose, other) = f"dsp_{secrets.token_hex(8)}", self.pair()
            with owns_block():
                ledger.hold(fact, whose, brl(50), NOW)
            with owns_block():
                if turn % 2:
                    ledger.void(fact, NOW)
                else:
                    line = Line(
                        TransferKind.DELIVER, whose, other, brl(self.chance.choice([20, 50]))
                    )
                    ledger.capture(fact, line, NOW)

    def fold(self) -> None:
        for _ in range(self.turns):
            fold_inboxes()

    def claim(self) -> None:
        flight = Owned(LedgerKind.IN_FLIGHT, 500)
        for _ in range(self.turns):
            try:
                post(f"po_{secrets.token_hex(8)}", TransferKind.SETTLE_CLAIM, SHOP, flight, 60)
            except InsufficientFunds:
                continue

    def pair(self) -> tuple[Owned, Owned]:
        first, second = self.chance.sample(self.owned, 2)
        return first, second


@pytest.mark.parametrize("turns", [4, pytest.param(60, marks=pytest.mark.long)])
def test_all_traffic_at_once_never_waits_in_a_circle(
    in_threads: Callable[..., list[Any]], names_of: Callable[[list[Any]], list[str]], turns: int
) -> None:
    owned = people(8)
    ids = fund(owned)
    before = deadlocks()
    each = [Traffic(owned, ids, seed, turns) for seed in range(3)]
    works = [
        work
        for one in each
        for work in (one.single, one.journal, one.batch, one.hold, one.fold, one.claim)
    ]
    assert names_of(in_threads(*works)) == ["ok"] * len(works)
    assert deadlocks() == before
    assert LedgerHold.objects.filter(state="held").count() == 0
    fold_inboxes()
    assert LedgerInbox.objects.count() == 0
    assert_proven()


@pytest.mark.parametrize(
    ("transfers", "count"), [(400, 20), pytest.param(10_000, 200, marks=pytest.mark.long)]
)
def test_random_transfers_equal_a_serial_model(
    in_threads: Callable[..., list[Any]],
    names_of: Callable[[list[Any]], list[str]],
    transfers: int,
    count: int,
) -> None:
    owned = people(count)
    ids = fund(owned)
    before = deadlocks()
    chance = random.Random(transfers)
    plan = [(*chance.sample(range(count), 2), chance.randint(1, 90)) for _ in range(transfers)]
    model = [START] * count
    for debit, credit, amount_minor in plan:
        model[debit] -= amount_minor
        model[credit] += amount_minor

    def share(number: int) -> Callable[[], None]:
        def run() -> None:
            for debit, credit, amount_minor in plan[number::THREADS]:
                with owns_block():
                    ledger.post([item(ids[debit], ids[credit], amount_minor)], NOW)

        return run

    outcomes = in_threads(*[share(number) for number in range(THREADS)])
    assert names_of(outcomes) == ["ok"] * THREADS
    assert deadlocks() == before
    assert [balance_of(each) for each in owned] == model
    assert LedgerTransfer.objects.count() == transfers + count
    assert_proven()


@pytest.mark.long
def test_two_thousand_opposite_transfers_never_wait_in_a_circle(
    in_threads: Callable[..., list[Any]], names_of: Callable[[list[Any]], list[str]]
) -> None:
    owned = people(2)
    fund(owned)
    before = deadlocks()

    def back_and_forth() -> None:
        for turn in range(100):
            debit, credit = owned if turn % 2 else owned[::-1]
            post(f"pay_{secrets.token_hex(8)}", TransferKind.DELIVER, debit, credit, 7)

    assert names_of(in_threads(back_and_forth, times=THREADS)) == ["ok"] * THREADS
    assert deadlocks() == before
    assert sum(map(balance_of, owned)) == 2 * START
    assert_proven()
