"""Taking back what was just done: the acts that have a way back, and the one door to it.

What would be undone lies in the session of who did it, never in the page, so there is nothing to
forge: an id that this session was not given is an unknown one, and so is one of another shop.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import wall_now
from core.errors import Forbidden, NotFound, StateConflict, TrocoError
from core.ids import new_id
from merchants.enums import Role
from merchants.portal.access import EDITORS, EVERYBODY, TALKERS, Seat
from merchants.portal.pages import Page, safe_next, see_other
from merchants.queries.catalogue import Standing, standing_of
from merchants.queries.desk import holder_of, holidays_of, quick_replies
from merchants.queries.views import saved_views
from merchants.services import desk, products
from merchants.services.archive import archive_product, unarchive_product
from merchants.services.holidays import put_holiday
from merchants.services.undoing import note_undone
from merchants.services.views import save_view

KEPT_IN: Final = "undo"
GOOD_FOR_SECONDS: Final = 1800
MOST_KEPT: Final = 5
"""Acts that one session can take back; the oldest gives way."""

_STAYS: Final = gettext_lazy("It was changed meanwhile, and stays as it is.")

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WayBack:
    """How an act is taken back, and who may: whoever may do the act itself.

    ``take`` returns what is said of it, where that is more than that it was taken back.
    """

    roles: tuple[Role, ...]
    take: Callable[[Seat, Facts], str | None]


def offer(page: Page, act: str, **facts: Any) -> str:
    """Remember how to take an act back, and return the id that its toast posts to the door."""
    kept = page.request.session.get(KEPT_IN, [])
    key = new_id("und")
    entry = {
        "id": key,
        "act": act,
        "facts": facts,
        "shop": page.seat.shop.public_id,
        "at": int(wall_now().timestamp()),
    }
    page.request.session[KEPT_IN] = [*kept, entry][-MOST_KEPT:]
    return key


class UndoPage(Page):
    """Takes one act back, once, for who did it in this session."""

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Do it, say so, and lead back to where the toast was."""
        entry = self._entry(public_id)
        way = ACTS[entry["act"]]
        if not self.seat.is_one_of(way.roles):
            raise Forbidden
        rest = [each for each in request.session[KEPT_IN] if each["id"] != public_id]
        request.session[KEPT_IN] = rest
        try:
            words = self._take(way, entry)
        except NotFound:
            self.refused(StateConflict(_("It is not there any more.")))
        except TrocoError as refusal:
            self.refused(refusal)
        else:
            self.done(words or _("Taken back."))
        return see_other(safe_next(request, reverse("portal:overview")))

    def _entry(self, public_id: str) -> dict[str, Any]:
        """Return what this session remembers of an act in this shop.

        Raises:
            NotFound: Nothing, or of another shop.
        """
        for each in self.request.session.get(KEPT_IN, []):
            if each["id"] == public_id and each["shop"] == self.seat.shop.public_id:
                return dict(each)
        raise NotFound

    def _take(self, way: WayBack, entry: Facts) -> str | None:
        if wall_now().timestamp() > entry["at"] + GOOD_FOR_SECONDS:
            raise StateConflict(_("It is too late to take this back."))
        words = way.take(self.seat, entry["facts"])
        seat = self.seat
        note_undone(shop_id=seat.shop.id, actor=seat.person, act=entry["act"])
        return words


def offer_products(page: Page, were: Iterable[Standing], done: Iterable[str]) -> str:
    """Offer to let products be as they were; returns nothing where none is otherwise by now.

    Args:
        page: Whose toast offers it.
        were: How they stood before, of ``standing_of``.
        done: Public ids of those that a step was taken with.
    """
    before = {each[0]: each for each in were}
    became = [each for each in standing_of(page.seat.shop.id, done) if each != before[each[0]]]
    if not became:
        return ""
    return offer(page, "products", were=[before[each[0]] for each in became], became=became)


