"""Views of lists that somebody of the team keeps."""

from dataclasses import dataclass

from merchants.models import SavedView


@dataclass(frozen=True, slots=True)
class ViewFacts:
    """A view: its name, and what stands in the address after the question mark."""

    id: int
    name: str
    query: str


def saved_views(shop_id: int, person_id: int, list_name: str) -> list[ViewFacts]:
    """Return a person's views of one list by name; one query."""
    rows = SavedView.objects.filter(shop_id=shop_id, person_id=person_id, list_name=list_name)
    return [ViewFacts(row.pk, row.name, row.query) for row in rows.order_by("name", "id")]
