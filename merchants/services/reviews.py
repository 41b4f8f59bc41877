"""Reviewing shops: who they are before the law, before money leaves for them.

A shop may sell from its first minute; it is paid out once a reviewer has approved it. The review
opens with the shop, together with a stop of its payouts, and the approval takes the stop away.
Where the risk is high a second reviewer has to agree (``people.services.approvals``), which the
table demands as well.

An approval rests on the shop's name, its owners, and whose account it is paid into. When one of
them changes, the review opens again by itself and payouts stop until it is approved anew; sales,
refunds and disputes go on. (Legal name and tax id of a business do not change: another business
opens another shop.)
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.ids import new_id
from core.transactions import joins, owns
from merchants.enums import ReviewCause, ReviewReason, ReviewRisk, ReviewState
from merchants.models import ReviewMove, Shop, ShopReview
from merchants.queries.reviews import risk_of, seen_facts
from merchants.services.texts import clean_text, refusal
from merchants.states import REVIEW
from payments.services.payables import lock_payable
from payments.services.payout_stops import let_payouts_go, stop_payouts
from people.services.approvals import Change, ask_approval
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import ApprovalRequest, Person

APPROVE_ACTION = "shop.approve"
APPROVAL_WAITS = timedelta(days=7)
STOP_CODE = "shop_review"
LONGEST_ANSWER = 2000


@joins
def open_review(
    *, shop: Shop, moment: datetime, cause: ReviewCause = ReviewCause.OPENED
) -> ShopReview:
    """Open the review of a shop and stop its payouts until it is approved.

    Changes: a ``ShopReview`` with its first move; a stop of payouts.

    Args:
        shop: Just opened, or one that has to be looked at again.
        moment: The business moment.
        cause: Why it is looked at.

    Raises:
        StateConflict: A review of it is under way.

    Transaction: joins.
    """
    undecided = ShopReview.objects.filter(shop=shop, state__in=_UNDECIDED)
    if undecided.exists():
        raise StateConflict(_("A review of this shop is under way."))
    review = ShopReview.objects.create(
        public_id=new_id("kyb"),
        shop=shop,
        risk=risk_of(shop.pk),
        cause=cause,
        opened_at=moment,
        moved_at=moment,
    )
    ReviewMove.objects.create(review=review, to_state=review.state, at=moment)
    stop_payouts(party_id=shop.party_id, code=STOP_CODE, moment=moment)
    return review


@owns
def reopen_review(*, staff: "Person", shop_id: str, reason: str) -> ShopReview:
    """Look at a shop again; nothing more is paid out until it is approved anew.

    Changes: a ``ShopReview``, a stop of payouts, an audit entry.

    Args:
        staff: Who wants it.
        shop_id: Public id of the shop.
        reason: Why.

    Raises:
        NotFound: There is no such shop.
        StateConflict: A review of it is under way.

    Transaction: owns.
    """
    shop = Shop.objects.select_for_update(no_key=True).filter(public_id=shop_id).first()
    if shop is None:
        raise NotFound
    review = open_review(shop=shop, moment=business_now(), cause=ReviewCause.STAFF)
    _note(staff, review, "reopened", reason)
    return review


@joins
def review_again(*, shop: Shop, cause: ReviewCause, actor: "Person | None") -> None:
    """Look at an approved shop again, because something that its approval rested on changed.

    Changes: a ``ShopReview``, a stop of payouts, an audit entry. Nothing where it is not approved:
    a review under way sees the shop as it is now, and a refused one stays refused.

    Args:
        shop: As it is now.
        cause: What changed.
        actor: Who changed it.

    Transaction: joins.
    """
    lock_payable(party_id=shop.party_id)  # As every stop does: two changes at once open one review.
    newest = ShopReview.objects.filter(shop=shop).order_by("-id").first()
    if newest is not None and newest.state == ReviewState.APPROVED:
        review = open_review(shop=shop, moment=business_now(), cause=cause)
        _note(actor, review, "reopened", f"{cause} changed")


@joins
def note_new_holder(*, party_id: int) -> None:
    """Look at a shop again that is now paid into the account of somebody else.

    Changes: as ``review_again``; nothing for a party that is no shop.

    Args:
        party_id: The shop's party.

    Transaction: joins.
    """
    shop = Shop.objects.filter(party_id=party_id).first()
    if shop is not None:
        review_again(shop=shop, cause=ReviewCause.HOLDER, actor=None)


@owns
def note_looked(*, staff: "Person", review_id: str) -> None:
    """Write down that somebody opened a review and saw what is in it.

    Changes: an audit entry.

    Transaction: owns.
    """
    record(actor=staff, action="review.looked_at", object_ref=review_id, before={}, after={})


@owns
def ask_more(*, staff: "Person", review_id: str, reasons: Sequence[str], words: str) -> ShopReview:
    """Ask the shop for more; its owner reads the reasons in the portal and answers there.

    Changes: the ``ShopReview`` with its history, an audit entry.

    Args:
        staff: Who asks.
        review_id: Of the review.
        reasons: At least one ``ReviewReason``.
        words: What else the owner should read; 0 to 500 characters.

    Raises:
        NotFound: There is no such review.
        StateConflict: It is decided, or waits for the shop already.
        InputInvalid, TextInvalid: No reason, an unknown one, or words that are none.

    Transaction: owns.
    """
    review = _locked(review_id)
    _put_reasons(review, reasons, words)
    return _move(review, ReviewState.ASKED, by=staff, reason=words)


@owns
def answer_review(*, shop_id: int, actor: "Person", text: str) -> ShopReview:
    """Answer what the reviewers asked, for the shop.

    Changes: the ``ShopReview`` with its history, an audit entry.

    Args:
        shop_id: Primary key of the shop.
        actor: Its owner.
        text: 1 to 2000 characters.

    Raises:
        StateConflict: Nothing was asked, or it is answered already.
        InputInvalid, TextInvalid: The text is none.

    Transaction: owns.
    """
    rows = ShopReview.objects.select_for_update(of=("self",)).select_related("shop")
    review = rows.filter(shop_id=shop_id, state=ReviewState.ASKED).first()
    if review is None:
        raise StateConflict(_("Nothing is asked of this shop."))
    review.answer = clean_text(text, "answer", LONGEST_ANSWER, shortest=1)
    return _move(review, ReviewState.ANSWERED, by=actor, reason="")


@owns
def reject_review(
    *, staff: "Person", review_id: str, reasons: Sequence[str], words: str
) -> ShopReview:
    """Refuse a shop: it stays unpaid, and its owner reads why.

    Changes: the ``ShopReview`` with its history, an audit entry. The stop of payouts stays.

    Raises:
        NotFound: There is no such review.
        StateConflict: It is decided already.
        InputInvalid, TextInvalid: No reason, an unknown one, or words that are none.

    Transaction: owns.
    """
    review = _locked(review_id)
    _put_reasons(review, reasons, words)
    review.decided_by = staff
    return _move(review, ReviewState.REJECTED, by=staff, reason=words)


@owns
def approve_review(
    *, staff: "Person", review_id: str, risk: str, reason: str
) -> "ShopReview | ApprovalRequest":
    """Approve a shop, or ask a second reviewer to agree where the risk is high.

    Changes: the ``ShopReview`` with its history and the stop of payouts; or an
    ``ApprovalRequest``. An audit entry.

    Args:
        staff: Who approves.
        review_id: Of the review.
        risk: What the reviewer thinks; never below what the rule finds, now and when it was opened.
        reason: Why.

    Raises:
        NotFound: There is no such review.
        StateConflict: It is decided, waits for the shop, or for the second reviewer.

    Transaction: owns.
    """
    review = _locked(review_id)
    REVIEW.check(review.state, ReviewState.APPROVED)
    # The team may have changed since the review was opened: the rule is asked again.
    if ReviewRisk.HIGH not in {risk, review.risk, risk_of(review.shop_id)}:
        return _approve(review, (staff, None), reason)
    if review.risk != ReviewRisk.HIGH:
        review.risk = ReviewRisk.HIGH
        review.save(update_fields=["risk"])
    payload = {"review": review_id}
    before = review_now(payload)
    change = Change(
        APPROVE_ACTION, review_id, payload, before, {**before, "state": ReviewState.APPROVED.value}
    )
    return ask_approval(maker=staff, change=change, reason=reason, expires_in=APPROVAL_WAITS)


def review_now(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a second reviewer agrees to; the review's row is locked.

    Raises:
        NotFound: There is no such review.

    Transaction: none (asked within the one that asks or approves).
    """
    review = _locked(payload["review"])
    return {"state": review.state, "risk": review.risk, **seen_facts(review.shop_id)}


