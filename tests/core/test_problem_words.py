"""A problem speaks the language of the moment; what programs branch on stays what it is."""

import pytest
from django.utils import translation

from core.api.problems import problem_body
from core.errors import TrocoError, catalogue

SAID = ("title", "detail")


def bodies(language: str) -> dict[str, dict[str, object]]:
    with translation.override(language):
        return {
            each.code: problem_body(each())
            for each in catalogue()
            if not each.__module__.startswith("tests.")
        }


@pytest.mark.parametrize("language", ["pt-br", "bn"])
def test_each_refusal_is_told_in_each_language_under_the_same_code(language: str) -> None:
    english, told = bodies("en"), bodies(language)
    assert list(told) == list(english)
    for code, body in told.items():
        assert all(body[name] != english[code][name] for name in SAID), code
        rest = [name for name in body if name not in SAID]
        assert [body[name] for name in rest] == [english[code][name] for name in rest]


def test_without_a_language_it_is_english() -> None:
    translation.deactivate_all()
    assert problem_body(TrocoError())["title"] == "The request was refused."
    translation.deactivate()
