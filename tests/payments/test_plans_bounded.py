"""Counting on from a proven day reads by keys, whatever the statistics say."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from core.clock import business_now
from core.transactions import owns_block
from payments.plans import joined_by_hash
from tests.payments.test_plans import SQL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uncounted")]

READ_BY_KEYS = {
    "payments_attempt",
    "payments_ledgertransfer",
    "payments_leg",
    "payments_payment",
    "payments_payout",
    "payments_refund",
    "payments_statementline",
}


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of a plan."""
    yield plan
    for each in plan.get("Plans", []):
        yield from steps(each)


def test_counting_on_reads_by_keys_and_no_row_at_a_time() -> None:
    """What years have written is not read for two months."""
    moment = business_now()
    wanted: dict[str, Any] = {
        "bank": "banco-mar",
        "bank_id": 1,
        "currency": "BRL",
        "day": moment.date(),
        "horizon": moment,
        "moment": moment,
        "known_minor": 1_00,
        "known_day": moment.date(),
        "known_seq": 20,
        "after_seq": 10,
    }
    with owns_block(), connection.cursor() as cursor, joined_by_hash(cursor):
        cursor.execute(f"EXPLAIN (FORMAT JSON) {(SQL / 'count_books.sql').read_text()}", wanted)
        ((told,),) = cursor.fetchall()
    plan = (told if isinstance(told, list) else json.loads(told))[0]["Plan"]
    assert "Nested Loop" not in {each["Node Type"] for each in steps(plan)}
    reads = [each for each in steps(plan) if each.get("Relation Name") in READ_BY_KEYS]
    assert {each["Relation Name"] for each in reads} == READ_BY_KEYS
    whole = [
        each["Relation Name"]
        for each in reads
        if "Index Cond" not in each and "Recheck Cond" not in each
    ]
    assert whole == []
