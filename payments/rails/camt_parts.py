"""What is read out of one entry of a bank's message, and out of one payment inside it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from lxml import etree

from payments.rails import StatementUnreadable as Unreadable
from payments.rails.amounts import minor_units

TRUE: Final = frozenset({"true", "1"})
_SIGNS = {"CRDT": 1, "DBIT": -1}
_LONGEST_ID = 64
_LONGEST_GROUP = 35
_LONGEST_NAME = 140
_LONGEST_REMITTANCE = 280


@dataclass(frozen=True, slots=True)
class Charges:
    """What a bank took, with signs: a cost is negative.

    ``included`` is in the amount by the bank's own mark; of ``unmarked`` it says neither, so it
    is in the amount only if what was asked for shows it.
    """

    included: int = 0
    unmarked: int = 0

    def within(self, whole: int, asked: int | None) -> int:
        """Return what of an amount is charges."""
        everything = self.included + self.unmarked
        return everything if asked == whole - everything else self.included


@dataclass(frozen=True, slots=True)
class Part:
    """One payment inside an entry, with signs as the account sees them.

    ``asked`` is what the order was for, where the bank tells it; ``charges`` what it took out.
    """

    amount: int | None = None
    asked: int | None = None
    charges: Charges = Charges()
    texts: dict[str, str] = field(default_factory=dict)
    is_return: bool = False


def read_part(element: etree._Element, entry: etree._Element) -> Part:
    """Read one payment of an entry; an amount in another currency than the entry's is none."""
    found = _found(element, "Amt")
    if found is None:
        found = _found(element, "AmtDtls/TxAmt/Amt")
    amount: int | None = None
    asked = _found(element, "AmtDtls/InstdAmt/Amt")
    owner = element if read_text(element, "CdtDbtInd") else entry
    if found is not None and found.get("Ccy") == read_currency(entry):
        amount = _sign(owner) * read_amount(found)
    return Part(
        amount=amount,
        asked=_sign(owner) * read_amount(asked)
        if asked is not None and asked.get("Ccy") == read_currency(entry)
        else None,
        charges=read_charges(element),
        texts=read_texts(element, entry),
        is_return=_found(element, "RtrInf") is not None,
    )


def read_texts(part: etree._Element | None, entry: etree._Element) -> dict[str, str]:
    """Return what names a payment; what it does not say itself, its entry may."""
    own = read_text(part, "RmtInf/Ustrd") or read_text(part, "AddtlTxInf")
    groups = (
        read_text(part, "Refs/MsgId"),
        read_text(part, "Refs/PmtInfId"),
        read_text(entry, "NtryDtls/Btch/MsgId"),
        read_text(entry, "NtryDtls/Btch/PmtInfId"),
    )
    return {
        "end_to_end_id": _identifier(part, "Refs/EndToEndId"),
        "instruction_id": _identifier(part, "Refs/InstrId"),
        "bank_reference": (read_text(part, "Refs/AcctSvcrRef") or read_text(entry, "AcctSvcrRef"))[
            :_LONGEST_ID
        ],
        "remittance": (own or read_text(entry, "AddtlNtryInf"))[:_LONGEST_REMITTANCE],
        "debtor": _name(part, "Dbtr"),
        "creditor": _name(part, "Cdtr"),
        "group_id": next((each for each in groups if each), "")[:_LONGEST_GROUP],
        "reason": (read_text(part, "RtrInf/Rsn/Cd") or read_text(part, "RtrInf/Rsn/Prtry"))[
            :_LONGEST_GROUP
        ],
    }


def _identifier(part: etree._Element | None, path: str) -> str:
    """Return an id; the standard writes ``NOTPROVIDED`` where there is none."""
    text = read_text(part, path)[:_LONGEST_ID]
    return "" if text == "NOTPROVIDED" else text


def _name(part: etree._Element | None, role: str) -> str:
    path = f"RltdPties/{role}"
    return (read_text(part, f"{path}/Pty/Nm") or read_text(part, f"{path}/Nm"))[:_LONGEST_NAME]


def read_charges(element: etree._Element) -> Charges:
    """Return the charges that the amount of an element includes, or may include."""
    marked: dict[str, int] = {"": 0, "included": 0}
    for each in element.findall("{*}Chrgs/{*}Rcrd"):
        mark = read_text(each, "ChrgInclInd")
        if mark in TRUE or not mark:
            marked["included" if mark else ""] += read_signed(each)
    return Charges(marked["included"], marked[""])


def read_signed(element: etree._Element) -> int:
    """Read an element's amount, negative where it is a debit.

    Raises:
        StatementUnreadable: It has no amount, or does not say which way it moved.
    """
    found = _found(element, "Amt")
    if found is None:
        raise Unreadable("an amount is missing")
    return _sign(element) * read_amount(found)


def _sign(element: etree._Element) -> int:
    """Return which way an amount moved; a reversal's mark says it already turned round."""
    sign = _SIGNS.get(read_text(element, "CdtDbtInd"))
    if sign is None:
        raise Unreadable("an entry says neither credit nor debit")
    return sign


def read_currency(entry: etree._Element) -> str:
    """Return the currency of an entry's amount."""
    found = _found(entry, "Amt")
    return "" if found is None else str(found.get("Ccy", ""))


def read_amount(element: etree._Element) -> int:
    """Read an ``Amt`` exactly.

    Raises:
        StatementUnreadable: It is no amount of its currency.
    """
    try:
        return minor_units(element.text or "", str(element.get("Ccy", "")))
    except ValueError as error:
        raise Unreadable(str(error)) from error


def read_day(text: str) -> date:
    """Read a date.

    Raises:
        StatementUnreadable: It is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(f"{text!r} is no date") from error


def _found(element: etree._Element | None, path: str) -> etree._Element | None:
    if element is None:
        return None
    return element.find("/".join(f"{{*}}{step}" for step in path.split("/")))


def read_text(element: etree._Element | None, path: str) -> str:
    """Return the text at a path, stripped, or nothing."""
    found = _found(element, path)
    return "" if found is None else (found.text or "").strip()
