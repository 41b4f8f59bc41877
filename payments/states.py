"""Which state of a payment may follow which.

The table is ruling 2's. One addition is spelled out here: when the debit was executed and the
payee's bank then refused the credit, the money goes back along the debit and the payment ends
``returned`` without ever having been ``completed``, because ``completed`` means that every leg
was executed.

Only ``payments.services.moving`` consults the table, so a state never changes without its
history row and its event.
"""

from core.states import Moves
from payments.enums import PaymentState as S

PAYMENT_MOVES = Moves(
    {
        S.AUTHORIZED: {S.PROCESSING, S.CANCELLED},
        S.PROCESSING: {S.COMPLETED, S.FAILED, S.UNKNOWN, S.PENDING_CLAIM, S.RETURNED},
        S.UNKNOWN: {S.COMPLETED, S.FAILED, S.RETURNED},
        S.PENDING_CLAIM: {S.COMPLETED, S.RETURNED},
        S.COMPLETED: {S.PARTIALLY_REFUNDED, S.REFUNDED, S.RETURNED, S.DISPUTED},
        S.PARTIALLY_REFUNDED: {S.REFUNDED, S.DISPUTED},
        S.DISPUTED: {S.COMPLETED, S.REFUNDED},
    }
)

BUSY = frozenset({S.AUTHORIZED, S.PROCESSING, S.UNKNOWN, S.PENDING_CLAIM})
"""The payment may still move money: its demand can neither expire nor be paid again."""

UNPAID = frozenset({S.FAILED, S.CANCELLED, S.RETURNED})
"""The payer has the money: the demand may be paid by another payment."""
