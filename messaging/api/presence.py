"""Who is there, and who is typing."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, StrictSerializer, moment_out
from messaging.api.callers import party_of
from messaging.api.saying import PlainFlag
from messaging.queries import is_presence_shared, presence_in
from messaging.services.presence import share_presence
from messaging.services.typing import tell_typing


class TypingIn(StrictSerializer):
    """Whether somebody types, or has stopped."""

    typing = PlainFlag(default=True)


class SharedIn(StrictSerializer):
    """Whether others may know when one is there; who hides it sees nobody else's."""

    shared = PlainFlag()


class SeenOut(serializers.Serializer[Any]):
    """Whether somebody is there, and when last."""

    party = serializers.CharField()
    online = serializers.BooleanField()
    last_seen = serializers.DateTimeField(allow_null=True)


class PresenceOut(serializers.Serializer[Any]):
    """Those whose presence both sides share."""

    data = SeenOut(many=True)  # type: ignore[assignment]  # The contract names it so.


class TypingView(ApiView):
    """Typing; nothing is stored."""

    @extend_schema(operation_id="conversations_typing", request=TypingIn, responses={204: None})
    def post(self, request: Request, conversation_id: str) -> Response:
        """Tell the others who listen that one types; said again while it goes on."""
        asked = self.read(request, TypingIn)
        tell_typing(
            party_id=party_of(request),
            conversation_id=conversation_id,
            is_typing=asked["typing"],
        )
        return Response(status=HTTPStatus.NO_CONTENT)


class ConversationPresenceView(ApiView):
    """Who of a conversation is there."""

    @extend_schema(operation_id="conversations_presence", responses={200: PresenceOut})
    def get(self, request: Request, conversation_id: str) -> Response:
        """List who else is there, as far as both sides share it."""
        rows = presence_in(party_of(request), conversation_id)
        shown = [
            {
                "party": row.party.public_id,
                "online": row.is_online,
                "last_seen": moment_out(row.last_seen),
            }
            for row in rows
        ]
        return Response({"data": shown})


class OwnPresenceView(ApiView):
    """The caller's own choice."""

    @extend_schema(operation_id="presence_read", responses={200: SharedIn})
    def get(self, request: Request) -> Response:
        """Tell whether the caller's presence is shared."""
        return Response({"shared": is_presence_shared(party_of(request))})

    @extend_schema(operation_id="presence_share", request=SharedIn, responses={200: SharedIn})
    def put(self, request: Request) -> Response:
        """Share one's presence, or hide it and everybody else's from oneself."""
        is_shared = self.read(request, SharedIn)["shared"]
        share_presence(party_id=party_of(request), is_shared=is_shared)
        return Response({"shared": is_shared})
