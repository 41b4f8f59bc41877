"""Payments sent by mistake: asking for them back, and giving them back."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import KEY, OPTIONAL_KEY, ApiView, keyed_post
from core.errors import NotFound
from payments.api.quotes import rendered
from payments.api.serializers import QuoteOut
from payments.api.serializers_requests import DeclineIn, RequestOut, request_out
from payments.enums import DemandKind
from payments.models import PaymentRequest
from payments.queries import request_snapshot
from payments.services import quotes, return_requests
from payments.services.quotes import Offer, Target
from people.api.callers import device_of, person_of


class ReturnRequestsView(ApiView):
    """Asking back what was sent by mistake."""

    @extend_schema(
        operation_id="ask_return",
        parameters=[KEY],
        request=DeclineIn,
        responses={201: RequestOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Ask whoever was paid to give a payment back; it is a request with ``returns``."""
        reason = self.read(request, DeclineIn).get("reason", "")
        person = person_of(request)
        if person.party_id is None:
            raise NotFound
        party_id = person.party_id

        def run() -> PaymentRequest:
            return return_requests.ask_return(person=person, payment_id=public_id, reason=reason)

        def render(made: PaymentRequest) -> tuple[int, Any]:
            return HTTPStatus.CREATED, request_out(request_snapshot(made.public_id), party_id)

        return keyed_post(request, run, render)


class ReturnView(ApiView):
    """Giving a payment back."""

    @extend_schema(
        operation_id="quote_return",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses={201: QuoteOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Make the quote that gives a received payment back, asked or not; moves nothing yet."""
        person, device = person_of(request), device_of(request)

        def run() -> Offer:
            return quotes.make_quote(
                person=person,
                device=device,
                to=Target(demand=(DemandKind.RETURN.value, public_id)),
                amount=None,
                funding_source_id=None,
                note="",
            )

        return keyed_post(request, run, rendered(person), required=False)
