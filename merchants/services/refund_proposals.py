"""Refunds over their asker's limit: asked for by one of the team, decided by another.

A proposal moves no money and promises none. Who approves it refunds by the same door as anybody,
within their own limit and what is left at that moment; the proposal ends in the same commit.

Locks, in order: the asker's membership, proposals, then what a refund locks. The shop's feed hears
of each change, last, so that a colleague's open page shows it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import Forbidden, NotFound, StateConflict
from core.events import publish
from core.ids import new_id
from core.money import Money
from core.transactions import joins, owns
from merchants.enums import ProposalState, Role
from merchants.models import RefundProposal, TeamMember
from merchants.services.refunds import limit_of, refund_within, seller_of
from merchants.services.texts import clean_text
from merchants.states import PROPOSAL
from messaging.services.feed import append_feed
from payments.queries import payment_snapshot
from payments.services.holds import SecondPersonNeeded
from payments.services.refunds import LONGEST_NOTE, RefundWish, weigh_refund
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

FEED_KIND: Final = "refund_proposal"
LASTS: Final = timedelta(days=3)
CHUNK: Final = 1000
ASKERS: Final = frozenset({Role.MANAGER.value, Role.CASHIER.value})
"""Who may ask: an owner gives any amount back, the others refund nothing."""


@owns
def propose_refund(*, person: "Person", shop_id: int, wish: RefundWish) -> RefundProposal:
    """Ask for a refund that is more than one's role may give back.

    Changes: one ``RefundProposal``, an audit entry, a feed row. Publishes: ``refund.proposed``.

    Args:
        person: Who asks.
        shop_id: Primary key of the shop.
        wish: What to give back; asked again under the same key it is the same proposal.

    Returns:
        The proposal.

    Raises:
        Forbidden: The person does not belong to the shop, or their role refunds nothing.
        StateConflict: They may give it back themselves, or have asked for this payment already.
        All that ``ask_refund`` raises of what is wished.

    Transaction: owns.
    """
    member = _lock_asker(shop_id, person)
    mine = RefundProposal.objects.filter(payment_ref=wish.payment_id, asked_by=person)
    known = mine.filter(request_key=wish.key).first()
    if known is not None:
        return known
    moment = business_now()
    over = mine.filter(state=ProposalState.OPEN, expires_at__lte=moment)
    _end_over(over.select_for_update(of=("self",)).select_related("shop"), moment)
    amount = weigh_refund(wish=wish, party_id=member.shop.party_id)
    payment = payment_snapshot(wish.payment_id)
    given = payment.refunded + payment.refunding
    limit_minor = limit_of(member)
    if limit_minor is None or (given + amount).amount_minor <= limit_minor:
        raise StateConflict(_("Your role may give this back itself."))
    if mine.filter(state=ProposalState.OPEN).exists():
        raise StateConflict(_("You have asked for a refund of this payment. It waits."))
    proposal = RefundProposal.objects.create(
        public_id=new_id("rpr"),
        shop=member.shop,
        payment_ref=wish.payment_id,
        amount_minor=amount.amount_minor,
        given_minor=given.amount_minor,
        currency=amount.currency,
        reason=wish.reason,
        note=clean_text(wish.note, "note", LONGEST_NOTE),
        request_key=wish.key,
        asked_by=person,
        asked_at=moment,
        expires_at=moment + LASTS,
    )
    _note(proposal, "refund.proposed", person)
    publish("refund.proposed", proposal_id=proposal.public_id)
    _tell(proposal)
    return proposal


@owns
def approve_proposal(*, person: "Person", shop_id: int, proposal_id: str) -> str:
    """Give back what a colleague asked for, within one's own limit and what is left now.

    Changes: what ``refund_sale`` changes, the proposal, an audit entry. Publishes: what it
    publishes, and ``refund.proposal_ended``.

    Args:
        person: Who approves; has shown a second factor just now.
        shop_id: Primary key of the shop.
        proposal_id: Public id.

    Returns:
        The refund's public id.

    Raises:
        NotFound: The shop has no such proposal.
        StateConflict: It waits for nobody any more, or its time is over.
        Forbidden: The person does not belong to the shop.
        SecondPersonNeeded: Who asked cannot approve.
        RefundOverRole: It is more than their role may give back, too.
        All that ``ask_refund`` raises; the proposal waits on then.

    Transaction: owns.
    """
    proposal = _lock_waiting(shop_id, proposal_id)
    member = _decider(proposal, person)
    amount = Money(proposal.amount_minor, proposal.currency)
    # No form may name its own wish so: what its asker gave back meanwhile is another refund.
    key = f"{proposal.public_id}/approved"
    wish = RefundWish(proposal.payment_ref, amount, proposal.reason, proposal.note, key)
    refund_ref = refund_within(member=member, wish=wish)
    proposal.decided_by, proposal.refund_ref = person, refund_ref
    _end(proposal=proposal, to=ProposalState.APPROVED, moment=business_now(), actor=person)
    return refund_ref


@owns
def decline_proposal(
    *, person: "Person", shop_id: int, proposal_id: str, answer: str
) -> RefundProposal:
    """Decline what a colleague asked for, and say why.

    Changes: the proposal, an audit entry. Publishes: ``refund.proposal_ended``.

    Args:
        person: Who declines; might have approved it.
        shop_id: Primary key of the shop.
        proposal_id: Public id.
        answer: Why, for who asked; 1 to 140 characters.

    Raises:
        NotFound, StateConflict, Forbidden, SecondPersonNeeded: As for ``approve_proposal``.
        InputInvalid, TextInvalid: The answer is empty or too long, or cannot be kept.

    Transaction: owns.
    """
    said = clean_text(answer, "answer", LONGEST_NOTE, 1)
    proposal = _lock_waiting(shop_id, proposal_id)
    member = _decider(proposal, person)
    limit_minor = limit_of(member)
    if limit_minor is not None and proposal.given_minor + proposal.amount_minor > limit_minor:
        raise Forbidden
    proposal.decided_by, proposal.answer = person, said
    _end(proposal=proposal, to=ProposalState.DECLINED, moment=business_now(), actor=person)
    return proposal


@owns
def withdraw_proposal(*, person: "Person", shop_id: int, proposal_id: str) -> RefundProposal:
    """Take back what one asked for oneself.

    Changes: the proposal, an audit entry. Publishes: ``refund.proposal_ended``.

    Raises:
        NotFound: The shop has no such proposal.
        StateConflict: It waits for nobody any more.
        Forbidden: Somebody else asked for it.

    Transaction: owns.
    """
    proposal = _lock_waiting(shop_id, proposal_id)
    if proposal.asked_by_id != person.pk:
        raise Forbidden
    _end(proposal=proposal, to=ProposalState.WITHDRAWN, moment=business_now(), actor=person)
    return proposal


def expire_due_proposals(*, moment: datetime, limit: int = CHUNK) -> int:
    """End the proposals whose time is over, oldest first; called by the clock.

    Args:
        moment: Business time.
        limit: How many at most; the next turn goes on.

    Returns:
        How many were ended.

    Transaction: none (one of its own).
    """
    return _expire(moment=moment, limit=limit)


@owns
def _expire(*, moment: datetime, limit: int) -> int:
    due = RefundProposal.objects.filter(state=ProposalState.OPEN, expires_at__lte=moment)
    ids = list(due.order_by("expires_at", "id").values_list("pk", flat=True)[:limit])
    rows = RefundProposal.objects.select_for_update(skip_locked=True, of=("self",))
    still = rows.filter(pk__in=ids, state=ProposalState.OPEN).order_by("id")
    return _end_over(still.select_related("shop"), moment)


def _end_over(rows: Iterable[RefundProposal], moment: datetime) -> int:
    ended = 0
    for proposal in rows:
        _end(proposal=proposal, to=ProposalState.EXPIRED, moment=moment, actor=None)
        ended += 1
    return ended


@joins
def _end(
    *, proposal: RefundProposal, to: ProposalState, moment: datetime, actor: "Person | None"
) -> None:
    """End a proposal: the one place where its state changes."""
    PROPOSAL.check(proposal.state, to)
    proposal.state, proposal.ended_at = to.value, moment
    proposal.save(update_fields=["state", "ended_at", "decided_by", "answer", "refund_ref"])
    _note(proposal, f"refund.proposal_{to.value}", actor)
    publish("refund.proposal_ended", proposal_id=proposal.public_id)
    _tell(proposal)


def _lock_asker(shop_id: int, person: "Person") -> TeamMember:
    """Lock a membership, so that its person asks for one thing after another."""
    rows = TeamMember.objects.select_for_update(no_key=True, of=("self",))
    mine = rows.filter(shop_id=shop_id, person=person, removed_at__isnull=True)
    member = mine.select_related("shop", "person").first()
    if member is None or member.role not in {*ASKERS, Role.OWNER.value}:
        raise Forbidden
    return member


def _lock_waiting(shop_id: int, proposal_id: str) -> RefundProposal:
    rows = RefundProposal.objects.select_for_update(of=("self",)).select_related("shop")
    proposal = rows.filter(shop_id=shop_id, public_id=proposal_id).first()
    if proposal is None:
        raise NotFound
    if proposal.state != ProposalState.OPEN or proposal.expires_at <= business_now():
        raise StateConflict(_("This was decided meanwhile, or its time is over."))
    return proposal


def _decider(proposal: RefundProposal, person: "Person") -> TeamMember:
    member = seller_of(shop_id=proposal.shop_id, person=person)
    if proposal.asked_by_id == person.pk:
        raise SecondPersonNeeded
    return member


def _tell(proposal: RefundProposal) -> None:
    """Tell the shop's open pages, and only that something is new: not all who hear may read it."""
    told = {"proposal": proposal.public_id, "payment": proposal.payment_ref}
    append_feed(party_id=proposal.shop.party_id, kind=FEED_KIND, payload=told)


def _note(proposal: RefundProposal, action: str, actor: "Person | None") -> None:
    """Write it into the audit trail, under the shop."""
    record(
        actor=actor,
        action=action,
        object_ref=proposal.shop.public_id,
        before={},
        after={
            "payment": proposal.payment_ref,
            "amount_minor": proposal.amount_minor,
            "currency": proposal.currency,
        },
        reason=proposal.answer or proposal.note,
    )
