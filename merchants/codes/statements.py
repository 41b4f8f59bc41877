"""A shop's statement as files: CSV for sums, OFX for bookkeeping programs, PDF for paper.

All three say the same: what the shop was owed at the beginning, every change, what it was owed
at the end. Nothing here asks the database; words for people are handed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from fpdf import FPDF

from core.money import Money
from merchants.codes.amounts import plain_amount
from merchants.codes.lettering import BENGALI, LATIN, font_file
from merchants.codes.sheets import BOM, in_zone, written

GROUPS: Final[Mapping[str, str]] = {
    "deliver": "sales",
    "fee": "fees",
    "refund_claim": "refunds",
    "refund_back": "refunds",
    "return": "refunds",
    "hold": "disputes",
    "hold_release": "disputes",
    "chargeback": "disputes",
    "won_back": "disputes",
    "settle_claim": "payouts",
    "settle_return": "payouts",
    "settle_back": "payouts",
}
"""Which part of the equation a kind of change belongs to; any other is an adjustment."""

PARTS: Final = ("sales", "fees", "refunds", "disputes", "adjustments", "payouts")
HEAD: Final = (
    "date",
    "kind",
    "description",
    "reference",
    "amount",
    "amount_minor",
    "balance",
    "currency",
    "time_zone",
)
_TYPES: Final = {"sales": "CREDIT", "fees": "FEE", "payouts": "XFER"}
_LONGEST_NAME: Final = 32


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a statement.

    Attributes:
        shop: The shop's name.
        legal_name: Who is owed.
        shop_ref: The shop's public id.
        first_day: The first day of it.
        last_day: The last day of it.
        timezone: IANA name of the zone that cuts the days.
        opening: What the shop was owed at the beginning.
        words: Of each kind, each part, and the names in ``WORDS``, for people.
        language: Of the words.
    """

    shop: str
    legal_name: str
    shop_ref: str
    first_day: date
    last_day: date
    timezone: str
    opening: Money
    words: Mapping[str, str]
    language: str


@dataclass(frozen=True, slots=True)
class Line:
    """One change: its place in the books, when, of which kind, for what, and how much."""

    seq: int
    at: datetime
    kind: str
    reference: str
    delta: Money


def part_of(kind: str) -> str:
    """Return the part of the equation that a kind of change belongs to."""
    return GROUPS.get(kind, "adjustments")


def csv_head() -> str:
    """Return the beginning of the file for spreadsheets."""
    return BOM + written(HEAD)


def csv_lines(frame: Frame, lines: Iterable[Line], balance: Money) -> tuple[str, Money]:
    """Return lines for spreadsheets, and what the shop is owed after them.

    Args:
        frame: The statement.
        lines: Some of its lines, in order.
        balance: What the shop was owed before them.
    """
    rows = []
    for line in lines:
        balance = balance + line.delta
        rows.append(
            written(
                (
                    in_zone(line.at, frame.timezone),
                    line.kind,
                    frame.words.get(line.kind, line.kind),
                    line.reference,
                    plain_amount(line.delta),
                    str(line.delta.amount_minor),
                    plain_amount(balance),
                    line.delta.currency,
                    frame.timezone,
                )
            )
        )
    return "".join(rows), balance


def ofx_head(frame: Frame, moment: datetime) -> str:
    """Return the beginning of the file for bookkeeping programs: OFX 2.2."""
    zone = ZoneInfo(frame.timezone)
    first = datetime(*frame.first_day.timetuple()[:3], tzinfo=zone)
    after = datetime(*(frame.last_day + timedelta(days=1)).timetuple()[:3], tzinfo=zone)
    fine = "<STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<?OFX OFXHEADER="200" VERSION="220" SECURITY="NONE" OLDFILEUID="NONE"'
        ' NEWFILEUID="NONE"?>\n'
        f"<OFX><SIGNONMSGSRSV1><SONRS>{fine}<DTSERVER>{_stamp(moment)}</DTSERVER>"
        "<LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1>\n"
        f"<BANKMSGSRSV1><STMTTRNRS><TRNUID>0</TRNUID>{fine}<STMTRS>"
        f"<CURDEF>{frame.opening.currency}</CURDEF>"
        f"<BANKACCTFROM><BANKID>TROCO</BANKID><ACCTID>{escape(frame.shop_ref[-22:])}</ACCTID>"
        "<ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM>\n"
        f"<BANKTRANLIST><DTSTART>{_stamp(first)}</DTSTART><DTEND>{_stamp(after)}</DTEND>\n"
    )


def ofx_lines(frame: Frame, lines: Iterable[Line]) -> str:
    """Return lines for bookkeeping programs."""
    return "".join(
        "<STMTTRN>"
        f"<TRNTYPE>{_type(line)}</TRNTYPE><DTPOSTED>{_stamp(line.at)}</DTPOSTED>"
        f"<TRNAMT>{plain_amount(line.delta)}</TRNAMT><FITID>{line.seq}</FITID>"
        f"<NAME>{escape(frame.words.get(line.kind, line.kind)[:_LONGEST_NAME])}</NAME>"
        f"<MEMO>{escape(line.reference)}</MEMO></STMTTRN>\n"
        for line in lines
    )


def ofx_tail(balance: Money, moment: datetime) -> str:
    """Return the end of the file for bookkeeping programs."""
    return (
        f"</BANKTRANLIST><LEDGERBAL><BALAMT>{plain_amount(balance)}</BALAMT>"
        f"<DTASOF>{_stamp(moment)}</DTASOF></LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )


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


def _type(line: Line) -> str:
    usual = "CREDIT" if line.delta.amount_minor > 0 else "DEBIT"
    return _TYPES.get(part_of(line.kind), usual)


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('UTC')):%Y%m%d%H%M%S}.000[0:GMT]"
