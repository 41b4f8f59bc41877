"""What a shop must know at once, as a part of every page that fetches itself again."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from merchants.portal.access import READERS
from merchants.portal.pages import Page
from merchants.queries.shops import ShopFacts
from payments.queries.trouble import PayoutTrouble, payout_trouble


class NoticesPart(Page):
    """The notices of the frame, with what keeps payouts from the shop's bank; asked for apart."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what is so now."""
        shop = self.seat.shop
        told = [*self.notices, *trouble_notices(shop, self.now)]
        if self.seat.membership.role not in READERS:
            # Nobody is led to a page that is not theirs.
            told = [{**each, "href": ""} if "since" in each else each for each in told]
        return render(request, "parts/notices.html", {"portal": self.notice_frame(told)})


def trouble_notices(shop: ShopFacts, moment: datetime) -> list[dict[str, Any]]:
    """Return that payouts wait, why, since when, and what becomes of the money meanwhile."""
    found = payout_trouble(shop.party_id, moment)
    if found is None:
        return []
    title, text = _words(found)
    return [
        {
            "tone": "bad" if found.kind == "stopped" else "wait",
            "title": title % {"bank": found.bank},
            "text": text,
            "since": found.since_at,
            "href": reverse("portal:payouts"),
            "action": _("See your payouts"),
        }
    ]


def _words(trouble: PayoutTrouble) -> tuple[str, str]:
    if trouble.kind == "stopped":
        return (
            _("Payouts are stopped by an order of an authority"),
            _(
                "What customers paid is kept for you and is not lost. Payouts go out by themselves"
                " when the order is lifted; we may not send them before."
            ),
        )
    if trouble.kind == "down":
        return (
            _("%(bank)s does not answer"),
            _(
                "Payouts to this bank wait. The money is kept for you and is not lost; it goes out"
                " by itself once the bank answers."
            ),
        )
    return (
        _("Some work with %(bank)s fails at the moment"),
        _(
            "Payouts to this bank may come later than usual. Nothing is lost; we try again by"
            " ourselves."
        ),
    )
