"""Each service says who owns its transaction, twice: in its decorator and in its docstring."""

import ast
import re

from tests.tidy.source import APPS, FunctionNode, Module, decorators, is_service, modules

_SAID = re.compile(r"^\s*Transaction: (owns|joins|none)\b", re.MULTILINE)


def _services() -> list[tuple[Module, FunctionNode]]:
    return [
        (module, node)
        for module in modules(*APPS)
        if is_service(module)
        for node in module.tree.body
        if isinstance(node, FunctionNode) and not node.name.startswith("_")
    ]


def _place(module: Module, node: FunctionNode) -> str:
    return f"{module.name}:{node.lineno} {node.name}"


def test_docstring_and_decorator_say_the_same_of_the_transaction() -> None:
    """A service made of several commits has no decorator, and says ``owns``."""
    wrong = {}
    for module, node in _services():
        match = _SAID.search(ast.get_docstring(node) or "")
        said = match.group(1) if match else "nothing"
        marked = decorators(node) & {"owns", "joins"}
        allowed = marked or {"owns", "none", "nothing"}
        if said not in allowed:
            wrong[_place(module, node)] = f"says {said}, is {marked or 'undecorated'}"
    assert wrong == {}


def test_services_take_their_arguments_by_name() -> None:
    positional = [
        _place(module, node)
        for module, node in _services()
        if decorators(node) & {"owns", "joins"} and (node.args.args or node.args.posonlyargs)
    ]
    assert positional == []


def test_only_the_kernel_opens_transactions() -> None:
    opened = [
        f"{module.name}:{node.lineno}"
        for module in modules("config", *APPS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"atomic", "on_commit"}
    ]
    assert opened == []
