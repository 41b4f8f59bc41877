"""Every event that is published is listed, and its handlers call the right kind of service."""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from config.subscriptions import AFTERWARDS, TOGETHER
from tests.tidy.source import APPS, modules

LISTED = set(TOGETHER) | set(AFTERWARDS)


def _published() -> Iterator[tuple[str, ast.expr]]:
    for module in modules("config", *APPS):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and _name(node.func) == "publish":
                yield f"{module.name}:{node.lineno}", node.args[0]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _prefix(event: ast.expr) -> str | None:
    """The part of an event's name that is known before it runs."""
    if isinstance(event, ast.Constant):
        return str(event.value)
    if isinstance(event, ast.JoinedStr) and isinstance(event.values[0], ast.Constant):
        return str(event.values[0].value)
    return None


def test_every_event_published_by_its_name_is_listed() -> None:
    missing = {
        place: event.value
        for place, event in _published()
        if isinstance(event, ast.Constant) and event.value not in LISTED
    }
    assert missing == {}


def test_every_listed_event_is_published_somewhere() -> None:
    prefixes = {prefix for _, event in _published() if (prefix := _prefix(event)) is not None}
    from_tables = set(_event_tables())
    silent = {
        name
        for name in LISTED
        if name not in from_tables and not any(name.startswith(prefix) for prefix in prefixes)
    }
    assert silent == set()


def test_every_event_of_a_state_table_is_listed() -> None:
    assert set(_event_tables()) - LISTED == set()


def _event_tables() -> Iterator[str]:
    """Events named in an app's ``states.EVENTS``, by the state they tell of."""
    for app in APPS:
        states = [module for module in modules(app) if module.dotted == f"{app}.states"]
        for module in states:
            table = getattr(importlib.import_module(module.dotted), "EVENTS", {})
            yield from (str(name) for name in table.values())


def test_handlers_called_together_join() -> None:
    assert _wrong_kinds(TOGETHER, "joins") == {}


def test_handlers_called_afterwards_own() -> None:
    assert _wrong_kinds(AFTERWARDS, "owns") == {}


def _wrong_kinds(page: dict[str, list[Any]], wanted: str) -> dict[str, str]:
    wrong = {}
    for handlers in page.values():
        for handler in handlers:
            for name, service in _services_called_by(handler):
                kind = getattr(service, "troco_transaction", "none")
                said = inspect.getdoc(service) or ""
                # Made of several commits of its own, it has no decorator and says so.
                several = kind == "none" and wanted == "owns" and "Transaction: owns" in said
                if kind != wanted and not several:
                    wrong[f"{handler.__module__}.{handler.__name__} → {name}"] = kind
    return wrong


def _services_called_by(handler: Any) -> Iterator[tuple[str, Any]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(handler)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            target = _resolve(node.func, handler.__globals__)
            if ".services" in str(getattr(target, "__module__", "")):
                yield f"{target.__module__}.{target.__name__}", target


def _resolve(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_resolve(node.value, names), node.attr, None)
    return None


def test_each_handler_calls_one_service() -> None:
    counts = {
        f"{handler.__module__}.{handler.__name__}": count
        for page in (TOGETHER, AFTERWARDS)
        for handlers in page.values()
        for handler in handlers
        if (count := len(list(_services_called_by(handler)))) != 1
    }
    assert counts == {}