def _products(seat: Seat, facts: Facts) -> str | None:
    """Put products back as they were: on the shelf or off it, and in the archive or out.

    What was changed since, or cannot be as it was any more, stays; each is a commit of its own.
    """
    if seat.shop.closed_at is not None:
        raise StateConflict(_("This shop has closed."))
    became = {each[0]: tuple(each) for each in facts["became"]}
    now = {each[0]: each for each in standing_of(seat.shop.id, became)}
    kept: list[TrocoError] = []
    for product_id, is_visible, is_archived in facts["were"]:
        try:
            if now.get(product_id) != became[product_id]:
                raise StateConflict(_STAYS)
            _put_back(seat, product_id, is_visible=is_visible, is_archived=is_archived)
        except TrocoError as refusal:
            kept.append(refusal)
    if kept and len(kept) == len(facts["were"]):
        raise kept[0]
    return _("Taken back, except for what was changed meanwhile.") if kept else None


def _put_back(seat: Seat, product_id: str, *, is_visible: bool, is_archived: bool) -> None:
    about: dict[str, Any] = {
        "shop_id": seat.shop.id,
        "product_id": product_id,
        "actor": seat.person,
    }
    if is_archived:
        archive_product(**about)
        return
    unarchive_product(**about)
    (products.show_product if is_visible else products.hide_product)(**about)


def _label(seat: Seat, facts: Facts) -> None:
    """Take a label off a conversation, or put it on again."""
    step = desk.peel_label if facts["is_on"] else desk.stick_label
    step(shop_id=seat.shop.id, conversation_id=facts["talk"], name=facts["name"])


def _assignment(seat: Seat, facts: Facts) -> None:
    """Let who looked after a conversation do so again, or nobody; unless it went on meanwhile."""
    if holder_of(seat.shop.id, facts["talk"]) != facts["to"]:
        raise StateConflict(_STAYS)
    desk.assign_talk(
        shop_id=seat.shop.id,
        actor=seat.person,
        conversation_id=facts["talk"],
        login=facts["login"],
    )


def _label_removed(seat: Seat, facts: Facts) -> None:
    desk.bring_label_back(shop_id=seat.shop.id, name=facts["name"])


def _reply_removed(seat: Seat, facts: Facts) -> None:
    """Keep a quick reply again with its file, unless its word means something else by now."""
    word = facts["shortcut"]
    if any(each.shortcut == word for each in quick_replies(seat.shop.id, word)):
        raise StateConflict(_("That word means something else by now."))
    desk.put_quick_reply(
        shop_id=seat.shop.id, shortcut=word, text=facts["text"], media_id=facts["file"]
    )


def _holiday_removed(seat: Seat, facts: Facts) -> None:
    """Keep a holiday again, unless somebody said another one of that day."""
    day = date.fromisoformat(facts["day"])
    if day in dict(holidays_of(seat.shop.id)):
        raise StateConflict(_STAYS)
    put_holiday(shop_id=seat.shop.id, actor=seat.person, day=day, name=facts["name"])


def _view_removed(seat: Seat, facts: Facts) -> None:
    """Keep a view again, unless there is one of its name by now."""
    shop_id, person, list_name = seat.shop.id, seat.person, facts["list"]
    names = {each.name.casefold() for each in saved_views(shop_id, person.pk, list_name)}
    if facts["name"].casefold() in names:
        raise StateConflict(_("There is a view of that name again."))
    save_view(
        shop_id=shop_id,
        person=person,
        list_name=list_name,
        name=facts["name"],
        query=facts["query"],
    )


ACTS: Final[Mapping[str, WayBack]] = {
    "products": WayBack(EDITORS, _products),
    "label": WayBack(TALKERS, _label),
    "assignment": WayBack(TALKERS, _assignment),
    "label_removed": WayBack(TALKERS, _label_removed),
    "reply_removed": WayBack(TALKERS, _reply_removed),
    "holiday_removed": WayBack(EDITORS, _holiday_removed),
    "view_removed": WayBack(EVERYBODY, _view_removed),
}
