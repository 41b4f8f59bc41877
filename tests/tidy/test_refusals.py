"""What a person or a program is refused with is told in every language that Troco speaks."""

import ast
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from tests.tidy.source import PRODUCT, ROOT, Module, modules

LANGUAGES = ("pt_BR", "bn")
MARKS = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"})
# Words of the staff's own pages, which are English, and of the description of the API.
STAFFS = (
    "config/admin.py",
    "config/approvals.py",
    "config/staff/",
    "core/admin/",
    "messaging/admin/",
    "messaging/api/keeping.py",
    "messaging/api/saying.py",
    "messaging/api/serializers.py",
    "merchants/admin/",
    "payments/admin/",
    "payments/queries/proofs.py",
    "payments/queries/suggestions.py",
    "payments/services/calendar.py",
    "payments/services/troubles.py",
    "people/admin/",
)
# Said to banks only, and to the log.
UNTOLD = frozenset({"CallbackRefused"})


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _errors() -> frozenset[str]:
    """Return the names of all refusals: what ``TrocoError`` is an ancestor of."""
    classes = [
        (node.name, {_name(base) for base in node.bases})
        for module in modules(*PRODUCT)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    found = {"TrocoError", "ValidationError"}
    while True:
        more = {name for name, bases in classes if bases & found} - found
        if not more:
            return frozenset(found - UNTOLD)
        found |= more


def _is_literal(node: ast.expr | None) -> bool:
    """Tell whether a sentence stands there as it is, in one language."""
    is_words = isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    return is_words or isinstance(node, ast.JoinedStr)


def _literals(module: Module, errors: frozenset[str]) -> Iterator[ast.expr]:
    """Yield the sentences that refusals of a module are raised with, or tell of a field."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _name(node.func) in errors:
            yield from node.args[:1]
        elif isinstance(node, ast.Call) and _name(node.func) in {"refusal", "_refusal"}:
            yield from node.args[1:2]
        elif isinstance(node, ast.Dict):
            named = zip(node.keys, node.values, strict=True)
            told = {key.value: value for key, value in named if isinstance(key, ast.Constant)}
            yield from [told["detail"]] if {"code", "detail"} <= set(told) else []
        elif isinstance(node, ast.ClassDef) and node.name in errors:
            yield from _words(node)


def _words(error: ast.ClassDef) -> Iterator[ast.expr]:
    """Yield what an error says where nothing more is said."""
    for node in error.body:
        if isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            yield from [node.value] if "words" in {_name(each) for each in targets} else []


def test_no_refusal_is_raised_in_one_language_only() -> None:
    errors = _errors()
    assert _is_literal(ast.parse("'Try again.'", mode="eval").body)
    wrong = [
        f"{module.name}:{each.lineno}"
        for module in modules(*PRODUCT)
        for each in _literals(module, errors)
        if _is_literal(each)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_marked_is_translated(language: str) -> None:
    with (ROOT / "locale" / language / "LC_MESSAGES/django.po").open("rb") as file:
        ids = [each.id for each in read_po(file, locale=language) if each.id]
    known = {each if isinstance(each, str) else each[0] for each in ids}
    missing = {
        node.args[0].value
        for module in modules(*PRODUCT)
        if not module.name.startswith(STAFFS) and not module.name.endswith("apps.py")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _name(node.func) in MARKS and node.args
        if isinstance(node.args[0], ast.Constant)
    }
    assert missing - known == set()
