"""What stands around every page: the navigation, the same for everybody but for what is closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchants.enums import Role
from merchants.portal.access import EDITORS, EVERYBODY, PROGRAMMERS, READERS, SELLERS, TALKERS


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation.

    Attributes:
        key: What a page's ``section`` names.
        words: What it is called.
        door: Name of its address.
        symbol: Name of a symbol in ``static/icons/tabler.svg``.
        roles: Who sees it.
        short: What it is called in the bar of a phone; only four entries stand there.
    """

    key: str
    words: str | Promise
    door: str
    symbol: str
    roles: tuple[Role, ...] = EVERYBODY
    short: str | Promise = ""


ENTRIES = (
    Entry("overview", _("Overview"), "portal:overview", "home", READERS, _("Overview")),
    Entry("inbox", _("Conversations"), "portal:inbox", "messages", TALKERS, _("Chats")),
    Entry("orders", _("Orders"), "portal:orders", "shopping-cart", TALKERS, _("Orders")),
    Entry("keypad", _("Charge"), "portal:keypad", "cash", SELLERS),
    Entry("catalogue", _("Catalogue"), "portal:catalogue", "package", TALKERS),
    Entry("payments", _("Payments"), "portal:payments", "credit-card", READERS, _("Payments")),
    Entry("payouts", _("Payouts"), "portal:payouts", "building-bank", READERS),
    Entry("disputes", _("Disputes"), "portal:disputes", "alert-triangle", SELLERS),
    Entry("customers", _("Customers"), "portal:customers", "users", TALKERS),
    Entry("news", _("News to customers"), "portal:broadcasts", "send", EDITORS),
    Entry("links", _("Links and QR"), "portal:links", "qrcode", SELLERS),
    Entry("team", _("Team"), "portal:team", "users-group"),
    Entry("developers", _("Developers"), "portal:keys", "code", PROGRAMMERS),
    Entry("security", _("Security"), "portal:security", "lock"),
    Entry("settings", _("Settings"), "portal:settings", "settings"),
)


def more_of(entries: Sequence[Mapping[str, Any]], section: str) -> dict[str, Any]:
    """Return what a phone's "More" shows of the entries behind it.

    Args:
        entries: Of ``navigation``.
        section: The page's own.

    Returns:
        ``number``: what waits behind them together; ``is_current``: the page is one of them.
    """
    behind = [each for each in entries if not each["short"]]
    return {
        "number": sum(each["number"] for each in behind),
        "is_current": any(each["key"] == section for each in behind),
    }


def first_door(role: Role) -> str:
    """Return the name of the address where a role's work begins: first what not everybody sees."""
    mine = [each for each in ENTRIES if role in each.roles]
    return next((each.door for each in mine if each.roles != EVERYBODY), mine[0].door)


def navigation(role: Role, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the entries that a role sees, each with what waits behind it.

    Args:
        role: Whose navigation.
        counts: What waits, by the entry's key.
    """
    return [
        {
            "key": each.key,
            "words": each.words,
            "short": each.short,
            "door": each.door,
            "symbol": each.symbol,
            "number": counts.get(each.key, 0),
        }
        for each in ENTRIES
        if role in each.roles
    ]
