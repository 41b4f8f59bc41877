"""Views of lists that somebody of the team keeps for themselves."""

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.transactions import owns
from merchants.models import SavedView
from merchants.services.texts import clean_text

if TYPE_CHECKING:
    from people.models import Person

MOST_VIEWS: Final = 12
MAX_NAME: Final = 40
MAX_QUERY: Final = 500


@owns
def save_view(
    *, shop_id: int, person: "Person", list_name: str, name: str, query: str
) -> SavedView:
    """Keep a list's filters under a name; the name's earlier filters are replaced.

    Args:
        shop_id: Primary key of the shop.
        person: Whose view it is; nobody else of the team sees it.
        list_name: Which list.
        name: 1 to 40 characters; capitals make no difference.
        query: What stood in the address after the question mark, up to 500 characters; the place
            in the list is left out of it.

    Raises:
        InputInvalid, TextInvalid: The name or the filters are not right.
        StateConflict: The person keeps 12 views of the list.

    Transaction: owns.
    """
    clean = clean_text(name, "name", MAX_NAME, 1)
    kept = [(key, value) for key, value in parse_qsl(query) if key not in {"after", "export"}]
    filters = clean_text(urlencode(kept), "query", MAX_QUERY)
    mine = SavedView.objects.filter(shop_id=shop_id, person=person, list_name=list_name)
    view = mine.select_for_update().filter(name__iexact=clean).first()
    if view is not None:
        view.query = filters
        view.save(update_fields=["query"])
        return view
    if mine.count() >= MOST_VIEWS:
        raise StateConflict(_("You keep 12 views of this list. Remove one first."))
    return SavedView.objects.create(
        shop_id=shop_id,
        person=person,
        list_name=list_name,
        name=clean,
        query=filters,
        created_at=business_now(),
    )


@owns
def remove_view(*, shop_id: int, person: "Person", view_id: int) -> None:
    """Forget a view.

    Raises:
        NotFound: The person keeps no such view in this shop.

    Transaction: owns.
    """
    mine = SavedView.objects.filter(shop_id=shop_id, person=person, pk=view_id)
    gone, _tables = mine.delete()
    if not gone:
        raise NotFound
