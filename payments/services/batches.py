"""A settlement batch: who may release it, and how its state changes."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, TrocoError
from core.transactions import joins, owns
from payments.enums import BatchState
from payments.models import BatchMove, Payout, PayoutAccount, SettlementBatch
from payments.services.payouts import copy_payout, lock_payouts
from payments.services.taken_back import refuse_payout_again
from payments.states import BATCH_MOVES
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

_CHANGING = (
    "state",
    "payout_count",
    "total_minor",
    "claimed_to",
    "claimed_at",
    "approved_by",
    "approved_at",
    "acknowledged_at",
    "reconciled_at",
    "look_ups",
    "next_look_up_at",
)


class ApprovalNeeded(TrocoError):
    """The batch is above the threshold and a second person has not approved it."""

    code = "approval_needed"
    http_status = 409
    words = _("This batch is above the threshold: another person has to approve it.")


class SettlementStopped(TrocoError):
    """A regulator's hold stops all business of the country, settlement included."""

    code = "settlement_stopped"
    http_status = 409
    words = _("A regulator's hold stops settlement in this country.")


@owns
def approve_batch(*, batch_id: str, staff: "Person | None") -> SettlementBatch:
    """Release a claimed batch for sending.

    Changes: the batch's state with its history, an audit entry for a person.

    Args:
        batch_id: The batch's public id.
        staff: Who approves; None for the clock, which may up to the threshold.

    Raises:
        NotFound: There is no such batch.
        StateConflict: It is not claimed.
        ApprovalNeeded: It is above the threshold and the clock, or its preparer, approves.

    Transaction: owns.
    """
    batch = lock_batch(batch_id=batch_id)
    is_large = batch.total_minor > batch.approval_above_minor
    is_preparer = staff is not None and staff.pk == batch.prepared_by_id
    if (is_large and staff is None) or is_preparer:
        raise ApprovalNeeded
    moment = business_now()
    batch.approved_by = staff
    batch.approved_at = moment
    move_batch(batch=batch, state=BatchState.APPROVED, moment=moment, by=staff)
    if staff is not None:
        record(
            actor=staff,
            action="batch.approved",
            object_ref=batch_id,
            before={},
            after={"total_minor": batch.total_minor, "currency": batch.currency},
            reason="",
        )
    return batch


@owns
def reissue_payout(*, staff: "Person", payout_id: str, reason: str) -> Payout:
    """Replace a payout that was definitely not executed by a new one.

    There is no way to send the old one again: the new one has an id of its own, names the old
    one, goes to the merchant's present account and waits for the next batch.

    Changes: the old payout's state, the new payout, an audit entry.

    Args:
        staff: Who decides.
        payout_id: The old payout's public id.
        reason: In words, for the audit.

    Raises:
        NotFound: There is no such payout, or the merchant has no account at that bank any more.
        StateConflict: It was not definitely refused, or was reissued before.
        BankTookBack: Its bank's papers show that it was executed after all.

    Transaction: owns.
    """
    found = lock_payouts(rows=Payout.objects.filter(public_id=payout_id))
    if not found:
        raise NotFound
    refuse_payout_again(payout=found[0])
    account = PayoutAccount.objects.filter(
        party_id=found[0].party_id, bank=found[0].bank.slug, replaced_at__isnull=True
    ).first()
    if account is None:
        raise NotFound
    new = copy_payout(
        payout=found[0],
        account=(account.token, account.last4, account.holder_name),
        moment=business_now(),
    )
    record(
        actor=staff,
        action="payout.reissued",
        object_ref=payout_id,
        before={},
        after={"reissued_as": new.public_id},
        reason=reason,
    )
    return new


@joins
def move_batch(
    *,
    batch: SettlementBatch,
    state: str,
    moment: datetime,
    by: "Person | None" = None,
    reason: str = "",
) -> None:
    """Change a batch's state: the row and its history.

    Raises:
        StateConflict: The state cannot follow.

    Transaction: joins.
    """
    old = batch.state
    BATCH_MOVES.check(old, state)
    batch.state = state
    batch.save(update_fields=_CHANGING)
    BatchMove.objects.create(
        batch=batch, from_state=old, to_state=state, at=moment, by=by, reason=reason
    )


@joins
def lock_batch(*, batch_id: str) -> SettlementBatch:
    """Return a batch with its row locked, its bank and window beside it.

    Raises:
        NotFound: There is no such batch.

    Transaction: joins.
    """
    rows = SettlementBatch.objects.select_for_update(of=("self",))
    beside = rows.select_related("bank__country", "window__agreement_rail")
    batch = beside.filter(public_id=batch_id).first()
    if batch is None:
        raise NotFound
    return batch
