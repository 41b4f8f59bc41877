"""What camt.053 and camt.054 share: the elements of a booked line, streamed.

Elements are built without a namespace and inherit the document's default one in the text, which
keeps its declaration from being repeated on every line.
"""

from collections.abc import Iterable
from typing import Any

from lxml import etree

from bank_simulator.amounts import decimal_text
from bank_simulator.banks import CLEARING, Bank
from bank_simulator.lines import Group, Line

# Bank transaction codes: family and sub-family of the domain PMNT.
FAMILIES = {
    "debit": ("RCDT", "DMCT"),
    "credit": ("ICDT", "DMCT"),
    "payout": ("ICDT", "DMCT"),
    "returned_debit": ("RCDT", "RRTN"),
    "returned_credit": ("ICDT", "RRTN"),
    "capture": ("MCRD", "POSP"),
    "card_refund": ("MCRD", "DAJT"),
    "chargeback": ("MCRD", "UPCT"),
}


def account(bank: Bank) -> etree._Element:
    """Return the element of the clearing account and who keeps it."""
    institution = tree(
        "FinInstnId",
        tree("ClrSysMmbId", leaf("MmbId", bank.ispb)),
        leaf("Nm", bank.name),
    )
    return tree(
        "Acct",
        tree("Id", tree("Othr", leaf("Id", CLEARING))),
        leaf("Ccy", bank.currency),
        tree("Svcr", institution),
    )


def write_entries(file: Any, bank: Bank, told: Iterable[Line | Group]) -> None:
    """Write every line, one after the other."""
    for position, each in enumerate(told, start=1):
        if isinstance(each, Group):
            _write_group(file, bank, each, position)
        else:
            file.write(_entry(bank, each, position))


def _entry(bank: Bank, line: Line, position: int) -> etree._Element:
    front = _front(bank, line, position, line.amount_minor)
    if line.fee_minor:
        front.append(_charges(bank, line))
    return tree("Ntry", *front, tree("NtryDtls", _details(bank, line)))


def _write_group(file: Any, bank: Bank, group: Group, position: int) -> None:
    """Write lines booked as one: their sum, and the parts where the bank tells them."""
    first = group.first
    with file.element("Ntry"):
        for element in _front(bank, first, position, group.total_minor):
            file.write(element)
        with file.element("NtryDtls"):
            names = (("MsgId", first.message_id), ("PmtInfId", first.payment_information_id))
            file.write(
                tree(
                    "Btch",
                    *(leaf(name, text) for name, text in names if text),
                    leaf("NbOfTxs", str(group.count)),
                    amount(bank, group.total_minor, "TtlAmt"),
                    leaf("CdtDbtInd", direction(first)),
                )
            )
            for line in group.lines or ():
                file.write(_details(bank, line))


def _front(bank: Bank, line: Line, position: int, amount_minor: int) -> list[etree._Element]:
    """Return what stands in an entry before its details."""
    family, sub_family = FAMILIES[line.kind]
    return [
        leaf("NtryRef", str(position)),
        amount(bank, amount_minor),
        leaf("CdtDbtInd", direction(line)),
        tree("Sts", leaf("Cd", "BOOK")),
        tree("BookgDt", leaf("Dt", line.booking_date)),
        tree("ValDt", leaf("Dt", line.booking_date)),
        leaf("AcctSvcrRef", line.bank_reference),
        tree(
            "BkTxCd",
            tree(
                "Domn",
                leaf("Cd", "PMNT"),
                tree("Fmly", leaf("Cd", family), leaf("SubFmlyCd", sub_family)),
            ),
        ),
    ]


def _charges(bank: Bank, line: Line) -> etree._Element:
    record = tree("Rcrd", amount(bank, line.fee_minor), leaf("CdtDbtInd", "DBIT"))
    return tree("Chrgs", amount(bank, line.fee_minor, "TtlChrgsAndTaxAmt"), record)


def _details(bank: Bank, line: Line) -> etree._Element:
    references = (
        ("MsgId", line.message_id),
        ("AcctSvcrRef", line.bank_reference),
        ("PmtInfId", line.payment_information_id),
        ("InstrId", line.instruction_id),
        ("EndToEndId", line.end_to_end_id),
    )
    parts = [
        tree("Refs", *(leaf(name, text) for name, text in references if text)),
        amount(bank, line.amount_minor),
        leaf("CdtDbtInd", direction(line)),
    ]
    if line.fee_minor:
        asked = line.amount_minor + (line.fee_minor if line.is_credit else -line.fee_minor)
        parts.append(tree("AmtDtls", tree("InstdAmt", amount(bank, asked))))
    if line.remittance:
        parts.append(tree("RmtInf", leaf("Ustrd", line.remittance)))
    parts.append(tree("RltdDts", leaf("TxDtTm", line.executed_at)))
    if line.return_reason:
        parts.append(tree("RtrInf", tree("Rsn", leaf("Prtry", line.return_reason))))
    return tree("TxDtls", *parts)


def direction(line: Line) -> str:
    """Return which way the clearing account moved."""
    return "CRDT" if line.is_credit else "DBIT"


def amount(bank: Bank, amount_minor: int, name: str = "Amt") -> etree._Element:
    """Return the element of an amount in minor units."""
    element = leaf(name, decimal_text(amount_minor, bank.currency))
    element.set("Ccy", bank.currency)
    return element


def leaf(name: str, text: str) -> etree._Element:
    """Return an element with text."""
    element = etree.Element(name)
    element.text = text
    return element


def tree(name: str, *children: etree._Element) -> etree._Element:
    """Return an element with children."""
    element = etree.Element(name)
    element.extend(children)
    return element
