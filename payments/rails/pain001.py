"""Writing a payment file, pain.001.001.09, streamed.

A hundred thousand payments take seconds and little memory this way; building the whole tree
first took twenty times as much of both.

Source: ISO 20022 message pain.001.001.09, CustomerCreditTransferInitiationV09.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
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
    account_token: str
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
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with (
            file.element(_name("Document"), nsmap=_NSMAP),
            file.element(_name("CstmrCdtTrfInitn")),
        ):
            _write(file, _group_header(head))
            with file.element(_name("PmtInf")):
                for part in _payment_front(head):
                    _write(file, part)
                for transfer in transfers:
                    _write(file, _transfer(transfer, head.currency))
    return out.getvalue()


def _group_header(head: FileHead) -> "Part":
    return Part(
        "GrpHdr",
        Part("MsgId", head.message_id),
        Part("CreDtTm", head.made_at.isoformat(timespec="seconds")),
        Part("NbOfTxs", str(head.count)),
        Part("CtrlSum", decimal_text(head.total_minor, head.currency)),
        Part("InitgPty", Part("Nm", head.initiator[:_LONGEST_NAME])),
    )


def _payment_front(head: FileHead) -> Iterable["Part"]:
    """Yield what stands before the payments."""
    yield Part("PmtInfId", head.message_id)
    yield Part("PmtMtd", "TRF")
    yield Part("NbOfTxs", str(head.count))
    yield Part("CtrlSum", decimal_text(head.total_minor, head.currency))
    yield Part("ReqdExctnDt", Part("Dt", head.execution_date.isoformat()))
    yield Part("Dbtr", Part("Nm", head.initiator[:_LONGEST_NAME]))
    yield Part("DbtrAcct", Part("Id", Part("Othr", Part("Id", head.debtor_account))))
    yield Part(
        "DbtrAgt", Part("FinInstnId", Part("ClrSysMmbId", Part("MmbId", head.bank_member_id)))
    )


def _transfer(transfer: Transfer, currency: str) -> "Part":
    amount = decimal_text(transfer.amount_minor, currency)
    return Part(
        "CdtTrfTxInf",
        Part(
            "PmtId", Part("InstrId", transfer.payment_id), Part("EndToEndId", transfer.payment_id)
        ),
        Part("Amt", Part("InstdAmt", amount, Ccy=currency)),
        Part("Cdtr", Part("Nm", transfer.holder_name[:_LONGEST_NAME])),
        Part("CdtrAcct", Part("Id", Part("Othr", Part("Id", transfer.account_token)))),
        Part("RmtInf", Part("Ustrd", transfer.remittance[:_LONGEST_REMITTANCE])),
    )


class Part:
    """An element to be written: its name, its text or its parts, its attributes."""

    __slots__ = ("attributes", "content", "name")

    def __init__(self, name: str, *content: "Part | str", **attributes: str) -> None:
        """Keep what is to be written."""
        self.name = _name(name)
        self.content = content
        self.attributes = attributes


def _write(file: Any, part: Part) -> None:
    """Write a part and what is inside it; the namespace stands once, on the document."""
    with file.element(part.name, part.attributes):
        for inner in part.content:
            if isinstance(inner, str):
                file.write(inner)
            else:
                _write(file, inner)


@cache
def _name(tag: str) -> str:
    return f"{{{_NAMESPACE}}}{tag}"
