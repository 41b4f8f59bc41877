"""Statements that are prepared, and those that are sent together."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.db.utils import DataError, NotSupportedError

from core.models import Heartbeat
from core.prepared import ask, tell, together
from core.transactions import owns_block, recall, remember

pytestmark = pytest.mark.django_db(transaction=True)

BEAT = """
INSERT INTO core_heartbeat (name, beat_at, detail)
VALUES (%s::text, '2026-01-01T00:00Z'::timestamptz, '{}'::jsonb)
"""
RENAME = "UPDATE core_heartbeat SET name = %s::text WHERE name = %s::text"


def names() -> list[str]:
    return list(Heartbeat.objects.order_by("id").values_list("name", flat=True))


def test_a_question_is_answered_alike_before_and_after_it_is_prepared() -> None:
    answers = [ask("SELECT %s::bigint + 1, %s::text", [number, None]) for number in range(9)]
    assert answers == [(number + 1, None) for number in range(9)]
    assert ask("SELECT 1 WHERE false") is None


@pytest.fixture
def passing() -> Iterator[psycopg.Connection[Any]]:
    """Make a table, and yield the connection of somebody else who may change it."""
    url, name = os.environ["TROCO_TEST_SUPERUSER_URL"], connection.settings_dict["NAME"]
    with psycopg.connect(url, dbname=name, autocommit=True) as other:
        other.execute("CREATE TABLE passing (name varchar(10))")
        other.execute("INSERT INTO passing VALUES ('a'); GRANT SELECT ON passing TO PUBLIC")
        yield other
        other.execute("DROP TABLE passing")


def test_a_prepared_question_outlives_a_migration(passing: psycopg.Connection[Any]) -> None:
    question = "SELECT name FROM passing WHERE %s::bool"
    assert {ask(question, [True]) for _ in range(8)} == {("a",)}
    passing.execute("ALTER TABLE passing ALTER COLUMN name TYPE varchar(12)")
    assert {ask(question, [True]) for _ in range(8)} == {("a",)}
    with pytest.raises(NotSupportedError), owns_block():
        ask(question, [True])
    with owns_block():
        assert {ask(question, [True]) for _ in range(8)} == {("a",)}


def test_what_is_told_together_is_done_in_order_and_before_what_is_asked() -> None:
    for turn in range(8):
        with owns_block(), together():
            tell(BEAT, [f"a{turn}"])
            tell(RENAME, [f"b{turn}", f"a{turn}"])
            seen = ask("SELECT count(*) FROM core_heartbeat WHERE name = %s::text", [f"b{turn}"])
            assert seen == (1,)
            tell(RENAME, [f"c{turn}", f"b{turn}"])
    assert names() == [f"c{turn}" for turn in range(8)]


def test_one_wrong_statement_takes_all_back_and_has_djangos_name() -> None:
    for _ in range(8):
        with pytest.raises(IntegrityError), owns_block(), together():
            tell(BEAT, ["twice"])
            tell(BEAT, ["twice"])
            tell(BEAT, ["after"])
    with pytest.raises(DataError):
        ask("SELECT %s::text::int", ["no number"])
    assert names() == []


def test_a_transaction_remembers_and_the_next_does_not() -> None:
    remember("key", 1)
    assert recall("key") is None
    with owns_block():
        remember("key", 1)
        assert recall("key") == 1
    with owns_block():
        assert recall("key") is None
