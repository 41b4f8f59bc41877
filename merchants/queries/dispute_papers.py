"""Papers of a shop's answers to disputes, without or with their bytes."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from merchants.models import DisputePaper


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """A paper, without its bytes."""

    id: str
    name: str
    shows: str
    mime: str
    sent_at: datetime

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown on a page."""
        return self.mime.startswith("image/")


def papers_of_dispute(shop_id: int, dispute_id: str) -> list[PaperFacts]:
    """Return the papers of a shop's answer, in the order in which they were sent; one query."""
    return _facts(DisputePaper.objects.filter(shop_id=shop_id, dispute_ref=dispute_id))


def papers_handed_in(dispute_id: str) -> list[PaperFacts]:
    """Return the papers that whoever decides a dispute reads, never a draft's; one query."""
    rows = DisputePaper.objects.filter(dispute_ref=dispute_id, handed_in_at__isnull=False)
    return _facts(rows)


def _facts(rows: QuerySet[DisputePaper]) -> list[PaperFacts]:
    fields = ("public_id", "name", "shows", "mime", "sent_at")
    return [PaperFacts(*row) for row in rows.order_by("id").values_list(*fields)]


def paper_bytes(shop_id: int, dispute_id: str, paper_id: str) -> tuple[str, bytes] | None:
    """Return what a paper is and its bytes to the shop's team, or None; one query."""
    rows = DisputePaper.objects.filter(shop_id=shop_id, dispute_ref=dispute_id, public_id=paper_id)
    found = rows.values_list("mime", "content").first()
    return None if found is None else (found[0], bytes(found[1]))
