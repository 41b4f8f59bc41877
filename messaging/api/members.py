"""Who takes part in a group."""

from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, page_out
from messaging.api.callers import actor_of, party_of
from messaging.api.serializers import (
    AddedOut,
    MembersIn,
    MembersOut,
    PageQuery,
    RoleIn,
)
from messaging.queries import member_shape, members_of
from messaging.services.conversations import invite
from messaging.services.groups import change_role, remove_member


class MembersView(ApiView):
    """The list of members, and adding to it."""

    @extend_schema(operation_id="members_list", parameters=[PageQuery], responses={200: MembersOut})
    def get(self, request: Request, conversation_id: str) -> Response:
        """List who takes part, the longest there first."""
        asked = self.read_query(request, PageQuery)
        rows, following = members_of(
            party_of(request), conversation_id, asked.get("after"), asked["limit"]
        )
        return Response(page_out([member_shape(row) for row in rows], following))

    @extend_schema(operation_id="members_add", request=MembersIn, responses={200: AddedOut})
    def post(self, request: Request, conversation_id: str) -> Response:
        """Add people to a group; adding somebody again changes nothing."""
        names = self.read(request, MembersIn)["add"]
        added = invite(actor=actor_of(request), conversation_id=conversation_id, others=names)
        return Response({"added": added})


class MemberView(ApiView):
    """One member of a group."""

    @extend_schema(operation_id="members_change", request=RoleIn, responses={204: None})
    def patch(self, request: Request, conversation_id: str, party: str) -> Response:
        """Make somebody an admin or a member, or hand the group over."""
        role = self.read(request, RoleIn)["role"]
        change_role(
            actor=actor_of(request), conversation_id=conversation_id, party=party, role=role
        )
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(operation_id="members_remove", responses={204: None})
    def delete(self, request: Request, conversation_id: str, party: str) -> Response:
        """Take somebody out of a group; with one's own party id, leave it."""
        remove_member(actor=actor_of(request), conversation_id=conversation_id, party=party)
        return Response(status=HTTPStatus.NO_CONTENT)
