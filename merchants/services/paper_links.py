"""A paper for the reviewers from a phone, by a code on the computer's screen.

Whoever opens the code's address signs in nowhere, so the address does one thing, once: it takes a
paper of the kind that was asked for, in the name of the owner who asked, within minutes. It shows
the shop's name and nothing else of it. It ends with what it rests on: the owner's place in the
team, their sessions, the review. An ended link and one that never was are the same.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, Final

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from core.clock import wall_now
from core.errors import NotFound, StateConflict
from core.transactions import joins, owns, refuse_owner
from merchants.enums import DocumentKind, Role
from merchants.models import PaperLink, ReviewDocument, Shop, ShopReview, TeamMember
from merchants.models.paper_links import LIVES, MOST_TRIES
from merchants.queries.reviews import UNDECIDED
from merchants.services.review_documents import (
    SentPaper,
    look_into,
    put_document,
    refuse_more,
    under_way,
)
from merchants.services.texts import refusal
from merchants.tokens import link_digest, link_token
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

MOST_AN_HOUR: Final = 30
KEPT: Final = timedelta(days=1)
"""For how long one that brought nothing is kept; one that brought a paper stays with it."""

_LONGEST_TOKEN: Final = 64


@dataclass(frozen=True, slots=True)
class MadePaperLink:
    """A link with the address that its code leads to, which is not kept."""

    link: PaperLink
    url: str


@dataclass(frozen=True, slots=True)
class AskedPaper:
    """What a phone is told: who asks, and for what."""

    shop_name: str
    kind: str


@owns
def make_paper_link(*, shop_id: int, actor: "Person", kind: str) -> MadePaperLink:
    """Let a phone send one paper for a shop; what the actor had open is cancelled.

    Changes: one ``PaperLink``, an audit entry; the actor's old ones that brought nothing go.

    Args:
        shop_id: Primary key of the shop.
        actor: An owner of it.
        kind: A ``DocumentKind``.

    Raises:
        InputInvalid: The kind is none.
        NotFound: The actor is no owner of such a shop.
        StateConflict: No review is under way, ten papers were sent, or thirty links were made
            within an hour.

    Transaction: owns.
    """
    if kind not in DocumentKind.values:
        raise refusal("kind", _("Say what it is."))
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None or not _owners(shop_id).filter(person=actor).exists():
        raise NotFound
    refuse_more(under_way(ShopReview.objects.filter(shop_id=shop_id)))
    now = wall_now()
    mine = PaperLink.objects.filter(shop=shop, made_by=actor)
    mine.filter(document__isnull=True, expires_at__lt=now - KEPT).delete()
    if mine.filter(made_at__gt=now - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        raise StateConflict(_("Many codes were made within an hour. Choose a file here instead."))
    _cancel(mine)
    token = link_token()
    link = PaperLink.objects.create(
        shop=shop,
        kind=kind,
        token_hash=link_digest(token),
        made_by=actor,
        made_at=now,
        expires_at=now + LIVES,
    )
    _record(actor, "paper.asked_by_phone", link)
    return MadePaperLink(link, f"{settings.TROCO_PUBLIC_URL}/u/{token}")


def paper_asked(*, token: str) -> AskedPaper:
    """Return what a link asks for, as long as it does.

    Args:
        token: Of its address; anything may stand there.

    Raises:
        NotFound: It is none, was used, was cancelled, is too old, has no try left, or rests on
            nothing any more.

    Transaction: none (at most three queries).
    """
    link = _living(token).filter(tries__lt=MOST_TRIES).select_related("shop").first()
    if link is None or not _is_right(link):
        raise NotFound
    return AskedPaper(link.shop.name, link.kind)


def send_from_phone(*, token: str, name: str, file: BinaryIO) -> ReviewDocument:
    """Take the paper that a link asks for; that was its use.

    Changes: the ``PaperLink``, a ``ReviewDocument``, audit entries. A file that is refused takes
    one of the link's ten tries.

    Args:
        token: Of the link's address.
        name: What the phone calls the file; without one it is called as its kind.
        file: As ``review_documents.send_document`` takes it.

    Raises:
        NotFound: As ``paper_asked``; or the link was used meanwhile.
        InputInvalid, TextInvalid, MediaTypeRefused, MediaBroken, MediaTooManyPixels: The file is
            no paper.

    Transaction: owns (two: a try is taken before the file is looked into).
    """
    refuse_owner("merchants.services.paper_links.send_from_phone")
    kind = paper_asked(token=token).kind
    _take_try(token=token)
    paper = look_into(kind=kind, name=name or kind, file=file)
    try:
        return _use(token=token, paper=paper)
    except StateConflict as over:
        # Whether a review is under way is nothing that a stranger is told.
        raise NotFound from over


@owns
def stop_paper_link(*, shop_id: int, actor: "Person") -> None:
    """Cancel what somebody has open at a shop.

    Transaction: owns.
    """
    _cancel(PaperLink.objects.filter(shop_id=shop_id, made_by=actor))


@owns
def cancel_by_staff(*, staff: "Person", link_id: int, reason: str) -> PaperLink:
    """Cancel an open link from the operator's side.

    Changes: the ``PaperLink``, an audit entry. The owner can make another one.

    Args:
        staff: Who does it.
        link_id: Primary key of the link; it has no name outside.
        reason: Why.

    Raises:
        NotFound: There is no such link that is open and in time.

    Transaction: owns.
    """
    rows = PaperLink.objects.select_for_update(of=("self",)).select_related("shop")
    open_now = rows.filter(used_at__isnull=True, cancelled_at__isnull=True)
    link = open_now.filter(pk=link_id, expires_at__gt=wall_now()).first()
    if link is None:
        raise NotFound
    link.cancelled_at = wall_now()
    link.save(update_fields=["cancelled_at"])
    _record(staff, "paper.code_ended", link, reason)
    return link


@joins
def end_paper_links(*, person_id: int, shop_id: int | None = None) -> None:
    """Cancel what somebody has open, because their right to it or their session ended.

    Args:
        person_id: Whose.
        shop_id: At one shop only; None: at all.

    Transaction: joins.
    """
    theirs = PaperLink.objects.filter(made_by_id=person_id)
    _cancel(theirs if shop_id is None else theirs.filter(shop_id=shop_id))


@owns
def _take_try(*, token: str) -> None:
    """Take one of a link's tries, in a commit of its own: it is gone whatever becomes of it."""
    tried = _living(token).filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1)
    if not tried:
        raise NotFound