@joins
def approve_agreed(*, payload: Mapping[str, Any], maker: "Person", checker: "Person") -> None:
    """Approve what two reviewers agreed on.

    Changes: the ``ShopReview`` with its history, the stop of payouts, an audit entry.

    Raises:
        NotFound: There is no such review.
        StateConflict: It is decided already.

    Transaction: joins.
    """
    _approve(_locked(payload["review"]), (maker, checker), "")


@owns
def approve_in_sandbox(*, shop_id: int) -> ShopReview:
    """Approve a shop of the sandbox, where nobody is anybody.

    Raises:
        NotFound: There is no such shop with a review, or this is no sandbox.

    Transaction: owns.
    """
    rows = ShopReview.objects.select_for_update(of=("self",)).select_related("shop")
    review = rows.filter(shop_id=shop_id, state__in=_UNDECIDED).first()
    if review is None or not settings.SANDBOX:
        raise NotFound
    review.risk = ReviewRisk.LOW
    return _approve(review, (None, None), "sandbox")


_UNDECIDED = (ReviewState.OPEN, ReviewState.ASKED, ReviewState.ANSWERED)


@joins
def _approve(
    review: ShopReview, people: "tuple[Person | None, Person | None]", reason: str
) -> ShopReview:
    """Approve, and let the shop be paid out."""
    review.decided_by, review.checked_by = people
    moved = _move(review, ReviewState.APPROVED, by=people[1] or people[0], reason=reason)
    let_payouts_go(party_id=review.shop.party_id, code=STOP_CODE, moment=moved.moved_at)
    return moved


