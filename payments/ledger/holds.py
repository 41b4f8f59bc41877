"""Two steps: an amount is held first, and captured or voided later.

What is held stays in the balance and can no longer be spent: the floor counts it as gone. A hold
has one end. Its id is derived from the fact that it is for, so the same fact holds once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection

from core.ids import derive_uuid
from core.money import Money
from payments.ledger.chart import Owned, accounts
from payments.ledger.posting import Line, make_journal, make_transfer_id
from payments.ledger.refusals import named


def make_hold_id(fact: str) -> UUID:
    """Return the one id of the hold that belongs to a fact."""
    return derive_uuid(fact, "hold")


def hold(fact: str, owned: Owned, amount: Money, moment: datetime) -> None:
    """Keep an amount of an account from being spent. Holding the same again changes nothing.

    Args:
        fact: Public id of what it is held for, such as a dispute; one hold for each.
        owned: Whose money.
        amount: How much; positive.
        moment: The business moment.

    Raises:
        InsufficientFunds: Less than that is available.
        TransferContradicted: The fact holds another amount or account.

    Transaction: joins (two statements; locks the account).
    """
    account_id = accounts([owned], amount.currency)[0]
    _call(
        "SELECT ledger_hold_v1(%s, %s, %s, %s, %s, %s)",
        [make_hold_id(fact), account_id, amount.amount_minor, amount.currency, fact, moment],
    )


def capture(fact: str, line: Line, moment: datetime) -> None:
    """Move what a fact holds, wholly or in part, and end the hold. Again the same does nothing.

    What is not captured can be spent again.

    Args:
        fact: What ``hold`` was called with.
        line: The transfer. Its debit is the account of the hold, its amount at most what is
            held.
        moment: The business moment.

    Raises:
        HoldEnded: It was voided, or captured otherwise.
        HoldExceeded: Less is held.
        LedgerRefused: The fact holds nothing.

    Transaction: joins (two statements; locks both accounts in order of id).
    """
    credit = accounts([line.credit], line.amount.currency)[0]
    _call(
        "SELECT ledger_capture_v1(%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            make_hold_id(fact),
            make_transfer_id(fact, line.kind),
            make_journal(fact, line.kind.value),
            line.kind.value,
            credit,
            line.amount.amount_minor,
            fact,
            moment,
        ],
    )


def void(fact: str, moment: datetime) -> None:
    """End a hold without moving anything. Voiding again does nothing.

    Args:
        fact: What ``hold`` was called with.
        moment: The business moment.

    Raises:
        HoldEnded: It was captured.
        LedgerRefused: The fact holds nothing.

    Transaction: joins (one statement; locks the account).
    """
    _call("SELECT ledger_void_v1(%s, %s)", [make_hold_id(fact), moment])


def _call(statement: str, arguments: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement, arguments)
        except DatabaseError as error:
            raise named(error) from error
