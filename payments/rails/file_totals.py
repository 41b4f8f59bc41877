"""Reading our own payment file back, streamed: what it says, and what is in it.

A file goes to the bank only if both are what was frozen at the claim. Whatever goes wrong between
the claim and the last byte on the disk, a payout that is there twice, or not, shows here.
"""

from dataclasses import dataclass
from typing import IO, Any

from lxml import etree

from payments.rails.amounts import minor_units


@dataclass(frozen=True, slots=True)
class FileTotals:
    """The message id, the totals that the header says, and those of the payments inside."""

    message_id: str
    said_count: int
    said_minor: int
    count: int
    total_minor: int


def read_totals(file: IO[bytes], currency: str) -> FileTotals:
    """Read a pain.001 file of one currency from its beginning, one payment at a time.

    Raises:
        ValueError: It is no such file.
    """
    heads: dict[str, str] = {}
    count = total_minor = 0
    parts: Any = etree.iterparse(
        file, events=("end",), resolve_entities=False, no_network=True, huge_tree=True
    )
    try:
        for _event, part in parts:
            name = etree.QName(part).localname
            if name in {"MsgId", "NbOfTxs", "CtrlSum"}:
                heads.setdefault(name, part.text or "")
            elif name == "InstdAmt":
                if part.get("Ccy") != currency:
                    raise ValueError(f"a payment in {part.get('Ccy')}")
                count, total_minor = count + 1, total_minor + minor_units(part.text or "", currency)
            elif name == "CdtTrfTxInf":
                _forget(part)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    if len(heads) < 3:  # noqa: PLR2004 - The three above.
        raise ValueError("a part of the header is missing")
    said_minor = minor_units(heads["CtrlSum"], currency)
    return FileTotals(heads["MsgId"], int(heads["NbOfTxs"]), said_minor, count, total_minor)


def _forget(part: Any) -> None:
    """Drop a payment that was counted, and what stands before it."""
    part.clear()
    while part.getprevious() is not None:
        del part.getparent()[0]
