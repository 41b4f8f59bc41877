"""The simulator knows nothing of the project, and money is never a fraction in it."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_simulator import amounts, faults
from bank_simulator.app import ROUTES
from tests.bank_simulator.harness import ROOT

ALLOWED = {"bank_simulator", "uvicorn", "lxml", "httpx"} | sys.stdlib_module_names
MODULES = sorted((ROOT / "bank_simulator").glob("*.py"))


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_module_imports_nothing_of_the_project(module: Path) -> None:
    assert set(imported(module)) <= ALLOWED
    assert "decimal" not in set(imported(module))


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [(12345, "BRL", "123.45"), (5, "BRL", "0.05"), (7, "JPY", "7"), (1001, "KWD", "1.001")],
)
def test_amounts_are_written_and_read_whole(amount_minor: int, currency: str, text: str) -> None:
    assert amounts.decimal_text(amount_minor, currency) == text
    units = amounts.file_units(text)
    assert units is not None
    assert amounts.minor_units(units, currency) == amount_minor


@pytest.mark.parametrize("text", ["", "-1", "+1", "1,00", "1e3", ".5", "1.", "1.000001", "\u0661"])
def test_text_that_is_no_amount_is_not_read(text: str) -> None:
    assert amounts.file_units(text) is None


def test_amount_finer_than_the_currency_is_not_rounded() -> None:
    units = amounts.file_units("1.005")
    assert units is not None
    assert amounts.minor_units(units, "BRL") is None


def test_every_fault_is_in_the_docs_with_a_call_that_sets_it() -> None:
    page = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*`fault '(\{.*\})'` \|$", page, re.MULTILINE)
    told = {name: json.loads(body)["fault"] for name, body in rows}
    assert {*told} == {*told.values()} == faults.KNOWN


def test_every_door_is_in_the_docs() -> None:
    page = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
    last_words = {re.sub(r"/\{\w+\}", "", route.path).rpartition("/")[2] for route in ROUTES}
    assert {word for word in last_words if f"/{word}" not in page} == set()
