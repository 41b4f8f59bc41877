"""The one place where a payment's state changes: row, history and news together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from core.errors import StateConflict
from core.events import publish
from core.transactions import joins, remember
from payments.enums import PaymentState
from payments.models import Payment
from payments.receipt_codes import new_code
from payments.states import PAYMENT_MOVES

SYSTEM = "system"
BANK = "bank"

# Row and history in one statement. The move before gives up being the newest in it, so that the
# unique index on the newest never sees two. A row that has moved on changes nothing.
_MOVE = """
WITH moved AS (
    UPDATE payments_payment
       SET state = %(new)s, failure_code = %(failure_code)s, completed_at = %(completed_at)s,
           receipt_code = %(receipt_code)s
     WHERE id = %(payment)s AND state = %(old)s
    RETURNING id
), earlier AS (
    UPDATE payments_paymentmove SET most_recent = false
     WHERE payment_id = (SELECT id FROM moved) AND most_recent
    RETURNING position)
INSERT INTO payments_paymentmove
       (payment_id, position, from_state, to_state, at, actor, reason, most_recent)
SELECT id, (SELECT position FROM earlier) + 1, %(old)s, %(new)s, %(at)s, %(actor)s, %(reason)s,
       true
  FROM moved
"""


@dataclass(frozen=True, slots=True)
class Why:
    """Who moves a payment, for what reason, and when.

    Attributes:
        moment: The business moment.
        actor: Public id of a party or device, ``bank``, ``statement`` or ``system``.
        reason: A short text for staff, such as the bank's reason code.
        failure_code: What the parties are told when the payment did not go through.
    """

    moment: datetime
    actor: str = SYSTEM
    reason: str = ""
    failure_code: str = ""


@joins
def tell_started(*, payment: Payment) -> None:
    """Tell that a payment was authorized; its row and first line of history were just written.

    Publishes: ``payment.authorized``.

    Transaction: joins.
    """
    publish(f"payment.{payment.state}", payment_id=payment.public_id)


@joins
def move_payment(*, payment: Payment, to: PaymentState, why: Why) -> None:
    """Change a payment's state.

    Changes: the payment's row (also on the object given), its history.
    Publishes: ``payment.<state>``; ``payment.cleared`` when a dispute leaves it as it was, because
    a payment is completed once.

    Args:
        payment: A row that the caller has locked.
        to: The new state.
        why: Who, for what reason, when.

    Raises:
        StateConflict: The table of moves does not allow it, or the row has moved on.

    Transaction: joins.
    """
    old = payment.state
    PAYMENT_MOVES.check(old, to)
    is_first = to == PaymentState.COMPLETED and payment.completed_at is None
    completed_at = why.moment if is_first else payment.completed_at
    receipt_code = new_code() if is_first else payment.receipt_code
    failure_code = why.failure_code or payment.failure_code
    values: dict[str, Any] = {
        "payment": payment.id,
        "old": old,
        "new": to.value,
        "failure_code": failure_code,
        "completed_at": completed_at,
        "receipt_code": receipt_code,
        "at": why.moment,
        "actor": why.actor,
        "reason": why.reason[:200],
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, values)
        if not cursor.rowcount:
            raise StateConflict
    remember(("payment", payment.public_id), None)
    payment.state = to.value
    payment.failure_code, payment.completed_at = failure_code, completed_at
    payment.receipt_code = receipt_code
    is_cleared = old == PaymentState.DISPUTED and to == PaymentState.COMPLETED
    publish(f"payment.{'cleared' if is_cleared else to.value}", payment_id=payment.public_id)
