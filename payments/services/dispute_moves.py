"""The one place where a dispute's state changes: row, history and news together."""

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core.errors import NotFound, StateConflict
from core.events import publish
from core.transactions import joins
from payments.enums import DisputeKind, DisputeState, PaymentState
from payments.models import CaseTerms, Dispute, DisputeMove
from payments.services.moving import SYSTEM, Why, move_payment
from payments.services.refund_moves import lock_refunded
from payments.states import DISPUTE_MOVES, OPEN_DISPUTES


@joins
def lock_dispute(*, dispute_id: str) -> Dispute:
    """Return a dispute with its payment, both rows locked, the payment's first.

    Raises:
        NotFound: There is no such dispute.

    Transaction: joins.
    """
    rows = Dispute.objects.filter(public_id=dispute_id)
    payment_id = rows.values_list("payment__public_id", flat=True).first()
    if payment_id is None:
        raise NotFound
    payment = lock_refunded(payment_id=payment_id)
    dispute = rows.select_for_update(no_key=True, of=("self",)).get()
    dispute.payment = payment
    return dispute


@joins
def move_dispute(
    *, dispute: Dispute, to: DisputeState, moment: datetime, actor: str = SYSTEM, reason: str = ""
) -> None:
    """Change a dispute's state: the row with its clocks, its history, and the news of it.

    Publishes: ``dispute.<state>``.

    Args:
        dispute: A row that the caller has locked, with whatever else changes already set.
        to: The new state.
        moment: The business moment.
        actor: Public id of a party or device, a login, or ``system``.
        reason: A short text for staff.

    Raises:
        StateConflict: The table of moves does not allow it.

    Transaction: joins.
    """
    old = dispute.state
    if old:
        DISPUTE_MOVES.check(old, to)
    dispute.state = to.value
    if to not in OPEN_DISPUTES:
        dispute.closed_at = moment
    set_due(dispute)
    dispute.save()
    last = DisputeMove.objects.filter(dispute=dispute).aggregate(last=Max("position"))["last"] or 0
    DisputeMove.objects.create(
        dispute=dispute,
        position=last + 1,
        from_state=old,
        to_state=to.value,
        at=moment,
        actor=actor,
        reason=reason[:200],
    )
    publish(
        f"dispute.{to.value}",
        dispute_id=dispute.public_id,
        payment_id=dispute.payment.public_id,
    )


def set_due(dispute: Dispute) -> None:
    """Set the next moment at which the clock has something to do for a dispute, on the object.

    Transaction: none.
    """
    running = {
        DisputeState.EVIDENCE_DUE: [dispute.answer_by],
        DisputeState.UNDER_REVIEW: [dispute.decide_by],
        DisputeState.LOST: [dispute.chase_until],
    }.get(DisputeState(dispute.state), [])
    if dispute.state in OPEN_DISPUTES:
        running.append(dispute.block_until)
    dispute.due_at = min((each for each in running if each is not None), default=None)


def time_to_decide(dispute: Dispute, terms: CaseTerms) -> timedelta:
    """Return how long there is from the payee's answer on: for the staff, or for the issuer.

    Transaction: none.
    """
    is_issuers = dispute.kind == DisputeKind.CHARGEBACK
    return timedelta(days=terms.chargeback_days if is_issuers else terms.analysis_days)


def refuse_chargeback(dispute: Dispute) -> None:
    """Let nobody here end what the card's issuer began and decides.

    Raises:
        StateConflict: It is a chargeback.

    Transaction: none.
    """
    if dispute.kind == DisputeKind.CHARGEBACK:
        raise StateConflict(
            _("The card's issuer took this money back. Only the issuer decides about it."),
            state=dispute.state,
        )


@joins
def clear_payment(*, dispute: Dispute, moment: datetime) -> None:
    """Move a disputed payment back to what it was before; a payment that moved on is left.

    Publishes: ``payment.cleared``; where a part was given back, after
    ``payment.partially_refunded``.

    Transaction: joins.
    """
    payment = dispute.payment
    if payment.state != PaymentState.DISPUTED:
        return
    was = PaymentState.PARTIALLY_REFUNDED if payment.refunded_minor else PaymentState.COMPLETED
    move_payment(payment=payment, to=was, why=Why(moment, SYSTEM, dispute.public_id))
    if was == PaymentState.PARTIALLY_REFUNDED:
        publish("payment.cleared", payment_id=payment.public_id)
