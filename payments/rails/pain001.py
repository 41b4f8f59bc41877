"""Writing a payment file, pain.001.001.09, streamed.

A hundred thousand payments take seconds and little memory this way; building the whole tree
first took twenty times as much of both.

Source: ISO 20022 message pain.001.001.09, CustomerCreditTransferInitiationV09.
"""

import io
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lxml import etree

from payments.rails.amounts import decimal_text

VERSION = "pain.001.001.09"
_NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{VERSION}"
_NSMAP: Any = {None: _NAMESPACE}  # The stubs know no default namespace.
_LONGEST_NAME = 140
_LONGEST_REMITTANCE = 140


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment of a file; its id is both instruction and end-to-end id."""

    payment_id: str
    account: str
    holder_name: str
    amount_minor: int
    remittance: str


@dataclass(frozen=True, slots=True)
class FileHead:
    """What a file says of itself. Count and total are those that were frozen at the claim."""

    message_id: str
    made_at: datetime
    initiator: str
    bank_member_id: str
    debtor_account: str
    execution_date: date
    currency: str
    count: int
    total_minor: int


def write_file(head: FileHead, transfers: Iterable[Transfer]) -> bytes:
    """Return the file's bytes; the same arguments give the same bytes."""
    out = io.BytesIO()
    with etree.xmlfile(out, encoding="utf-8") as file, ExitStack() as stack:
        file.write_declaration()
        stack.enter_context(file.element("Document", nsmap=_NSMAP))
        stack.enter_context(file.element("CstmrCdtTrfInitn"))
        file.write(_group_header(head))
        stack.enter_context(file.element("PmtInf"))
        for element in _payment_front(head):
            file.write(element)
        for transfer in transfers:
            file.write(_transfer(transfer, head.currency))
    return out.getvalue()


def _group_header(head: FileHead) -> etree._Element:
    return _tree(
        "GrpHdr",
        _leaf("MsgId", head.message_id),
        _leaf("CreDtTm", head.made_at.isoformat(timespec="seconds")),
        _leaf("NbOfTxs", str(head.count)),
        _leaf("CtrlSum", decimal_text(head.total_minor, head.currency)),
        _tree("InitgPty", _leaf("Nm", head.initiator[:_LONGEST_NAME])),
    )


def _payment_front(head: FileHead) -> Iterable[etree._Element]:
    """Yield what stands before the payments."""
    yield _leaf("PmtInfId", head.message_id)
    yield _leaf("PmtMtd", "TRF")
    yield _leaf("NbOfTxs", str(head.count))
    yield _leaf("CtrlSum", decimal_text(head.total_minor, head.currency))
    yield _tree("ReqdExctnDt", _leaf("Dt", head.execution_date.isoformat()))
    yield _tree("Dbtr", _leaf("Nm", head.initiator[:_LONGEST_NAME]))
    yield _tree("DbtrAcct", _tree("Id", _tree("Othr", _leaf("Id", head.debtor_account))))
    yield _tree(
        "DbtrAgt", _tree("FinInstnId", _tree("ClrSysMmbId", _leaf("MmbId", head.bank_member_id)))
    )


def _transfer(transfer: Transfer, currency: str) -> etree._Element:
    amount = _leaf("InstdAmt", decimal_text(transfer.amount_minor, currency))
    amount.set("Ccy", currency)
    return _tree(
        "CdtTrfTxInf",
        _tree(
            "PmtId",
            _leaf("InstrId", transfer.payment_id),
            _leaf("EndToEndId", transfer.payment_id),
        ),
        _tree("Amt", amount),
        _tree("Cdtr", _leaf("Nm", transfer.holder_name[:_LONGEST_NAME])),
        _tree("CdtrAcct", _tree("Id", _tree("Othr", _leaf("Id", transfer.account)))),
        _tree("RmtInf", _leaf("Ustrd", transfer.remittance[:_LONGEST_REMITTANCE])),
    )


def _leaf(name: str, text: str) -> etree._Element:
    element = etree.Element(f"{{{_NAMESPACE}}}{name}", nsmap=_NSMAP)
    element.text = text
    return element


def _tree(name: str, *children: etree._Element) -> etree._Element:
    element = etree.Element(f"{{{_NAMESPACE}}}{name}", nsmap=_NSMAP)
    element.extend(children)
    return element
