"""Reading what a bank says of a payment file, pain.002, by streaming and trusting nothing in it.

A bank answers a file more than once: that it arrived, what it accepts, what it executed. Each
report says how every payment stands then, so the newest one is the answer.

Source: ISO 20022 message pain.002.001.03 and later, CustomerPaymentStatusReport, and the external
code lists ExternalPaymentGroupStatus1Code and ExternalPaymentTransactionStatus1Code.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO

from lxml import etree

from payments.rails import BatchAnswer, BatchAnswerKind, BatchItem, ItemState
from payments.rails.xml_stream import read_elements

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002."
_TAGS = ("Document", "OrgnlMsgId", "GrpSts", "PmtInfSts", "TxInfAndSts")
MOST_KEPT = 5000
_LONGEST_ID = 64
_LONGEST_REASON = 35
_ITEMS: Mapping[str, ItemState] = MappingProxyType(
    {
        **dict.fromkeys(("RCVD", "PDNG", "ACTC", "ACCP", "ACSP", "ACWC", "ACWP"), "accepted"),
        **dict.fromkeys(("ACSC", "ACCC"), "settled"),
        **dict.fromkeys(("RJCT", "CANC"), "rejected"),
    }
)
_GROUPS: Mapping[str, BatchAnswerKind] = MappingProxyType(
    {
        **dict.fromkeys(("RCVD", "PDNG"), "received"),
        **dict.fromkeys(("ACTC", "ACCP", "ACSP", "ACWC", "ACSC", "ACCC"), "accepted"),
        "PART": "partial",
        "RJCT": "rejected",
    }
)


class ReportUnreadable(Exception):
    """The bytes are no report of a payment file, or a cut-off one; the message says why."""


@dataclass
class _Report:
    """What is read, as it is met; of a long report only which states its payments are in."""

    message_id: str = ""
    groups: list[str] = field(default_factory=list)
    states: set[str] = field(default_factory=set)
    items: list[BatchItem] = field(default_factory=list)
    is_long: bool = False

    def take(self, item: BatchItem) -> None:
        """Keep a payment, until they are too many to keep."""
        self.states.add(item.state)
        if not self.is_long:
            self.items.append(item)
        if len(self.items) > MOST_KEPT:
            self.is_long = True
            self.items.clear()


@dataclass(frozen=True)
class _Items:
    """The payments of a long report, read from its file once more as they are gone through."""

    source: BinaryIO

    def __iter__(self) -> Iterator[BatchItem]:
        self.source.seek(0)
        for element in _ended(self.source):
            if etree.QName(element).localname == "TxInfAndSts":
                yield _item(element)
                element.clear()
                _drop_before(element)


def read_report(source: bytes | BinaryIO) -> tuple[str, BatchAnswer]:
    """Return which file a report is about, and what it says of it.

    The report is read to its end before anything of it is believed. A long one is read a second
    time while its payments are gone through, so the file has to stay open until then.

    Raises:
        ReportUnreadable: It is no XML, no pain.002, names no file, or says what no bank says.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    report = _Report()
    for element in _ended(file):
        name = etree.QName(element).localname
        if name == "OrgnlMsgId":
            report.message_id = (element.text or "").strip()
        elif name in {"GrpSts", "PmtInfSts"}:
            report.groups.append((element.text or "").strip())
        elif name == "TxInfAndSts":
            report.take(_item(element))
            element.clear()
            _drop_before(element)
    if not report.message_id:
        raise ReportUnreadable("it names no file")
    items = _Items(file) if report.is_long else tuple(report.items)
    return report.message_id, BatchAnswer(_kind(report), items=items)


def _ended(source: BinaryIO) -> Iterator[etree._Element]:
    """Yield the elements that matter as they end, after checking the root."""
    is_empty = True
    try:
        for event, element in read_elements(source, _TAGS, _check_root):
            is_empty = False
            if event == "end":
                yield element
    except etree.XMLSyntaxError as error:
        raise ReportUnreadable(f"no XML: {error.msg}") from error
    if is_empty:
        raise ReportUnreadable("it is no pain.002")


def _check_root(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise ReportUnreadable("it has a document type declaration")
    name = etree.QName(element)
    is_ours = name.localname == "Document" and (name.namespace or "").startswith(NAMESPACE)
    if element.getparent() is not None or not is_ours:
        raise ReportUnreadable("it is no pain.002")


def _drop_before(element: etree._Element) -> None:
    """Let go of the emptied elements before this one; a long report stays small."""
    parent = element.getparent()
    before = element.getprevious()
    if parent is not None and before is not None and before.tag == element.tag:
        parent.remove(before)


def _item(element: etree._Element) -> BatchItem:
    said = _text(element, "TxSts")
    state = _ITEMS.get(said)
    if state is None:
        raise ReportUnreadable(f"{said!r} says nothing of a payment")
    reason = _text(element, "StsRsnInf/Rsn/Cd") or _text(element, "StsRsnInf/Rsn/Prtry")
    return BatchItem(
        end_to_end_id=_text(element, "OrgnlEndToEndId")[:_LONGEST_ID],
        state=state,
        reason=reason[:_LONGEST_REASON],
        bank_reference=_text(element, "AcctSvcrRef")[:_LONGEST_ID],
    )


def _kind(report: _Report) -> BatchAnswerKind:
    """Return how the file as a whole stands; a bank may say it only payment by payment."""
    if report.groups:
        kind = _GROUPS.get(report.groups[0])
        if kind is None:
            raise ReportUnreadable(f"{report.groups[0]!r} says nothing of a file")
        return kind
    states = report.states
    if not states:
        return "received"
    if states == {"rejected"}:
        return "rejected"
    return "partial" if "rejected" in states else "accepted"


def _text(element: etree._Element, path: str) -> str:
    found = element.findtext("/".join(f"{{*}}{step}" for step in path.split("/")))
    return (found or "").strip()
