"""Refunds that were asked for: of a payment, waiting for somebody, and what became of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet

from core.money import Money
from merchants.enums import ProposalState, Role
from merchants.models import RefundProposal, TeamMember
from merchants.queries.shops import Membership

if TYPE_CHECKING:
    from people.models import Person

MOST = 50


@dataclass(frozen=True, slots=True)
class ProposalFacts:
    """A refund that was asked for.

    Attributes:
        id: Public id.
        payment_id: Of which payment.
        state: A ``ProposalState``; one whose time is over reads as expired at once.
        amount: What was asked for.
        total: With what of the payment had been given back, or was on its way, when it was asked.
        reason: A ``RefundReason``.
        note: For the customer.
        asked_by: Primary key of who asked.
        asker: How they are called.
        decider: Who approved or declined; empty where nobody did.
        answer: Why it was declined.
    """

    id: str
    payment_id: str
    state: ProposalState
    amount: Money
    total: Money
    reason: str
    note: str
    asked_by: int
    asker: str
    asked_at: datetime
    expires_at: datetime
    decider: str
    answer: str
    ended_at: datetime | None

    def is_for(self, member: Membership) -> bool:
        """Tell whether a member may decide it: somebody else's, within what they give back."""
        limit = member.refund_limit
        may = limit is None or self.total.amount_minor <= limit.amount_minor
        return self.state == ProposalState.OPEN and member.person_id != self.asked_by and may


def proposals_of_payment(shop_id: int, payment_id: str, moment: datetime) -> list[ProposalFacts]:
    """Return what was asked for of a payment, newest first; one query."""
    rows = _rows().filter(shop_id=shop_id, payment_ref=payment_id).order_by("-id")
    return [_facts(row, moment) for row in rows[:MOST]]


def proposal_of_shop(shop_id: int, public_id: str, moment: datetime) -> ProposalFacts | None:
    """Return one of a shop's, or None; one query."""
    row = _rows().filter(shop_id=shop_id, public_id=public_id).first()
    return None if row is None else _facts(row, moment)


def proposals_for(member: Membership, moment: datetime) -> list[ProposalFacts]:
    """Return what waits for a member's decision, newest first, fifty at most; one query."""
    return _newest(member, moment, _waiting_for(member, moment))


def proposals_about(member: Membership, moment: datetime) -> list[ProposalFacts]:
    """Return what waits for a member, and what became of their own; fifty at most; one query."""
    over = [ProposalState.APPROVED, ProposalState.DECLINED]
    answered = Q(asked_by_id=member.person_id, state__in=over)
    return _newest(member, moment, _waiting_for(member, moment) | answered)


def _waiting_for(member: Membership, moment: datetime) -> Q:
    waiting = Q(state=ProposalState.OPEN, expires_at__gt=moment)
    waiting &= ~Q(asked_by_id=member.person_id)
    limit = member.refund_limit
    if limit is not None:
        waiting &= Q(given_minor__lte=limit.amount_minor - F("amount_minor"))
    return waiting


def _newest(member: Membership, moment: datetime, which: Q) -> list[ProposalFacts]:
    rows = _rows().filter(which, shop_id=member.shop.id).order_by("-id")
    return [_facts(row, moment) for row in rows[:MOST]]


def people_told_of(proposal: RefundProposal) -> frozenset[int]:
    """Return whom a proposal concerns now: who may decide it, or who asked for it; one query."""
    if proposal.state != ProposalState.OPEN:
        return frozenset({proposal.asked_by_id})
    total = proposal.given_minor + proposal.amount_minor
    shop = proposal.shop
    roles = [Role.OWNER.value]
    roles += [Role.MANAGER.value] if total <= shop.manager_refund_minor else []
    roles += [Role.CASHIER.value] if total <= shop.cashier_refund_minor else []
    members = TeamMember.objects.filter(shop=shop, removed_at__isnull=True, role__in=roles)
    others = members.exclude(person_id=proposal.asked_by_id)
    return frozenset(others.values_list("person_id", flat=True))


def _rows() -> QuerySet[RefundProposal]:
    return RefundProposal.objects.select_related("asked_by__party", "decided_by__party")


def _facts(row: RefundProposal, moment: datetime) -> ProposalFacts:
    state = ProposalState(row.state)
    is_over = state == ProposalState.OPEN and row.expires_at <= moment
    return ProposalFacts(
        id=row.public_id,
        payment_id=row.payment_ref,
        state=ProposalState.EXPIRED if is_over else state,
        amount=Money(row.amount_minor, row.currency),
        total=Money(row.given_minor + row.amount_minor, row.currency),
        reason=row.reason,
        note=row.note,
        asked_by=row.asked_by_id,
        asker=_name(row.asked_by),
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        decider=_name(row.decided_by) if row.decided_by else "",
        answer=row.answer,
        ended_at=row.expires_at if is_over else row.ended_at,
    )


def _name(person: "Person") -> str:
    return person.party.display_name if person.party else str(person)
