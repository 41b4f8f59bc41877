"""Every word that is marked for translation stands in the catalogues: none shows in English."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.template import Template
from django.template.base import Node, NodeList, VariableNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(settings.BASE_DIR)
LANGUAGES = ("pt_BR", "bn")
# Staff read English, and so do those who read the description of a program's door.
ENGLISH = {"admin", "api", "apps", "migrations"}
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "npgettext"}


def sources() -> Iterator[Path]:
    for path in sorted((ROOT / "merchants").rglob("*.py")):
        if not set(path.relative_to(ROOT).with_suffix("").parts) & ENGLISH:
            yield path


def marked_in_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[1 if "pgettext" in node.func.id else 0 :][:1]
            if node.func.id in MARKS and first and isinstance(first[0], ast.Constant):
                yield str(first[0].value)


def marked_in_template(path: Path) -> Iterator[str]:
    for node in every_node(Template(path.read_text()).nodelist):
        if isinstance(node, BlockTranslateNode):
            yield node.render_token_list(node.singular)[0]
        elif isinstance(node, TranslateNode) and isinstance(node.filter_expression.var, str):
            yield node.filter_expression.var
        elif isinstance(node, TranslateNode):
            yield str(getattr(node.filter_expression.var, "literal", ""))


def every_node(nodes: NodeList) -> Iterator[Node]:
    for node in nodes:
        yield node
        if not isinstance(node, VariableNode):
            yield from node.get_nodes_by_type(Node)[1:]  # Itself is the first.


def known(language: str) -> set[str]:
    with (ROOT / "locale" / language / "LC_MESSAGES/django.po").open("rb") as file:
        catalogue: Any = read_po(file)
    return {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue if m.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_marked_word_of_the_code_is_in_the_catalogue(language: str) -> None:
    words = known(language)
    found = [(path, word) for path in sources() for word in marked_in_code(path)]
    assert len(found) > 500
    assert [(str(path.relative_to(ROOT)), word) for path, word in found if word not in words] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_marked_word_of_the_pages_is_in_the_catalogue(language: str) -> None:
    words = known(language)
    pages = [
        path
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if "admin" not in path.relative_to(ROOT).parts
    ]
    found = [(path, word) for path in pages for word in marked_in_template(path) if word]
    assert len(found) > 500
    assert [(str(path.relative_to(ROOT)), word) for path, word in found if word not in words] == []
