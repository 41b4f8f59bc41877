"""The activity log: what was done with the shop, by whom and when."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from merchants.portal.access import EDITORS
from merchants.portal.act_words import KINDS, act_words, changes_of
from merchants.portal.lists import ALL, Choices, Column, Empty, Fetched, Field, ListPage
from merchants.portal.team import member_choices
from merchants.queries.exports import ACT_HEAD, act_line
from merchants.queries.keys import key_names
from merchants.queries.teams import MemberFacts, everybody_of
from people.services.acts import ActFacts, ActFilter, acts_upon

KIND_CHOICES = (ALL, *((name, words) for name, (words, _prefixes) in KINDS.items()))


class ActivityPage(ListPage):
    """What was done with the shop: who, what, when; from the audit trail, which nobody changes."""

    section = "team"
    roles = EDITORS
    name = "activity"
    caption = gettext_lazy("Acts")
    template = "activity.html"
    row_template = "parts/rows/act.html"
    fields = (
        Field("by", gettext_lazy("Who"), "choice"),
        Field("kind", gettext_lazy("What"), "choice", KIND_CHOICES),
        Field("from", gettext_lazy("From"), "date"),
        Field("to", pgettext_lazy("last day", "To"), "date"),
    )
    columns = (
        Column(gettext_lazy("What"), may_hide=False),
        Column(gettext_lazy("Who")),
        Column(gettext_lazy("When"), is_end=True),
    )
    sheet_head = ACT_HEAD
    page_size = 50

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of acts, newest first."""
        since, until = self.asked_span()
        by = self.asked("by")
        kinds = KINDS[self.asked("kind")][1] if self.asked("kind") else ()
        narrowed = ActFilter(int(by) if by else None, kinds, since, until)
        return acts_upon(self.seat.shop.public_id, narrowed, cursor=cursor, limit=limit)

    def choices_now(self) -> Mapping[str, Choices]:
        """Return everybody who is or was of the team."""
        return {"by": member_choices(self._team)}

    def rows(self, found: list[ActFacts]) -> list[dict[str, Any]]:
        """Return acts as their rows show them; programs go by the names of their keys."""
        shop = self.seat.shop
        keys = key_names(shop.id, (each.program for each in found))
        return [
            {
                "id": number,
                "at": each.at,
                "who": _who(each, keys),
                "words": act_words(each.action),
                "changes": changes_of(each, shop.currency),
                "reason": each.reason,
            }
            for number, each in enumerate(found)
        ]

    def sheet_rows(self, found: list[ActFacts]) -> Iterable[Sequence[str]]:
        """Return acts as lines of the file, the same as when all data is taken along."""
        return [act_line(each, self.seat.shop.timezone) for each in found]

    def empty(self) -> Empty:
        """Say what appears here."""
        return Empty(
            "list",
            _("Nothing yet"),
            _("What your team changes appears here: settings, roles, keys, endpoints."),
        )

    @cached_property
    def _team(self) -> list[MemberFacts]:
        return everybody_of(self.seat.shop.id)


def _who(act: ActFacts, keys: Mapping[str, str]) -> str:
    """Return who did something: somebody, a program by its key's name, or the house."""
    if act.is_staff:
        return _("Troco's staff")
    if act.program in keys:
        return _("Key “%(name)s”") % {"name": keys[act.program]}
    return act.actor_name or _("Troco")
