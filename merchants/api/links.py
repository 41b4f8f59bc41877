"""Payment links, from the side of whoever pays one."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, ApiView, MoneyIn, MoneyOut, StrictSerializer, keyed_post
from core.clock import business_now
from core.errors import NotFound
from core.money import Money
from merchants.api.serializers import Moment
from merchants.enums import LinkState
from merchants.models import LinkUse
from merchants.queries.links import PublicLink, link_by_code
from merchants.services.links import open_use
from people.api.callers import person_of


class LinkOut(serializers.Serializer[Any]):
    """What a link asks for, and of whom one should know the name before paying."""

    code = serializers.CharField()
    title = serializers.CharField()
    shop = serializers.CharField()
    legal_name = serializers.CharField(allow_null=True)
    amount = MoneyOut(allow_null=True, help_text="Null: the payer says how much.")
    currency = serializers.CharField()
    state = serializers.ChoiceField(LinkState.choices)
    expires_at = Moment(allow_null=True)


class LinkUseIn(StrictSerializer):
    """How much, where the link leaves it to the payer."""

    amount = MoneyIn(required=False)


class LinkUseOut(serializers.Serializer[Any]):
    """A use of a link: take a quote to ``{"link": id}`` before it expires."""

    id = serializers.CharField()
    link = serializers.CharField()
    amount = MoneyOut()
    expires_at = Moment()


class LinkView(ApiView):
    """One link."""

    @extend_schema(operation_id="links_read", responses=LinkOut)
    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002
        """Show what a link asks for, also when it is over."""
        found = link_by_code(code)
        if found is None:
            raise NotFound
        return Response(LinkOut(_link(found)).data)


class LinkUsesView(ApiView):
    """Opening a link to pay it."""

    @extend_schema(
        operation_id="links_open",
        parameters=[OPTIONAL_KEY],
        request=LinkUseIn,
        responses={201: LinkUseOut},
    )
    def post(self, request: Request, code: str) -> Response:
        """Open a link: what comes back can be quoted and paid, by the caller only."""
        asked = self.read(request, LinkUseIn)

        def run() -> LinkUse:
            return open_use(code=code, payer=person_of(request), amount=asked.get("amount"))

        return keyed_post(request, run, _use, required=False)


def _link(found: PublicLink) -> dict[str, Any]:
    link = found.link
    return {
        "code": link.code,
        "title": link.title,
        "shop": found.shop_name,
        "legal_name": found.payee.masked_legal_name,
        "amount": link.amount,
        "currency": link.currency,
        "state": link.state_at(business_now()),
        "expires_at": link.expires_at,
    }


def _use(use: LinkUse) -> tuple[int, Any]:
    facts = {
        "id": use.public_id,
        "link": use.link.code,
        "amount": Money(use.amount_minor, use.link.currency),
        "expires_at": use.expires_at,
    }
    return HTTPStatus.CREATED, LinkUseOut(facts).data
