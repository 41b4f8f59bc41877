"""Importing what banks say: interrupted, by two at once, refused; and notifications."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connections

from core.clock import business_now
from payments.models import Attempt, Bank, NotifiedEntry, Payment, Payout, Statement, StatementLine
from payments.rails import StatementEntry, StatementFile, StatementUnreadable
from payments.rails.camt053 import read_statement
from payments.rails.camt054 import read_notification
from payments.services.batches import approve_batch
from payments.services.evidence import (
    follow_notification,
    import_due_notifications,
    store_notification,
)
from payments.services.reconciliation import finish_statement, import_due_statements
from payments.services.settlement import claim_batch, live_rail
from payments.services.storing import LINES_AT_ONCE, store_statement
from payments.services.submission import submit_batch
from tests.bank_simulator.harness import Simulator
from tests.payments.camt import entry, notification, part, statement
from tests.payments.cast import new_business, new_payer, prove_the_books
from tests.payments.settlement_cast import (
    PAYERS_BANK,
    SHOPS_BANK,
    clearing,
    fault,
    local_day,
    next_day,
    sell,
)
from tests.payments.statement_cast import PaidDay, cash, take_in, told, went

LONG = LINES_AT_ONCE + 100


def long_file() -> StatementFile:
    """A statement of more lines than are kept at once: a centavo each."""
    entries = "".join(entry(part(f"E{n}"), "0.01", reference=f"R{n}") for n in range(LONG))
    return read_statement(statement(entries, balances=(0, LONG)))


def dying(file: StatementFile) -> StatementFile:
    """The same, read by a process that dies behind the first lines kept."""
    readings = iter((1, 2))

    def entries() -> Iterator[StatementEntry]:
        is_second = next(readings) > 1
        for each in file.entries():
            if is_second and each.position > LINES_AT_ONCE:
                raise KeyboardInterrupt
            yield each

    return replace(file, entries=entries)


@pytest.mark.django_db
def test_an_import_that_died_is_gone_on_with(fresh_brazil: Simulator) -> None:
    bank, file = Bank.objects.get(slug=SHOPS_BANK), long_file()
    with pytest.raises(KeyboardInterrupt):
        store_statement(bank_id=bank.pk, file=dying(file))
    half = Statement.objects.get()
    assert (half.stage, half.line_count, half.lines_expected) == ("reading", LINES_AT_ONCE, LONG)
    assert store_statement(bank_id=bank.pk, file=file) == half.public_id
    half.refresh_from_db()
    assert (half.stage, half.line_count) == ("matching", LONG)
    assert StatementLine.objects.count() == LONG
    finish_statement(statement_id=half.public_id)
    half.refresh_from_db()
    assert (half.stage, clearing()) == ("finished", -LONG)


@pytest.mark.django_db
def test_a_bank_whose_import_breaks_stops_only_its_own(fresh_brazil: Simulator) -> None:
    next_day()
    broken = Bank.objects.get(slug=PAYERS_BANK)
    Bank.objects.filter(pk=broken.pk).update(rail="of_nobody")
    assert import_due_notifications() == 0
    import_due_statements(moment=business_now())
    days = Statement.objects.order_by("id")
    assert set(days.values_list("bank__slug", flat=True)) == {SHOPS_BANK}
    Bank.objects.filter(pk=broken.pk).update(rail=broken.rail)
    import_due_statements(moment=business_now())
    assert set(days.values_list("bank__slug", flat=True)) == {PAYERS_BANK, SHOPS_BANK}


@pytest.mark.django_db
def test_a_half_read_statement_that_the_bank_replaced_goes(fresh_brazil: Simulator) -> None:
    bank = Bank.objects.get(slug=SHOPS_BANK)
    with pytest.raises(KeyboardInterrupt):
        store_statement(bank_id=bank.pk, file=dying(long_file()))
    new = statement(entry(part("E1"), "0.01"), balances=(0, 1))
    statement_id = store_statement(bank_id=bank.pk, file=read_statement(new))
    finish_statement(statement_id=statement_id)
    assert list(Statement.objects.values_list("stage", "issue")) == [("finished", 1)]
    assert told(statement_id) == ["suspense nobody asked for it"]
    assert StatementLine.objects.count() == 1


@pytest.mark.django_db
def test_what_cannot_be_read_to_its_end_is_not_kept(fresh_brazil: Simulator) -> None:
    bank = Bank.objects.get(slug=SHOPS_BANK)
    bad = (
        statement(entry(part("E1")) + entry(part("E2"), sign="LEFT")),
        statement(entry(part("E1"))).replace(b"BRL", b"XTS"),
    )
    for content in bad:
        with pytest.raises(StatementUnreadable):
            store_statement(bank_id=bank.pk, file=read_statement(content))
    assert not Statement.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_that_import_the_same_keep_it_once(fresh_brazil: Simulator) -> None:
    bank = Bank.objects.get(slug=SHOPS_BANK)
    start, kept = threading.Barrier(2), list[str]()

    def run() -> None:
        try:
            start.wait()
            kept.append(store_statement(bank_id=bank.pk, file=long_file()))
            finish_statement(statement_id=kept[-1])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=120)
    assert len(kept) == 2
    assert Statement.objects.count() == 1
    assert StatementLine.objects.filter(state="suspense").count() == LONG
    assert clearing() == -LONG


def tell(number: int, entries: str) -> list[str]:
    """Import a notification of the shops' bank; what each entry told."""
    bank = Bank.objects.get(slug=SHOPS_BANK)
    file = read_notification(notification(entries))
    store_notification(bank_id=bank.pk, number=number, file=file)
    follow_notification(bank_id=bank.pk, number=number)
    rows = NotifiedEntry.objects.filter(notification__number=number).order_by("position")
    return list(rows.values_list("evidence", flat=True))


