"""Folding busy accounts' inboxes, so that their balances stay short to read."""

from core.transactions import owns
from payments import ledger
from payments.models import LedgerInbox


def fold_inboxes(*, limit: int = 1000) -> int:
    """Fold every account that has something in its inbox, each in a transaction of its own.

    Changes: balances and inbox rows; no true balance.

    Args:
        limit: At most so many accounts.

    Returns:
        How many accounts were folded.

    Transaction: owns (one for each account).
    """
    inboxes = LedgerInbox.objects.order_by("account_id").values_list("account_id", flat=True)
    waiting = list(inboxes.distinct()[:limit])
    for account_id in waiting:
        _fold(account_id=account_id)
    return len(waiting)


@owns
def _fold(*, account_id: int) -> None:
    ledger.fold(account_id)
