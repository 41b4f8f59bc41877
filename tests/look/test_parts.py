"""The pieces without a browser: words, money, charts, icons, sizes, and no inline style."""

import re
import zlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.template import Context, Engine
from django.utils import timezone, translation

from core.money import Money
from merchants.portal import charts, urls, words
from merchants.portal.templatetags import troco
from merchants.states import ORDER
from payments.states import DISPUTE_MOVES, PAYMENT_MOVES, PAYOUT_MOVES, REFUND_MOVES
from tests.look import addresses

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = [
    file
    for folder in ("portal", "parts", "errors")
    for file in sorted((ROOT / "templates" / folder).glob("*.html"))
] + [ROOT / "templates" / "base.html"]


@pytest.mark.parametrize(
    ("language", "amount", "written"),
    [
        ("pt-br", Money(123_450, "BRL"), "R$\xa01.234,50"),
        ("pt-br", Money(-4_200, "BRL"), "-R$\xa042,00"),
        ("en", Money(5, "BRL"), "R$0.05"),
        ("bn", Money(123_456_750, "BDT"), "12,34,567.50৳"),
        ("en", Money(1_500, "JPY"), "¥1,500"),
        ("en", (9_223_372_036_854_775_807, "BRL"), "R$92,233,720,368,547,758.07"),
        ("pt-br", {"amount_minor": 12_800, "currency": "BRL"}, "R$\xa0128,00"),
        ("en", None, "—"),
    ],
)
def test_money_is_written_as_people_write_it(language: str, amount: object, written: str) -> None:
    with translation.override(language):
        assert troco.money(amount) == written


def test_moment_is_shown_in_the_shops_time_with_the_place() -> None:
    with translation.override("pt-br"), timezone.override("America/Sao_Paulo"):
        shown = troco.moment(datetime(2026, 11, 23, 17, 32, tzinfo=UTC), "time")
    assert shown == (
        '<time datetime="2026-11-23T14:32:00-03:00"'
        ' title="23 de novembro de 2026 14:32 (São Paulo)">14:32</time>'
    )


def test_initials_and_hue_of_a_name() -> None:
    assert troco.initials("Ana Beatriz Souza") == "AS"
    assert troco.initials("Zé") == "Z"
    assert troco.initials("  ") == "?"
    assert troco.hue("Ana") == troco.hue("Ana")


@pytest.mark.parametrize(
    ("largest", "values"),
    [
        (0, [4, 3, 2, 1, 0]),
        (5, [8, 6, 4, 2, 0]),
        (803, [1_000, 750, 500, 250, 0]),
        (1_001, [2_000, 1_500, 1_000, 500, 0]),
    ],
)
def test_scale_is_round_and_reaches_the_largest(largest: int, values: list[int]) -> None:
    assert charts.scale(largest) == values


def test_plot_draws_bars_to_scale_with_tips_that_are_escaped() -> None:
    drawn = charts.plot([charts.Bar(50, 100, "<b>1</b>"), charts.Bar(100, 50, "2")], 100, "Sales")
    assert 'x="3" y="100" width="14" height="100"' in drawn
    assert 'points="10,0 30,100"' in drawn
    assert "&lt;b&gt;1&lt;/b&gt;" in drawn


def test_chart_says_the_same_as_a_table() -> None:
    engine = Engine(
        dirs=[str(ROOT / "templates")],
        libraries={
            "troco": "merchants.portal.templatetags.troco",
            "i18n": "django.templatetags.i18n",
        },
    )
    template = engine.from_string('{% load troco %}{% bar_chart points "Sales" %}')
    point = {
        "date": date(2026, 11, 23),
        "amount": Money(12_800, "BRL"),
        "before": Money(9_900, "BRL"),
    }
    with translation.override("en"):
        page = template.render(Context({"points": [point]}))
    assert page.count("R$128.00") == 2  # The tip and the table.
    assert page.count("R$99.00") == 2


def test_every_state_has_words() -> None:
    assert set(PAYMENT_MOVES.all) <= set(words.PAYMENT)
    assert set(ORDER.all) <= set(words.ORDER)
    assert set(PAYOUT_MOVES.all) <= set(words.PAYOUT)
    assert set(REFUND_MOVES.all) == set(words.REFUND)
    assert set(DISPUTE_MOVES.all) == set(words.DISPUTE)
    assert set(words.PAYMENT_HEADLINES) == set(words.PAYMENT)


def test_every_symbol_is_in_the_sprite_and_none_is_idle() -> None:
    sprite = (ROOT / "static/icons/tabler.svg").read_text()
    drawn = set(re.findall(r'symbol id="([a-z0-9-]+)"', sprite))
    sources = [file.read_text() for file in TEMPLATES]
    used = {name for text in sources for name in re.findall(r'icon "([a-z0-9-]+)"', text)}
    used |= {name for text in sources for name in re.findall(r'symbol="([a-z0-9-]+)"', text)}
    used |= {told.icon for table in words.TABLES.values() for told in table.values()}
    assert used - drawn == set()


def test_nothing_is_styled_or_scripted_inside_the_page() -> None:
    for file in TEMPLATES:
        text = file.read_text()
        assert not re.search(r'\sstyle="|\son[a-z]+="|<style|<script(?![^>]*\bsrc=)', text), file


def test_a_file_is_chosen_by_a_button_in_the_language_of_the_page() -> None:
    for file in TEMPLATES:
        text = file.read_text()
        inputs = re.findall(
            r'<div class="row file">\s*(.*?)<input[^>]*type="file"', text, re.DOTALL
        )
        assert len(inputs) == len(re.findall('type="file"', text)), file
        assert all("parts/pick_file.html" in each for each in inputs), file
    field = (ROOT / "templates/parts/field.html").read_text()
    assert '<div class="row file">{% include "parts/pick_file.html"' in field


def test_files_stay_small() -> None:
    """A page's first view loads no more than this, packed (the staff's pages add Django's own)."""

    def packed(files: Iterable[Path]) -> int:
        return sum(len(zlib.compress(file.read_bytes(), 9)) for file in files)

    head = (ROOT / "templates/parts/head.html").read_text()
    first_view = {ROOT / "static" / name for name in re.findall(r"'(css/[a-z]+\.css)'", head)}
    others = set((ROOT / "static/css").glob("*.css")) - first_view
    assert [file.name for file in others] == ["admin.css"]
    assert packed(first_view) <= 15_000
    assert packed(others) <= 4_000
    assert packed((ROOT / "static/js").glob("*.js")) <= 25_000


def test_pages_are_looked_at_under_their_real_addresses() -> None:
    assert {pattern.name: str(pattern.pattern) for pattern in urls.urlpatterns} == addresses.NAMES
