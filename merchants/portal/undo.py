"""Taking back what was just done: the acts that have a way back, and the one door to it.

What would be undone lies in the session of who did it, never in the page, so there is nothing to
forge: an id that this session was not given is an unknown one, and so is one of another shop.
Each way back says what its act left, and the service compares and changes in one step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.clock import wall_now
from core.errors import Forbidden, NotFound, StateConflict, TrocoError
from core.ids import new_id
from merchants.enums import Role
from merchants.portal.access import EDITORS, EVERYBODY, TALKERS, Seat
from merchants.portal.pages import Page, safe_next, see_other
from merchants.services import desk
from merchants.services.archive import Moved, put_product_back
from merchants.services.holidays import put_holiday
from merchants.services.undoing import Expected, note_undone
from merchants.services.views import save_view

KEPT_IN: Final = "undo"
GOOD_FOR_SECONDS: Final = 1800
MOST_KEPT: Final = 5
"""Acts that one session can take back; the oldest gives way."""

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


def offer_products(page: Page, moved: Mapping[str, Moved]) -> str:
    """Offer to let products stand as they stood; returns nothing where none stands otherwise.

    Args:
        page: Whose toast offers it.
        moved: By public id, what a step found and what it left.
    """
    changed = {key: each for key, each in moved.items() if each.before != each.after}
    if not changed:
        return ""
    kept = [(key, each.before, each.after) for key, each in changed.items()]
    return offer(page, "products", moved=kept)


def _products(seat: Seat, facts: Facts) -> str | None:
    """Put products back as they were: on the shelf or off it, and in the archive or out.

    What was changed since, or cannot be as it was any more, stays; each is a commit of its own.
    """
    kept: list[TrocoError] = []
    for product_id, before, after in facts["moved"]:
        try:
            put_product_back(
                shop_id=seat.shop.id,
                product_id=product_id,
                actor=seat.person,
                to=(before[0], before[1]),
                expected=Expected(tuple(after)),
            )
        except TrocoError as refusal:
            kept.append(refusal)
    if kept and len(kept) == len(facts["moved"]):
        raise kept[0]
    return _("Taken back, except for what was changed meanwhile.") if kept else None


def _label(seat: Seat, facts: Facts) -> None:
    """Take a label off a conversation, or put it on again; unless somebody did so meanwhile."""
    step = desk.peel_label if facts["is_on"] else desk.stick_label
    step(
        shop_id=seat.shop.id,
        conversation_id=facts["talk"],
        name=facts["name"],
        expected=Expected(facts["is_on"]),
    )


def _assignment(seat: Seat, facts: Facts) -> None:
    """Let who looked after a conversation do so again, or nobody; unless it went on meanwhile."""
    desk.assign_talk(
        shop_id=seat.shop.id,
        actor=seat.person,
        conversation_id=facts["talk"],
        login=facts["login"],
        expected=Expected(facts["to"]),
    )


def _label_removed(seat: Seat, facts: Facts) -> None:
    """Take a removed label back, unless there is one of its name by now."""
    desk.bring_label_back(shop_id=seat.shop.id, name=facts["name"])


def _reply_removed(seat: Seat, facts: Facts) -> None:
    """Keep a quick reply again with its file, unless its word means something else by now."""
    desk.put_quick_reply(
        shop_id=seat.shop.id,
        shortcut=facts["shortcut"],
        text=facts["text"],
        media_id=facts["file"],
        expected=Expected(None, _("That word means something else by now.")),
    )


def _holiday_removed(seat: Seat, facts: Facts) -> None:
    """Keep a holiday again, unless somebody said another one of that day."""
    put_holiday(
        shop_id=seat.shop.id,
        actor=seat.person,
        day=date.fromisoformat(facts["day"]),
        name=facts["name"],
        expected=Expected(None),
    )


def _view_removed(seat: Seat, facts: Facts) -> None:
    """Keep a view again, unless there is one of its name by now."""
    save_view(
        shop_id=seat.shop.id,
        person=seat.person,
        list_name=facts["list"],
        name=facts["name"],
        query=facts["query"],
        expected=Expected(None, _("There is a view of that name again.")),
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
