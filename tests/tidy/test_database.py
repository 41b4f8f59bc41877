"""What stands in the database has the name and the text that the source says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models

from tests.tidy.source import APPS, ROOT

LONGEST_NAME = 63
_FUNCTION = re.compile(
    r"CREATE (?:OR REPLACE )?FUNCTION\s+(?:public\.)?(\w+)\s*\(.*?\bAS\s+(\$\w*\$)(.*?)\2",
    re.DOTALL | re.IGNORECASE,
)
_FILE_NAME = re.compile(r"^\w+_v\d+\.sql$")


def _own_models() -> Iterator[type[models.Model]]:
    for app in ("core", *APPS):
        yield from apps.get_app_config(app).get_models()


def test_constraints_are_named_after_their_table_and_what_holds() -> None:
    wrong = []
    for model in _own_models():
        start = f"{model._meta.db_table}_"  # noqa: SLF001 - Django's documented door.
        for constraint in model._meta.constraints:  # noqa: SLF001
            name = constraint.name
            if not name.startswith(start) or len(name) > LONGEST_NAME or name == start:
                wrong.append(f"{model.__name__}: {name}")
    assert wrong == []


def test_tables_are_named_after_their_app() -> None:
    wrong = [
        model._meta.db_table  # noqa: SLF001
        for model in _own_models()
        if not model._meta.db_table.startswith(f"{model._meta.app_label}_")  # noqa: SLF001
    ]
    assert wrong == []


def test_no_table_hides_an_order() -> None:
    ordered = [model.__name__ for model in _own_models() if model._meta.ordering]  # noqa: SLF001
    assert ordered == []


def _files() -> list[Path]:
    return sorted(path for app in ("core", *APPS) for path in (ROOT / app / "sql").glob("*.sql"))


def test_each_file_of_sql_is_one_version_of_what_it_is_named_after() -> None:
    wrong = [
        path.name
        for path in _files()
        if not _FILE_NAME.match(path.name) or {name for name, _ in _functions(path)} != {path.stem}
    ]
    assert wrong == []


def _functions(path: Path) -> list[tuple[str, str]]:
    found = _FUNCTION.finditer(path.read_text(encoding="utf-8"))
    return [(match.group(1), match.group(3)) for match in found]


@pytest.mark.django_db
def test_each_live_function_is_the_one_in_its_file() -> None:
    written = {name: body for path in _files() for name, body in _functions(path)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosrc, coalesce(array_to_string(proconfig, ','), '')"
            "  FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            "   AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid"
            "                      AND deptype = 'e')"
        )
        live = {name: (body, settings) for name, body, settings in cursor.fetchall()}
    assert {name: body for name, (body, _) in live.items()} == written
    assert [name for name, (_, settings) in live.items() if "search_path" not in settings] == []
