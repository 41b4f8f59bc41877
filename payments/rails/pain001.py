"""Writing a payment file, pain.001, streamed, in the version that the agreement names.

A hundred thousand payments take seconds and little memory this way; building the whole tree
first took twenty times as much of both. The two versions differ, in what is written here, in
their namespace and in how the day of execution stands.

Source: ISO 20022 messages pain.001.001.03 and pain.001.001.09, CustomerCreditTransferInitiation
V03 and V09.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from lxml import etree

from payments.rails.amounts import decimal_text

VERSION = "pain.001.001.09"
OLDER_VERSION = "pain.001.001.03"
VERSIONS = (OLDER_VERSION, VERSION)
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_LONGEST_NAME = 140
_LONGEST_REMITTANCE = 140
_FRONT_BYTES = 1024
_MESSAGE_ID = re.compile(rb"<MsgId>([A-Za-z0-9_-]{1,35})</MsgId>")


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
    version: str = VERSION


def write_file(head: FileHead, transfers: Iterable[Transfer]) -> bytes:
    """Return the file's bytes; the same arguments give the same bytes.

    Raises:
        ValueError: The version is not written here.
    """
    out = io.BytesIO()
    write_into(out, head, transfers)
    return out.getvalue()


def write_into(out: IO[bytes], head: FileHead, transfers: Iterable[Transfer]) -> None:
    """Write the file as the transfers come: one of them is in memory at a time.

    Args:
        out: Where to, such as a file on disk.
        head: What it says of itself.
        transfers: As many as the head says; nothing here counts them again.

    Raises:
        ValueError: The version is not written here.
    """
    if head.version not in VERSIONS:
        raise ValueError(f"{head.version!r} is not written here")
    namespace = f"{_NAMESPACE}{head.version}"
    nsmap: Any = {None: namespace}  # The stubs know no default namespace.
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with (
            file.element(f"{{{namespace}}}Document", nsmap=nsmap),
            file.element(f"{{{namespace}}}CstmrCdtTrfInitn"),
        ):
            # What is written below says no namespace, so it stands in the document's.
            file.write(_group_header(head))
            with file.element(f"{{{namespace}}}PmtInf"):
                for part in _payment_front(head):
                    file.write(part)
                for transfer in transfers:
                    file.write(_transfer(transfer, head.currency))


def message_id_of(content: bytes) -> str | None:
    """Return the message id of a file that was written here, or None."""
    found = _MESSAGE_ID.search(content[:_FRONT_BYTES])
    return found[1].decode() if found else None


def _group_header(head: FileHead) -> etree._Element:
    return _tree(
        "GrpHdr",
        _leaf("MsgId", head.message_id),
        _leaf("CreDtTm", head.made_at.isoformat(timespec="seconds")),
        _leaf("NbOfTxs", str(head.count)),
        _leaf("CtrlSum", decimal_text(head.total_minor, head.currency)),
        _tree("InitgPty", _leaf("Nm", _shown(head.initiator, _LONGEST_NAME))),
    )


def _payment_front(head: FileHead) -> Iterator[etree._Element]:
    """Yield what stands before the payments."""
    yield _leaf("PmtInfId", head.message_id)
    yield _leaf("PmtMtd", "TRF")
    yield _leaf("NbOfTxs", str(head.count))
    yield _leaf("CtrlSum", decimal_text(head.total_minor, head.currency))
    day = head.execution_date.isoformat()
    if head.version == OLDER_VERSION:
        yield _leaf("ReqdExctnDt", day)
    else:
        yield _tree("ReqdExctnDt", _leaf("Dt", day))
    yield _tree("Dbtr", _leaf("Nm", _shown(head.initiator, _LONGEST_NAME)))
    yield _tree("DbtrAcct", _tree("Id", _tree("Othr", _leaf("Id", head.debtor_account))))
    member = _tree("ClrSysMmbId", _leaf("MmbId", head.bank_member_id))
    yield _tree("DbtrAgt", _tree("FinInstnId", member))


def _transfer(transfer: Transfer, currency: str) -> etree._Element:
    """Return one payment; the schema has no empty texts, so an empty one is left out."""
    amount = _leaf("InstdAmt", decimal_text(transfer.amount_minor, currency))
    amount.set("Ccy", currency)
    name = _shown(transfer.holder_name, _LONGEST_NAME)
    remittance = _shown(transfer.remittance, _LONGEST_REMITTANCE)
    parts = [
        _tree(
            "PmtId",
            _leaf("InstrId", transfer.payment_id),
            _leaf("EndToEndId", transfer.payment_id),
        ),
        _tree("Amt", amount),
        _tree("Cdtr", _leaf("Nm", name)) if name else None,
        _tree("CdtrAcct", _tree("Id", _tree("Othr", _leaf("Id", transfer.account_token)))),
        _tree("RmtInf", _leaf("Ustrd", remittance)) if remittance else None,
    ]
    return _tree("CdtTrfTxInf", *(part for part in parts if part is not None))


def _shown(text: str, longest: int) -> str:
    """Return a text as XML can hold it: one strange sign must not stop a whole file."""
    if not text.isprintable():
        text = "".join(each if each.isprintable() else " " for each in text)
    return text[:longest].strip()


def _tree(name: str, *parts: etree._Element) -> etree._Element:
    element = etree.Element(name)
    element.extend(parts)
    return element


def _leaf(name: str, text: str) -> etree._Element:
    element = etree.Element(name)
    element.text = text
    return element
