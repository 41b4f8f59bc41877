"""The books under many hands at once: no deadlock, nothing lost, nothing twice."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from core.transactions import owns_block
from payments import ledger
from payments.enums import LedgerKind, TransferKind
from payments.ledger import Line, Owned
from payments.models import LedgerAccount, LedgerTransfer
from payments.services.checking import run_checks
from tests.payments.test_ledger_post import CLEARING, NOW, brl

pytestmark = pytest.mark.django_db(transaction=True)
ANA = Owned(LedgerKind.BALANCE, 1)
BRUNO = Owned(LedgerKind.BALANCE, 2)
PADARIA = Owned(LedgerKind.PAYABLE, 3)
THREADS = 20


def post(fact: str, kind: TransferKind, debit: Owned, credit: Owned, amount_minor: int) -> None:
    with owns_block():
        ledger.post_journal(fact, [Line(kind, debit, credit, brl(amount_minor))], NOW)


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def balance_of(each: Owned) -> int:
    return ledger.read_balance(ledger.accounts([each], "BRL")[0]).amount_minor


def assert_proven() -> None:
    assert [each.check.name for each in run_checks() if each.offenders] == []


def test_opposite_transfers_never_wait_in_a_circle(
    in_threads: Callable[..., list[Any]], names_of: Callable[[list[Any]], list[str]]
) -> None:
    post("pay_a", TransferKind.DELIVER, CLEARING, ANA, 10_000)
    post("pay_b", TransferKind.DELIVER, CLEARING, BRUNO, 10_000)
    before = deadlocks()

    def back_and_forth() -> None:
        for turn in range(10):
            pair = (ANA, BRUNO) if turn % 2 else (BRUNO, ANA)
            post(f"pay_{secrets.token_hex(8)}", TransferKind.DELIVER, *pair, 7)

    outcomes = in_threads(back_and_forth, times=THREADS)
    assert names_of(outcomes) == ["ok"] * THREADS
    assert deadlocks() == before
    assert LedgerTransfer.objects.count() == 202
    assert balance_of(ANA) + balance_of(BRUNO) == 20_000
    assert_proven()


def test_one_whole_balance_leaves_once(
    in_threads: Callable[..., list[Any]], names_of: Callable[[list[Any]], list[str]]
) -> None:
    post("pay_a", TransferKind.DELIVER, CLEARING, ANA, 10_000)

    def spend() -> None:
        post(f"pay_{secrets.token_hex(8)}", TransferKind.DELIVER, ANA, BRUNO, 10_000)

    outcomes = in_threads(spend, times=THREADS)
    assert names_of(outcomes) == ["InsufficientFunds"] * (THREADS - 1) + ["ok"]
    assert balance_of(ANA) == 0
    assert_proven()


def test_one_fact_at_once_is_posted_once(
    in_threads: Callable[..., list[Any]], names_of: Callable[[list[Any]], list[str]]
) -> None:
    def once() -> None:
        post("pay_same", TransferKind.DELIVER, CLEARING, ANA, 500)

    outcomes = in_threads(once, times=THREADS)
    assert names_of(outcomes) == ["ok"] * THREADS
    assert LedgerTransfer.objects.count() == 1
    assert balance_of(ANA) == 500


def test_one_fact_between_two_busy_accounts_is_posted_once(
    in_threads: Callable[..., list[Any]], names_of: Callable[[list[Any]], list[str]]
) -> None:
    other = Owned(LedgerKind.BANK_CLEARING, bank="bank-b")

    def once() -> None:
        post("pay_same", TransferKind.DELIVER, CLEARING, other, 500)

    outcomes = in_threads(once, times=THREADS)
    assert names_of(outcomes) == ["ok"] * THREADS
    assert LedgerTransfer.objects.count() == 1
    assert balance_of(other) == 500
    assert_proven()


def test_a_new_account_is_opened_once(in_threads: Callable[..., list[Any]]) -> None:
    def open_it() -> list[int]:
        return ledger.accounts([PADARIA, ANA, CLEARING], "BRL")

    outcomes = in_threads(open_it, times=THREADS)
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert LedgerAccount.objects.count() == 3


def test_a_busy_shop_is_exact_while_it_is_folded_and_claimed(
    in_threads: Callable[..., list[Any]], names_of: Callable[[list[Any]], list[str]]
) -> None:
    account_id = ledger.accounts([PADARIA], "BRL")[0]

    def sell() -> None:
        for _ in range(10):
            post(f"pay_{secrets.token_hex(8)}", TransferKind.DELIVER, CLEARING, PADARIA, 100)

    def fold() -> None:
        for _ in range(10):
            with owns_block():
                ledger.fold(account_id)

    def claim() -> None:
        flight = Owned(LedgerKind.IN_FLIGHT, 3)
        for _ in range(5):
            if balance_of(PADARIA) >= 100:
                post(f"po_{secrets.token_hex(8)}", TransferKind.SETTLE_CLAIM, PADARIA, flight, 50)

    outcomes = in_threads(*[sell] * 8, *[fold] * 3, claim)
    assert names_of(outcomes) == ["ok"] * 12
    claimed = LedgerTransfer.objects.filter(kind="settle_claim").count() * 50
    assert balance_of(PADARIA) == 8 * 10 * 100 - claimed
    assert_proven()
