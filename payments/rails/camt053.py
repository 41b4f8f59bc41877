"""Reading a bank's statement, camt.053, by streaming and trusting nothing in it.

Each entry is thrown away as soon as it is read. Entities are not resolved, the network is off
and a document type declaration is refused: it is the door of every XML bomb.

Source: ISO 20022 message camt.053.001.08, BankToCustomerStatementV08; earlier versions differ
in nothing that is read here.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain

from lxml import etree

from payments.rails import Direction, StatementEntry, StatementFile, StatementHead
from payments.rails import StatementUnreadable as Unreadable
from payments.rails.amounts import minor_units

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053."
_DIRECTIONS: dict[str, Direction] = {"CRDT": "into", "DBIT": "out_of"}
_LONGEST_ID = 64
_LONGEST_REMITTANCE = 280


@dataclass
class _Front:
    """What stands before the first entry, as it is met."""

    texts: dict[str, str] = field(default_factory=dict)
    balances: dict[str, tuple[int, date]] = field(default_factory=dict)
    currency: str = ""


def read_statement(content: bytes) -> StatementFile:
    """Read a statement's head now and its entries as they are asked for.

    Raises:
        StatementUnreadable: It is no XML, no camt.053, or lacks a balance; while the entries
            are read, also an entry without amount or direction.
    """
    front = _Front()
    entries = _entries(content, front)
    first = next(entries, None)
    head = _head(front)
    rest = chain([first] if first is not None else [], entries)
    return StatementFile(content=content, head=head, entries=rest)


def _entries(content: bytes, front: _Front) -> Iterator[StatementEntry]:
    """Yield the entries in order; what comes before the first fills ``front``."""
    position = 0
    try:
        for element in _ended(content):
            name = etree.QName(element).localname
            if name == "Bal":
                _read_balance(front, element)
            elif name == "Ntry":
                for entry in _read_entry(element, position):
                    position += 1
                    yield entry
                element.clear()
            else:
                _read_text(front, element, name)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"no XML: {error.msg}") from error


def _ended(content: bytes) -> Iterator[etree._Element]:
    """Yield every element of the statement when it is complete, after checking the root."""
    events = etree.iterparse(
        io.BytesIO(content),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    is_first = True
    for event, element in events:
        if is_first:
            is_first = False
            _check_root(element)
        if event == "end" and isinstance(element.tag, str):
            yield element


def _check_root(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("it has a document type declaration")
    name = etree.QName(element)
    if name.localname != "Document" or not (name.namespace or "").startswith(_NAMESPACE):
        raise Unreadable("it is no camt.053")


def _read_text(front: _Front, element: etree._Element, name: str) -> None:
    """Keep the few plain texts of the statement itself."""
    parent = element.getparent()
    above = "" if parent is None else etree.QName(parent).localname
    if (above, name) == ("Acct", "Ccy"):
        front.currency = (element.text or "").strip()
    elif above == "Stmt" and name in {"Id", "ElctrncSeqNb", "CreDtTm"}:
        front.texts[name] = (element.text or "").strip()


def _read_balance(front: _Front, element: etree._Element) -> None:
    code = _text(element, "Tp/CdOrPrtry/Cd")
    amount, _ = _amount(element)
    sign = -1 if _text(element, "CdtDbtInd") == "DBIT" else 1
    front.balances[code] = (sign * amount, _day(_text(element, "Dt/Dt")))


def _head(front: _Front) -> StatementHead:
    if "OPBD" not in front.balances or "CLBD" not in front.balances:
        raise Unreadable("it lacks its opening or closing balance")
    made = front.texts.get("CreDtTm", "")
    sequence = front.texts.get("ElctrncSeqNb", "0")
    try:
        made_at = datetime.fromisoformat(made) if made else None
        number = int(sequence)
    except ValueError as error:
        raise Unreadable("its number or its moment cannot be read") from error
    closing, day = front.balances["CLBD"]
    return StatementHead(
        reference=front.texts.get("Id", "")[:_LONGEST_ID],
        sequence=number,
        currency=front.currency,
        date=day,
        opening_minor=front.balances["OPBD"][0],
        closing_minor=closing,
        made_at=made_at,
    )


def _read_entry(element: etree._Element, position: int) -> Iterator[StatementEntry]:
    """Yield an entry, or each of its parts when the bank booked many as one."""
    booked = _day(_text(element, "BookgDt/Dt") or _text(element, "BookgDt/DtTm")[:10])
    parts = element.findall("{*}NtryDtls/{*}TxDtls")
    several = len(parts) > 1 and all(part.find("{*}Amt") is not None for part in parts)
    for step, part in enumerate(parts if several else [parts[0] if parts else None], start=1):
        amount, currency = _amount(part if several and part is not None else element)
        yield StatementEntry(
            position=position + step,
            direction=_direction(element),
            amount_minor=amount,
            currency=currency,
            booked_date=booked,
            end_to_end_id=_text(part, "Refs/EndToEndId")[:_LONGEST_ID],
            instruction_id=_text(part, "Refs/InstrId")[:_LONGEST_ID],
            bank_reference=_reference(element, part),
            remittance=_text(part, "RmtInf/Ustrd")[:_LONGEST_REMITTANCE],
        )


def _reference(element: etree._Element, part: etree._Element | None) -> str:
    return (_text(part, "Refs/AcctSvcrRef") or _text(element, "AcctSvcrRef"))[:_LONGEST_ID]


def _direction(element: etree._Element) -> Direction:
    """Return which way an entry moved; a reversal moves the other way already by its mark."""
    direction = _DIRECTIONS.get(_text(element, "CdtDbtInd"))
    if direction is None:
        raise Unreadable("an entry says neither credit nor debit")
    return direction


def _amount(element: etree._Element) -> tuple[int, str]:
    amount = element.find("{*}Amt")
    if amount is None:
        raise Unreadable("an amount is missing")
    currency = str(amount.get("Ccy", ""))
    try:
        return minor_units(amount.text or "", currency), currency
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(f"{text!r} is no date") from error


def _text(element: etree._Element | None, path: str) -> str:
    """Return the text at a path, stripped, or nothing."""
    if element is None:
        return ""
    found = element.findtext("/".join(f"{{*}}{step}" for step in path.split("/")))
    return (found or "").strip()