@owns
def _use(*, token: str, paper: SentPaper) -> ReviewDocument:
    """Use the link up by what it brought."""
    rows = _living(token).select_related("shop", "made_by")
    link = rows.select_for_update(of=("self",)).first()
    if link is None or not _is_right(link):
        raise NotFound
    document = put_document(shop_id=link.shop_id, actor=link.made_by, paper=paper, is_by_phone=True)
    link.document, link.used_at = document, wall_now()
    link.save(update_fields=["document", "used_at"])
    _record(link.made_by, "paper.sent_by_phone", link)
    return document


def _living(token: str) -> QuerySet[PaperLink]:
    """Return the link of a token, if it is open and in time."""
    if not token.isascii() or len(token) > _LONGEST_TOKEN:
        return PaperLink.objects.none()
    open_now = PaperLink.objects.filter(used_at__isnull=True, cancelled_at__isnull=True)
    return open_now.filter(token_hash=link_digest(token), expires_at__gt=wall_now())


def _is_right(link: PaperLink) -> bool:
    """Tell whether what a link rests on is still so."""
    owns_it = _owners(link.shop_id).filter(person_id=link.made_by_id, person__is_active=True)
    review = ShopReview.objects.filter(shop_id=link.shop_id, state__in=UNDECIDED)
    return owns_it.exists() and review.exists()


def _owners(shop_id: int) -> QuerySet[TeamMember]:
    return TeamMember.objects.filter(shop_id=shop_id, role=Role.OWNER, removed_at__isnull=True)


def _cancel(rows: QuerySet[PaperLink]) -> None:
    rows.filter(used_at__isnull=True, cancelled_at__isnull=True).update(cancelled_at=wall_now())


def _record(actor: "Person", action: str, link: PaperLink, reason: str = "") -> None:
    """Write it into the audit trail, under the shop, where its team reads it."""
    record(
        actor=actor,
        action=action,
        object_ref=link.shop.public_id,
        before={},
        after={"paper": link.kind},
        reason=reason,
    )
