"""Writing a statement as camt.053.001.08, streamed so that a long day needs little memory.

The same statement is always the same bytes: every date in it comes from the book.
"""

from collections.abc import Iterable
from datetime import date
from typing import IO

from lxml import etree

from bank_simulator import spoiling
from bank_simulator.camt import account, amount, leaf, tree, write_entries
from bank_simulator.lines import Group, Line
from bank_simulator.statements import Statement

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def write_statement(statement: Statement, told: Iterable[Line | Group], out: IO[bytes]) -> None:
    """Write the statement's XML document to `out`."""
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with (
            file.element("Document", nsmap={None: NAMESPACE}),
            file.element("BkToCstmrStmt"),
        ):
            file.write(_header(statement))
            with file.element("Stmt"):
                for element in _front(statement):
                    file.write(element)
                write_entries(file, statement.bank, told)


def _issue(statement: Statement) -> str:
    """Return what tells a statement issued again from the first."""
    return "R" if spoiling.has(statement.spoils, spoiling.REISSUED) else ""


def _header(statement: Statement) -> etree._Element:
    name = f"{statement.bank.ispb}{statement.day:%Y%m%d}STMT{_issue(statement)}"
    return tree("GrpHdr", leaf("MsgId", name), leaf("CreDtTm", statement.closed_at))


def _front(statement: Statement) -> Iterable[etree._Element]:
    """Yield what stands before the entries."""
    bank, day = statement.bank, statement.day
    first = statement.span.first_day
    yield leaf("Id", f"{bank.ispb}-{day:%Y%m%d}{_issue(statement)}")
    yield leaf("ElctrncSeqNb", str(statement.number))
    yield leaf("CreDtTm", statement.closed_at)
    yield tree("FrToDt", leaf("FrDtTm", f"{first}T00:00:00"), leaf("ToDtTm", f"{day}T23:59:59"))
    if _issue(statement):
        yield leaf("CpyDplctInd", "DUPL")
    yield account(bank)
    yield _balance(statement, "OPBD", statement.opening_minor, first)
    yield _balance(statement, "CLBD", statement.closing_minor, day)


def _balance(statement: Statement, code: str, amount_minor: int, day: date) -> etree._Element:
    return tree(
        "Bal",
        tree("Tp", tree("CdOrPrtry", leaf("Cd", code))),
        amount(statement.bank, abs(amount_minor)),
        leaf("CdtDbtInd", "DBIT" if amount_minor < 0 else "CRDT"),
        tree("Dt", leaf("Dt", day.isoformat())),
    )
