"""The activity log in words: what was done, and what changed by it."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.money import Money
from merchants.enums import Role
from merchants.portal.program_words import SCOPES
from merchants.portal.templatetags.troco import moment, money
from merchants.portal.words import ROLES
from merchants.queries.review_words import PAPERS
from people.services.acts import ActFacts

ACTS: Final[dict[str, str | Promise]] = {
    "shop.opened": _("Opened the shop"),
    "shop.changed": _("Changed the settings"),
    "shop.exported": _("Took all data along"),
    "shop.closed": _("Closed the shop"),
    "shop.reopened": _("Opened the shop again"),
    "shop.logo_changed": _("Changed the logo"),
    "shop.undone": _("Took something back"),
    "holiday.added": _("Added a holiday"),
    "holiday.removed": _("Removed a holiday"),
    "paper.asked_by_phone": _("Asked for a code to send a paper by phone"),
    "paper.sent_by_phone": _("Sent a paper to the reviewers from a phone"),
    "paper.code_ended": _("Ended a code to send a paper by phone"),
    "statement_mail.chosen": _("Asked for statements by mail"),
    "statement_mail.confirmed": _("Confirmed an address for statements"),
    "statement_mail.ended": _("Ended statements by mail"),
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
    "shop_key.addresses_changed": _("Changed from where a key opens"),
    "line.opened": _("Opened the number for programs"),
    "line.secret_rotated": _("Changed the app's secret"),
    "line.secret_switched": _("Let the app's new secret sign"),
    "webhook.made": _("Added a webhook endpoint"),
    "webhook.changed": _("Changed a webhook endpoint"),
    "webhook.removed": _("Removed a webhook endpoint"),
    "webhook.secret_rotated": _("Changed an endpoint's secret"),
    "webhook.stopped": _("Stopped a webhook endpoint"),
    "means.added": _("Added a way to be paid outside"),
    "means.removed": _("Took away a way to be paid outside"),
    "catalogue.reordered": _("Reordered the catalogue"),
    "product.picture_taken_down": _("Troco took a picture down"),
    "refund.proposed": _("Asked for a refund over their limit"),
    "refund.proposal_approved": _("Approved a colleague's refund"),
    "refund.proposal_declined": _("Declined a colleague's refund"),
    "refund.proposal_withdrawn": _("Took back a refund they had asked for"),
    "refund.proposal_expired": _("A refund that was asked for was not decided in time"),
    "broadcast.planned": _("Planned news to customers"),
    "broadcast.cancelled": _("Stopped news to customers"),
    "customer.blocked": _("Blocked a customer"),
    "customer.erased": _("Erased what was kept about a customer"),
    "customer.unblocked": _("Took a block back"),
}


FACTS: Final[dict[str, str | Promise]] = {
    "name": _("Name"),
    "text": _("Text"),
    "starts_at": _("Begins"),
    "brand_colour": _("Your colour"),
    "language": _("Language"),
    "logo": _("Logo"),
    "notes": _("Notes"),
    "labels": _("Labels"),
    "assignments": _("Conversations looked after"),
    "news": _("News"),
    "about": _("About the shop"),
    "is_open": _("Open for orders"),
    "auto_accept": _("Accept orders by themselves"),
    "order_minutes": _("An order waits for its payment (minutes)"),
    "low_stock_threshold": _("Stock is low from this many pieces on"),
    "timezone": _("Time zone"),
    "country": _("Country"),
    "person": _("Person"),
    "role": _("Role"),
    "phone": _("Phone number"),
    "manager": _("A manager refunds up to"),
    "cashier": _("A cashier refunds up to"),
    "scopes": _("It opens"),
    "refund_minor": _("Refunds up to"),
    "overlap_hours": _("Hours during which the old one still opens"),
    "url": _("Address"),
    "address": _("Address"),
    "kinds": _("Kinds of news"),
    "state": _("State"),
    "paper": _("Paper"),
    "mail": _("Mail address"),
    "files": _("Files"),
    "kind": _("Kind"),
    "payment": _("Payment"),
    "amount_minor": _("Amount"),
    "payee_end": _("Account ends with"),
    "usable_at": _("Shown to customers from"),
    "undone": _("What was taken back"),
}

UNDONE: Final[dict[str, str | Promise]] = {
    "products": _("Products shown, hidden or put away"),
    "label": _("A label put on or taken off"),
    "assignment": _("Who looks after a conversation"),
    "label_removed": _("A label removed"),
    "reply_removed": _("A quick reply removed"),
    "holiday_removed": _("A holiday removed"),
    "view_removed": _("A view forgotten"),
}
"""The acts that ``merchants.portal.undo`` takes back."""

NAMED: Final[Mapping[str, Mapping[str, str | Promise]]] = {
    "undone": UNDONE,
    "paper": PAPERS,
    "role": {role.value: ROLES[role].name for role in Role},
}
"""Facts whose values have words."""

LEFT_OUT = frozenset(
    {"at", "party", "key", "means", "endpoint", "customer", "product", "to", "job", "currency"}
)
"""What only programs read; the line's own moment, name and address say the same."""

AMOUNTS = frozenset({"manager", "cashier", "refund_minor", "amount_minor"})
MOMENTS = frozenset({"usable_at", "starts_at"})
KINDS: Final[dict[str, tuple[str | Promise, tuple[str, ...]]]] = {
    "shop": (_("The shop"), ("shop", "holiday", "means", "paper")),
    "catalogue": (_("Catalogue"), ("catalogue", "product")),
    "team": (_("Team"), ("team",)),
    "refunds": (_("Refunds"), ("refund",)),
    "customers": (_("Customers and news"), ("customer", "broadcast")),
    "programs": (_("Programs"), ("shop_key", "webhook", "line")),
}
"""What an act is about: in words, and what the names of such acts begin with."""

BEGINNINGS = frozenset({"made", "added", "opened", "planned"})


def act_words(action: str) -> str:
    """Return what was done; an act nobody has words for has its code's."""
    return str(ACTS.get(action) or action.replace(".", ": ").replace("_", " "))


def changes_of(act: ActFacts, currency: str) -> list[dict[str, Any]]:
    """Return what an act changed: each field with its value before and after.

    Args:
        act: What was done.
        currency: The shop's, in which amounts are.
    """
    names = [*act.before, *(name for name in act.after if name not in act.before)]
    if act.action.rpartition(".")[2] in BEGINNINGS:
        # There was nothing before it: what is told there only says what it is.
        facts = {**act.before, **act.after}
        told = {name: ("", _shown(name, facts[name], currency)) for name in names}
        return [_change(name, *values) for name, values in told.items() if name not in LEFT_OUT]
    return [
        _change(
            name,
            _shown(name, act.before.get(name), currency),
            _shown(name, act.after.get(name), currency),
        )
        for name in names
        if name not in LEFT_OUT
        and (act.before.get(name) != act.after.get(name) or name == "person")
    ]


def _change(name: str, before: str, after: str) -> dict[str, Any]:
    return {
        "name": FACTS.get(name) or name.replace("_", " "),
        "before": before,
        "after": after,
    }


def _shown(name: str, value: object, currency: str) -> str:
    """Write a value as the portal's other pages do."""
    if value is None:
        return ""
    if name in AMOUNTS and isinstance(value, int):
        return money(Money(value, currency))
    if name in MOMENTS and isinstance(value, str):
        return moment(value)
    if name in NAMED:
        return str(NAMED[name].get(str(value)) or _plain(value))
    return _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, list):
        # Of lists only what a key opens has words of its own.
        return ", ".join(str(SCOPES.get(each, each)) for each in value)
    return str(value)
