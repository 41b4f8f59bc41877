"""A shop's statement on paper, as PDF.

Apart from ``statements``: what draws PDF takes 18 MB, and only a process that is asked for one
shall read it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from fpdf import FPDF

from merchants.codes.lettering import fitted, width, wrapped, write
from merchants.codes.statements import PARTS, Frame

WIDE: Final = 210.0
MARGIN: Final = 16.0
LOWEST: Final = 277.0
"""The last baseline of a page's lines."""

FOOT: Final = 287.0
"""The baseline of its number."""

DAY: Final = 24.0
ROW: Final = 5.0
_MM_PER_PT: Final = 25.4 / 72
_INK: Final = (18, 32, 26)
_QUIET_INK: Final = (80, 96, 90)
_RULE: Final = (200, 210, 205)


def pdf(frame: Frame, sums: Mapping[str, str], days: Sequence[Sequence[str]]) -> bytes:
    """Return the summary on paper: the equation, and a line for each day.

    Args:
        frame: The statement.
        sums: Each part of the equation, ``opening`` and ``closing``, written for people.
        days: Of each day its cells, written for people: the date, the parts, what is owed after.
    """
    words = frame.words
    paper = _Paper(frame)
    paper.add_page()
    paper.paragraph(frame.shop, 18, is_bold=True)
    paper.paragraph(frame.legal_name, 10)
    paper.paragraph(f"{words['period']}: {words['span']} ({frame.timezone})", 10)
    paper.down(4)
    for name in ("opening", *PARTS, "closing"):
        paper.pair(words[name], sums[name], is_last=name == "closing")
    paper.down(5)
    paper.table_of([words["day"], *(words[part] for part in PARTS), words["owed"]], days)
    return bytes(paper.output())


class _Paper(FPDF):
    """Sheets of A4 with the house's letters, written from the top, each with its number."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(format="A4")
        self._title = frame.words["title"]
        self.set_auto_page_break(auto=False)
        self.set_text_shaping(True)
        self.set_title(f"{self._title} · {frame.shop}")
        self.set_lang(frame.language)
        self.baseline = MARGIN

    def footer(self) -> None:
        words, above = f"{self._title} · {self.page_no()}", self.baseline
        self.baseline = FOOT
        self._put(words, MARGIN, WIDE - 2 * MARGIN, (8, False), is_end=True)
        self.baseline = above

    def down(self, by: float) -> None:
        """Go down, to the next page where this one is full."""
        self.baseline += by
        if self.baseline > LOWEST:
            self.add_page()
            self.baseline = MARGIN + by

    def paragraph(self, text: str, size: float, *, is_bold: bool = False) -> None:
        """Write a text over the whole width, in as many lines as it takes."""
        room = WIDE - 2 * MARGIN
        for line in wrapped(text, size * _MM_PER_PT, room, is_bold=is_bold):
            self.down(size * 0.55)
            self._put(line, MARGIN, room, (size, is_bold))

    def pair(self, words: str, amount: str, *, is_last: bool) -> None:
        """Write a part of the equation; a rule stands above what it comes to."""
        self.down(6.2)
        if is_last:
            self._rule(self.baseline - 4.6, _INK)
        self._put(words, MARGIN, 100, (10, is_last))
        at, room = MARGIN + 100, WIDE - 2 * MARGIN - 100
        self._put(amount, at, room, (10, is_last), is_end=True)

    def table_of(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write rows under their heads, which every page repeats."""
        self._row(head, is_bold=True)
        for cells in rows:
            if self.baseline + ROW > LOWEST:
                self.add_page()
                self.baseline = MARGIN
                self._row(head, is_bold=True)
            self._row(cells, is_bold=False)

    def _row(self, cells: Sequence[str], *, is_bold: bool) -> None:
        self.down(ROW)
        room = (WIDE - 2 * MARGIN - DAY) / (len(cells) - 1)
        self._put(cells[0], MARGIN, DAY - 1, (7.5, is_bold))
        for place, cell in enumerate(cells[1:]):
            at = MARGIN + DAY + place * room
            self._put(cell, at, room, (7.5, is_bold), is_end=True)
        self._rule(self.baseline + 1.5, _RULE)

    def _rule(self, y: float, colour: tuple[int, int, int]) -> None:
        self.set_draw_color(*colour)
        self.line(MARGIN, y, WIDE - MARGIN, y)

    def _put(
        self, text: str, x: float, room: float, letters: tuple[float, bool], *, is_end: bool = False
    ) -> None:
        """Write on the line, from a place on or up to its end, smaller where it would not fit."""
        points, is_bold = letters
        size = fitted(text, points * _MM_PER_PT, room - 1, is_bold=is_bold)
        self.set_text_color(*(_QUIET_INK if self.baseline == FOOT else _INK))
        at = x + room - width(text, size, is_bold=is_bold) if is_end else x
        write(self, text, (at, self.baseline), size, is_bold=is_bold)
