"""The house's own source, parsed once for all tidy tests."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
APPS = ("people", "payments", "messaging", "merchants")
PRODUCT = ("config", "core", *APPS)
PACKAGES = (*PRODUCT, "bank_simulator", "launcher", "script", "tests", "benchmarks")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Path below the root, as it is shown in a failure."""
        return str(self.path.relative_to(ROOT))

    @property
    def dotted(self) -> str:
        """Name to import it by."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def functions(self) -> Iterator[FunctionNode]:
        """Every function and method, also nested ones."""
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionNode):
                yield node


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """Return the files of the packages that exist, without migrations."""
    found = []
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                text = path.read_text(encoding="utf-8")
                found.append(Module(path=path, text=text, tree=ast.parse(text)))
    return tuple(found)


def length(node: FunctionNode) -> int:
    """Lines of a function: from its ``def`` to its end, without its docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    return lines - docstring_lines(node)


def docstring_lines(node: FunctionNode | ast.ClassDef | ast.Module) -> int:
    """Lines that the docstring of one node takes."""
    if ast.get_docstring(node) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def is_service(module: Module) -> bool:
    """Tell whether the file holds services of an app."""
    parts = module.path.relative_to(ROOT).parts
    return parts[0] in APPS and parts[1] == "services"


def decorators(node: FunctionNode) -> set[str]:
    """Names of a function's decorators, without their arguments."""
    names = set()
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        names.add(target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", ""))
    return names
