"""Reading the entries of a bank's camt messages, by streaming and trusting nothing in them.

camt.053 and camt.054 write an entry alike. Each is thrown away as soon as it is read, and so is
each payment inside an entry that the bank booked for many at once. Entities are not resolved,
the network is off and a document type declaration is refused: it is the door of every XML bomb.

An entry becomes lines as follows. Every payment inside is a line, if there are several and each
has its amount. A charge that the bank took out of the same entry is a line of its own, so that
the payment's line has the amount that was asked for. What an entry has more or less than its
parts is a line too, ``remainder``: the lines of an entry always add up to it. An entry that is
not booked yet is no line.

Source: ISO 20022 messages camt.053.001 and camt.054.001, versions 02 to 08 of ReportEntry and
EntryTransaction.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import count
from typing import Any, BinaryIO, Final

from lxml import etree

from payments.rails import Direction, EntryKind, StatementEntry
from payments.rails import StatementUnreadable as Unreadable
from payments.rails.camt_parts import (
    TRUE,
    Found,
    Part,
    read_charges,
    read_currency,
    read_day,
    read_part,
    read_signed,
    read_texts,
)
from payments.rails.xml_stream import read_elements

_NAMESPACES = "urn:iso:std:iso:20022:tech:xsd:"
_CHARGES: Final = frozenset({"CHRG", "COMM", "FEES"})  # Of the bank transaction codes.


@dataclass(frozen=True, slots=True)
class Message:
    """Which message is read: its name, such as ``camt.053``, and the element of a report."""

    name: str
    report: str


def read_front(source: BinaryIO, message: Message) -> etree._Element:
    """Return the report's element with what stands before its first entry.

    Raises:
        StatementUnreadable: It is no such message.
    """
    for event, element, name in _events(source, message):
        if event == "end" and name == message.report:
            return element
        if event == "start" and name == "Ntry":
            parent = element.getparent()
            if parent is not None:
                return parent
    raise Unreadable(f"it is no {message.name}")


def read_entries(source: BinaryIO, message: Message) -> Iterator[StatementEntry]:
    """Yield the lines of all booked entries, from the beginning of the file.

    Raises:
        StatementUnreadable: It is no such message, has several reports, is cut off, or an
            entry lacks an amount, a direction or a day.
    """
    reports = number = 0
    positions = count(1)
    entry = _Entry(0, positions)
    for event, element, name in _events(source, message):
        if event == "start":
            reports += name == message.report
            if reports > 1:
                raise Unreadable("it has several reports")
            if name == "Ntry":
                number += 1
                entry = _Entry(number, positions)
            continue
        if name not in {"TxDtls", "Ntry"}:
            continue
        yield from entry.take(element) if name == "TxDtls" else entry.close(element)
        _forget(element)
    if reports == 0:
        raise Unreadable(f"it is no {message.name}")


def read_digest(source: BinaryIO) -> str:
    """Return the SHA-256 of all bytes, in hex."""
    digest = sha256()
    source.seek(0)
    while piece := source.read(1 << 16):
        digest.update(piece)
    return digest.hexdigest()


def _events(source: BinaryIO, message: Message) -> Iterator[tuple[str, etree._Element, str]]:
    """Yield the elements that matter as they begin and end, after checking the root."""
    source.seek(0)
    names = ("Document", message.report, "Ntry", "TxDtls")
    try:
        for event, element in read_elements(source, names, partial(_check_root, message=message)):
            yield event, element, etree.QName(element).localname
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"no XML: {error.msg}") from error


def _check_root(element: etree._Element, message: Message) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("it has a document type declaration")
    name = etree.QName(element)
    is_message = (name.namespace or "").startswith(f"{_NAMESPACES}{message.name}.")
    if element.getparent() is not None or name.localname != "Document" or not is_message:
        raise Unreadable(f"it is no {message.name}")


def _forget(element: etree._Element) -> None:
    """Let go of an element that was read, and of the emptied one before it."""
    element.clear()
    before, parent = element.getprevious(), element.getparent()
    if parent is not None and before is not None and before.tag == element.tag:
        parent.remove(before)


class _Entry:
    """One entry while it is read: its first part waits until it is known whether it is alone."""

    def __init__(self, number: int, positions: Iterator[int]) -> None:
        self._number = number
        self._positions = positions
        self._count = 0
        self._sum = 0
        self._first = Part()
        self._without_amount: list[Part] = []

    def take(self, element: etree._Element) -> Iterator[StatementEntry]:
        """Take in one payment; yield lines as soon as it is known that there are several."""
        entry = Found(next(element.iterancestors("{*}Ntry")), but="TxDtls")
        part = read_part(element, entry)
        self._count += 1
        if self._count == 1:
            self._first = part
            return
        if self._count == 2:  # noqa: PLR2004 - Only now is the first known not to be alone.
            yield from self._several(entry, self._first)
        yield from self._several(entry, part)

    def close(self, element: etree._Element) -> Iterator[StatementEntry]:
        """Yield what is left to say at the end of the entry."""
        entry = Found(element, but="TxDtls")
        whole, charges = read_signed(entry), read_charges(element, entry)
        if self._count <= 1:
            part = self._first if self._first.texts else Part(texts=read_texts(Found(None), entry))
            own = part.charges.within(whole, part.asked)
            yield from self._lines(entry, part, whole, own or charges.within(whole, part.asked))
            return
        gap = whole - self._sum
        if gap and gap in {charges.included, charges.included + charges.unmarked}:
            yield from self._one(entry, self._first, gap, "charge")
        elif gap and len(self._without_amount) == 1:
            yield from self._one(entry, self._without_amount[0], gap)
        else:
            nameless = Part(texts=read_texts(Found(None), entry))
            yield from self._one(entry, nameless, gap, "remainder")

    def _several(self, entry: Found, part: Part) -> Iterator[StatementEntry]:
        if part.amount is None:
            self._without_amount.append(part)
            return
        self._sum += part.amount
        charges = part.charges.within(part.amount, part.asked)
        yield from self._lines(entry, part, part.amount, charges)

    def _lines(
        self, entry: Found, part: Part, whole: int, charges: int
    ) -> Iterator[StatementEntry]:
        """Yield a payment, and what the bank took out of it as a line of its own."""
        if whole == charges:
            charges = 0
        yield from self._one(entry, part, whole - charges)
        yield from self._one(entry, part, charges, "charge")

    def _one(
        self, entry: Found, part: Part, signed: int, kind: EntryKind | None = None
    ) -> Iterator[StatementEntry]:
        """Yield one line, unless it is of nothing or the bank has not booked it."""
        status = entry.text("Sts/Cd") or entry.text("Sts")
        if signed == 0 or status not in {"", "BOOK"}:
            return
        direction: Direction = "into" if signed > 0 else "out_of"
        yield StatementEntry(
            position=next(self._positions),
            direction=direction,
            amount_minor=abs(signed),
            currency=read_currency(entry),
            booked_date=read_day(entry.text("BookgDt/Dt") or entry.text("BookgDt/DtTm")[:10]),
            kind=kind or _kind(entry, part),
            entry=self._number,
            **_fields(part, direction),
        )


def _fields(part: Part, direction: Direction) -> dict[str, Any]:
    """Return the texts of a line; the name at the other end depends on the direction."""
    texts = dict(part.texts)
    debtor, creditor = texts.pop("debtor", ""), texts.pop("creditor", "")
    named = (debtor, creditor) if direction == "into" else (creditor, debtor)
    return {**texts, "counterparty": named[0] or named[1]}


def _kind(entry: Found, part: Part) -> EntryKind:
    if part.is_return:
        return "return"
    if entry.text("RvslInd") in TRUE:
        return "reversal"
    code = entry.text("BkTxCd/Domn/Fmly/SubFmlyCd")
    return "charge" if code in _CHARGES else "movement"
