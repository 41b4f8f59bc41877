"""The portal's languages: whole catalogues, the same gaps in each sentence, and pages in each."""

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils import translation

from core.errors import StateConflict
from merchants.portal.pages import reason_of
from tests.portal import cast

ROOT = Path(__file__).resolve().parents[2] / "locale"
LANGUAGES = ("pt_BR", "bn")
GAP = re.compile(r"%\(\w+\)[sd]|%s|%d|\{\w+\}")


def catalogue(language: str) -> Catalog:
    with (ROOT / language / "LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(message: Message) -> tuple[list[str], list[str]]:
    """Return a message's English forms and its translated ones."""
    said: Any = message.id
    told: Any = message.string
    return (
        [said] if isinstance(said, str) else list(said),
        [told] if isinstance(told, str) else list(told),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_none_is_a_guess(language: str) -> None:
    wrong = [m.id for m in catalogue(language) if m.id and (m.fuzzy or not all(forms(m)[1]))]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_gaps_of_its_sentence(language: str) -> None:
    wrong = []
    for message in catalogue(language):
        said, told = forms(message)
        gaps = set(GAP.findall(said[-1]))
        wrong += [each for each in told if set(GAP.findall(each)) != gaps]
    assert wrong == []


def test_both_languages_know_the_same_messages() -> None:
    first, second = ({str(m.id) for m in catalogue(each) if m.id} for each in LANGUAGES)
    assert first == second


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_is_what_was_written(language: str) -> None:
    with (ROOT / language / "LC_MESSAGES/django.mo").open("rb") as file:
        compiled = read_mo(file)
    written = {forms(m)[0][0]: forms(m)[1] for m in catalogue(language) if m.id}
    assert {forms(m)[0][0]: forms(m)[1] for m in compiled if m.id} == written


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pt-br", ("Conversas", "Equipe", "Quem trabalha aqui", "Dono")),
        ("bn", ("কথোপকথন", "দল", "এখানে কে কাজ করেন", "মালিক")),
    ],
)
def test_pages_speak_the_chosen_language(
    owner: cast.Clerk, shop: Any, language: str, words: tuple[str, ...]
) -> None:
    owner.client.cookies["troco-language"] = language
    page = owner.body("/team")
    assert f'<html lang="{language}"' in page
    for each in words:
        assert each in page
    for english in ("Who works here", "Skip to the content", "no real money moves"):
        assert english not in page


def test_a_refusal_without_a_form_is_said_in_the_readers_language() -> None:
    with translation.override("pt-br"):
        said = reason_of(StateConflict())
    assert said == "Isto mudou nesse meio-tempo. Olhe de novo antes de continuar."
