"""Whom the caller wants to hear nothing from."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, StrictSerializer, page_out
from core.errors import Forbidden
from people.api.callers import person_of
from people.queries import blocks_of
from people.services.blocks import block, unblock


class BlocksQuery(StrictSerializer):
    """Where a page begins."""

    after = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)


class BlockOut(serializers.Serializer[Any]):
    """Somebody who is blocked."""

    party = serializers.CharField()
    name = serializers.CharField()


class BlocksOut(serializers.Serializer[Any]):
    """A page of those who are blocked, the latest first."""

    data = BlockOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


def _party_id(request: Request) -> int:
    party_id = person_of(request).party_id
    if party_id is None:
        raise Forbidden
    return party_id


class BlocksView(ApiView):
    """The list."""

    @extend_schema(operation_id="blocks_list", parameters=[BlocksQuery], responses={200: BlocksOut})
    def get(self, request: Request) -> Response:
        """List whom the caller blocks."""
        asked = self.read_query(request, BlocksQuery)
        rows, following = blocks_of(_party_id(request), asked.get("after"), asked["limit"])
        shown = [{"party": row.public_id, "name": row.display_name} for row in rows]
        return Response(page_out(shown, following))


class BlockView(ApiView):
    """One block; the other side is not told."""

    @extend_schema(operation_id="blocks_add", request=None, responses={204: None})
    def put(self, request: Request, party: str) -> Response:
        """Hear nothing from somebody any more: no messages, requests or payments' quotes."""
        block(party_id=_party_id(request), other_public_id=party)
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(operation_id="blocks_remove", responses={204: None})
    def delete(self, request: Request, party: str) -> Response:
        """Hear of somebody again."""
        unblock(party_id=_party_id(request), other_public_id=party)
        return Response(status=HTTPStatus.NO_CONTENT)
