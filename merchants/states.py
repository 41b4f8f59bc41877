"""Which state of an order, a review or a proposal may follow which (ruling 3); an order's news."""

from core.states import Moves
from merchants.enums import OrderState as S
from merchants.enums import ProposalState as P
from merchants.enums import ReviewState as R

# ``accepted`` lasts no longer than the commit that writes it: the seller's yes is followed at
# once by the demand, or by "pay outside" where the country is not open for purchases.
ORDER = Moves(
    {
        S.PLACED: {S.ACCEPTED, S.DECLINED, S.CANCELLED, S.EXPIRED},
        S.ACCEPTED: {S.AWAITING_PAYMENT, S.EXTERNAL_PENDING},
        S.AWAITING_PAYMENT: {S.PAID, S.DECLINED, S.CANCELLED, S.EXPIRED},
        # Without ``paid``: Troco saw no money, the shop says that it came.
        S.EXTERNAL_PENDING: {S.PREPARING, S.DECLINED, S.CANCELLED, S.EXPIRED},
        S.PAID: {S.PREPARING},
        S.PREPARING: {S.SHIPPED, S.READY},
        S.SHIPPED: {S.COMPLETED},
        S.READY: {S.COMPLETED},
    }
)

# A shop that was asked waits for its owner; only an answer, or a refusal, leads on.
REVIEW = Moves(
    {
        R.OPEN: {R.ASKED, R.APPROVED, R.REJECTED},
        R.ASKED: {R.ANSWERED, R.REJECTED},
        R.ANSWERED: {R.ASKED, R.APPROVED, R.REJECTED},
    }
)

PROPOSAL = Moves({P.OPEN: {P.APPROVED, P.DECLINED, P.WITHDRAWN, P.EXPIRED}})

# Moves after which the promised stock is free again.
CLOSED_UNPAID = frozenset({S.DECLINED, S.CANCELLED, S.EXPIRED})

EVENTS = {
    S.PLACED: "order.placed",
    S.ACCEPTED: "order.accepted",
    S.AWAITING_PAYMENT: "order.awaiting_payment",
    S.EXTERNAL_PENDING: "order.external_pending",
    S.PAID: "order.paid",
    S.PREPARING: "order.preparing",
    S.READY: "order.ready",
    S.SHIPPED: "order.shipped",
    S.COMPLETED: "order.completed",
    S.DECLINED: "order.declined",
    S.CANCELLED: "order.cancelled",
    S.EXPIRED: "order.expired",
}
