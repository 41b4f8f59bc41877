"""What of payments one person did and another has to approve, as far as it waits for somebody.

Holds, batches, refunds and disputes count their two people by constraints of their own tables.
Here they are read in one form, so that staff find all of them on one page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F

from core.money import Money
from payments.enums import BatchState, DisputeState, RefundState
from payments.models import Dispute, HoldLift, Refund, SettlementBatch

if TYPE_CHECKING:
    from people.models import Person

MOST = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for a second person.

    Attributes:
        kind: ``hold``, ``batch``, ``refund`` or ``dispute``.
        public_id: Of the thing.
        amount: How much it is about, where it is about money.
        asked_by: Login of the first person; empty where the clock was first.
        reason: Why, in the first person's words.
        since_at: Since when it waits.
    """

    kind: str
    public_id: str
    amount: Money | None
    asked_by: str
    reason: str
    since_at: datetime


def waiting_for_second(person: "Person") -> list[Waiting]:
    """Return what waits for this person, the oldest first; one short query for each kind.

    What they began themselves waits for somebody else, and what they may not decide is left out.
    """
    kinds = (
        ("payments.lift_regulatorhold", _holds),
        ("payments.approve_settlementbatch", _batches),
        ("payments.approve_refund", _refunds),
        ("payments.decide_dispute", _disputes),
    )
    found = [each for code, read in kinds if person.has_perm(code) for each in read(person)]
    return sorted(found, key=lambda each: (each.since_at, each.public_id))


def _holds(person: "Person") -> Iterator[Waiting]:
    rows = HoldLift.objects.filter(ordinal=1, hold__lifted_at__isnull=True).exclude(by=person)
    for lift in rows.select_related("hold", "by").order_by("id")[:MOST]:
        yield Waiting("hold", lift.hold.public_id, None, lift.by.login, lift.reason, lift.at)


def _batches(person: "Person") -> Iterator[Waiting]:
    large = SettlementBatch.objects.filter(
        state=BatchState.CLAIMED, total_minor__gt=F("approval_above_minor")
    )
    rows = large.exclude(prepared_by_id=person.pk).select_related("prepared_by")
    for batch in rows.order_by("id")[:MOST]:
        total = Money(batch.total_minor, batch.currency)
        by = batch.prepared_by.login if batch.prepared_by else ""
        if batch.claimed_at is not None:
            yield Waiting("batch", batch.public_id, total, by, "", batch.claimed_at)


def _refunds(person: "Person") -> Iterator[Waiting]:
    waiting = Refund.objects.filter(state=RefundState.AWAITING_SECOND)
    rows = waiting.exclude(asked_by_id=person.pk).select_related("asked_by")
    for refund in rows.order_by("id")[:MOST]:
        total = Money(refund.amount_minor, refund.currency)
        by = refund.asked_by.login if refund.asked_by else ""
        yield Waiting("refund", refund.public_id, total, by, refund.note, refund.created_at)


def _disputes(person: "Person") -> Iterator[Waiting]:
    proposed = Dispute.objects.filter(state=DisputeState.UNDER_REVIEW, proposed_by_id__isnull=False)
    rows = proposed.exclude(proposed_by_id=person.pk).select_related("proposed_by")
    for dispute in rows.order_by("id")[:MOST]:
        total = Money(dispute.amount_minor, dispute.currency)
        by = dispute.proposed_by.login if dispute.proposed_by else ""
        said = dispute.decision_reason
        yield Waiting("dispute", dispute.public_id, total, by, said, dispute.created_at)
