"""The numbers of docs/architecture.md, held by a machine."""

import ast

from tests.tidy.source import (
    APPS,
    PACKAGES,
    PRODUCT,
    FunctionNode,
    docstring_lines,
    length,
    modules,
)

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MOST_PARAMETERS = 6
# The modules a reader must be able to trust without reading anything else.
DOCUMENTED_LIKE_A_BOOK = {
    "core/clock.py",
    "core/errors.py",
    "core/events.py",
    "core/http.py",
    "core/idempotency.py",
    "core/ids.py",
    "core/money.py",
    "core/states.py",
    "core/tasks.py",
    "core/transactions.py",
    "payments/ledger/__init__.py",
    "payments/ledger/batches.py",
    "payments/ledger/chart.py",
    "payments/ledger/holds.py",
    "payments/ledger/inboxes.py",
    "payments/ledger/posting.py",
    "payments/limits.py",
}
BOOK_LINES_PER_100 = 40
BANNED_CLASSES = {"Account", "User", "Transaction", "Status"}
BANNED_FIELDS = {"account", "user", "transaction", "status"}
# django-otp asks every device for its ``user``.
NAMED_BY_OTHERS = {"PinDevice.user", "Passkey.user", "WebKey.user"}
BANNED_MODULES = {"utils", "common", "helpers", "lib", "misc"}


def test_no_file_is_too_long() -> None:
    long = {
        module.name: lines
        for module in modules(*PACKAGES)
        if (lines := len(module.text.splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{module.name}:{node.lineno} {node.name}": length(node)
        for module in modules(*PACKAGES)
        for node in module.functions()
        if length(node) > LONGEST_FUNCTION
    }
    assert long == {}


def test_no_function_takes_too_much() -> None:
    greedy = {
        f"{module.name}:{node.lineno} {node.name}": _parameters(node)
        for module in modules(*PRODUCT)
        for node in module.functions()
        if _parameters(node) > MOST_PARAMETERS
    }
    assert greedy == {}


def _parameters(node: FunctionNode) -> int:
    arguments = node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def test_the_kernel_is_documented_like_a_book() -> None:
    thin = {}
    for module in modules("core", "payments"):
        if module.name in DOCUMENTED_LIKE_A_BOOK:
            book = sum(
                docstring_lines(node)
                for node in ast.walk(module.tree)
                if isinstance(node, ast.Module | ast.ClassDef | FunctionNode)
            )
            lines = [line for line in module.text.splitlines() if line.strip()]
            code = len([line for line in lines if not line.lstrip().startswith("#")]) - book
            if book * 100 < BOOK_LINES_PER_100 * code:
                thin[module.name] = f"{book} docstring lines for {code} of code"
    assert thin == {}


def test_words_that_mean_too_much_name_nothing() -> None:
    named = [
        f"{module.name}:{node.lineno} {node.name}"
        for module in modules(*PRODUCT)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and node.name in BANNED_CLASSES
    ]
    assert named == []


def test_no_field_of_a_table_or_dataclass_has_such_a_name() -> None:
    named = []
    for module in modules(*PRODUCT):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                named += [
                    f"{module.name}:{line} {node.name}.{name}"
                    for name, line in _fields(node)
                    if name in BANNED_FIELDS and f"{node.name}.{name}" not in NAMED_BY_OTHERS
                ]
    assert named == []


def _fields(node: ast.ClassDef) -> list[tuple[str, int]]:
    found = []
    for line in node.body:
        targets = line.targets if isinstance(line, ast.Assign) else []
        if isinstance(line, ast.AnnAssign):
            targets = [line.target]
        found += [(each.id, line.lineno) for each in targets if isinstance(each, ast.Name)]
    return found


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = [
        module.name
        for module in modules(*PRODUCT)
        if BANNED_MODULES & set(module.dotted.split("."))
    ]
    assert drawers == []


def test_imports_stand_at_the_top() -> None:
    inner = [
        f"{module.name}:{line.lineno}"
        for module in modules(*PRODUCT)
        for node in module.functions()
        # Django loads tables between an app's module and its ``ready``.
        if node.name != "ready"
        for line in ast.walk(node)
        if isinstance(line, ast.Import | ast.ImportFrom)
    ]
    assert inner == []


def test_every_app_that_exists_is_tidied() -> None:
    assert {module.dotted.split(".")[0] for module in modules(*APPS)} == set(APPS)
