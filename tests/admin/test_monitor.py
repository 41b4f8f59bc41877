"""The settlement monitor: each day adds up, what is late shows, and a file is read by name."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import business_now
from payments.models import FilePart, Payout, SettlementBatch, SettlementWindow
from payments.queries.monitor import BankDay, bank_days
from people.models import AuditEntry
from tests.admin import bank_rows
from tests.admin.doors import enter, hire, inline_parts

STATES = ("settled", "settled", "sent", "rejected", "claimed", "returned")


def _batch(*, days_ago: int, states: tuple[str, ...] = STATES) -> SettlementBatch:
    """A batch of some days ago, each payout of R$ 50."""
    batch = bank_rows.batch()
    today = business_now().date()
    day = today - timedelta(days=days_ago)
    SettlementWindow.objects.filter(pk=batch.window_id).update(business_date=day, value_date=day)
    for state in states:
        payout = bank_rows.payout(state=state)
        Payout.objects.filter(pk=payout.pk).update(batch=batch, bank=batch.bank)
    return batch


def _day_of(batch: SettlementBatch, today: date) -> BankDay:
    days = bank_days(since=today - timedelta(days=7), today=today, bank_id=batch.bank_id)
    return next(day for day in days if day.batch_id == batch.public_id)


@pytest.mark.django_db
def test_a_day_adds_up_and_what_is_open_after_its_day_is_late() -> None:
    batch = _batch(days_ago=2)
    today = business_now().date()
    day = _day_of(batch, today)
    parts = (day.expected, day.sent, day.confirmed, day.returned, day.late)
    assert [part.count for part in parts] == [6, 5, 2, 2, 2]
    assert [part.amount.amount_minor for part in parts] == [30000, 25000, 10000, 10000, 10000]
    on_time = _day_of(batch, day.value_date)
    assert on_time.late.count == 0


def test_the_monitor_leads_down_to_batch_payouts_and_file(marta: Any) -> None:
    batch = _batch(days_ago=1)
    build = uuid4()
    SettlementBatch.objects.filter(pk=batch.pk).update(file_build=build, file_sha256="a" * 64)
    FilePart.objects.create(batch=batch, build=build, position=1, content=b"<Document/>")
    page = marta.get("/admin/settlement/")
    assert (page.status_code, inline_parts(page)) == (200, [])
    body = page.content.decode()
    paths = (
        f"/admin/payments/settlementbatch/{batch.pk}/change/",
        f"/admin/payments/payout/?batch__id__exact={batch.pk}",
        f"/admin/batches/{batch.public_id}/file",
    )
    assert [path in body for path in paths] == [True] * 3
    assert marta.get(paths[1]).status_code == 200
    file = marta.get(paths[2])
    assert (b"".join(file.streaming_content), file.headers["Content-Type"]) == (
        b"<Document/>",
        "application/xml",
    )
    entry = AuditEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.actor_login, entry.object_ref) == (
        "batch.file_read",
        "marta",
        batch.public_id,
    )
    other = _batch(days_ago=1, states=())
    assert marta.get(f"/admin/batches/{other.public_id}/file").status_code == 404
    narrowed = marta.get("/admin/settlement/", {"bank": batch.bank.slug, "days": "30"})
    assert batch.public_id in narrowed.content.decode()
    assert other.public_id not in narrowed.content.decode()
    assert marta.get("/admin/settlement/", {"bank": "\x00", "days": "x"}).status_code == 200


def test_the_monitor_costs_the_same_for_one_day_and_three(marta: Any) -> None:
    costs = []
    for days in ((1,), (2, 3)):
        for day in days:
            _batch(days_ago=day)
        with CaptureQueriesContext(connection) as asked:
            marta.get("/admin/settlement/", {"bank": "none"})
        rows = [each["sql"] for each in asked.captured_queries if each["sql"].startswith("SELECT")]
        costs.append(sum("payments_payout" in sql or "payments_settlement" in sql for sql in rows))
    assert costs[0] == costs[1]


def test_who_does_not_look_after_settlement_sees_no_monitor(db: None) -> None:
    batch = _batch(days_ago=1)
    hire("clara", "support")
    clara = enter("clara")
    assert clara.get("/admin/settlement/").status_code == 403
    assert clara.get(f"/admin/batches/{batch.public_id}/file").status_code == 403
    assert AuditEntry.objects.filter(action="batch.file_read").count() == 0