def sent_payout() -> Payout:
    """Claim and send what is owed; the one payout."""
    batch = claim_batch(rail_id=live_rail(bank=SHOPS_BANK).pk, cutoff_at=business_now())
    approve_batch(batch_id=batch.public_id, staff=None)
    submit_batch(batch_id=batch.public_id)
    return Payout.objects.get(batch=batch)


@pytest.mark.django_db
def test_a_notification_settles_early_and_is_not_counted_with_the_statement(
    fresh_brazil: Simulator,
) -> None:
    fault(fresh_brazil, "batch_lost_answer")
    sell(new_business(fresh_brazil), new_payer(fresh_brazil, "Ana"), 40_00)
    paid = sent_payout()
    assert paid.state == "unknown"
    wrong = entry(part(paid.public_id), cash(paid.net_minor + 1), "DBIT")
    told_first = went(paid, "R1") + wrong + entry(part("E9"), "7.00")
    assert tell(1, told_first) == ["told", "differs", "strange"]
    paid.refresh_from_db()
    assert (paid.state, paid.bank_reference, clearing()) == ("settled", "R1", paid.net_minor)
    assert tell(1, went(paid, "R1")) == ["told", "differs", "strange"]
    assert tell(2, went(paid, "R1")) == ["known"]
    assert paid.batch is not None
    day = PaidDay(local_day(), paid.batch, paid, paid)
    assert told(take_in(day, went(paid, "R1"), -paid.net_minor)) == ["matched"]
    assert clearing() == paid.net_minor
    prove_the_books()


@pytest.mark.django_db
def test_a_notification_closes_a_payment_nobody_knew_of(fresh_brazil: Simulator) -> None:
    fault(fresh_brazil, "not_found_then_found", bank=PAYERS_BANK, count=1, times=9)
    shop, ana = new_business(fresh_brazil), new_payer(fresh_brazil, "Ana")
    payment = Payment.objects.get(public_id=sell(shop, ana, 40_00))
    assert payment.state == "unknown"
    attempt = Attempt.objects.get(leg__payment=payment)
    bank = Bank.objects.get(slug=PAYERS_BANK)
    content = notification(entry(part(attempt.instruction_id), "40.00"))
    store_notification(bank_id=bank.pk, number=1, file=read_notification(content))
    follow_notification(bank_id=bank.pk, number=1)
    payment.refresh_from_db()
    assert payment.state == "completed"
    prove_the_books()
