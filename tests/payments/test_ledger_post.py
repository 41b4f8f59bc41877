"""What one call of the books does, refuses and repeats."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from core.money import Money
from payments import ledger
from payments.enums import LedgerKind, TransferKind
from payments.ledger import InsufficientFunds, LedgerRefused, Line, Owned, TransferContradicted
from payments.models import LedgerInbox, LedgerTransfer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANA, BRUNO, PADARIA = 1, 2, 3
BANK = "bank-a"


def brl(amount_minor: int) -> Money:
    return Money(amount_minor, "BRL")


def owned(kind: LedgerKind, party: int | None = None, bank: str = "") -> Owned:
    return Owned(kind, party, bank)


CLEARING = owned(LedgerKind.BANK_CLEARING, bank=BANK)


def balance_of(each: Owned) -> int:
    account_id = ledger.accounts([each], "BRL")[0]
    return ledger.read_balance(account_id).amount_minor


def collect(fact: str, party: int, amount_minor: int) -> None:
    flight = owned(LedgerKind.IN_FLIGHT, party)
    ledger.post_journal(
        fact, [Line(TransferKind.COLLECT, CLEARING, flight, brl(amount_minor))], NOW
    )


def deliver(fact: str, payer: int, to: Owned, amount_minor: int) -> None:
    flight = owned(LedgerKind.IN_FLIGHT, payer)
    ledger.post_journal(fact, [Line(TransferKind.DELIVER, flight, to, brl(amount_minor))], NOW)


def test_a_purchase_is_three_lines_of_one_journal() -> None:
    flight = owned(LedgerKind.IN_FLIGHT, ANA)
    payable = owned(LedgerKind.PAYABLE, PADARIA)
    fees = owned(LedgerKind.FEE_INCOME)
    lines = [
        Line(TransferKind.COLLECT, CLEARING, flight, brl(1000)),
        Line(TransferKind.DELIVER, flight, payable, brl(1000)),
        Line(TransferKind.FEE, payable, fees, brl(20)),
    ]
    ledger.post_journal("pay_1", lines, NOW)
    rows = list(LedgerTransfer.objects.order_by("seq"))
    assert [row.kind for row in rows] == ["collect", "deliver", "fee"]
    assert len({row.journal for row in rows}) == 1
    assert [(row.debit_after, row.credit_after) for row in rows] == [
        (None, 1000),
        (0, None),
        (None, None),
    ]
    assert [balance_of(each) for each in (CLEARING, flight, payable, fees)] == [-1000, 0, 980, 20]


def test_nothing_is_no_line() -> None:
    ledger.post_journal("pay_1", [Line(TransferKind.FEE, CLEARING, CLEARING, brl(0))], NOW)
    assert LedgerTransfer.objects.count() == 0


def test_the_same_fact_posts_once() -> None:
    collect("pay_1", ANA, 700)
    collect("pay_1", ANA, 700)
    assert LedgerTransfer.objects.count() == 1
    assert balance_of(owned(LedgerKind.IN_FLIGHT, ANA)) == 700


def test_the_same_fact_with_another_amount_is_a_contradiction() -> None:
    collect("pay_1", ANA, 700)
    with pytest.raises(TransferContradicted), transaction.atomic():
        collect("pay_1", ANA, 701)
    assert balance_of(owned(LedgerKind.IN_FLIGHT, ANA)) == 700


def test_what_is_new_beside_what_is_known_is_posted() -> None:
    collect("pay_1", ANA, 700)
    flight = owned(LedgerKind.IN_FLIGHT, ANA)
    lines = [
        Line(TransferKind.COLLECT, CLEARING, flight, brl(700)),
        Line(TransferKind.DELIVER, flight, owned(LedgerKind.PAYABLE, PADARIA), brl(700)),
    ]
    ledger.post_journal("pay_1", lines, NOW)
    assert [row.kind for row in LedgerTransfer.objects.order_by("seq")] == ["collect", "deliver"]
    assert balance_of(flight) == 0


def test_a_floor_refuses_and_moves_nothing() -> None:
    collect("pay_1", ANA, 700)
    with pytest.raises(InsufficientFunds), transaction.atomic():
        deliver("pay_1", ANA, owned(LedgerKind.BALANCE, BRUNO), 701)
    assert LedgerTransfer.objects.count() == 1
    assert balance_of(owned(LedgerKind.IN_FLIGHT, ANA)) == 700


def test_a_floor_holds_at_every_step_of_a_journal() -> None:
    flight = owned(LedgerKind.IN_FLIGHT, ANA)
    backwards = [
        Line(TransferKind.DELIVER, flight, owned(LedgerKind.BALANCE, BRUNO), brl(5)),
        Line(TransferKind.COLLECT, CLEARING, flight, brl(5)),
    ]
    with pytest.raises(InsufficientFunds), transaction.atomic():
        ledger.post_journal("pay_1", backwards, NOW)


def test_another_currency_has_other_accounts() -> None:
    brl_account = ledger.account("in_flight", "BRL", party_id=ANA)
    xts_account = ledger.account("in_flight", "XTS", party_id=ANA)
    clearing = ledger.account("bank_clearing", "XTS", bank_id=BANK)
    assert brl_account != xts_account
    transfer = ledger.Transfer(
        id=ledger.make_transfer_id("pay_1", TransferKind.COLLECT),
        journal=ledger.make_journal("pay_1", "collect"),
        kind="collect",
        debit=clearing,
        credit=brl_account,
        amount=Money(5, "XTS"),
        payment_ref="pay_1",
    )
    with pytest.raises(LedgerRefused), transaction.atomic():
        ledger.post([transfer], NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        Owned(LedgerKind.IN_FLIGHT),
        Owned(LedgerKind.IN_FLIGHT, bank=BANK),
        Owned(LedgerKind.BANK_CLEARING, ANA),
        Owned(LedgerKind.FEE_INCOME, ANA),
        Owned(LedgerKind.PAYABLE, ANA, BANK),
    ],
)
def test_an_owner_fits_its_kind(wrong: Owned) -> None:
    with pytest.raises(LedgerRefused):
        ledger.accounts([wrong], "BRL")


def test_a_busy_account_is_exact_before_and_after_folding() -> None:
    collect("pay_1", ANA, 700)
    deliver("pay_1", ANA, owned(LedgerKind.PAYABLE, PADARIA), 700)
    payable = ledger.account("payable", "BRL", party_id=PADARIA)
    assert LedgerInbox.objects.filter(account_id=payable).count() == 1
    assert ledger.read_balance(payable) == brl(700)
    assert ledger.fold(payable) == 700
    assert ledger.fold(payable) == 0
    assert LedgerInbox.objects.filter(account_id=payable).count() == 0
    assert ledger.read_balance(payable) == brl(700)


def test_a_debit_of_a_busy_account_folds_first() -> None:
    collect("pay_1", ANA, 700)
    deliver("pay_1", ANA, owned(LedgerKind.PAYABLE, PADARIA), 700)
    claim = Line(
        TransferKind.SETTLE_CLAIM,
        owned(LedgerKind.PAYABLE, PADARIA),
        owned(LedgerKind.IN_FLIGHT, PADARIA),
        brl(700),
    )
    ledger.post_journal("po_1", [claim], NOW)
    assert balance_of(owned(LedgerKind.PAYABLE, PADARIA)) == 0
    with pytest.raises(InsufficientFunds), transaction.atomic():
        ledger.post_journal("po_2", [claim], NOW)


def test_an_unknown_account_has_no_balance() -> None:
    with pytest.raises(LedgerRefused):
        ledger.read_balance(999_999)


def test_accounts_keep_the_order_they_were_asked_in() -> None:
    asked = [
        owned(LedgerKind.PAYABLE, PADARIA),
        CLEARING,
        owned(LedgerKind.FEE_INCOME),
        owned(LedgerKind.PAYABLE, PADARIA),
    ]
    first = ledger.accounts(asked, "BRL")
    assert first == ledger.accounts(asked, "BRL")
    assert first[0] == first[3]
    assert len(set(first)) == 3


def test_the_house_account_is_one_although_its_owner_is_null() -> None:
    ledger.account("fee_income", "BRL")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_ledgeraccount (kind, currency, bank, balance, takes_inbox)"
            " VALUES ('fee_income', 'BRL', '', 0, true) ON CONFLICT DO NOTHING"
        )
        assert cursor.rowcount == 0
