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
