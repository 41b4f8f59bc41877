"""How somebody keeps a conversation, finds what was said in it, and tells the operator of it."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, StrictSerializer, page_out
from messaging.api.callers import actor_of, party_of
from messaging.api.saying import PlainFlag, PlainText
from messaging.api.serializers import ConversationOut, FoundOut, SearchQuery
from messaging.enums import ReportReason
from messaging.queries import (
    conversation_for,
    conversation_shape,
    message_for_reader,
    search,
)
from messaging.services.keeping import FOR_EVER, Wish, keep_conversation
from messaging.services.reports import Complaint, report_conversation, report_message

FOREVER = "forever"


class Until(serializers.DateTimeField):
    """A moment, or the word ``forever``."""

    def to_internal_value(self, value: Any) -> datetime:
        """Return the moment; one that never comes for ever."""
        return FOR_EVER if value == FOREVER else super().to_internal_value(value)


class KeepingIn(StrictSerializer):
    """What somebody wants; what is left out stays as it is."""

    muted = Until(
        required=False, allow_null=True, help_text=_("Until when; forever; null for not at all.")
    )
    archived = PlainFlag(required=False)


class ReportIn(StrictSerializer):
    """Why the operator should look at it."""

    reason = serializers.ChoiceField(choices=ReportReason.values)
    words = PlainText(max_length=1000, required=False, allow_blank=True)


class ReportOut(serializers.Serializer[Any]):
    """The report; what becomes of it is not told."""

    report = serializers.CharField()


class KeepingView(ApiView):
    """The caller's own view of a conversation."""

    @extend_schema(
        operation_id="conversations_keep", request=KeepingIn, responses={200: ConversationOut}
    )
    def patch(self, request: Request, conversation_id: str) -> Response:
        """Mute or archive a conversation for oneself."""
        asked = self.read(request, KeepingIn)
        party_id = party_of(request)
        until = asked.get("muted")
        wish = Wish(until is not None if "muted" in asked else None, until, asked.get("archived"))
        keep_conversation(party_id=party_id, conversation_id=conversation_id, wish=wish)
        return Response(conversation_shape(conversation_for(party_id, conversation_id)))


class SearchView(ApiView):
    """What was said, by its words."""

    @extend_schema(
        operation_id="messages_search", parameters=[SearchQuery], responses={200: FoundOut}
    )
    def get(self, request: Request) -> Response:
        """Find messages with every word of ``q``, the newest first; accents do not matter."""
        asked = self.read_query(request, SearchQuery)
        party_id = party_of(request)
        rows, following = search(
            party_id, asked["q"], asked.get("conversation"), asked.get("after"), asked["limit"]
        )
        return Response(page_out([message_for_reader(row, party_id) for row in rows], following))


class ReportMessageView(ApiView):
    """Telling of a message."""

    @extend_schema(operation_id="messages_report", request=ReportIn, responses={201: ReportOut})
    def post(self, request: Request, message_id: str) -> Response:
        """Tell the operator of a message of somebody else's; they see it and what came before."""
        complaint = Complaint(**self.read(request, ReportIn))
        made = report_message(actor=actor_of(request), message_id=message_id, complaint=complaint)
        return Response({"report": made.public_id}, status=HTTPStatus.CREATED)


class ReportConversationView(ApiView):
    """Telling of a conversation."""

    @extend_schema(
        operation_id="conversations_report", request=ReportIn, responses={201: ReportOut}
    )
    def post(self, request: Request, conversation_id: str) -> Response:
        """Tell the operator of a conversation; they see its latest messages."""
        complaint = Complaint(**self.read(request, ReportIn))
        made = report_conversation(
            actor=actor_of(request), conversation_id=conversation_id, complaint=complaint
        )
        return Response({"report": made.public_id}, status=HTTPStatus.CREATED)
