"""Reading reviews of shops: what is known of a business, how risky it looks, what waits."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.utils.crypto import salted_hmac

from merchants.enums import ReviewRisk, ReviewState, Role
from merchants.models import ReviewDocument, Shop, ShopReview, TeamMember
from payments.queries.funding import payout_account_of
from people.names import fold_name
from people.queries import PartyFacts, parties_by_ids, party_by_id

MOST = 1_000
WAITING = (ReviewState.OPEN, ReviewState.ANSWERED)
UNDECIDED = (*WAITING, ReviewState.ASKED)
_NAMES_COMPARED = 5_000
_MARK_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who owns the shop, and whether their own identity was verified."""

    party: PartyFacts
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that the shop sent to its reviewers."""

    public_id: str
    kind: str
    name: str
    mime: str
    sha256: str
    sent_at: datetime

    @property
    def is_picture(self) -> bool:
        """Whether a browser may show it where it is."""
        return self.mime.startswith("image/")


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """All that the house knows of a business.

    Attributes:
        party: The business: legal name, tax id, country.
        owners: Who owns the shop.
        paid_into: Where it would be paid out; empty without an account.
        holder_name: Whose the account is, as its bank says.
        holder_matches: Whether that is the business's legal name or an owner's.
        alike: Names of other shops that look like this one's.
        refused_before: How many reviews of its owners' shops were rejected.
        papers: What the shop sent to the reviewers of its newest review.
    """

    party: PartyFacts | None
    owners: tuple[Owner, ...]
    paid_into: str
    holder_name: str
    holder_matches: bool
    alike: tuple[str, ...]
    refused_before: int
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class ReviewNotice:
    """What the shop's own people are told of its review."""

    state: str
    reasons: tuple[str, ...]
    words: str
    answer: str
    moved_at: datetime
    cause: str


def review_facts(shop_id: int) -> ReviewFacts:
    """Return what is known of a shop's business."""
    shop = Shop.objects.get(pk=shop_id)
    party, owners = party_by_id(shop.party_id), _owners(shop_id)
    account = payout_account_of(shop.party_id)
    names = {fold_name(name) for name in _legal_names(party, owners)}
    return ReviewFacts(
        party=party,
        owners=owners,
        paid_into=str(account) if account else "",
        holder_name=account.holder_name if account else "",
        holder_matches=bool(account and fold_name(account.holder_name) in names),
        alike=_alike(shop),
        refused_before=_refused(shop_id),
        papers=papers_of(shop_id),
    )


def seen_facts(shop_id: int) -> dict[str, Any]:
    """Return the facts that a decision rests on, as plain values: when they change it is void.

    They are kept for good and read by more than reviewers, so of legal name and tax id there is
    only a mark that changes with them, and that nobody without the house's key can search for.
    """
    facts = review_facts(shop_id)
    by_law = [facts.party.legal_name, facts.party.tax_id] if facts.party else []
    return {
        "by_law": salted_hmac("shop review", json.dumps(by_law)).hexdigest()[:_MARK_LENGTH],
        "account": facts.paid_into,
        "owners": sorted(each.party.public_id for each in facts.owners),
        "papers": sorted(each.sha256[:_MARK_LENGTH] for each in facts.papers),
    }


def papers_of(shop_id: int) -> tuple[Paper, ...]:
    """Return what was sent to the reviewers of a shop's newest review, in order; one query."""
    newest = ShopReview.objects.filter(shop_id=shop_id).order_by("-id").values("pk")[:1]
    rows = ReviewDocument.objects.filter(review=newest).order_by("id")
    fields = ("public_id", "kind", "name", "mime", "sha256", "sent_at")
    return tuple(Paper(*row) for row in rows.values_list(*fields))


def risk_of(shop_id: int) -> ReviewRisk:
    """Return how risky a shop looks: high where its owner is unknown or was refused before."""
    owners = _owners(shop_id)
    is_known = bool(owners) and all(each.is_verified for each in owners)
    return ReviewRisk.LOW if is_known and not _refused(shop_id) else ReviewRisk.HIGH


def reviews_waiting() -> tuple[int, datetime | None]:
    """Return how many reviews wait for staff, up to 1000, and since when the oldest."""
    rows = ShopReview.objects.filter(state__in=WAITING).order_by("id").values("moved_at")[:MOST]
    found = rows.aggregate(count=Count("*"), oldest=Min("moved_at"))
    return found["count"], found["oldest"]


def review_notice(shop_id: int) -> ReviewNotice | None:
    """Return the newest review of a shop for its own people; None where there is none."""
    review = ShopReview.objects.filter(shop_id=shop_id).order_by("-id").first()
    if review is None:
        return None
    return ReviewNotice(
        state=review.state,
        reasons=tuple(review.reasons),
        words=review.words,
        answer=review.answer,
        moved_at=review.moved_at,
        cause=review.cause,
    )


def _owners(shop_id: int) -> tuple[Owner, ...]:
    rows = TeamMember.objects.filter(shop_id=shop_id, role=Role.OWNER, removed_at__isnull=True)
    ids = list(rows.order_by("id").values_list("person__party_id", flat=True))
    found = parties_by_ids(each for each in ids if each)
    return tuple(Owner(found[each], found[each].verified) for each in ids if each in found)


def _legal_names(party: PartyFacts | None, owners: tuple[Owner, ...]) -> list[str]:
    named = [party, *(each.party for each in owners)]
    return [each.legal_name for each in named if each is not None and each.legal_name]


def _alike(shop: Shop) -> tuple[str, ...]:
    """Return the names of others that are easily taken for this one, among the newest shops."""
    wanted = fold_name(shop.name)
    others = Shop.objects.filter(country=shop.country).exclude(pk=shop.pk).order_by("-id")
    names = others.values_list("name", "public_id")[:_NAMES_COMPARED]
    return tuple(f"{name} ({public_id})" for name, public_id in names if fold_name(name) == wanted)


def _refused(shop_id: int) -> int:
    owners = TeamMember.objects.filter(shop_id=shop_id, role=Role.OWNER).values("person_id")
    theirs = TeamMember.objects.filter(person_id__in=owners, role=Role.OWNER).values("shop_id")
    return ShopReview.objects.filter(shop_id__in=theirs, state=ReviewState.REJECTED).count()
