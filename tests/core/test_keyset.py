import base64

import pytest
from django.db.models import QuerySet

from core.api import keyset_page
from core.errors import InputInvalid
from core.models import Heartbeat

pytestmark = pytest.mark.django_db


def rows() -> QuerySet[Heartbeat]:
    return Heartbeat.objects.all()


@pytest.fixture(autouse=True)
def beats() -> None:
    for number in range(7):
        day = 1 + number // 3
        Heartbeat.objects.create(name=f"n{number}", beat_at=f"2026-01-0{day}T00:00:00Z")


def walk(fields: tuple[str, ...], limit: int) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        found, cursor = keyset_page(rows(), cursor, limit, fields)
        pages.append([row.name for row in found])
        if cursor is None:
            return pages


def test_pages_cover_the_list_once_and_in_order() -> None:
    assert walk(("-id",), 3) == [["n6", "n5", "n4"], ["n3", "n2", "n1"], ["n0"]]
    assert walk(("name",), 7) == [["n0", "n1", "n2", "n3", "n4", "n5", "n6"]]


def test_ties_are_broken_by_the_last_field() -> None:
    assert walk(("-beat_at", "id"), 2) == [["n6", "n3"], ["n4", "n5"], ["n0", "n1"], ["n2"]]


@pytest.mark.parametrize("cursor", ["x", "bm8", "W10", "W1sxXV0", "W251bGxd", "ÿ"])
def test_a_cursor_of_something_else_is_refused(cursor: str) -> None:
    with pytest.raises(InputInvalid):
        keyset_page(rows(), cursor, 3)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("-id", '["abc"]'),
        ("-id", '["2026-01-01T00:00:00Z"]'),
        ("-id", '["\\u0000"]'),
        ("name", '["\\u0000"]'),
        ("name", '["\\ud800"]'),
        ("beat_at", '["abc"]'),
        ("beat_at", "[1]"),
        ("beat_at", '["2026-13-01T00:00:00Z"]'),
        pytest.param("-id", "[" * 3_000, id="deep"),
        pytest.param("-id", "[" + "1" * 5_000 + "]", id="digits"),
    ],
)
def test_a_cursor_that_somebody_wrote_is_refused(field: str, values: str) -> None:
    with pytest.raises(InputInvalid):
        keyset_page(rows(), base64.urlsafe_b64encode(values.encode()).decode(), 3, (field,))


def test_a_number_beyond_every_row_is_an_empty_page() -> None:
    beyond = base64.urlsafe_b64encode(b"[-1000000000000000000000000000000]").decode()
    assert keyset_page(rows(), beyond, 3) == ([], None)
