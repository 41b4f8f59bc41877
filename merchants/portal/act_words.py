"""The activity log in words: what was done, and what changed by it."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from people.services.acts import ActFacts

ACTS: Final[dict[str, str | Promise]] = {
    "shop.opened": _("Opened the shop"),
    "shop.changed": _("Changed the settings"),
    "team.added": _("Added to the team"),
    "team.invited": _("Asked somebody into the team"),
    "team.invite_withdrawn": _("Took an invitation back"),
    "team.joined": _("Joined the team"),
    "team.role_changed": _("Changed a role"),
    "team.removed": _("Removed from the team"),
    "team.refund_limits_changed": _("Changed who refunds how much"),
    "shop_key.made": _("Made a key"),
    "shop_key.rolled": _("Rolled a key"),
    "shop_key.revoked": _("Ended a key"),
    "line.opened": _("Opened the number for programs"),
    "line.secret_rotated": _("Changed the app's secret"),
    "webhook.made": _("Added a webhook endpoint"),
    "webhook.changed": _("Changed a webhook endpoint"),
    "webhook.removed": _("Removed a webhook endpoint"),
    "webhook.secret_rotated": _("Changed an endpoint's secret"),
    "webhook.stopped": _("Stopped a webhook endpoint"),
    "means.added": _("Added a way to be paid outside"),
    "means.removed": _("Took away a way to be paid outside"),
    "catalogue.reordered": _("Reordered the catalogue"),
    "product.picture_taken_down": _("Troco took a picture down"),
    "customer.blocked": _("Blocked a customer"),
    "customer.unblocked": _("Took a block back"),
}


BEGINNINGS = frozenset({"made", "added", "opened"})


def act_words(action: str) -> str:
    """Return what was done; an act nobody has words for has its code's."""
    return str(ACTS.get(action) or action.replace(".", ": ").replace("_", " "))


def changes_of(act: ActFacts) -> list[dict[str, Any]]:
    """Return what an act changed: each field with its value before and after."""
    names = [*act.before, *(name for name in act.after if name not in act.before)]
    if act.action.rpartition(".")[2] in BEGINNINGS:
        # There was nothing before it: what is told there only says what it is.
        facts = {**act.before, **act.after}
        return [
            {"name": n.replace("_", " "), "before": "", "after": _plain(facts[n])} for n in names
        ]
    return [
        {
            "name": name.replace("_", " "),
            "before": _plain(act.before.get(name)),
            "after": _plain(act.after.get(name)),
        }
        for name in names
        if act.before.get(name) != act.after.get(name) or name == "person"
    ]


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)
