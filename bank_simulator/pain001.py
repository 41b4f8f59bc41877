"""Reading pain.001 files (.03 and .09) by streaming, trusting nothing in them.

Elements are thrown away as soon as they are read, so a hundred thousand transfers need no more
memory than their rows. Entities are never resolved, the network is off, and a document type
declaration is refused outright: it is the door of every XML bomb.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from lxml import etree

from bank_simulator import amounts
from bank_simulator.errors import Refusal
from bank_simulator.shapes import CURRENCY, IDENTIFIER, LARGEST_AMOUNT_MINOR

NAMESPACES = tuple(
    f"urn:iso:std:iso:20022:tech:xsd:pain.001.001.{version}" for version in ("03", "09")
)
LONGEST_ID = 35
LONGEST_REMITTANCE = 140


@dataclass(frozen=True)
class Transfer:
    """One credit transfer of the file; the amount is in minor units."""

    instruction_id: str
    payment_information_id: str
    end_to_end_id: str
    token: str
    amount_minor: int
    currency: str
    remittance: str


@dataclass(frozen=True)
class BatchFile:
    """What a whole file says of itself; the sum is in hundred-thousandths."""

    message_id: str
    version: str
    count: int
    units: int


@dataclass
class _Tally:
    """What has been counted so far; sums are hundred-thousandths."""

    count: int = 0
    units: int = 0

    def check(self, parent: "_Part", where: str, *, required: bool) -> None:
        """Compare with the NbOfTxs and CtrlSum that `parent` states."""
        count, total = parent.text("NbOfTxs"), parent.text("CtrlSum")
        if required and (not count or not total):
            raise _invalid(f"{where} must state NbOfTxs and CtrlSum")
        if count and (not re.fullmatch(r"[0-9]{1,15}", count) or int(count) != self.count):
            raise _mismatch(f"{where} NbOfTxs is {count}, the content has {self.count}")
        if total and amounts.file_units(total) != self.units:
            raise _mismatch(f"{where} CtrlSum is {total}, which is not the sum of its content")


@dataclass
class _Part:
    """An element and its namespace in braces, for short look-ups."""

    element: etree._Element
    space: str

    def text(self, path: str) -> str:
        """Return the text at `path`, stripped, or nothing."""
        return (self.element.findtext(self.qualified(path)) or "").strip()

    def qualified(self, path: str) -> str:
        """Return `path` with the namespace on each step."""
        return self.space + path.replace("/", "/" + self.space)

    def needed(self, path: str, longest: int = LONGEST_ID) -> str:
        """Return the text at `path`, which must be there and not too long."""
        text = self.text(path)
        if not 0 < len(text) <= longest:
            raise _invalid(f"{path} must have 1 to {longest} characters")
        return text


@dataclass
class _Reading:
    """The state of one pass over a file."""

    debtor: str
    namespace: str = ""
    header: _Part | None = None
    whole: _Tally = field(default_factory=_Tally)
    group: _Tally = field(default_factory=_Tally)


def read_batch(file: IO[bytes], *, debtor: str) -> BatchFile:
    """Read a pain.001 file to its end and check all of it, keeping none of its transfers.

    Args:
        file: The bytes, from the start.
        debtor: The only debtor account this bank lets the operator pay from.

    Raises:
        Refusal: `xml_invalid`, `batch_invalid` or `totals_mismatch`.
    """
    reading = _Reading(debtor=debtor)
    for _ in _transfers(file, reading):
        pass
    if reading.header is None or not reading.whole.count:
        raise _invalid("the file must have a GrpHdr and at least one CdtTrfTxInf")
    reading.whole.check(reading.header, "GrpHdr", required=True)
    message_id = reading.header.needed("MsgId")
    if not IDENTIFIER.fullmatch(message_id):
        raise _invalid(f"MsgId must match {IDENTIFIER.pattern}")
    version = reading.namespace.rpartition(".")[2]
    return BatchFile(message_id, version, reading.whole.count, reading.whole.units)


def read_transfers(file: IO[bytes], *, debtor: str) -> Iterator[Transfer]:
    """Yield the transfers of a file that `read_batch` has checked, from its start again."""
    yield from _transfers(file, _Reading(debtor=debtor))


def _transfers(file: IO[bytes], reading: _Reading) -> Iterator[Transfer]:
    events = _events(file)
    try:
        for event, element in events:
            if event == "end":
                transfer = _read_end(reading, element)
                if transfer is not None:
                    yield transfer
            elif not reading.namespace:
                _check_root(reading, element.getroottree().getroot())
        _check_root(reading, events.root)
    except etree.XMLSyntaxError as error:
        raise _not_xml(str(error.msg)) from error


def _events(file: IO[bytes]) -> etree.iterparse:
    """Parse, stopping only at the elements that matter: the rest would cost most of the time."""
    names = ("Document", "GrpHdr", "PmtInf", "CdtTrfTxInf")
    return etree.iterparse(
        file,
        events=("start", "end"),
        tag=[f"{{{space}}}{name}" for space in NAMESPACES for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _check_root(reading: _Reading, root: etree._Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise _not_xml("a document type declaration is not accepted")
    name = etree.QName(root)
    if name.localname != "Document" or name.namespace not in NAMESPACES:
        raise _invalid("the root must be a pain.001.001.03 or .09 Document")
    reading.namespace = name.namespace


def _read_end(reading: _Reading, element: etree._Element) -> Transfer | None:
    """Read an element that is complete; returns the transfer if it is one."""
    space = f"{{{reading.namespace}}}"
    parent = element.getparent()
    if parent is None:
        return None
    above = parent.tag
    if element.tag == f"{space}CdtTrfTxInf" and above == f"{space}PmtInf":
        transfer = _read_transfer(reading, _Part(element, space), _Part(parent, space))
        _forget(element)
        return transfer
    if element.tag == f"{space}PmtInf" and above == f"{space}CstmrCdtTrfInitn":
        _end_group(reading, _Part(element, space))
        _forget(element)
    elif element.tag == f"{space}GrpHdr" and above == f"{space}CstmrCdtTrfInitn":
        if reading.header is not None:
            raise _invalid("there must be one GrpHdr")
        reading.header = _Part(element, space)
    return None


def _read_transfer(reading: _Reading, part: _Part, group: _Part) -> Transfer:
    amount = part.element.find(part.qualified("Amt/InstdAmt"))
    if amount is None:
        raise _invalid("every CdtTrfTxInf needs Amt/InstdAmt")
    currency, units = str(amount.get("Ccy", "")), amounts.file_units(amount.text or "")
    if not CURRENCY.fullmatch(currency) or units is None:
        raise _invalid("InstdAmt must be a decimal number with a Ccy")
    minor = amounts.minor_units(units, currency)
    if minor is None or not 0 < minor <= LARGEST_AMOUNT_MINOR:
        raise _invalid("InstdAmt must be positive and whole in the currency's smallest unit")
    reading.group.count += 1
    reading.group.units += units
    end_to_end_id = part.needed("PmtId/EndToEndId")
    return Transfer(
        instruction_id=part.text("PmtId/InstrId")[:LONGEST_ID] or end_to_end_id,
        payment_information_id=group.needed("PmtInfId"),
        end_to_end_id=end_to_end_id,
        token=part.needed("CdtrAcct/Id/Othr/Id"),
        amount_minor=minor,
        currency=currency,
        remittance=part.text("RmtInf/Ustrd")[:LONGEST_REMITTANCE],
    )


def _end_group(reading: _Reading, part: _Part) -> None:
    group_id = part.needed("PmtInfId")
    if part.needed("DbtrAcct/Id/Othr/Id") != reading.debtor:
        raise _invalid(f"DbtrAcct/Id/Othr/Id must be {reading.debtor}")
    reading.group.check(part, f"PmtInf {group_id}", required=False)
    reading.whole.count += reading.group.count
    reading.whole.units += reading.group.units
    reading.group = _Tally()


def _forget(element: etree._Element) -> None:
    """Free an element that has been read, and its place in the parent."""
    parent = element.getparent()
    element.clear()
    if parent is not None:
        parent.remove(element)


def _invalid(words: str) -> Refusal:
    return Refusal(422, "batch_invalid", f"{words[:200]}.")


def _mismatch(words: str) -> Refusal:
    return Refusal(422, "totals_mismatch", f"{words[:200]}.")


def _not_xml(words: str) -> Refusal:
    return Refusal(400, "xml_invalid", f"{words[:200]}.")
