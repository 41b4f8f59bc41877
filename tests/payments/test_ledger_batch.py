"""Many transfers in one call: fast when all are good, and a bad one fails alone."""

from dataclasses import replace
from uuid import UUID

import pytest
from django.db import connection

from core.ids import derive_uuid
from core.money import Money
from payments import ledger
from payments.enums import LedgerKind, TransferKind
from payments.ledger import Owned, Transfer
from payments.models import LedgerAccount, LedgerInbox, LedgerTransfer
from payments.services.checking import run_checks
from payments.services.folding import fold_inboxes
from tests.payments.test_ledger_post import CLEARING, NOW, brl

pytestmark = pytest.mark.django_db
PEOPLE = [Owned(LedgerKind.BALANCE, number) for number in range(1, 6)]
PADARIA = Owned(LedgerKind.PAYABLE, 9)


def number_of(each: Owned) -> int:
    return ledger.accounts([each], "BRL")[0]


def item(fact: str, debit: Owned, credit: Owned, amount_minor: int) -> Transfer:
    return Transfer(
        id=derive_uuid(fact, "deliver"),
        journal=derive_uuid(fact, "journal"),
        kind=TransferKind.DELIVER,
        debit=number_of(debit),
        credit=number_of(credit),
        amount=brl(amount_minor),
        payment_ref=fact,
    )


def post(*items: Transfer) -> list[str]:
    return [each.value for each in ledger.post_batch(items, NOW)]


def balances(*owned: Owned) -> list[int]:
    return [ledger.read_balance(number_of(each)).amount_minor for each in owned]


def fund(amount_minor: int = 100) -> None:
    gifts = [item(f"gift_{at}", CLEARING, each, amount_minor) for at, each in enumerate(PEOPLE)]
    assert post(*gifts) == ["posted"] * 5


def assert_proven() -> None:
    assert [each.check.name for each in run_checks() if each.offenders] == []


def test_a_batch_is_what_its_transfers_are_one_by_one() -> None:
    fund()
    ana, bruno, carla, *_ = PEOPLE
    outcome = post(
        item("pay_1", ana, bruno, 60),
        item("pay_2", bruno, carla, 160),
        item("pay_3", carla, ana, 1),
        item("pay_4", carla, PADARIA, 200),
    )
    assert outcome == ["posted"] * 4
    assert balances(ana, bruno, carla, PADARIA) == [41, 0, 59, 200]
    rows = LedgerTransfer.objects.filter(payment_ref__startswith="pay_").order_by("seq")
    assert list(rows.values_list("debit_after", "credit_after")) == [
        (40, 160),
        (0, 260),
        (259, 41),
        (59, None),
    ]
    assert_proven()


def test_an_inbox_gets_one_row_of_a_batch() -> None:
    fund()
    clearing = LedgerInbox.objects.filter(account_id=number_of(CLEARING))
    assert list(clearing.values_list("delta_minor", flat=True)) == [-500]
    assert fold_inboxes() == 1
    assert LedgerInbox.objects.count() == 0
    assert balances(CLEARING) == [-500]


def test_a_bad_item_fails_alone() -> None:
    fund()
    ana, bruno, *_ = PEOPLE
    known = item("gift_0", CLEARING, ana, 100)
    good = item("pay_1", ana, bruno, 100)
    stranger = replace(good, id=UUID(int=1), credit=999_999)
    selfish = replace(good, id=UUID(int=2), credit=good.debit)
    lies = replace(known, amount=brl(99))
    outcome = post(known, good, item("pay_2", ana, bruno, 1), stranger, selfish, lies)
    assert outcome == [
        "known",
        "posted",
        "insufficient_funds",
        "insufficient_funds",
        "insufficient_funds",
        "contradicted",
    ]
    assert balances(ana, bruno) == [0, 200]
    rich = Owned(LedgerKind.ROUNDING)
    unknown = replace(item("pay_3", rich, ana, 5), credit=999_999)
    same = item("pay_4", PEOPLE[2], PEOPLE[2], 5)
    assert post(unknown, same, item("pay_5", rich, ana, 5)) == ["no_account", "refused", "posted"]
    assert balances(ana) == [5]
    assert_proven()


def test_an_id_that_comes_twice_is_posted_once() -> None:
    fund()
    ana, bruno, carla, *_ = PEOPLE
    twice = item("pay_1", ana, bruno, 10)
    lies = replace(twice, amount=brl(11))
    other = item("pay_2", bruno, carla, 110)
    assert post(twice, twice, lies, other) == ["posted", "known", "contradicted", "posted"]
    assert balances(ana, bruno, carla) == [90, 0, 210]
    assert_proven()


def test_a_floor_holds_at_every_step_of_a_batch() -> None:
    fund(10)
    ana, bruno, *_ = PEOPLE
    outcome = post(item("pay_1", ana, bruno, 11), item("pay_2", bruno, ana, 5))
    assert outcome == ["insufficient_funds", "posted"]
    assert balances(ana, bruno) == [15, 5]
    assert_proven()


def test_what_is_held_is_not_spent_by_a_batch() -> None:
    fund()
    ana, bruno, *_ = PEOPLE
    ledger.hold("dsp_1", ana, brl(60), NOW)
    assert post(item("pay_1", ana, bruno, 40), item("pay_2", ana, bruno, 1)) == [
        "posted",
        "insufficient_funds",
    ]
    assert_proven()


def test_a_busy_account_is_folded_before_a_batch_takes_from_it() -> None:
    fund()
    ana, bruno, *_ = PEOPLE
    assert post(item("pay_1", ana, PADARIA, 100)) == ["posted"]
    assert post(item("po_1", PADARIA, bruno, 70), item("po_2", PADARIA, bruno, 31)) == [
        "posted",
        "insufficient_funds",
    ]
    assert balances(PADARIA, bruno) == [30, 170]
    assert_proven()


def test_a_batch_is_of_one_currency() -> None:
    fund()
    other = replace(item("pay_1", PEOPLE[0], PEOPLE[1], 1), amount=Money(1, "XTS"))
    with pytest.raises(ValueError, match="one currency"):
        post(item("pay_2", PEOPLE[0], PEOPLE[1], 1), other)
    assert post() == []


def test_an_account_that_many_wait_for_takes_an_inbox() -> None:
    fund()
    ana, bruno, *_ = PEOPLE
    number = number_of(bruno)
    LedgerAccount.objects.filter(id=number).update(waits=14)
    wait(number)
    assert LedgerAccount.objects.get(id=number).waits == 1
    for _ in range(14):
        wait(number)
    assert LedgerAccount.objects.get(id=number).takes_inbox is False
    wait(number)
    assert LedgerAccount.objects.get(id=number).takes_inbox is True
    ledger.post_journal("pay_1", [_line(ana, bruno, 30)], NOW)
    assert LedgerInbox.objects.filter(account_id=number).count() == 1
    assert balances(ana, bruno) == [70, 130]
    ledger.post_journal("pay_2", [_line(bruno, ana, 130)], NOW)
    assert balances(ana, bruno) == [200, 0]
    assert_proven()


def wait(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_note_wait_v1(%s)", [number])


def _line(debit: Owned, credit: Owned, amount_minor: int) -> ledger.Line:
    return ledger.Line(TransferKind.DELIVER, debit, credit, brl(amount_minor))