def _locked(review_id: str) -> ShopReview:
    rows = ShopReview.objects.select_for_update(of=("self",)).select_related("shop")
    review = rows.filter(public_id=review_id).first()
    if review is None:
        raise NotFound
    return review


def _put_reasons(review: ShopReview, reasons: Sequence[str], words: str) -> None:
    wanted = sorted(set(reasons))
    if not wanted or not set(wanted) <= set(ReviewReason.values):
        raise refusal("reasons", _("Choose at least one reason."))
    review.reasons, review.words = wanted, clean_text(words, "words", 500)


def _move(
    review: ShopReview, state: ReviewState, *, by: "Person | None", reason: str
) -> ShopReview:
    """Move a locked review: row, history and audit entry together."""
    before = review.state
    REVIEW.check(before, state)
    review.state, review.moved_at = state, business_now()
    review.save()
    ReviewMove.objects.create(
        review=review,
        from_state=before,
        to_state=state,
        at=review.moved_at,
        by=by,
        reason=reason[:500],
    )
    _note(by, review, state.value, reason, before)
    return review


def _note(
    actor: "Person | None", review: ShopReview, done: str, reason: str, before: str = ""
) -> None:
    record(
        actor=actor,
        action=f"review.{done}",
        object_ref=review.public_id,
        before={"state": before} if before else {},
        after={
            "state": review.state,
            "shop": review.shop.public_id,
            "risk": review.risk,
            "cause": review.cause,
            "reasons": review.reasons,
        },
        reason=reason,
    )
