"""Papers that a shop sends to its reviewers, and who of the staff looked at them.

What a file is, its bytes say, as with every file that is sent (``messaging.files``): pictures are
written anew from their pixels, a PDF is kept as it came. They are nobody's but the reviewers':
neither the shop's cashiers nor other staff can open one, and each opening is an entry of the
audit trail.
"""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.ids import new_id
from core.transactions import joins, owns, refuse_owner
from merchants.enums import DocumentKind
from merchants.models import ReviewDocument, ShopReview
from merchants.queries.reviews import UNDECIDED
from merchants.services.texts import clean_text, refusal
from messaging.files.images import clean_picture
from messaging.files.recognise import type_of
from messaging.files.types import JPEG, PDF, PNG, WEBP, FileType
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

MOST_DOCUMENTS = 10
LARGEST_BYTES = 5_000_000
_PICTURES = (JPEG, PNG, WEBP)


@dataclass(frozen=True, slots=True)
class SentPaper:
    """A paper that was looked into: what it is, its name with the right ending, and its bytes."""

    kind: str
    name: str
    mime: str
    content: bytes
    sha256: str


def send_document(
    *, shop_id: int, actor: "Person", kind: str, name: str, file: BinaryIO
) -> ReviewDocument:
    """Send a paper to the reviewers of a shop, while they have not decided.

    Changes: a ``ReviewDocument``, an audit entry. The same paper again is the one that is there.

    Args:
        shop_id: Primary key of the shop.
        actor: Its owner.
        kind: A ``DocumentKind``.
        name: What its sender calls it, 1 to 100 characters.
        file: At most 5 MB: a PDF, or a JPEG, PNG or WebP picture.

    Raises:
        StateConflict: No review is under way, or ten papers were sent.
        InputInvalid, TextInvalid: Kind, name or size are none.
        MediaTypeRefused, MediaBroken, MediaTooManyPixels: The file is none of these.

    Transaction: owns (after the file was read; pictures take a while).
    """
    refuse_owner("merchants.services.review_documents.send_document")
    return _keep(shop_id=shop_id, actor=actor, paper=look_into(kind=kind, name=name, file=file))


@owns
def open_document(*, staff: "Person", document_id: str) -> ReviewDocument:
    """Hand a paper to a reviewer, and write down who opened it.

    Changes: an audit entry.

    Raises:
        NotFound: There is no such paper.

    Transaction: owns.
    """
    rows = ReviewDocument.objects.select_related("review")
    found = rows.filter(public_id=document_id).first()
    if found is None:
        raise NotFound
    record(
        actor=staff,
        action="review.document_opened",
        object_ref=found.review.public_id,
        before={},
        after={"document": found.public_id, "kind": found.kind, "sha256": found.sha256},
    )
    return found


@owns
def _keep(*, shop_id: int, actor: "Person", paper: SentPaper) -> ReviewDocument:
    """Keep a paper with the review that is under way."""
    return put_document(shop_id=shop_id, actor=actor, paper=paper)


@joins
def put_document(
    *, shop_id: int, actor: "Person", paper: SentPaper, is_by_phone: bool = False
) -> ReviewDocument:
    """Keep a paper that was looked into with the review that is under way.

    Changes: a ``ReviewDocument``, an audit entry; nothing where the paper is there already.

    Args:
        shop_id: Primary key of the shop.
        actor: Its owner, or whoever of its owners asked for it.
        paper: What ``look_into`` made of the file.
        is_by_phone: Whether it came by a ``PaperLink``.

    Raises:
        StateConflict: No review is under way, or ten papers were sent.

    Transaction: joins.
    """
    rows = ShopReview.objects.select_for_update(of=("self",)).select_related("shop")
    review = under_way(rows.filter(shop_id=shop_id))
    again = ReviewDocument.objects.filter(review=review, sha256=paper.sha256).first()
    if again is not None:
        return again
    refuse_more(review)
    made = ReviewDocument.objects.create(
        public_id=new_id("doc"),
        review=review,
        kind=paper.kind,
        name=paper.name,
        mime=paper.mime,
        content=paper.content,
        sha256=paper.sha256,
        sent_by=actor,
        sent_at=business_now(),
    )
    way = {"way": "phone"} if is_by_phone else {}
    record(
        actor=actor,
        action="review.document_sent",
        object_ref=review.public_id,
        before={},
        after={"document": made.public_id, "kind": paper.kind, "sha256": paper.sha256, **way},
    )
    return made


def under_way(reviews: QuerySet[ShopReview]) -> ShopReview:
    """Return the one review of a shop's that takes papers.

    Raises:
        StateConflict: There is none.

    Transaction: none (one query).
    """
    review = reviews.filter(state__in=UNDECIDED).first()
    if review is None:
        raise StateConflict(_("No review of this shop is under way."))
    return review


def refuse_more(review: ShopReview) -> None:
    """Refuse another paper where ten were sent.

    Raises:
        StateConflict: As it says.

    Transaction: none (one query).
    """
    if ReviewDocument.objects.filter(review=review).count() >= MOST_DOCUMENTS:
        raise StateConflict(_("Ten papers are with the reviewers; they will ask for more."))


def look_into(*, kind: str, name: str, file: BinaryIO) -> SentPaper:
    """Return what is kept of a file that somebody sends as a paper.

    Args:
        kind: A ``DocumentKind``.
        name: What its sender calls it, 1 to 100 characters.
        file: At most 5 MB: a PDF, or a JPEG, PNG or WebP picture.

    Raises:
        InputInvalid, TextInvalid: Kind, name or size are none.
        MediaTypeRefused, MediaBroken, MediaTooManyPixels: The file is none of these.

    Transaction: none.
    """
    if kind not in DocumentKind.values:
        raise refusal("kind", _("Say what it is."))
    called = clean_text(name, "name", 100, shortest=1)
    content, found = read_paper(file)
    sha256 = hashlib.sha256(content).hexdigest()
    return SentPaper(kind, found.named(called), found.mime, content, sha256)


def read_paper(file: BinaryIO) -> tuple[bytes, FileType]:
    """Return a paper's bytes as they are kept, and what it is.

    Raises:
        InputInvalid: It is too large, or a file that is no paper.

    Transaction: none.
    """
    file.seek(0)
    size = len(file.read(LARGEST_BYTES + 1))
    if size > LARGEST_BYTES:
        raise refusal("file", _("A paper has at most 5 MB."))
    found = type_of(file, size)
    if found in _PICTURES:
        picture = clean_picture(file, found)
        picture.file.seek(0)
        return picture.file.read(), picture.type
    if found != PDF:
        raise refusal("file", _("Send a PDF, or a picture: JPEG, PNG or WebP."))
    file.seek(0)
    return file.read(), found
