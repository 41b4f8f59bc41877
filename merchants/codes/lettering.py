"""Letters on paper: which font writes which part of a text, and how wide it becomes.

The fonts lie beside this module, cut down to Latin and Bengali (``fonts/OFL.txt``). A text that
mixes the two is written in runs, each with the font that has its letters.
"""

import re
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ImageFont

if TYPE_CHECKING:
    from fpdf import FPDF

FOLDER = Path(__file__).parent / "fonts"
LATIN, BENGALI = "NotoSans", "NotoSansBengali"
_BENGALI = re.compile("[\u0964\u0965\u0980-\u09ff\u200c\u200d]")
_MEASURED_AT = 100
_PT_PER_MM = 72 / 25.4
# Where in the cell of a line its letters stand, as a part of their size.
_BASELINE = 0.8


@cache
def font_file(family: str, *, is_bold: bool) -> Path:
    """Return where a font lies."""
    return FOLDER / f"{family}-{'Bold' if is_bold else 'Regular'}.ttf"


@cache
def font(family: str, size: int, *, is_bold: bool) -> ImageFont.FreeTypeFont:
    """Return a font for drawing, its size in pixels."""
    return ImageFont.truetype(str(font_file(family, is_bold=is_bold)), size)


def runs(text: str) -> list[tuple[str, str]]:
    """Cut a text into parts of one font each: ``(family, part)``."""
    parts: list[tuple[str, str]] = []
    for is_bengali, letters in groupby(text, key=lambda letter: bool(_BENGALI.match(letter))):
        parts.append((BENGALI if is_bengali else LATIN, "".join(letters)))
    return parts


def width(text: str, size: float, *, is_bold: bool) -> float:
    """Return how wide a text is, in the unit of its size."""
    wide = sum(
        font(family, _MEASURED_AT, is_bold=is_bold).getlength(part) for family, part in runs(text)
    )
    return wide * size / _MEASURED_AT


def fitted(text: str, size: float, room: float, *, is_bold: bool) -> float:
    """Return the size, no larger than asked, at which a text fits into a width."""
    wide = width(text, size, is_bold=is_bold)
    return size if wide <= room else size * room / wide


def wrapped(text: str, size: float, room: float, *, is_bold: bool) -> list[str]:
    """Break a text into lines that fit into a width; a word that is too long stays whole."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, is_bold=is_bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def write(sheet: "FPDF", text: str, at: tuple[float, float], size: float, *, is_bold: bool) -> None:
    """Write a line on a sheet of PDF whose unit is the millimetre.

    Each run is a cell of its own: a cell shapes its letters, which a bare text does not, and a
    change of fonts inside of one is forgotten by the next.

    Args:
        sheet: Where; its text shaping is on.
        text: What.
        at: Where it begins, and its baseline.
        size: In millimetres.
        is_bold: Whether the letters are bold.
    """
    x, baseline = at
    sheet.c_margin = 0
    for family, part in runs(text):
        name = f"{family}{'B' if is_bold else ''}".lower()
        if name not in sheet.fonts:
            sheet.add_font(name, fname=font_file(family, is_bold=is_bold))
        sheet.set_font(name, size=size * _PT_PER_MM)
        wide = sheet.get_string_width(part)
        sheet.set_xy(x, baseline - _BASELINE * size)
        sheet.cell(wide, size, part)
        x += wide
