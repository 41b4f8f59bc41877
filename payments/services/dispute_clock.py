"""What time does to disputes: each step once, however often the clock ticks.

A step is decided by what is written and by business time, never by the tick: a clock that stood
still for a week takes the same steps as one that did not, with the same deadlines.
"""

from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from core.transactions import owns
from payments.enums import DisputeKind, DisputeState, LedgerKind, RefundState
from payments.models import Dispute
from payments.queries.terms import terms_of
from payments.services.dispute_holds import (
    close_for_payee,
    hold_money,
    pay_back,
    release_money,
    source_of_hold,
)
from payments.services.dispute_moves import (
    lock_dispute,
    move_dispute,
    set_due,
    time_to_decide,
)
from payments.services.moving import SYSTEM
from payments.states import OPEN_DISPUTES

logger = structlog.get_logger(__name__)


def advance_disputes(*, moment: datetime, limit: int = 1000) -> int:
    """Take every dispute a step further whose time has come or that is short of money.

    One that cannot go on is told to the log and does not stop the others.

    Args:
        moment: The business moment.
        limit: At most so many.

    Returns:
        How many were looked at.

    Transaction: none (each dispute owns its own).
    """
    due = Dispute.objects.filter(Q(due_at__lte=moment) | Q(short_minor__gt=0)).order_by("id")
    ids = list(due.values_list("public_id", flat=True)[:limit])
    for dispute_id in ids:
        try:
            advance_dispute(dispute_id=dispute_id, moment=moment)
        except Exception:
            logger.exception("dispute_step_failed", dispute=dispute_id)
    return len(ids)


@owns
def advance_dispute(*, dispute_id: str, moment: datetime) -> None:
    """Take one dispute as far as time has brought it; again, it changes nothing.

    Changes: the dispute, its payment, the books. Publishes: ``dispute.under_review``,
    ``dispute.expired``, ``dispute.lost`` of a chargeback, or what a refund publishes.

    Args:
        dispute_id: Public id.
        moment: The business moment.

    Raises:
        NotFound: There is no such dispute.

    Transaction: owns.
    """
    dispute = lock_dispute(dispute_id=dispute_id)
    if dispute.state == DisputeState.EVIDENCE_DUE and _is_over(dispute.answer_by, moment):
        _stop_waiting(dispute, moment)
    if dispute.state == DisputeState.UNDER_REVIEW and _is_over(dispute.decide_by, moment):
        _end_review(dispute, moment)
    if dispute.state in OPEN_DISPUTES:
        _look_after_hold(dispute, moment)
    elif dispute.state == DisputeState.LOST:
        _chase(dispute, moment)


def _stop_waiting(dispute: Dispute, moment: datetime) -> None:
    """Let the staff decide without an answer; their time begins where the answer's ended.

    Of a chargeback nobody needs to decide then: whoever does not answer it has accepted it.
    """
    begun = dispute.answer_by or moment
    is_accepted = dispute.kind == DisputeKind.CHARGEBACK
    terms = terms_of(dispute.payment.country)
    dispute.decide_by = begun if is_accepted else begun + time_to_decide(dispute, terms)
    to = DisputeState.UNDER_REVIEW
    move_dispute(dispute=dispute, to=to, moment=moment, reason="no answer in time")


def _end_review(dispute: Dispute, moment: datetime) -> None:
    """Give the payee the money again; but what the issuer took and kept is the payer's."""
    if dispute.kind != DisputeKind.CHARGEBACK:
        to = DisputeState.EXPIRED
        close_for_payee(dispute=dispute, to=to, moment=moment, actor=SYSTEM)
        return
    days = terms_of(dispute.payment.country).chase_days
    if source_of_hold(dispute.payment) == LedgerKind.PAYABLE:
        dispute.chase_until = moment + timedelta(days=days)
    reason = "the issuer did not give it back"
    move_dispute(dispute=dispute, to=DisputeState.LOST, moment=moment, reason=reason)
    pay_back(dispute=dispute, moment=moment)


def _look_after_hold(dispute: Dispute, moment: datetime) -> None:
    """End a precautionary block whose time is over, or hold more of what is short."""
    before = (dispute.held_minor, dispute.block_until)
    if _is_over(dispute.block_until, moment):
        dispute.block_until = None
        release_money(dispute=dispute, moment=moment)
    elif dispute.short_minor:
        hold_money(dispute=dispute, moment=moment, source=LedgerKind.PAYABLE)
    if before != (dispute.held_minor, dispute.block_until):
        set_due(dispute)
        dispute.save()


def _chase(dispute: Dispute, moment: datetime) -> None:
    """Take what a lost dispute is short of from later sales, for as long as the terms say."""
    if dispute.chase_until is None or source_of_hold(dispute.payment) is None:
        return
    newest = dispute.refunds.order_by("-id").first()
    if newest is not None and newest.state == RefundState.FAILED:
        # The payer's bank refuses: a person has to look, see ``pay_back_again``.
        if _is_over(dispute.due_at, moment):
            Dispute.objects.filter(pk=dispute.pk).update(due_at=None)
        return
    held = dispute.held_minor
    if not _is_over(dispute.chase_until, moment):
        hold_money(dispute=dispute, moment=moment, source=LedgerKind.PAYABLE)
    if dispute.held_minor != held or _is_over(dispute.chase_until, moment):
        pay_back(dispute=dispute, moment=moment)


def _is_over(until: datetime | None, moment: datetime) -> bool:
    return until is not None and until <= moment
