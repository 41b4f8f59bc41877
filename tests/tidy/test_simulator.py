"""The simulated bank is a stranger: it takes nothing from the product, nor the product from it."""

import ast

from tests.tidy.source import PRODUCT, Module, modules


def _imported(module: Module) -> set[str]:
    names = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_the_bank_knows_nothing_of_the_product() -> None:
    known = {
        module.name: names
        for module in modules("bank_simulator")
        if (names := _imported(module) & {*PRODUCT, "launcher", "django", "celery", "psycopg"})
    }
    assert known == {}


def test_the_product_knows_nothing_of_the_banks_insides() -> None:
    known = [
        module.name
        for module in modules(*PRODUCT)
        if _imported(module) & {"bank_simulator", "launcher"}
    ]
    assert known == []
