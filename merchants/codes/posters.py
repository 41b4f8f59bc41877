"""Posters: a code to scan, who is paid by it, and which name to check before confirming.

A poster is laid out once, in millimetres, as marks; three painters turn the same marks into
SVG, PNG and PDF, so all three say the same. The roll of 80 mm is for a counter's printer: black
on white, without a band that would use up its heat.
"""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

import segno
from PIL import Image, ImageDraw, ImageOps

from merchants.codes.lettering import fitted, font, runs, width, wrapped, write

if TYPE_CHECKING:
    from fpdf import FPDF

BRAND: Final = "#0a7d5c"
INK: Final = "#12201a"
QUIET_INK: Final = "#44524c"
WHITE: Final = "#ffffff"
DPI: Final = 200
_MM_PER_INCH: Final = 25.4
_QUIET_MODULES: Final = 4

PAPERS: Final = {
    "a4": (210.0, 297.0),
    "a5": (148.0, 210.0),
    "a6": (105.0, 148.0),
    "80mm": (80.0, 106.0),
}
"""Width and height of each paper, in millimetres."""

KINDS: Final = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


@dataclass(frozen=True, slots=True)
class Poster:
    """What a poster says.

    Attributes:
        heading: Above, such as "Pay here with Troco".
        name: The shop.
        detail: What is paid for, and how much; may be empty.
        hint: What to do.
        address: What the code says, and what is written below it.
        check: The sentence about the name, up to the name.
        legal_name: Who is really paid.
        language: Of the words.
        colour: Of the band; the house's where the shop has none.
        ink: What is read on it.
        logo: A picture's bytes, small; empty without one.
    """

    heading: str
    name: str
    detail: str
    hint: str
    address: str
    check: str
    legal_name: str
    language: str
    colour: str = BRAND
    ink: str = WHITE
    logo: bytes = b""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, scaled to stand in a square without being stretched."""

    x: float
    y: float
    side: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    wide: float
    high: float
    colour: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, centred; ``y`` is its baseline."""

    x: float
    y: float
    size: float
    text: str
    colour: str
    is_bold: bool


Mark = Box | Line | Picture


def draw(poster: Poster, paper: str, kind: str) -> bytes:
    """Return a poster as a file.

    Args:
        poster: What it says.
        paper: One of ``PAPERS``.
        kind: One of ``KINDS``.
    """
    painters = {"png": _png, "svg": _svg, "pdf": _pdf}
    return painters[kind](poster, PAPERS[paper], list(marks(poster, paper)))


def marks(poster: Poster, paper: str) -> Iterator[Mark]:
    """Lay a poster out, in millimetres from the top."""
    wide, high = PAPERS[paper]
    unit = wide / 148
    is_roll = paper == "80mm"
    band = 22 * unit if is_roll else 32 * unit
    yield Box(0, 0, wide, high, WHITE)
    if not is_roll:
        yield Box(0, 0, wide, band, poster.colour)
    ink = INK if is_roll else poster.ink
    yield _line(poster.heading, wide, band / 2 + 3.6 * unit, 10 * unit, ink, bold=True)
    y = band + 19 * unit
    if poster.logo:
        side = 22 * unit
        yield Picture((wide - side) / 2, y - 12 * unit, side, poster.logo)
        y += side - 2 * unit
    yield _line(poster.name, wide, y, 8.6 * unit, INK, bold=True)
    y += 9.5 * unit
    for text, size, bold in ((poster.detail, 6.4, True), (poster.hint, 4.3, False)):
        for each in wrapped(text, size * unit, wide * 0.86, is_bold=bold):
            yield _line(each, wide, y, size * unit, INK, bold=bold)
            y += (size + 2.6) * unit
    side = wide * (0.66 if is_roll else 0.52)
    side = min(side, high - y - 34 * unit)
    yield from _modules(poster.address, (wide - side) / 2, y, side)
    y += side + 8 * unit
    shown = poster.address.split("://", 1)[-1]
    yield _line(shown, wide, y, 4.4 * unit, INK, bold=True)
    y += 9 * unit
    yield _line(poster.check, wide, y, 3.7 * unit, QUIET_INK, bold=False)
    yield _line(poster.legal_name, wide, y + 6 * unit, 4.4 * unit, INK, bold=True)


def _line(text: str, wide: float, y: float, size: float, colour: str, *, bold: bool) -> Line:
    """Centre a line, smaller where it would not fit."""
    return Line(wide / 2, y, fitted(text, size, wide * 0.88, is_bold=bold), text, colour, bold)


