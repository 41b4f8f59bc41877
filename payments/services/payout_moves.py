"""Moving all payouts of a batch that are in one state, in one statement.

Nothing is posted with such a move, so the rows need not come here: a hundred thousand of them and
their history are written by the database alone.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from core.transactions import joins
from payments.enums import PayoutState
from payments.models import SettlementBatch
from payments.states import PAYOUT_MOVES

_MOVE = """
WITH held AS (
    SELECT id FROM payments_payout
     WHERE batch_id = %(batch)s AND state = %(old)s
     ORDER BY id FOR NO KEY UPDATE
), moved AS (
    UPDATE payments_payout AS payout SET state = %(new)s
      FROM held WHERE payout.id = held.id
    RETURNING payout.id
)
INSERT INTO payments_payoutmove (payout_id, from_state, to_state, at, reason)
SELECT id, %(old)s, %(new)s, %(at)s, %(reason)s FROM moved
"""


@joins
def move_all(
    *,
    batch: SettlementBatch,
    old: PayoutState,
    new: PayoutState,
    moment: datetime,
    reason: str = "",
) -> int:
    """Move every payout of a batch from one state to another, with its history.

    Args:
        batch: Locked.
        old: Those in this state.
        new: Where they go; nothing may have to be posted for it.
        moment: The business moment.
        reason: For the history.

    Returns:
        How many were moved.

    Raises:
        StateConflict: The state cannot follow.

    Transaction: joins (locks the rows in order of their ids).
    """
    PAYOUT_MOVES.check(old, new)
    values: dict[str, Any] = {
        "batch": batch.pk,
        "old": old.value,
        "new": new.value,
        "at": moment,
        "reason": reason[:140],
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, values)
        return int(cursor.rowcount)
