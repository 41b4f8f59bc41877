"""Marking what shops were owed, so that a statement of today does not add up all of their past."""

from datetime import datetime, timedelta
from typing import Final

from core.transactions import owns
from payments import ledger
from payments.enums import LedgerKind
from payments.models import LedgerAccount

ACCOUNTS_AT_ONCE: Final = 100
SURELY_OVER: Final = timedelta(days=1)
"""A line has the moment at which its transaction began, and none lasts so long."""


def mark_owed(*, moment: datetime) -> int:
    """Mark the accounts of shops on which much was written since their newest mark.

    A mark stands at a midnight of UTC, so however often this runs, a day has one at most.

    Changes: ``LedgerMark``; no balance and no line.

    Args:
        moment: Business time.

    Returns:
        How many were marked.

    Transaction: owns (one for each hundred accounts).
    """
    until = (moment - SURELY_OVER).replace(hour=0, minute=0, second=0, microsecond=0)
    marked, after = 0, 0
    while True:
        rows = LedgerAccount.objects.filter(kind=LedgerKind.PAYABLE, id__gt=after).order_by("id")
        accounts = list(rows.values_list("id", flat=True)[:ACCOUNTS_AT_ONCE])
        marked += _mark(accounts=accounts, until=until)
        if len(accounts) < ACCOUNTS_AT_ONCE:
            return marked
        after = accounts[-1]


@owns
def _mark(*, accounts: list[int], until: datetime) -> int:
    """Mark some accounts.

    Changes: ``LedgerMark``.

    Transaction: owns.
    """
    return len(ledger.mark_accounts(accounts, until))
