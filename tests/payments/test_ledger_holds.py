"""Two steps of the books: held, then captured or voided; never both, never more than is there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from core.transactions import owns_block
from payments import ledger
from payments.enums import LedgerKind, TransferKind
from payments.ledger import (
    HoldEnded,
    HoldExceeded,
    InsufficientFunds,
    LedgerRefused,
    Line,
    Owned,
    TransferContradicted,
)
from payments.models import LedgerHold, LedgerTransfer
from payments.services.checking import run_checks
from tests.payments.test_ledger_post import CLEARING, NOW, balance_of, brl

ANA = Owned(LedgerKind.BALANCE, 1)
BRUNO = Owned(LedgerKind.BALANCE, 2)
PADARIA = Owned(LedgerKind.PAYABLE, 3)


def give(to: Owned, amount_minor: int, fact: str = "pay_gift") -> None:
    line = Line(TransferKind.DELIVER, CLEARING, to, brl(amount_minor))
    ledger.post_journal(fact, [line], NOW)


def take(what: Owned, amount_minor: int, fact: str) -> None:
    line = Line(TransferKind.DELIVER, what, CLEARING, brl(amount_minor))
    ledger.post_journal(fact, [line], NOW)


def to_bruno(whose: Owned, amount_minor: int) -> Line:
    return Line(TransferKind.DELIVER, whose, BRUNO, brl(amount_minor))


def available(each: Owned) -> int:
    return ledger.read_available(ledger.accounts([each], "BRL")[0]).amount_minor


def assert_proven() -> None:
    assert [each.check.name for each in run_checks() if each.offenders] == []


@pytest.mark.django_db
@pytest.mark.parametrize("whose", [ANA, PADARIA], ids=["plain", "busy"])
def test_what_is_held_cannot_be_spent(whose: Owned) -> None:
    give(whose, 1000)
    ledger.hold("dsp_1", whose, brl(700), NOW)
    ledger.hold("dsp_1", whose, brl(700), NOW)
    assert (balance_of(whose), available(whose)) == (1000, 300)
    with pytest.raises(InsufficientFunds), transaction.atomic():
        take(whose, 301, "pay_1")
    with pytest.raises(InsufficientFunds), transaction.atomic():
        ledger.hold("dsp_2", whose, brl(301), NOW)
    take(whose, 300, "pay_2")
    assert (balance_of(whose), available(whose)) == (700, 0)
    assert_proven()


@pytest.mark.django_db
@pytest.mark.parametrize("whose", [ANA, PADARIA], ids=["plain", "busy"])
@pytest.mark.parametrize("amount_minor", [700, 250])
def test_a_capture_moves_all_or_a_part_and_frees_the_rest(whose: Owned, amount_minor: int) -> None:
    give(whose, 1000)
    ledger.hold("dsp_1", whose, brl(700), NOW)
    for _ in range(2):
        ledger.capture("dsp_1", to_bruno(whose, amount_minor), NOW)
    assert (balance_of(whose), available(whose)) == (1000 - amount_minor,) * 2
    assert balance_of(BRUNO) == amount_minor
    found = LedgerHold.objects.get()
    assert (found.state, found.captured_minor) == ("captured", amount_minor)
    assert_proven()


@pytest.mark.django_db
def test_a_voided_hold_frees_everything() -> None:
    give(ANA, 1000)
    ledger.hold("dsp_1", ANA, brl(700), NOW)
    ledger.void("dsp_1", NOW)
    ledger.void("dsp_1", NOW)
    assert (balance_of(ANA), available(ANA)) == (1000, 1000)
    assert LedgerTransfer.objects.count() == 1
    assert_proven()


@pytest.mark.django_db
def test_a_hold_has_one_end() -> None:
    give(ANA, 1000)
    ledger.hold("dsp_1", ANA, brl(300), NOW)
    ledger.hold("dsp_2", ANA, brl(300), NOW)
    ledger.capture("dsp_1", to_bruno(ANA, 300), NOW)
    ledger.void("dsp_2", NOW)
    with pytest.raises(HoldEnded), transaction.atomic():
        ledger.void("dsp_1", NOW)
    with pytest.raises(HoldEnded), transaction.atomic():
        ledger.capture("dsp_1", to_bruno(ANA, 299), NOW)
    with pytest.raises(HoldEnded), transaction.atomic():
        ledger.capture("dsp_2", to_bruno(ANA, 300), NOW)
    assert (balance_of(ANA), available(ANA), balance_of(BRUNO)) == (700, 700, 300)
    assert_proven()


@pytest.mark.django_db
def test_more_than_is_held_is_not_captured() -> None:
    give(ANA, 1000)
    ledger.hold("dsp_1", ANA, brl(300), NOW)
    with pytest.raises(HoldExceeded), transaction.atomic():
        ledger.capture("dsp_1", to_bruno(ANA, 301), NOW)
    assert (balance_of(ANA), available(ANA)) == (1000, 700)


@pytest.mark.django_db
def test_the_same_fact_holds_one_thing() -> None:
    give(ANA, 1000)
    ledger.hold("dsp_1", ANA, brl(300), NOW)
    with pytest.raises(TransferContradicted), transaction.atomic():
        ledger.hold("dsp_1", ANA, brl(301), NOW)
    with pytest.raises(LedgerRefused), transaction.atomic():
        ledger.void("dsp_9", NOW)
    with pytest.raises(LedgerRefused), transaction.atomic():
        ledger.capture("dsp_9", to_bruno(ANA, 1), NOW)
    assert available(ANA) == 700


@pytest.mark.django_db(transaction=True)
def test_of_capture_and_void_at_once_one_wins(
    in_threads: Callable[..., list[Any]], names_of: Callable[[list[Any]], list[str]]
) -> None:
    with owns_block():
        give(ANA, 1000)
        ledger.hold("dsp_1", ANA, brl(700), NOW)

    def capture() -> None:
        with owns_block():
            ledger.capture("dsp_1", to_bruno(ANA, 700), NOW)

    def void() -> None:
        with owns_block():
            ledger.void("dsp_1", NOW)

    outcomes = names_of(in_threads(*[capture, void] * 10))
    assert outcomes == ["HoldEnded"] * 10 + ["ok"] * 10
    assert (available(ANA), balance_of(BRUNO)) in {(300, 700), (1000, 0)}
    assert_proven()
