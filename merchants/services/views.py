"""Views of lists that somebody of the team keeps for themselves."""

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.transactions import owns
from merchants.models import SavedView
from merchants.services.texts import clean_text
from merchants.services.undoing import Expected, refuse_changed

if TYPE_CHECKING:
    from people.models import Person

MOST_VIEWS: Final = 12
MAX_NAME: Final = 40
MAX_QUERY: Final = 500


@owns
def save_view(
    *,
    shop_id: int,
    person: "Person",
    list_name: str,
    name: str,
    query: str,
    expected: Expected | None = None,
) -> SavedView:
    """Keep a list's filters under a name; the name's earlier filters are replaced.

    Args:
        shop_id: Primary key of the shop.
        person: Whose view it is; nobody else of the team sees it.
        list_name: Which list.
        name: 1 to 40 characters; capitals make no difference.
        query: What stood in the address after the question mark, up to 500 characters; the place
            in the list is left out of it.
        expected: The filters that the name has by now; None in it for no view of that name.

    Raises:
        InputInvalid, TextInvalid: The name or the filters are not right.
        StateConflict: The person keeps 12 views of the list, or the name is not as expected.

    Transaction: owns.
    """
    clean = clean_text(name, "name", MAX_NAME, 1)
    kept = [(key, value) for key, value in parse_qsl(query) if key not in {"after", "export"}]
    filters = clean_text(urlencode(kept), "query", MAX_QUERY)
    mine = SavedView.objects.filter(shop_id=shop_id, person=person, list_name=list_name)
    view = mine.select_for_update().filter(name__iexact=clean).first()
    refuse_changed(expected, view.query if view else None)
    if view is not None:
        view.query = filters
        view.save(update_fields=["query"])
        return view
    if mine.count() >= MOST_VIEWS:
        raise StateConflict(_("You keep 12 views of this list. Remove one first."))
    made = SavedView(
        shop_id=shop_id,
        person=person,
        list_name=list_name,
        name=clean,
        query=filters,
        created_at=business_now(),
    )
    try:
        made.save(force_insert=True)
    except IntegrityError as error:
        # Another tab of theirs has kept one of that name in this moment.
        raise StateConflict(_("There is a view of that name again.")) from error
    return made


@owns
def remove_view(*, shop_id: int, person: "Person", view_id: int) -> SavedView:
    """Forget a view.

    Returns:
        What it was.

    Raises:
        NotFound: The person keeps no such view in this shop.

    Transaction: owns.
    """
    mine = SavedView.objects.select_for_update(of=("self",))
    view = mine.filter(shop_id=shop_id, person=person, pk=view_id).first()
    if view is None:
        raise NotFound
    view.delete()
    return view
