"""One message: reading it, changing its words, taking it back, and what others did about it."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, StrictSerializer, page_out
from messaging.api.callers import actor_of, party_of
from messaging.api.saying import MentionsField, PlainText
from messaging.api.serializers import MessageOut, PageQuery
from messaging.checks import MAX_TEXT
from messaging.queries import message_for, message_for_reader, receipts_of
from messaging.services.changes import Words, delete_message, edit_message
from messaging.services.reactions import MAX_EMOJI, react


class WordsIn(StrictSerializer):
    """What a message shall say: its text, or the caption of its file."""

    text = PlainText(max_length=MAX_TEXT, trim_whitespace=False)
    mentions = MentionsField(required=False)


class ReactionIn(StrictSerializer):
    """What somebody feels; an empty text takes it back."""

    emoji = PlainText(max_length=MAX_EMOJI, allow_blank=True)


class MarkOut(serializers.Serializer[Any]):
    """How far one member has got."""

    party = serializers.CharField()
    name = serializers.CharField()
    state = serializers.CharField(help_text="sent, delivered or read")


class MarksOut(serializers.Serializer[Any]):
    """A page of receipts, the longest member first, and the counts of all."""

    data = MarkOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)
    members = serializers.IntegerField()
    delivered = serializers.IntegerField()
    read = serializers.IntegerField()


class MessageView(ApiView):
    """One message."""

    @extend_schema(operation_id="messages_read", responses={200: MessageOut})
    def get(self, request: Request, message_id: str) -> Response:
        """Return a message of one of the caller's conversations."""
        party_id = party_of(request)
        return Response(message_for_reader(message_for(party_id, message_id), party_id))

    @extend_schema(operation_id="messages_edit", request=WordsIn, responses={200: MessageOut})
    def patch(self, request: Request, message_id: str) -> Response:
        """Change the words of one's own message, for a while."""
        asked = self.read(request, WordsIn)
        sender = actor_of(request)
        words = Words(asked["text"], tuple(asked.get("mentions", ())))
        edit_message(sender=sender, message_id=message_id, words=words)
        found = message_for(sender.party_id, message_id)
        return Response(message_for_reader(found, sender.party_id))

    @extend_schema(operation_id="messages_delete", responses={204: None})
    def delete(self, request: Request, message_id: str) -> Response:
        """Take a message back for everybody, for a while; its place stays."""
        delete_message(actor=actor_of(request), message_id=message_id)
        return Response(status=HTTPStatus.NO_CONTENT)


class ReactionView(ApiView):
    """What the caller feels about a message."""

    @extend_schema(operation_id="messages_react", request=ReactionIn, responses={204: None})
    def put(self, request: Request, message_id: str) -> Response:
        """Feel one thing about a message instead of whatever was before."""
        emoji = self.read(request, ReactionIn)["emoji"]
        react(actor=actor_of(request), message_id=message_id, emoji=emoji)
        return Response(status=HTTPStatus.NO_CONTENT)


class ReceiptsView(ApiView):
    """Who has got and read a message."""

    @extend_schema(
        operation_id="messages_receipts", parameters=[PageQuery], responses={200: MarksOut}
    )
    def get(self, request: Request, message_id: str) -> Response:
        """List how far everybody else has got with a message of the caller's own."""
        asked = self.read_query(request, PageQuery)
        found = receipts_of(party_of(request), message_id, asked.get("after"), asked["limit"])
        rows = [
            {"party": r.party.public_id, "name": r.party.display_name, "state": r.state}
            for r in found.rows
        ]
        counts = {"members": found.members, "delivered": found.delivered, "read": found.read}
        return Response({**page_out(rows, found.next), **counts})
