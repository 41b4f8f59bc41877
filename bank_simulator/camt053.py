"""Writing a statement as camt.053.001.08, streamed so that a long day needs little memory.

The same statement is always the same bytes: every date in it comes from the book. Elements are
built without a namespace and inherit the document's default one in the text, which keeps its
declaration from being repeated on every line.
"""

import io
from collections.abc import Iterable

from lxml import etree

from bank_simulator.amounts import decimal_text
from bank_simulator.banks import CLEARING
from bank_simulator.statements import Line, Statement

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def write_statement(statement: Statement) -> bytes:
    """Return the statement's XML document."""
    out = io.BytesIO()
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
                for position, line in enumerate(statement.lines, start=1):
                    file.write(_entry(statement, line, position))
    return out.getvalue()


def _header(statement: Statement) -> etree._Element:
    return _tree(
        "GrpHdr",
        _leaf("MsgId", f"{statement.bank.ispb}{statement.day:%Y%m%d}STMT"),
        _leaf("CreDtTm", statement.closed_at),
    )


def _front(statement: Statement) -> Iterable[etree._Element]:
    """Yield what stands before the entries."""
    bank, day = statement.bank, statement.day
    yield _leaf("Id", f"{bank.ispb}-{day:%Y%m%d}")
    yield _leaf("ElctrncSeqNb", str(statement.number))
    yield _leaf("CreDtTm", statement.closed_at)
    yield _tree("FrToDt", _leaf("FrDtTm", f"{day}T00:00:00"), _leaf("ToDtTm", f"{day}T23:59:59"))
    yield _tree(
        "Acct",
        _tree("Id", _tree("Othr", _leaf("Id", CLEARING))),
        _leaf("Ccy", bank.currency),
        _tree(
            "Svcr",
            _tree(
                "FinInstnId",
                _tree("ClrSysMmbId", _leaf("MmbId", bank.ispb)),
                _leaf("Nm", bank.name),
            ),
        ),
    )
    yield _balance(statement, "OPBD", statement.opening_minor)
    yield _balance(statement, "CLBD", statement.closing_minor)


def _balance(statement: Statement, code: str, amount_minor: int) -> etree._Element:
    return _tree(
        "Bal",
        _tree("Tp", _tree("CdOrPrtry", _leaf("Cd", code))),
        _amount(statement, abs(amount_minor)),
        _leaf("CdtDbtInd", "DBIT" if amount_minor < 0 else "CRDT"),
        _tree("Dt", _leaf("Dt", statement.day.isoformat())),
    )


def _entry(statement: Statement, line: Line, position: int) -> etree._Element:
    direction = "CRDT" if line.is_credit else "DBIT"
    family = ("RCDT", "DMCT") if line.is_credit else ("ICDT", "DMCT")
    return _tree(
        "Ntry",
        _leaf("NtryRef", str(position)),
        _amount(statement, line.amount_minor),
        _leaf("CdtDbtInd", direction),
        _tree("Sts", _leaf("Cd", "BOOK")),
        _tree("BookgDt", _leaf("Dt", statement.day.isoformat())),
        _tree("ValDt", _leaf("Dt", statement.day.isoformat())),
        _leaf("AcctSvcrRef", line.bank_reference),
        _tree(
            "BkTxCd",
            _tree(
                "Domn",
                _leaf("Cd", "PMNT"),
                _tree("Fmly", _leaf("Cd", family[0]), _leaf("SubFmlyCd", family[1])),
            ),
        ),
        _tree("NtryDtls", _details(statement, line, direction)),
    )


def _details(statement: Statement, line: Line, direction: str) -> etree._Element:
    references = (
        ("MsgId", line.message_id),
        ("AcctSvcrRef", line.bank_reference),
        ("PmtInfId", line.payment_information_id),
        ("InstrId", line.instruction_id),
        ("EndToEndId", line.end_to_end_id),
    )
    parts = [
        _tree("Refs", *(_leaf(name, text) for name, text in references if text)),
        _amount(statement, line.amount_minor),
        _leaf("CdtDbtInd", direction),
    ]
    if line.remittance:
        parts.append(_tree("RmtInf", _leaf("Ustrd", line.remittance)))
    parts.append(_tree("RltdDts", _leaf("TxDtTm", line.executed_at)))
    return _tree("TxDtls", *parts)


def _amount(statement: Statement, amount_minor: int) -> etree._Element:
    currency = statement.bank.currency
    element = _leaf("Amt", decimal_text(amount_minor, currency))
    element.set("Ccy", currency)
    return element


def _leaf(name: str, text: str) -> etree._Element:
    element = etree.Element(name)
    element.text = text
    return element


def _tree(name: str, *children: etree._Element) -> etree._Element:
    element = etree.Element(name)
    element.extend(children)
    return element
