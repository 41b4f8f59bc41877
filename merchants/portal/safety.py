"""Blocking a customer, taking the block back, and telling the operator of a conversation."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from merchants.enums import OrderState
from merchants.portal.access import TALKERS
from merchants.portal.pages import Page, safe_next, see_other
from merchants.queries.order_search import OrderFilter
from merchants.queries.orders import orders_of_shop
from merchants.services.safety import report_customer, set_blocked
from messaging.enums import ReportReason
from messaging.queries import conversation_for
from people.services.blocks import blocks

REASONS: Final[dict[str, str | Promise]] = {
    ReportReason.SPAM: gettext_lazy("Unwanted advertising"),
    ReportReason.SCAM: gettext_lazy("Fraud, or a false payment"),
    ReportReason.ABUSE: gettext_lazy("Insults or harassment"),
    ReportReason.THREAT: gettext_lazy("A threat"),
    ReportReason.CHILD: gettext_lazy("A child is in danger"),
    ReportReason.OTHER: gettext_lazy("Something else"),
}

UNDER_WAY: Final = (
    OrderState.PLACED,
    OrderState.ACCEPTED,
    OrderState.AWAITING_PAYMENT,
    OrderState.EXTERNAL_PENDING,
    OrderState.PAID,
    OrderState.PREPARING,
    OrderState.READY,
    OrderState.SHIPPED,
)


class SafetyPage(Page):
    """What can be done about a customer, and what it does."""

    section = "inbox"
    roles = TALKERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show whether the customer is blocked, and what is under way with them."""
        shop = self.seat.shop
        talk = conversation_for(shop.party_id, public_id)
        other = talk.counterpart
        context: dict[str, Any] = {
            "conversation": {
                "id": talk.public_id,
                "name": other.display_name if other else talk.title,
                "is_direct": other is not None,
            },
            "is_blocked": other is not None and blocks(shop.party_id, other.id),
            "open_orders": self._open_orders(other.id) if other else 0,
            "reasons": [(code, words) for code, words in REASONS.items()],
        }
        return self.page("safety.html", context)

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Do what the pressed button says."""
        verb = self.request.POST.get("verb", "")
        if verb not in {"block", "unblock", "report"}:
            raise NotFound
        try:
            if verb == "report":
                self._report(public_id)
            if verb != "report" or "block" in self.request.POST:
                self._block(public_id, is_blocked=verb != "unblock")
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        return see_other(safe_next(self.request, reverse("portal:safety", args=[public_id])))

    def _report(self, public_id: str) -> None:
        said = self.request.POST
        report_customer(
            shop_id=self.seat.shop.id,
            actor=self.seat.person,
            conversation_id=public_id,
            reason=said.get("reason", ""),
            words=said.get("words", ""),
        )
        self.done(_("We look at it. The customer is not told."))

    def _block(self, public_id: str, *, is_blocked: bool) -> None:
        set_blocked(
            shop_id=self.seat.shop.id,
            actor=self.seat.person,
            conversation_id=public_id,
            is_blocked=is_blocked,
        )
        self.done(_("Blocked.") if is_blocked else _("The block is taken back."))

    def _open_orders(self, buyer_id: int) -> int:
        narrowed = OrderFilter(states=UNDER_WAY, buyer_id=buyer_id)
        found, _more = orders_of_shop(self.seat.shop.id, narrowed, None, 100)
        return len(found)
