"""One delivery to an endpoint: what was sent, what came back, and sending it once more."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.errors import NotFound, TrocoError
from merchants.portal.access import PROGRAMMERS
from merchants.portal.pages import Page
from merchants.portal.program_words import OUTCOMES
from merchants.portal.webhooks import delivery_row, endpoint_of, endpoint_row
from merchants.queries import webhooks as queries
from merchants.services import webhooks


class DeliveryPage(Page):
    """One piece of news on its way to one endpoint: what was sent, and what came back."""

    section = "developers"
    roles = PROGRAMMERS

    def get(self, _request: HttpRequest, public_id: str, delivery_id: str) -> HttpResponse:
        """Show it."""
        endpoint = endpoint_of(self.seat.shop.id, public_id)
        found = queries.delivery_to(endpoint.id, delivery_id)
        if found is None:
            raise NotFound
        context = {
            "endpoint": endpoint_row(endpoint),
            "delivery": delivery_row(found.facts),
            "happened_at": found.happened_at,
            "body": found.body,
            "attempts": [
                {
                    "at": each.at,
                    "words": OUTCOMES.get(each.outcome, each.outcome),
                    "http_status": each.http_status,
                    "is_good": each.http_status is not None and each.http_status < 300,  # noqa: PLR2004
                    "took_ms": each.took_ms,
                    "answer": each.answer,
                }
                for each in found.facts.attempts
            ],
        }
        return self.page("delivery.html", context)

    def post(self, _request: HttpRequest, public_id: str, delivery_id: str) -> HttpResponse:
        """Send it once more, with the same id and the same bytes."""
        try:
            webhooks.replay_delivery(
                shop_id=self.seat.shop.id,
                endpoint_id=public_id,
                delivery_id=delivery_id,
                is_any=True,
            )
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        else:
            self.done(_("On its way once more."))
        return self.go("delivery", public_id, delivery_id)
