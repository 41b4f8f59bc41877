"""Quotes: what a payment would be, and what PIN and device sign."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, ApiView, keyed_post
from payments.api.serializers import QuoteIn, QuoteOut, offer_out, read_target
from payments.services import quotes
from payments.services.quotes import Offer
from people.api.callers import device_of, person_of
from people.api.proofs import proof_offer
from people.models import Person


class QuotesView(ApiView):
    """Asking what a payment would be."""

    @extend_schema(
        operation_id="make_quote",
        parameters=[OPTIONAL_KEY],
        request=QuoteIn,
        responses={201: QuoteOut},
    )
    def post(self, request: Request) -> Response:
        """Say what a payment would be and whether it would be refused; moves nothing."""
        asked = self.read(request, QuoteIn)
        person, device = person_of(request), device_of(request)

        def run() -> Offer:
            return quotes.ask_quote(
                person=person,
                device=device,
                to=read_target(asked["to"]),
                amount=asked.get("amount"),
                funding_source_id=asked.get("funding_source"),
                note=asked.get("note", ""),
            )

        return keyed_post(request, run, rendered(person), required=False)


def rendered(person: Person) -> Callable[[Offer], tuple[int, Any]]:
    """Return what turns an offer into an answer for the person who may approve it."""
    return lambda offer: (
        HTTPStatus.CREATED,
        offer_out(offer, proof_offer(person, bytes(offer.quote.digest))),
    )
