"""Payments: making one, following it, taking it back."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import KEY, ApiView, keyed_post, page_out
from core.errors import NotFound
from payments.api.serializers import (
    PaymentDetailOut,
    PaymentIn,
    PaymentOut,
    PaymentQueryIn,
    PaymentsOut,
    payment_detail_out,
    payment_out,
)
from payments.models import Payment
from payments.queries import PaymentFilter, list_payments, payment_detail, snapshot_of
from payments.queries.waiting import why_waiting
from payments.services import payments
from people.api.callers import device_of, person_of
from people.api.serializers import read_evidence
from people.models import Person


class PaymentsView(ApiView):
    """The caller's payments."""

    @extend_schema(
        operation_id="list_payments", parameters=[PaymentQueryIn], responses={200: PaymentsOut}
    )
    def get(self, request: Request) -> Response:
        """List what the caller sent and received, newest first."""
        asked = self.read_query(request, PaymentQueryIn)
        party_id = _party_id(person_of(request))
        cursor, limit = asked.pop("cursor", None), asked.pop("limit")
        found, following = list_payments(party_id, PaymentFilter(**asked), cursor, limit)
        return Response(page_out([payment_out(each, party_id) for each in found], following))

    @extend_schema(
        operation_id="send_payment",
        parameters=[KEY],
        request=PaymentIn,
        responses={201: PaymentOut},
    )
    def post(self, request: Request) -> Response:
        """Pay what a quote says, on the person's proof."""
        asked = self.read(request, PaymentIn)
        person, device = person_of(request), device_of(request)

        def run() -> Payment:
            return payments.send_payment(
                person=person,
                device=device,
                quote_id=asked["quote"],
                evidence=read_evidence(asked["proof"]),
                key=request.headers["Idempotency-Key"],
            )

        return keyed_post(request, run, _created(person), for_ever=True)


class PaymentView(ApiView):
    """One payment."""

    @extend_schema(operation_id="read_payment", responses={200: PaymentDetailOut})
    def get(self, request: Request, public_id: str) -> Response:
        """Show a payment to its payer or payee, with its timeline and its lines of the books."""
        party_id = _party_id(person_of(request))
        detail = payment_detail(party_id, public_id)
        if detail is None:
            raise NotFound
        return Response(payment_detail_out(detail, party_id, why_waiting(detail.payment)))


class CancelView(ApiView):
    """Taking a payment back."""

    @extend_schema(
        operation_id="cancel_payment", parameters=[KEY], request=None, responses={200: PaymentOut}
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Take a payment back, as long as no bank was asked."""
        person = person_of(request)

        def run() -> Payment:
            return payments.cancel_payment(person=person, payment_id=public_id)

        return keyed_post(request, run, _shown(person), for_ever=True)


def _created(person: Person) -> Any:
    return lambda payment: (HTTPStatus.CREATED, _body(payment, person))


def _shown(person: Person) -> Any:
    return lambda payment: (HTTPStatus.OK, _body(payment, person))


def _body(payment: Payment, person: Person) -> dict[str, Any]:
    return payment_out(snapshot_of(payment), _party_id(person))


def _party_id(person: Person) -> int:
    if person.party_id is None:
        raise NotFound
    return person.party_id
