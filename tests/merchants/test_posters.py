"""Posters: every paper and kind, letters that fit, and a code that says the address."""

import io
import re
from itertools import groupby

import pytest
import segno
from fpdf import FPDF
from PIL import Image

from merchants.codes import posters
from merchants.codes.lettering import fitted, runs, width, wrapped, write

POSTER = posters.Poster(
    heading="Pague aqui com Troco",
    name="Padaria do Zé",
    detail="Cesta de Natal · R$ 49,90",
    hint="Aponte a câmera e confirme com a digital ou o PIN",
    address="https://pay.troco.example/l/k3J9xQ2m",
    check="Confira o nome antes de confirmar:",
    legal_name="Padaria do Zé Panificadora e Confeitaria de São Paulo Limitada ME",
    language="pt-BR",
)


@pytest.mark.parametrize("paper", posters.PAPERS)
@pytest.mark.parametrize(
    ("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<svg"), ("pdf", b"%PDF-")]
)
def test_every_paper_comes_as_every_kind(paper: str, kind: str, begins: bytes) -> None:
    drawn = posters.draw(POSTER, paper, kind)
    assert drawn.startswith(begins)
    assert len(drawn) < 200_000


@pytest.mark.parametrize("paper", posters.PAPERS)
def test_every_mark_is_on_the_paper(paper: str) -> None:
    wide, high = posters.PAPERS[paper]
    for mark in posters.marks(POSTER, paper):
        if isinstance(mark, posters.Box):
            assert mark.x >= 0
            assert mark.x + mark.wide <= wide + 0.01
            assert mark.y + mark.high <= high + 0.01
        elif isinstance(mark, posters.Line):
            assert width(mark.text, mark.size, is_bold=mark.is_bold) <= wide
            assert mark.size < mark.y < high


def test_the_code_on_the_picture_is_the_address_module_by_module() -> None:
    picture = Image.open(io.BytesIO(posters.draw(POSTER, "a5", "png")))
    assert picture.size == (1165, 1654)
    expected = [bytes(row) for row in segno.make(POSTER.address, error="q", micro=False).matrix]
    boxes = [m for m in posters.marks(POSTER, "a5") if isinstance(m, posters.Box)][2:]
    module, left, top = boxes[0].high, min(b.x for b in boxes), boxes[0].y
    scale = posters.DPI / 25.4
    for down, row in enumerate(expected):
        for across, is_dark in enumerate(row):
            at = ((left + (across + 0.5) * module), (top + (down + 0.5) * module))
            pixel = picture.getpixel((round(at[0] * scale), round(at[1] * scale)))
            assert isinstance(pixel, tuple)
            assert (pixel[0] < 128) == bool(is_dark), (down, across)


def test_words_are_escaped_in_a_drawing() -> None:
    poster = posters.Poster("<b>", "&", "", "", "https://x.example/l/1", "", '"', '"><script>')
    drawn = posters.draw(poster, "a6", "svg").decode()
    assert "<b>" not in drawn
    assert "<script>" not in drawn


def test_each_run_of_a_line_in_pdf_is_shaped_and_has_its_own_font() -> None:
    """Two lines in one style: what the first ended with is not what the second is written in."""
    sheet = FPDF(unit="mm")
    sheet.set_text_shaping(True)
    sheet.add_page()
    sheet.set_text_color(18, 32, 26)
    for y, text in ((20, "শেষে পাওনা"), (30, "1,234.56R$"), (40, "Troco দিন")):
        write(sheet, text, (20, y), 4, is_bold=True)
    names = {each.i: name for name, each in sheet.fonts.items()}
    font, kept, shown = 0, [], []
    content = sheet.pages[1].contents
    assert isinstance(content, bytearray)
    for token in re.findall(rb"/F(\d+) [\d.]+ Tf|(?<= )(BT)(?= )|\b(q|Q)\b|(T[jJ])", content):
        number, _begins, stack, text_shown = (part.decode() for part in token)
        if number:
            font = int(number)
        elif stack == "q":
            kept.append(font)
        elif stack == "Q":
            font = kept.pop()
        elif text_shown:
            shown.append(names[font])
    bengali, latin = "notosansbengalib", "notosansb"  # The space is a Latin one.
    told = [name for name, _group in groupby(shown)]
    assert told == [bengali, latin, bengali, latin, bengali]
    # Unshaped, a vowel sign would follow its letter; it stands before it, as it is read.
    assert sheet.fonts["notosansbengalib"].encode_text("শে") not in content.decode("latin-1")


def test_letters_are_measured_broken_and_made_to_fit() -> None:
    assert runs("Troco দিয়ে") == [("NotoSans", "Troco "), ("NotoSansBengali", "দিয়ে")]
    assert width("ab", 20, is_bold=True) == pytest.approx(2 * width("ab", 10, is_bold=True))
    size = fitted("a very long name", 10, 20, is_bold=False)
    assert width("a very long name", size, is_bold=False) == pytest.approx(20)
    assert fitted("a", 10, 2_000, is_bold=False) == 10
    assert wrapped("one two three", 10, 50, is_bold=False) == ["one two", "three"]
    assert wrapped("", 10, 50, is_bold=False) == []
