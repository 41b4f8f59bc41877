"""Funding sources and banks."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, ApiView, keyed_post, page_out
from payments.api.serializers_funding import (
    BankQueryIn,
    BanksOut,
    FundingSourceIn,
    FundingSourceOut,
    FundingSourcesOut,
    VerifyIn,
    bank_out,
    funding_source_out,
)
from payments.models import FundingSource
from payments.queries import banks_of
from payments.queries.funding import list_sources
from payments.services import funding
from payments.services.rules import party_id_of
from people.api.callers import person_of


class BanksView(ApiView):
    """The banks of a country."""

    permission_classes = (AllowAny,)

    @extend_schema(operation_id="list_banks", parameters=[BankQueryIn], responses={200: BanksOut})
    def get(self, request: Request) -> Response:
        """List the banks that accounts can be linked from."""
        asked = self.read_query(request, BankQueryIn)
        return Response(page_out([bank_out(bank) for bank in banks_of(asked["country"])], None))


class FundingSourcesView(ApiView):
    """The caller's accounts and cards."""

    @extend_schema(operation_id="list_funding_sources", responses={200: FundingSourcesOut})
    def get(self, request: Request) -> Response:
        """List what the caller has linked, newest first."""
        sources = list_sources(party_id_of(person_of(request)))
        return Response(page_out([funding_source_out(source) for source in sources], None))

    @extend_schema(
        operation_id="add_funding_source",
        parameters=[OPTIONAL_KEY],
        request=FundingSourceIn,
        responses={201: FundingSourceOut},
    )
    def post(self, request: Request) -> Response:
        """Link an account or card by its bank's token; a card number anywhere is refused."""
        funding.refuse_card_numbers(request.data)
        asked = self.read(request, FundingSourceIn)
        person = person_of(request)

        def run() -> FundingSource:
            return funding.add_funding_source(person=person, **asked)

        return keyed_post(request, run, _created, required=False)


class FundingSourceView(ApiView):
    """One linked account or card."""

    @extend_schema(operation_id="remove_funding_source", responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Unlink it; the oldest other becomes the default."""
        funding.remove_funding_source(person=person_of(request), source_id=public_id)
        return Response(status=HTTPStatus.NO_CONTENT)


class VerifyView(ApiView):
    """Confirming a linked account by the bank's code."""

    @extend_schema(
        operation_id="verify_funding_source",
        parameters=[OPTIONAL_KEY],
        request=VerifyIn,
        responses={200: FundingSourceOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Give back the bank's code; the first verified source becomes the default."""
        funding.refuse_card_numbers(request.data)
        asked = self.read(request, VerifyIn)
        person = person_of(request)

        def run() -> FundingSource:
            return funding.verify_funding_source(
                person=person, source_id=public_id, code=asked["code"]
            )

        return keyed_post(request, run, _shown, required=False)


class DefaultView(ApiView):
    """Choosing the source that is used unless another is named."""

    @extend_schema(
        operation_id="set_default_funding_source",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses={200: FundingSourceOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Make a verified source the default."""
        person = person_of(request)

        def run() -> FundingSource:
            return funding.set_default_source(person=person, source_id=public_id)

        return keyed_post(request, run, _shown, required=False)


def _created(source: FundingSource) -> tuple[int, Any]:
    return HTTPStatus.CREATED, funding_source_out(source)


def _shown(source: FundingSource) -> tuple[int, Any]:
    return HTTPStatus.OK, funding_source_out(source)
