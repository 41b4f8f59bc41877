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


class Found:
    """What stands in one element, by its path of local names: the first of each.

    Looked through once: asking the tree for each path by itself took four fifths of an import.

    Args:
        element: What is read.
        but: The local name of elements that are left out, with all that is in them.
    """

    def __init__(self, element: etree._Element | None, *, but: str = "") -> None:
        """Look through the element; of none there is nothing."""
        self._at: dict[str, etree._Element] = {}
        self._but = but
        if element is not None:
            self._look(element, "")

    def at(self, path: str) -> etree._Element | None:
        """Return the first element at a path such as ``Refs/EndToEndId``."""
        return self._at.get(path)

    def text(self, path: str) -> str:
        """Return the text at a path, stripped, or nothing."""
        element = self._at.get(path)
        return "" if element is None else (element.text or "").strip()

    def _look(self, element: etree._Element, above: str) -> None:
        for child in element:
            name = child.tag.rpartition("}")[2]
            if name == self._but:
                continue
            path = above + name
            self._at.setdefault(path, child)
            if len(child):
                self._look(child, path + "/")


def read_part(element: etree._Element, entry: Found) -> Part:
    """Read one payment of an entry; an amount in another currency than the entry's is none."""
    found = Found(element)
    amount = found.at("Amt")
    if amount is None:
        amount = found.at("AmtDtls/TxAmt/Amt")
    owner = found if found.text("CdtDbtInd") else entry
    currency = read_currency(entry)
    return Part(
        amount=_amount_in(currency, amount, owner),
        asked=_amount_in(currency, found.at("AmtDtls/InstdAmt/Amt"), owner),
        charges=read_charges(element, found),
        texts=read_texts(found, entry),
        is_return=found.at("RtrInf") is not None,
    )


def _amount_in(currency: str, element: etree._Element | None, owner: Found) -> int | None:
    if element is None or element.get("Ccy") != currency:
        return None
    return _sign(owner) * read_amount(element)


def read_texts(part: Found, entry: Found) -> dict[str, str]:
    """Return what names a payment; what it does not say itself, its entry may."""
    own = part.text("RmtInf/Ustrd") or part.text("AddtlTxInf")
    groups = (
        part.text("Refs/MsgId"),
        part.text("Refs/PmtInfId"),
        entry.text("NtryDtls/Btch/MsgId"),
        entry.text("NtryDtls/Btch/PmtInfId"),
    )
    bank_reference = part.text("Refs/AcctSvcrRef") or entry.text("AcctSvcrRef")
    reason = part.text("RtrInf/Rsn/Cd") or part.text("RtrInf/Rsn/Prtry")
    return {
        "end_to_end_id": _identifier(part, "Refs/EndToEndId"),
        "instruction_id": _identifier(part, "Refs/InstrId"),
        "bank_reference": bank_reference[:_LONGEST_ID],
        "remittance": (own or entry.text("AddtlNtryInf"))[:_LONGEST_REMITTANCE],
        "debtor": _name(part, "Dbtr"),
        "creditor": _name(part, "Cdtr"),
        "group_id": next((each for each in groups if each), "")[:_LONGEST_GROUP],
        "reason": reason[:_LONGEST_GROUP],
    }


def _identifier(part: Found, path: str) -> str:
    """Return an id; the standard writes ``NOTPROVIDED`` where there is none."""
    text = part.text(path)[:_LONGEST_ID]
    return "" if text == "NOTPROVIDED" else text


def _name(part: Found, role: str) -> str:
    path = f"RltdPties/{role}"
    return (part.text(f"{path}/Pty/Nm") or part.text(f"{path}/Nm"))[:_LONGEST_NAME]


def read_charges(element: etree._Element, found: Found) -> Charges:
    """Return the charges that the amount of an element includes, or may include.

    Args:
        element: A payment or an entry.
        found: What stands in it.
    """
    if found.at("Chrgs/Rcrd") is None:
        return Charges()
    marked: dict[str, int] = {"": 0, "included": 0}
    for each in element.findall("{*}Chrgs/{*}Rcrd"):
        record = Found(each)
        mark = record.text("ChrgInclInd")
        if mark in TRUE or not mark:
            marked["included" if mark else ""] += read_signed(record)
    return Charges(marked["included"], marked[""])


def read_signed(found: Found) -> int:
    """Read an element's amount, negative where it is a debit.

    Raises:
        StatementUnreadable: It has no amount, or does not say which way it moved.
    """
    amount = found.at("Amt")
    if amount is None:
        raise Unreadable("an amount is missing")
    return _sign(found) * read_amount(amount)


def _sign(found: Found) -> int:
    """Return which way an amount moved; a reversal's mark says it already turned round."""
    sign = _SIGNS.get(found.text("CdtDbtInd"))
    if sign is None:
        raise Unreadable("an entry says neither credit nor debit")
    return sign


def read_currency(entry: Found) -> str:
    """Return the currency of an entry's amount."""
    amount = entry.at("Amt")
    return "" if amount is None else str(amount.get("Ccy", ""))


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


def read_text(element: etree._Element | None, path: str) -> str:
    """Return the text at a path, stripped, or nothing."""
    if element is None:
        return ""
    found = element.find("/".join(f"{{*}}{step}" for step in path.split("/")))
    return "" if found is None else (found.text or "").strip()
