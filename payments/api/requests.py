"""Requests for money between people."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import KEY, OPTIONAL_KEY, ApiView, keyed_post, page_out
from core.errors import NotFound
from payments.api.serializers_requests import (
    DeclineIn,
    RequestDetailOut,
    RequestOut,
    RequestQueryIn,
    RequestsIn,
    RequestsMadeOut,
    RequestsOut,
    read_debtors,
    read_division,
    read_wish,
    request_detail_out,
    request_out,
)
from payments.models import PaymentRequest
from payments.queries import (
    RequestFilter,
    list_requests,
    request_detail,
    request_snapshot,
    requests_of,
)
from payments.services import requests
from payments.services.requests import Requested
from people.api.callers import person_of
from people.models import Person


class RequestsView(ApiView):
    """The caller's requests, made and received."""

    @extend_schema(
        operation_id="list_requests", parameters=[RequestQueryIn], responses={200: RequestsOut}
    )
    def get(self, request: Request) -> Response:
        """List requests, newest first; ``received`` are those that the caller was asked."""
        asked = self.read_query(request, RequestQueryIn)
        party_id = _party_id(person_of(request))
        cursor, limit = asked.pop("cursor", None), asked.pop("limit")
        found, following = list_requests(party_id, RequestFilter(**asked), cursor, limit)
        return Response(page_out([request_out(each, party_id) for each in found], following))

    @extend_schema(
        operation_id="create_requests",
        parameters=[KEY],
        request=RequestsIn,
        responses={201: RequestsMadeOut},
    )
    def post(self, request: Request) -> Response:
        """Ask one person for money, or divide a bill among many."""
        asked = self.read(request, RequestsIn)
        person = person_of(request)

        def run() -> Requested:
            return requests.ask_for_money(
                person=person,
                debtors=read_debtors(asked["from"]),
                wish=read_wish(asked),
                division=read_division(asked.get("split")),
            )

        return keyed_post(request, run, lambda made: _created(made, _party_id(person)))


class RequestView(ApiView):
    """One request."""

    @extend_schema(operation_id="read_request", responses={200: RequestDetailOut})
    def get(self, request: Request, public_id: str) -> Response:
        """Show a request to its two sides; to its requester with the whole bill."""
        party_id = _party_id(person_of(request))
        detail = request_detail(party_id, public_id)
        if detail is None:
            raise NotFound
        return Response(request_detail_out(detail, party_id))


class DeclineView(ApiView):
    """Saying no."""

    @extend_schema(
        operation_id="decline_request",
        parameters=[OPTIONAL_KEY],
        request=DeclineIn,
        responses={200: RequestOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Decline a request that the caller was asked."""
        reason = self.read(request, DeclineIn).get("reason", "")
        person = person_of(request)
        return _close(
            request,
            lambda: requests.decline_request(person=person, request_id=public_id, reason=reason),
        )


class CancelRequestView(ApiView):
    """Taking a request back."""

    @extend_schema(
        operation_id="cancel_request",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses={200: RequestOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Cancel a request that the caller made."""
        person = person_of(request)
        return _close(request, lambda: requests.cancel_request(person=person, request_id=public_id))


class SettleRequestView(ApiView):
    """Closing a share that was paid in cash."""

    @extend_schema(
        operation_id="settle_request",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses={200: RequestOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Say that a request was paid otherwise; no money moves here."""
        person = person_of(request)
        return _close(request, lambda: requests.settle_request(person=person, request_id=public_id))


class RemindView(ApiView):
    """Asking again."""

    @extend_schema(
        operation_id="remind_debtor",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses={200: RequestOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Remind whoever was asked, at most once a day: else 429 with ``retry_after_seconds``."""
        person = person_of(request)
        return _close(request, lambda: requests.remind_debtor(person=person, request_id=public_id))


def _close(request: Request, run: Callable[[], PaymentRequest]) -> Response:
    """Answer with the request as it is after the call."""
    party_id = _party_id(person_of(request))
    return keyed_post(request, run, lambda row: _shown(row, party_id), required=False)


def _shown(row: PaymentRequest, party_id: int) -> tuple[int, Any]:
    return HTTPStatus.OK, request_out(request_snapshot(row.public_id), party_id)


def _created(made: Requested, party_id: int) -> tuple[int, Any]:
    found = requests_of([each.public_id for each in made.requests])
    body = {
        "data": [request_out(each, party_id) for each in found],
        "split": made.split.public_id if made.split else None,
    }
    return HTTPStatus.CREATED, body


def _party_id(person: Person) -> int:
    if person.party_id is None:
        raise NotFound
    return person.party_id
