"""What a bank tells of the same day, camt.054: entries that its statement will show again.

It has no balances, so it proves nothing about the whole; each booked entry in it is the bank's
own word that this movement happened.

Source: ISO 20022 message camt.054.001.08, BankToCustomerDebitCreditNotificationV08.
"""

import io
from functools import partial
from typing import BinaryIO

from payments.rails import NotificationFile
from payments.rails.camt import Message, read_digest, read_entries, read_front
from payments.rails.camt_parts import read_text

NOTIFICATION = Message("camt.054", "Ntfctn")
_LONGEST_ID = 64


def read_notification(source: bytes | BinaryIO) -> NotificationFile:
    """Read which notification it is now, and its entries as often as they are asked for.

    Args:
        source: The bytes, or a file of them that stays open as long as what is returned.

    Raises:
        StatementUnreadable: It is no XML or no camt.054; while the entries are read, also an
            entry without amount, direction or day.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    front = read_front(file, NOTIFICATION)
    return NotificationFile(
        sha256=read_digest(file),
        reference=read_text(front, "Id")[:_LONGEST_ID],
        currency=read_text(front, "Acct/Ccy"),
        entries=partial(read_entries, file, NOTIFICATION),
    )
