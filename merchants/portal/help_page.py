"""Help: what each page is for, the keys that work everywhere, and what to send us."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from core.api import request_id
from merchants.portal.frame import navigation
from merchants.portal.pages import Page

ABOUT = {
    "overview": _("What happened today, what waits for you, and what is paid out next."),
    "inbox": _("Customers write here. Send products, orders and amounts; type / for a reply."),
    "orders": _("Each order from new to done. Accept it, prepare it, hand it over."),
    "keypad": _("A sale at the counter: type the amount, and let the customer scan the code."),
    "catalogue": _("What customers can order: names, prices, what is left."),
    "payments": _("Each payment with its fee and what became of it. Give money back here."),
    "payouts": _("What we send to your bank, and exactly which sales are in it."),
    "disputes": _("A customer says something was wrong. Answer before the deadline."),
    "customers": _("Who buys from you, how often, and what for."),
    "news": _("Write to everybody who asked for your news, and see whom it reached."),
    "links": _("A link or a printed code that customers pay by."),
    "team": _("Who works here, as what, and what each did."),
    "developers": _("Keys, webhooks and logs for your own programs."),
    "security": _("What you sign in with, and where you are signed in."),
    "settings": _("Your shop's name, hours, limits and papers."),
}
KEYS = (
    ("/", _("Search")),
    ("g o", _("Orders")),
    ("g c", _("Conversations")),
    ("g p", _("Payments")),
    ("g h", _("Overview")),
    ("?", _("This page")),
    ("Enter", _("Send a message")),
    ("Shift + Enter", _("A new line in a message")),
    ("Esc", _("Close what is open")),
)


class HelpPage(Page):
    """Tells of the page somebody came from first, then of all the others."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        came_from = request.GET.get("from", "")
        entries: list[dict[str, Any]] = [
            {**entry, "about": ABOUT.get(entry["key"], "")}
            for entry in navigation(self.seat.membership.role, {})
        ]
        entries.sort(key=lambda entry: entry["key"] != came_from)
        shop = self.seat.shop
        context = {
            "entries": entries,
            "keys": KEYS,
            "came_from": came_from,
            "facts": "\n".join(
                (
                    f"shop {shop.public_id}",
                    f"person {self.seat.person}",
                    f"version {settings.SPECTACULAR_SETTINGS['VERSION']}",
                    f"mode {settings.TROCO_MODE}",
                    f"request {request_id()}",
                    f"at {self.now.isoformat(timespec='seconds')}",
                    f"browser {request.headers.get('User-Agent', '')[:160]}",
                )
            ),
        }
        return self.page("help.html", context)
