"""What the staff do about a dispute: keep a block, decide, and pay back once more."""

from datetime import timedelta
from typing import TYPE_CHECKING

from core.clock import business_now
from core.errors import InputInvalid, StateConflict
from core.transactions import owns
from payments.enums import DisputeState, LedgerKind
from payments.models import Dispute
from payments.queries.terms import terms_of
from payments.services.dispute_holds import close_for_payee, pay_back, source_of_hold
from payments.services.dispute_moves import (
    lock_dispute,
    move_dispute,
    refuse_chargeback,
    set_due,
)
from payments.services.holds import SecondPersonNeeded
from payments.services.refund_moves import actor_of
from payments.states import DISPUTE_MOVES, OPEN_DISPUTES
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

LONGEST_REASON = 500


@owns
def decide_dispute(*, staff: "Person", dispute_id: str, outcome: str, reason: str) -> Dispute:
    """Decide a dispute, or propose to where the amount asks for two people.

    Lost: what is held goes back to the payer. Won: it is the payee's again.

    Changes: the dispute, an audit entry; decided also the payment, the books, perhaps a refund.
    Publishes: ``dispute.won`` with ``payment.cleared``, or ``dispute.lost`` with
    ``refund.approved``.

    Args:
        staff: Who decides; not who proposed.
        dispute_id: Public id.
        outcome: ``won`` or ``lost``, seen from the payee.
        reason: In words: for the audit trail and for both sides.

    Raises:
        NotFound: There is no such dispute.
        StateConflict: It is not under review, or it is a chargeback: the card's issuer decides.
        SecondPersonNeeded: Who proposed cannot also decide.
        InputInvalid: The outcome is unknown or the reason missing.

    Transaction: owns.
    """
    if (
        outcome not in {DisputeState.WON, DisputeState.LOST}
        or not 0 < len(reason.strip()) <= LONGEST_REASON
    ):
        raise InputInvalid
    dispute = lock_dispute(dispute_id=dispute_id)
    refuse_chargeback(dispute)
    DISPUTE_MOVES.check(dispute.state, outcome)
    is_large = dispute.amount_minor > dispute.approval_above_minor
    if is_large and dispute.proposed != outcome:
        _propose(dispute, staff, outcome, reason)
        return dispute
    if is_large and dispute.proposed_by_id == staff.pk:
        raise SecondPersonNeeded
    _audit(dispute, staff, f"dispute.{outcome}", reason)
    dispute.decided_by, dispute.decision_reason = staff, reason.strip()
    moment, actor = business_now(), actor_of(staff)
    if outcome == DisputeState.WON:
        close_for_payee(dispute=dispute, to=DisputeState.WON, moment=moment, actor=actor)
        return dispute
    terms = terms_of(dispute.payment.country)
    dispute.return_by = moment + timedelta(hours=terms.return_hours)
    if source_of_hold(dispute.payment) == LedgerKind.PAYABLE:
        dispute.chase_until = moment + timedelta(days=terms.chase_days)
    move_dispute(dispute=dispute, to=DisputeState.LOST, moment=moment, actor=actor)
    pay_back(dispute=dispute, moment=moment)
    return dispute


@owns
def pay_back_again(*, staff: "Person", dispute_id: str, reason: str) -> Dispute:
    """Begin another refund of a lost dispute whose last one the payer's bank refused.

    Changes: what ``pay_back`` changes, an audit entry.

    Raises:
        NotFound: There is no such dispute.
        StateConflict: It is not lost, or nothing is held for it.

    Transaction: owns.
    """
    dispute = lock_dispute(dispute_id=dispute_id)
    if dispute.state != DisputeState.LOST or not dispute.held_minor:
        raise StateConflict(state=dispute.state)
    _audit(dispute, staff, "dispute.paid_back_again", reason)
    pay_back(dispute=dispute, moment=business_now())
    return dispute


@owns
def confirm_block(*, staff: "Person", dispute_id: str, reason: str) -> Dispute:
    """Keep a precautionary block beyond its time, until the dispute is decided.

    Changes: the dispute, an audit entry.

    Raises:
        NotFound: There is no such dispute.
        StateConflict: It has no block that would end.

    Transaction: owns.
    """
    dispute = lock_dispute(dispute_id=dispute_id)
    if dispute.state not in OPEN_DISPUTES or dispute.block_until is None:
        raise StateConflict(state=dispute.state)
    dispute.block_until = None
    set_due(dispute)
    dispute.save(update_fields=["block_until", "due_at"])
    _audit(dispute, staff, "dispute.block_confirmed", reason)
    return dispute


def _propose(dispute: Dispute, staff: "Person", outcome: str, reason: str) -> None:
    dispute.proposed, dispute.proposed_by = outcome, staff
    dispute.decision_reason = reason.strip()
    dispute.save(update_fields=["proposed", "proposed_by", "decision_reason"])
    _audit(dispute, staff, "dispute.proposed", reason)


def _audit(dispute: Dispute, staff: "Person", action: str, reason: str) -> None:
    record(
        actor=staff,
        action=action,
        object_ref=dispute.public_id,
        before={"state": dispute.state, "held_minor": dispute.held_minor},
        after={"proposed": dispute.proposed, "amount_minor": dispute.amount_minor},
        reason=reason,
    )
