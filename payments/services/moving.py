"""The one place where a payment's state changes: row, history and news together."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from core.errors import StateConflict
from core.events import publish
from core.transactions import joins
from payments.enums import PaymentState
from payments.models import Payment
from payments.states import PAYMENT_MOVES

SYSTEM = "system"
BANK = "bank"

# The move before gives up being the newest in the same statement, so that the unique index on
# the newest never sees two.
_HISTORY = """
WITH earlier AS (
    UPDATE payments_paymentmove SET most_recent = false
     WHERE payment_id = %(payment)s AND most_recent
    RETURNING position)
INSERT INTO payments_paymentmove
       (payment_id, position, from_state, to_state, at, actor, reason, most_recent)
VALUES (%(payment)s, coalesce((SELECT position FROM earlier), 0) + 1, %(old)s, %(new)s, %(at)s,
        %(actor)s, %(reason)s, true)
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
    changes: dict[str, object] = {"state": to.value}
    if why.failure_code:
        changes["failure_code"] = why.failure_code
    if to == PaymentState.COMPLETED and payment.completed_at is None:
        changes["completed_at"] = why.moment
    if not Payment.objects.filter(id=payment.id, state=old).update(**changes):
        raise StateConflict
    for name, value in changes.items():
        setattr(payment, name, value)
    _write_history(payment, old, to.value, why)
    is_cleared = old == PaymentState.DISPUTED and to == PaymentState.COMPLETED
    publish(f"payment.{'cleared' if is_cleared else to.value}", payment_id=payment.public_id)


def _write_history(payment: Payment, old: str, new: str, why: Why) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _HISTORY,
            {
                "payment": payment.id,
                "old": old,
                "new": new,
                "at": why.moment,
                "actor": why.actor,
                "reason": why.reason[:200],
            },
        )
