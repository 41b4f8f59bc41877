"""A statement of a hundred thousand lines is matched by joins, whatever the statistics say."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core.clock import business_now
from core.transactions import owns_block
from payments.models import StatementLine
from payments.plans import joined_by_hash, read_in_order
from payments.services.proving import NOTHING_KNOWN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uncounted")]

SQL = Path(__file__).resolve().parents[2] / "payments" / "sql" / "matching"
WHOLE_SETS = (
    "count_books",
    "find_unshown",
    "forget_missing",
    "judge_lines",
    "link_lines",
    "part_batches",
)


def nodes(plan: dict[str, Any]) -> list[str]:
    """Name every step of a plan."""
    inside = [name for each in plan.get("Plans", []) for name in nodes(each)]
    return [plan["Node Type"], *inside]


@pytest.mark.parametrize("name", WHOLE_SETS)
def test_nothing_is_read_anew_for_each_line(name: str) -> None:
    """Such a plan was chosen for tables that had just been empty, and took 402 s for a second."""
    moment = business_now()
    wanted: dict[str, Any] = {
        "statement": 1,
        "bank": "banco-mar" if name == "count_books" else 1,
        "bank_id": 1,
        "batch": 1,
        "states": ["settled", "returned"],
        "currency": "BRL",
        "day": moment.date(),
        "horizon": moment,
        "moment": moment,
        "known_minor": NOTHING_KNOWN.minor,
        "known_day": NOTHING_KNOWN.day,
        "known_seq": NOTHING_KNOWN.seq,
        "after_seq": NOTHING_KNOWN.after_seq,
    }
    with owns_block(), connection.cursor() as cursor, joined_by_hash(cursor):
        cursor.execute(f"EXPLAIN (FORMAT JSON) {(SQL / f'{name}.sql').read_text()}", wanted)
        ((told,),) = cursor.fetchall()
    plan = told if isinstance(told, list) else json.loads(told)
    assert "Nested Loop" not in nodes(plan[0]["Plan"])


def test_a_page_of_lines_is_read_along_their_numbers() -> None:
    """Sorting all lines for each page of five hundred took ten seconds of an import's thirty."""
    lines = StatementLine.objects.filter(statement=1, state="matched", payout__isnull=False)
    page = lines.filter(position__gte=500).order_by("position", "part")[:500]
    with owns_block(), connection.cursor() as cursor:
        with read_in_order(cursor):
            plan = json.loads(page.explain(format="json"))
        cursor.execute("SHOW enable_sort")
        assert cursor.fetchone() == ("on",)
    assert nodes(plan[0]["Plan"]) == ["Limit", "Index Scan"]


def test_the_settings_end_with_the_lines_inside() -> None:
    with owns_block(), connection.cursor() as cursor:
        with joined_by_hash(cursor):
            cursor.execute("SHOW enable_nestloop")
            assert cursor.fetchone() == ("off",)
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == ("on",)
