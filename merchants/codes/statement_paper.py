"""A shop's statement on paper, as PDF.

Apart from ``statements``: what draws PDF takes 18 MB, and only a process that is asked for one
shall read it.
"""

from collections.abc import Mapping, Sequence

from fpdf import FPDF

from merchants.codes.lettering import BENGALI, LATIN, font_file
from merchants.codes.statements import PARTS, Frame


def pdf(frame: Frame, sums: Mapping[str, str], days: Sequence[Sequence[str]]) -> bytes:
    """Return the summary on paper: the equation, and a line for each day.

    Args:
        frame: The statement.
        sums: Each part of the equation, ``opening`` and ``closing``, written for people.
        days: Of each day its cells, written for people: the date, the parts, what is owed after.
    """
    page = _Paper(frame)
    page.add_page()
    page.letter(frame.shop, 18, is_bold=True)
    page.letter(frame.legal_name, 10)
    page.letter(f"{frame.words['period']}: {frame.words['span']} ({frame.timezone})", 10)
    page.ln(4)
    for name in ("opening", *PARTS, "closing"):
        page.pair(frame.words[name], sums[name], is_bold=name == "closing")
    page.ln(5)
    page.table_of(
        [frame.words["day"], *(frame.words[part] for part in PARTS), frame.words["owed"]], days
    )
    return bytes(page.output())


class _Paper(FPDF):
    """A sheet of A4 with the house's letters and a foot that counts pages."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(format="A4")
        self._frame = frame
        for family in (LATIN, BENGALI):
            for is_bold in (False, True):
                self.add_font(family, "B" if is_bold else "", font_file(family, is_bold=is_bold))
        self.set_fallback_fonts([BENGALI], exact_match=False)
        self.set_text_shaping(True)
        self.set_title(f"{frame.words['title']} · {frame.shop}")
        self.set_lang(frame.language)
        self.set_margin(16)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(LATIN, size=8)
        self.set_text_color(80, 96, 90)
        self.cell(0, 6, f"{self._frame.words['title']} · {self.page_no()}", align="R")

    def letter(self, text: str, size: float, *, is_bold: bool = False) -> None:
        self.set_font(LATIN, "B" if is_bold else "", size)
        self.set_text_color(18, 32, 26)
        self.multi_cell(0, size * 0.52, text, new_x="LMARGIN", new_y="NEXT")

    def pair(self, words: str, amount: str, *, is_bold: bool) -> None:
        self.set_font(LATIN, "B" if is_bold else "", 10)
        self.set_text_color(18, 32, 26)
        self.cell(110, 6.2, words, border="T" if is_bold else 0)
        self.cell(0, 6.2, amount, border="T" if is_bold else 0, align="R")
        self.ln()

    def table_of(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.set_font(LATIN, size=7.5)
        self.set_draw_color(219, 227, 223)
        aligned = ("LEFT", *["RIGHT"] * (len(head) - 1))
        with self.table(
            borders_layout="HORIZONTAL_LINES",
            text_align=aligned,
            line_height=5,
            first_row_as_headings=True,
        ) as table:
            for cells in (head, *rows):
                row = table.row()
                for cell in cells:
                    row.cell(cell)
