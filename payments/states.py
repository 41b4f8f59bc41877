"""Which state of a payment may follow which.

The table is ruling 2's. One addition is spelled out here: when the debit was executed and the
payee's bank then refused the credit, the money goes back along the debit and the payment ends
``returned`` without ever having been ``completed``, because ``completed`` means that every leg
was executed. Another follows from it: a debit whose outcome was unknown for a while and that
turns out to be executed leads to where it would have led at once, also to ``pending_claim``.

Another: a dispute of a payment of which a part was given back before leads back there, so
``disputed → partially_refunded`` stands beside the two of the ruling.

Only ``payments.services.moving`` consults the table, so a state never changes without its
history row and its event.
"""

from core.states import Moves
from payments.enums import AgreementState as A
from payments.enums import BatchState as B
from payments.enums import CapabilityState as C
from payments.enums import DisputeState as D
from payments.enums import PaymentState as S
from payments.enums import PayoutState as P
from payments.enums import RefundState as F
from payments.enums import RequestState as R
from payments.statement_enums import LineState as L
from payments.statement_enums import WayBackState as W

PAYMENT_MOVES = Moves(
    {
        S.AUTHORIZED: {S.PROCESSING, S.CANCELLED},
        S.PROCESSING: {S.COMPLETED, S.FAILED, S.UNKNOWN, S.PENDING_CLAIM, S.RETURNED},
        S.UNKNOWN: {S.COMPLETED, S.FAILED, S.PENDING_CLAIM, S.RETURNED},
        S.PENDING_CLAIM: {S.COMPLETED, S.RETURNED},
        S.COMPLETED: {S.PARTIALLY_REFUNDED, S.REFUNDED, S.RETURNED, S.DISPUTED},
        S.PARTIALLY_REFUNDED: {S.REFUNDED, S.DISPUTED},
        S.DISPUTED: {S.COMPLETED, S.PARTIALLY_REFUNDED, S.REFUNDED},
    }
)

REFUND_MOVES = Moves(
    {
        F.AWAITING_SECOND: {F.APPROVED, F.DECLINED},
        F.APPROVED: {F.PROCESSING},
        F.PROCESSING: {F.COMPLETED, F.FAILED, F.UNKNOWN},
        F.UNKNOWN: {F.COMPLETED, F.FAILED},
    }
)
"""A refund. From ``approved`` on its money has left what the shop is owed.

A failed refund gives the money back to the shop; what it was for may be refunded anew.
"""

DISPUTE_MOVES = Moves(
    {
        D.OPENED: {D.EVIDENCE_DUE, D.UNDER_REVIEW},
        D.EVIDENCE_DUE: {D.UNDER_REVIEW, D.WITHDRAWN},
        D.UNDER_REVIEW: {D.WON, D.LOST, D.WITHDRAWN, D.EXPIRED},
    }
)
"""A dispute. ``opened`` lasts no longer than the commit that writes it and holds the money.

A fraud is analysed at once; a purchase that went wrong first waits for the shop's answer.
"""

OPEN_DISPUTES = frozenset({D.OPENED, D.EVIDENCE_DUE, D.UNDER_REVIEW})

REFUNDABLE = frozenset({S.COMPLETED, S.PARTIALLY_REFUNDED})
"""A shop or the staff may give money of such a payment back."""

BUSY = frozenset({S.AUTHORIZED, S.PROCESSING, S.UNKNOWN, S.PENDING_CLAIM})
"""The payment may still move money: its demand can neither expire nor be paid again."""

UNPAID = frozenset({S.FAILED, S.CANCELLED, S.RETURNED})
"""The payer has the money: the demand may be paid by another payment."""

REQUEST_MOVES = Moves({R.OPEN: {R.PAID, R.DECLINED, R.CANCELLED, R.EXPIRED}})
"""A request for money between people (ruling 3). Only ``payments.services.request_moves`` asks."""

