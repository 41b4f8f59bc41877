"""What stands around a conversation for the team: filters of the list, labels, holder and notes."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from merchants.portal.access import Seat
from merchants.queries import desk as queries
from merchants.queries.beside import BesideOpen
from merchants.queries.desk import DeskTalk, LabelFacts


def chosen_of(seat: Seat, query: QueryDict) -> Q:
    """Return which conversations the address asks for."""
    shop_id, show = seat.shop.id, query.get("show", "")
    told = queries.talks_that(shop_id, label=query.get("label", "").strip()[:40])
    if show == "mine":
        told &= queries.talks_that(shop_id, holder_id=seat.person.pk)
    if show == "free":
        told &= queries.talks_that(shop_id, is_free=True)
    if show == "to_pay":
        told &= queries.talks_waiting_to_be_paid(shop_id)
    return told


def filters_of(query: QueryDict, labels: Iterable[LabelFacts]) -> list[dict[str, Any]]:
    """Return the list's filters: what it is about, then the shop's labels."""
    show, label, here = query.get("show", ""), query.get("label", ""), reverse("portal:inbox")
    known = (
        ("", _("All")),
        ("unread", _("Unread")),
        ("mine", _("Mine")),
        ("free", _("Nobody's")),
        ("to_pay", _("To be paid")),
    )
    shown = show if show in dict(known) else ""
    rows = [
        {
            "words": words,
            "href": f"{here}?{urlencode({'show': code})}" if code else here,
            "count": None,
            "current": code == shown and not label,
        }
        for code, words in known
    ]
    rows += [
        {
            "words": each.name,
            "href": f"{here}?{urlencode({'label': each.name})}",
            "count": None,
            "current": each.name.casefold() == label.casefold(),
            "tone": each.colour,
        }
        for each in labels
    ]
    return rows


def panel_of(mark: DeskTalk, labels: Iterable[LabelFacts], opened: BesideOpen) -> dict[str, Any]:
    """Return what the team knows of the open conversation, and what it may change."""
    stuck = list(mark.labels)
    names = {each.name for each in stuck}
    known = dict(opened.team)
    held = mark.assignee
    return {
        "labels": stuck,
        "other_labels": [each for each in labels if each.name not in names],
        "holder": known.get(held or "", ""),
        "team": [
            {"login": login, "name": name, "current": login == held}
            for login, name in known.items()
        ],
        "notes": [
            {"author": each.author, "text": each.text, "at": each.created_at}
            for each in opened.notes
        ],
    }


def replies_of(seat: Seat, opened: BesideOpen, customer: str) -> list[dict[str, str]]:
    """Return the quick replies with what stands for the customer and the shop filled in."""
    return [
        {
            "word": each.word,
            "text": each.text.replace("{name}", customer).replace("{shop}", seat.shop.name),
            "media": each.file_id or "",
            "file": (each.file_name or _("Picture")) if each.file_id else "",
        }
        for each in opened.replies
    ]