def _modules(text: str, x: float, y: float, side: float) -> Iterator[Box]:
    """Draw a code as runs of dark modules, inside its quiet margin."""
    made = segno.make(text, error="q", micro=False)
    rows = [bytes(row) for row in made.matrix]
    module = side / (len(rows) + 2 * _QUIET_MODULES)
    for down, row in enumerate(rows, start=_QUIET_MODULES):
        start = None
        for across, is_dark in enumerate([*row, 0]):
            if is_dark and start is None:
                start = across
            elif not is_dark and start is not None:
                left = x + (start + _QUIET_MODULES) * module
                yield Box(left, y + down * module, (across - start) * module, module, INK)
                start = None


def _svg(poster: Poster, paper: tuple[float, float], drawn: list[Mark]) -> bytes:
    wide, high = paper
    size = f'width="{wide:g}mm" height="{high:g}mm" viewBox="0 0 {wide:g} {high:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"',
        f" lang={quoteattr(poster.language)}>",
        f"<title>{escape(f'{poster.heading}: {poster.name}')}</title>",
    ]
    for each in drawn:
        if isinstance(each, Box):
            lines.append(
                f'<rect x="{each.x:.3f}" y="{each.y:.3f}" width="{each.wide:.3f}"'
                f' height="{each.high:.3f}" fill="{each.colour}" shape-rendering="crispEdges"/>'
            )
        elif isinstance(each, Picture):
            data = base64.b64encode(each.data).decode()
            lines.append(
                f'<image x="{each.x:.3f}" y="{each.y:.3f}" width="{each.side:.3f}"'
                f' height="{each.side:.3f}" href="data:image/jpeg;base64,{data}"/>'
            )
        else:
            weight = "700" if each.is_bold else "400"
            lines.append(
                f'<text x="{each.x:.3f}" y="{each.y:.3f}" font-size="{each.size:.3f}"'
                f' font-weight="{weight}" fill="{each.colour}" text-anchor="middle"'
                ' font-family="Noto Sans, Noto Sans Bengali, sans-serif">'
                f"{escape(each.text)}</text>"
            )
    return "\n".join([*lines, "</svg>"]).encode()


def _png(_poster: Poster, paper: tuple[float, float], drawn: list[Mark]) -> bytes:
    scale = DPI / _MM_PER_INCH
    picture = Image.new("RGB", (round(paper[0] * scale), round(paper[1] * scale)), WHITE)
    pen = ImageDraw.Draw(picture)
    for each in drawn:
        if isinstance(each, Box):
            corners = (each.x, each.y, each.x + each.wide, each.y + each.high)
            left, top, right, bottom = (round(corner * scale) for corner in corners)
            pen.rectangle((left, top, right - 1, bottom - 1), fill=each.colour)
        elif isinstance(each, Picture):
            _paste(picture, each, scale)
        else:
            _write(pen, each, scale)
    kept = io.BytesIO()
    picture.save(kept, "PNG", optimize=True, dpi=(DPI, DPI))
    return kept.getvalue()


def _paste(paper: Image.Image, mark: Picture, scale: float) -> None:
    """Put a picture into the middle of its square."""
    side = round(mark.side * scale)
    shown = ImageOps.contain(Image.open(io.BytesIO(mark.data)).convert("RGB"), (side, side))
    x, y = round(mark.x * scale), round(mark.y * scale)
    paper.paste(shown, (x + (side - shown.width) // 2, y + (side - shown.height) // 2))


def _write(pen: ImageDraw.ImageDraw, line: Line, scale: float) -> None:
    size = max(1, round(line.size * scale))
    x = line.x * scale - width(line.text, size, is_bold=line.is_bold) / 2
    for family, part in runs(line.text):
        letters = font(family, size, is_bold=line.is_bold)
        pen.text((x, line.y * scale), part, font=letters, fill=line.colour, anchor="ls")
        x += letters.getlength(part)


def _pdf(poster: Poster, paper: tuple[float, float], drawn: list[Mark]) -> bytes:
    # It takes 18 MB, and few processes are asked for a PDF.
    sheet: FPDF = import_module("fpdf").FPDF(unit="mm", format=paper)
    sheet.set_auto_page_break(auto=False)
    sheet.set_title(f"{poster.heading}: {poster.name}")
    sheet.set_lang(poster.language)
    sheet.add_page()
    sheet.set_text_shaping(True)
    for each in drawn:
        if isinstance(each, Box):
            sheet.set_fill_color(each.colour)
            sheet.rect(each.x, each.y, each.wide, each.high, style="F")
        elif isinstance(each, Picture):
            logo = io.BytesIO(each.data)
            sheet.image(logo, each.x, each.y, each.side, each.side, keep_aspect_ratio=True)
        else:
            _print(sheet, each)
    return bytes(sheet.output())


def _print(sheet: "FPDF", line: Line) -> None:
    sheet.set_text_color(line.colour)
    x = line.x - width(line.text, line.size, is_bold=line.is_bold) / 2
    write(sheet, line.text, (x, line.y), line.size, is_bold=line.is_bold)