CAPABILITY_MOVES = Moves(
    {
        C.PLANNED: {C.READY, C.CLOSED},
        C.READY: {C.OPEN, C.PLANNED, C.CLOSED},
        C.OPEN: {C.DEGRADED, C.SUSPENDED, C.CLOSED},
        C.DEGRADED: {C.OPEN, C.SUSPENDED, C.CLOSED},
        C.SUSPENDED: {C.READY, C.CLOSED},
        C.CLOSED: {C.PLANNED},
    }
)
"""A country's capability. The clock may move every arrow but two: a person opens and closes.

``ready → planned`` is the way back when evidence is lost before anybody opened.
"""

AGREEMENT_MOVES = Moves(
    {
        A.DRAFT: {A.SIGNED, A.TERMINATED},
        A.SIGNED: {A.LIVE, A.EXPIRED, A.TERMINATED},
        A.LIVE: {A.SUSPENDED, A.EXPIRED, A.TERMINATED},
        A.SUSPENDED: {A.LIVE, A.EXPIRED, A.TERMINATED},
    }
)
"""An agreement with a bank."""

BATCH_MOVES = Moves(
    {
        B.OPEN: {B.CLAIMED, B.SKIPPED},
        B.CLAIMED: {B.APPROVED},
        B.APPROVED: {B.SUBMITTING},
        B.SUBMITTING: {B.SUBMITTED, B.REJECTED, B.UNKNOWN, B.APPROVED},
        B.SUBMITTED: {B.ACKNOWLEDGED, B.PARTIAL, B.REJECTED, B.UNKNOWN},
        B.UNKNOWN: {B.SUBMITTED, B.ACKNOWLEDGED, B.PARTIAL, B.REJECTED},
        B.ACKNOWLEDGED: {B.PARTIAL, B.REJECTED, B.RECONCILED},
        B.PARTIAL: {B.RECONCILED},
        B.REJECTED: {B.RECONCILED},
    }
)
"""A settlement batch. ``submitting → approved`` is the one way back: nothing left this machine."""

PAYOUT_MOVES = Moves(
    {
        P.READY: {P.CLAIMED},
        P.CLAIMED: {P.SENT},
        P.SENT: {P.ACCEPTED, P.SETTLED, P.REJECTED, P.UNKNOWN},
        P.ACCEPTED: {P.SETTLED, P.REJECTED},
        P.UNKNOWN: {P.ACCEPTED, P.SETTLED, P.REJECTED, P.NOT_EXECUTED},
        P.NOT_EXECUTED: {P.REISSUED},
        P.REJECTED: {P.REISSUED},
        P.SETTLED: {P.RETURNED},
        P.RETURNED: {P.REISSUED},
    }
)
"""One payment to a merchant; ``reissued`` points to a new one, the old is never sent again."""

LINE_MOVES = Moves(
    {
        L.NEW: {L.MATCHED, L.EXCEPTION, L.SUSPENSE, L.RESOLVED, L.SPLIT},
        L.EXCEPTION: {L.MATCHED, L.RESOLVED, L.SPLIT},
        L.SUSPENSE: {L.MATCHED, L.RESOLVED, L.SPLIT},
        L.MATCHED: {L.EXCEPTION},
        L.RESOLVED: {L.EXCEPTION},
    }
)
"""A line of a bank's statement. What the bank's next issue takes back is an exception again."""

WAY_BACK_MOVES = Moves(
    {
        W.WAITING: {W.SENT, W.SHOWN},
        W.SENT: {W.WAITING, W.UNKNOWN, W.EXECUTED, W.REFUSED, W.SHOWN},
        W.UNKNOWN: {W.EXECUTED, W.REFUSED, W.SHOWN},
        W.EXECUTED: {W.SHOWN},
    }
)
"""Money sent back to whoever paid it in. ``sent → waiting`` is a call that was not taken in;
``shown`` is its line on a statement, the last word, also where the bank sent it back by itself.
"""
