"""A value reaches the server as it was meant, by both ways that a question goes."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.prepared import ask

pytestmark = pytest.mark.django_db
ODD = ["", "NULL", "null", 'a"b', "c\\d", "{x,y}", " ç ", "a,b", "'", "\n", None]


@pytest.fixture(params=["bound by the server", "watched"])
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ask as the product does, and as it does where queries are logged."""
    with CaptureQueriesContext(connection) if request.param == "watched" else nullcontext():
        yield


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("SELECT %s::text[]", ODD),
        ("SELECT %s::text[]", []),
        ("SELECT %s::bigint[]", [1, -(2**63), None, 2**63 - 1]),
        ("SELECT %s::boolean[]", [True, False, None]),
        ("SELECT %s::uuid[]", [UUID(int=7), UUID(int=2**128 - 1)]),
        ("SELECT %s::text[]", None),
        ("SELECT %s::bytea", b"\x00\xff\\"),
    ],
)
def test_a_value_comes_back_as_it_was_sent(question: str, value: Any) -> None:
    for _ in range(7):  # From the sixth time on it is prepared.
        assert ask(question, [value]) == (value,)


@pytest.mark.usefixtures("_way")
def test_nothing_is_asked_in_a_transaction_that_is_broken() -> None:
    with transaction.atomic():
        connection.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            ask("SELECT 1")
    assert ask("SELECT 1") == (1,)
