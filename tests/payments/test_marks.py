"""What a shop was owed is the same with marks and without, and a mark is a sum of lines."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.ids import derive_uuid
from payments import ledger
from payments.enums import LedgerKind, TransferKind
from payments.ledger import Owned, Transfer
from payments.models import LedgerMark, LedgerTransfer
from payments.queries.shop_ledger import owed_before, owed_days, owed_lines
from payments.services.checking import run_checks
from payments.services.marking import mark_owed
from tests.payments.test_ledger_post import NOW, brl

pytestmark = pytest.mark.django_db

SHOP, OTHER = 9, 10
BEGIN = NOW.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=20)
DAYS, AN_HOUR = 6, 9
ZONE = "America/Sao_Paulo"


@pytest.fixture(autouse=True)
def past() -> None:
    """Six days, nine lines an hour, some taken out again; at midnight in another order."""
    owned = [
        Owned(LedgerKind.PAYABLE, SHOP),
        Owned(LedgerKind.PAYABLE, OTHER),
        Owned(LedgerKind.SUSPENSE),
    ]
    shop, other, suspense = ledger.accounts(owned, "BRL")
    moments = [BEGIN + timedelta(hours=hour) for hour in range(DAYS * 24)]
    for day in range(1, DAYS):
        late = day * 24 - 1
        # The last second of a day stands behind the first of the next one in the books.
        moments[late : late + 2] = [
            BEGIN + timedelta(days=day),
            BEGIN + timedelta(days=day, seconds=-1),
        ]
    for number, moment in enumerate(moments):
        sides = [(suspense, shop)] * (AN_HOUR - 2) + [(shop, suspense), (suspense, other)]
        lines = [line(f"pay_{number}_{at}", *side, 10 + at) for at, side in enumerate(sides)]
        assert set(ledger.post_batch(lines, moment)) == {"posted"}


def line(fact: str, debit: int, credit: int, amount_minor: int) -> Transfer:
    return Transfer(
        id=derive_uuid(fact, "deliver"),
        journal=derive_uuid(fact, "journal"),
        kind=TransferKind.DELIVER,
        debit=debit,
        credit=credit,
        amount=brl(amount_minor),
        payment_ref=fact,
    )


def pages(span: tuple[datetime, datetime], limit: int) -> list[Any]:
    """Return the lines of a span, page after page."""
    found: list[Any] = []
    while True:
        page = owed_lines(SHOP, span, found[-1].seq if found else 0, limit, "BRL")
        found += page
        if len(page) < limit:
            return found


def told() -> list[Any]:
    """Return what statements of every kind of span say."""
    hours = [
        BEGIN + timedelta(hours=hour, minutes=minute)
        for hour in range(-1, 150, 7)
        for minute in (0, 30)
    ]
    midnights = [BEGIN + timedelta(days=day) for day in range(-1, DAYS + 2)]
    spans = [(one, other) for one in midnights for other in midnights if one < other]
    return [
        [owed_before(SHOP, moment, "BRL") for moment in (*hours, *midnights)],
        [pages(span, 400) for span in spans],
        [owed_days(SHOP, span, ZONE, "BRL") for span in spans],
    ]


def mark_every_day() -> list[int]:
    return [mark_owed(moment=BEGIN + timedelta(days=day, hours=30)) for day in range(DAYS + 2)]


def wrong_marks() -> set[str]:
    return {
        name
        for check in run_checks()
        if check.check.name == "marks_are_sums"
        for name in check.offenders
    }


def test_statements_say_the_same_with_marks_and_without() -> None:
    before = told()
    lines = LedgerTransfer.objects.filter(payment_ref__startswith="pay_").count()
    assert lines == DAYS * 24 * AN_HOUR
    # Eight lines an hour are the shop's: after three days there are more than five hundred.
    assert mark_every_day() == [0, 0, 0, 1, 0, 0, 1, 0]
    assert mark_every_day() == [0] * 8
    assert told() == before
    assert wrong_marks() == set()


def test_only_the_lines_since_a_mark_are_read() -> None:
    mark_every_day()
    end = BEGIN + timedelta(days=DAYS)
    with CaptureQueriesContext(connection) as asked:
        assert owed_before(SHOP, end, "BRL") == brl(DAYS * 24 * (sum(range(10, 17)) - 17))
    account, marks, added = (each["sql"] for each in asked)
    assert ("payments_ledgeraccount" in account, "payments_ledgermark" in marks) == (True, True)
    newest = LedgerMark.objects.latest("until")
    assert (newest.until, f'"seq" > {newest.first_seq - 1}' in added) == (end, True)


def test_a_mark_leaves_room_for_a_line_that_is_not_committed_yet() -> None:
    """Whoever wrote it took its place in the books before the first line that can be seen."""
    end = BEGIN + timedelta(days=DAYS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('payments_ledgertransfer', 'seq'))")
    (shop, suspense) = ledger.accounts(
        [Owned(LedgerKind.PAYABLE, SHOP), Owned(LedgerKind.SUSPENSE)], "BRL"
    )
    seen = line("pay_seen", suspense, shop, 10)
    assert ledger.post_batch([seen], end + timedelta(hours=1)) == ["posted"]
    assert mark_owed(moment=end + timedelta(hours=30)) == 1
    mark = LedgerMark.objects.get()
    assert (mark.until, mark.first_seq) == (end, mark.last_seq + 1)
    assert wrong_marks() == set()


def test_a_mark_is_kept_as_it_is_and_compared_with_the_lines() -> None:
    mark_every_day()
    first = LedgerMark.objects.earliest("until")
    with pytest.raises(DatabaseError), transaction.atomic():
        LedgerMark.objects.filter(pk=first.pk).update(sum_minor=0)
    for wrong in ({"sum_minor": 1}, {"first_seq": first.first_seq + 60}, {"last_seq": 1}):
        facts = {
            "sum_minor": first.sum_minor,
            "first_seq": first.first_seq,
            "last_seq": first.last_seq,
        }
        with transaction.atomic():
            LedgerMark.objects.create(
                account_id=first.account_id,
                until=first.until - timedelta(microseconds=1),
                **{**facts, **wrong},
            )
            assert len(wrong_marks()) == 1, wrong
            transaction.set_rollback(True)
    assert wrong_marks() == set()
