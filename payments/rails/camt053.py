"""A bank's statement, camt.053: its head, and its entries as ``camt`` reads them.

Source: ISO 20022 message camt.053.001.08, BankToCustomerStatementV08; earlier versions differ
in nothing that is read here.
"""

import io
from datetime import date, datetime
from functools import partial
from typing import BinaryIO

from lxml import etree

from payments.rails import StatementFile, StatementHead
from payments.rails import StatementUnreadable as Unreadable
from payments.rails.camt import Message, read_digest, read_entries, read_front
from payments.rails.camt_parts import read_amount, read_day, read_text

STATEMENT = Message("camt.053", "Stmt")
_OPENING = ("OPBD", "PRCD")
_LONGEST_ID = 64


def read_statement(source: bytes | BinaryIO) -> StatementFile:
    """Read a statement's head now, and its entries as often as they are asked for.

    Args:
        source: The bytes, or a file of them that stays open as long as what is returned.

    Raises:
        StatementUnreadable: It is no XML, no camt.053, or lacks a balance; while the entries
            are read, also an entry without amount, direction or day.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    head = _head(read_front(file, STATEMENT))
    return StatementFile(
        sha256=read_digest(file),
        head=head,
        entries=partial(read_entries, file, STATEMENT),
    )


def _head(front: etree._Element) -> StatementHead:
    balances = {
        read_text(each, "Tp/CdOrPrtry/Cd"): _balance(each) for each in front.findall("{*}Bal")
    }
    opening = next((balances[code] for code in _OPENING if code in balances), None)
    closing = balances.get("CLBD")
    if opening is None or closing is None:
        raise Unreadable("it lacks its opening or closing balance")
    made = read_text(front, "CreDtTm")
    try:
        made_at = datetime.fromisoformat(made) if made else None
        number = int(read_text(front, "ElctrncSeqNb") or "0")
    except ValueError as error:
        raise Unreadable("its number or its moment cannot be read") from error
    return StatementHead(
        reference=read_text(front, "Id")[:_LONGEST_ID],
        sequence=number,
        currency=read_text(front, "Acct/Ccy"),
        date=closing[1],
        opening_minor=opening[0],
        closing_minor=closing[0],
        made_at=made_at if made_at is not None and made_at.tzinfo is not None else None,
    )


def _balance(element: etree._Element) -> tuple[int, date]:
    amount = element.find("{*}Amt")
    if amount is None:
        raise Unreadable("an amount is missing")
    sign = -1 if read_text(element, "CdtDbtInd") == "DBIT" else 1
    return sign * read_amount(amount), read_day(read_text(element, "Dt/Dt"))
