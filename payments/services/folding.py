"""Folding busy accounts' inboxes, so that their balances stay short to read."""

from core.transactions import owns
from payments import ledger

ACCOUNTS_AT_ONCE = 50
"""Their rows are locked together for the few milliseconds of one fold."""


def fold_inboxes(*, limit: int = 1000) -> int:
    """Fold every account that has something in its inbox, some at a time.

    Changes: balances and inbox rows; no true balance.

    Args:
        limit: At most about so many accounts.

    Returns:
        How many accounts were folded.

    Transaction: owns (one for each fifty accounts).
    """
    folded = 0
    while folded < limit:
        found = _fold(most=min(ACCOUNTS_AT_ONCE, limit - folded))
        folded += found
        if found < ACCOUNTS_AT_ONCE:
            break
    return folded


@owns
def _fold(*, most: int) -> int:
    return ledger.fold_many(most)
