"""A shop's statement as files: CSV for sums, OFX for bookkeeping programs.

These and the PDF for paper (``statement_paper``) say the same: what the shop was owed at the
beginning, every change, what it was owed at the end. Nothing here asks the database; words for
people are handed in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from core.money import Money
from merchants.codes.amounts import plain_amount
from merchants.codes.sheets import BOM, in_zone, written

GROUPS: Final[Mapping[str, str]] = {
    "deliver": "sales",
    "fee": "fees",
    "refund_claim": "refunds",
    "refund_back": "refunds",
    "return": "refunds",
    # As a payout counts it: what the shop had given back came back.
    "won_back": "refunds",
    "hold": "disputes",
    "hold_release": "disputes",
    "chargeback": "disputes",
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
        f"<NAME>{escape(_name(frame.words.get(line.kind, line.kind)))}</NAME>"
        f"<MEMO>{escape(line.reference)}</MEMO></STMTTRN>\n"
        for line in lines
    )


def ofx_tail(balance: Money, moment: datetime) -> str:
    """Return the end of the file for bookkeeping programs."""
    return (
        f"</BANKTRANLIST><LEDGERBAL><BALAMT>{plain_amount(balance)}</BALAMT>"
        f"<DTASOF>{_stamp(moment)}</DTASOF></LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )


def _name(words: str) -> str:
    """Cut words that are too long for a name between two of them."""
    if len(words) <= _LONGEST_NAME:
        return words
    return words[: _LONGEST_NAME + 1].rpartition(" ")[0] or words[:_LONGEST_NAME]


def _type(line: Line) -> str:
    usual = "CREDIT" if line.delta.amount_minor > 0 else "DEBIT"
    return _TYPES.get(part_of(line.kind), usual)


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('UTC')):%Y%m%d%H%M%S}.000[0:GMT]"
