"""Papers of a shop's answer to a dispute: added to the draft, handed in with it, read by staff.

Files are read as those for reviewers are (``review_documents``): pictures are written anew from
their pixels, a PDF is kept as it came. A draft's papers are the shop's alone. Handed in, they are
shown to whoever decides, and each opening is an entry of the audit trail; the customer reads what
the shop wrote, and sees no file: it may show others.
"""

import hashlib
from typing import TYPE_CHECKING, BinaryIO, Final

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.ids import new_id
from core.transactions import joins, owns, refuse_owner
from merchants.models import DisputePaper, Shop
from merchants.services.review_documents import read_paper
from merchants.services.texts import clean_text
from payments.queries.disputes import answered_at
from payments.services.disputes import lock_unanswered
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

MOST_PAPERS: Final = 10
LONGEST_SHOWS: Final = 140


def add_dispute_paper(
    *, shop_id: int, actor: "Person", dispute_id: str, name: str, shows: str, file: BinaryIO
) -> DisputePaper:
    """Add a paper to the draft of an answer.

    Changes: a ``DisputePaper``, an audit entry. The same paper again is the one that is there.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of its team.
        dispute_id: Public id of a dispute that waits for the shop's answer.
        name: What its sender calls the file, 1 to 100 characters.
        shows: What it shows, up to 140 characters.
        file: At most 5 MB: a PDF, or a JPEG, PNG or WebP picture.

    Raises:
        NotFound: The shop has no such dispute.
        StateConflict: It takes no answer any more, or ten papers are there.
        InputInvalid, TextInvalid: A text or the size is none.
        MediaTypeRefused, MediaBroken, MediaTooManyPixels: The file is none of these.

    Transaction: owns (after the file was read; pictures take a while).
    """
    refuse_owner("merchants.services.dispute_papers.add_dispute_paper")
    called = clean_text(name, "name", 100, shortest=1)
    said = clean_text(shows, "shows", LONGEST_SHOWS)
    content, found = read_paper(file)
    paper = DisputePaper(
        public_id=new_id("doc"),
        shop_id=shop_id,
        dispute_ref=dispute_id,
        name=found.named(called),
        shows=said,
        mime=found.mime,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        sent_by=actor,
    )
    return _keep(paper=paper)


@owns
def remove_dispute_paper(*, shop_id: int, actor: "Person", dispute_id: str, paper_id: str) -> None:
    """Take a paper out of the draft of an answer.

    Changes: the ``DisputePaper`` is gone, an audit entry.

    Raises:
        NotFound: The shop has no such dispute or paper.
        StateConflict: The dispute takes no answer any more.

    Transaction: owns.
    """
    _lock(shop_id, dispute_id)
    rows = DisputePaper.objects.filter(shop_id=shop_id, dispute_ref=dispute_id)
    found = rows.filter(public_id=paper_id).first()
    if found is None:
        raise NotFound
    _note(found, "dispute.paper_removed", actor)
    found.delete()


@joins
def hand_in_papers(*, dispute_id: str) -> None:
    """Close the papers of an answer that was just submitted.

    Changes: when each was handed in.

    Transaction: joins.
    """
    moment = answered_at(dispute_id)
    if moment is not None:
        mine = DisputePaper.objects.filter(dispute_ref=dispute_id, handed_in_at__isnull=True)
        mine.update(handed_in_at=moment)


@owns
def open_dispute_paper(*, staff: "Person", paper_id: str) -> DisputePaper:
    """Hand a paper to one of the staff, and write down who opened it.

    Changes: an audit entry.

    Raises:
        NotFound: There is no such paper, or it is a draft's.

    Transaction: owns.
    """
    found = DisputePaper.objects.filter(public_id=paper_id, handed_in_at__isnull=False).first()
    if found is None:
        raise NotFound
    _note(found, "dispute.paper_opened", staff)
    return found


@owns
def _keep(*, paper: DisputePaper) -> DisputePaper:
    """Keep a paper with the draft, under the dispute's lock."""
    _lock(paper.shop_id, paper.dispute_ref)
    there = DisputePaper.objects.filter(dispute_ref=paper.dispute_ref)
    again = there.filter(sha256=paper.sha256).first()
    if again is not None:
        return again
    if there.count() >= MOST_PAPERS:
        raise StateConflict(_("An answer has at most ten papers."))
    paper.sent_at = business_now()
    paper.save()
    _note(paper, "dispute.paper_added", paper.sent_by)
    return paper


def _lock(shop_id: int, dispute_id: str) -> None:
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    lock_unanswered(party_id=shop.party_id, dispute_id=dispute_id)


def _note(paper: DisputePaper, action: str, actor: "Person") -> None:
    record(
        actor=actor,
        action=action,
        object_ref=paper.dispute_ref,
        before={},
        after={"paper": paper.public_id, "name": paper.name, "sha256": paper.sha256},
        reason=paper.shows,
    )
