"""Writing a notification as camt.054.001.08: booked lines without balances, streamed."""

from collections.abc import Iterable
from typing import IO

from lxml import etree

from bank_simulator.camt import account, leaf, tree, write_entries
from bank_simulator.lines import Group, Line
from bank_simulator.notifications import Notification

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


def write_notification(
    notification: Notification, told: Iterable[Line | Group], out: IO[bytes]
) -> None:
    """Write the notification's XML document to `out`."""
    bank, made_at = notification.bank, notification.made_at
    name = f"{bank.ispb}NTFN{notification.number:012d}"
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with (
            file.element("Document", nsmap={None: NAMESPACE}),
            file.element("BkToCstmrDbtCdtNtfctn"),
        ):
            file.write(tree("GrpHdr", leaf("MsgId", name), leaf("CreDtTm", made_at)))
            with file.element("Ntfctn"):
                file.write(leaf("Id", name))
                file.write(leaf("ElctrncSeqNb", str(notification.number)))
                file.write(leaf("CreDtTm", made_at))
                file.write(account(bank))
                write_entries(file, bank, told)
