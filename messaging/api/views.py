"""Conversations, messages, markers and news."""

from http import HTTPStatus

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, ApiView, keyed_post, page_out
from messaging.api.callers import actor_of, party_of
from messaging.api.saying import MessageIn, content_of
from messaging.api.serializers import (
    ConversationIn,
    ConversationOut,
    HistoryOut,
    HistoryQuery,
    InboxOut,
    InboxQuery,
    MessageOut,
    ReadIn,
    ReadOut,
    TitleIn,
    UpdatesOut,
    UpdatesQuery,
)
from messaging.queries import (
    conversation_for,
    conversation_shape,
    feed_item_shape,
    history,
    inbox,
    inbox_shape,
    message_for_reader,
    newest_cursor,
    read_cursor,
    updates,
    write_cursor,
)
from messaging.services.conversations import gather, talk_to
from messaging.services.groups import rename_group
from messaging.services.messages import send_message
from messaging.services.reading import mark_read

NOW = "now"


class ConversationsView(ApiView):
    """The inbox, and opening a conversation."""

    @extend_schema(
        operation_id="conversations_list", parameters=[InboxQuery], responses={200: InboxOut}
    )
    def get(self, request: Request) -> Response:
        """List the caller's conversations, the latest first."""
        asked = self.read_query(request, InboxQuery)
        rows, following = inbox(
            party_of(request), asked.get("after"), asked["limit"], is_archived=asked["archived"]
        )
        return Response(page_out([inbox_shape(row) for row in rows], following))

    @extend_schema(
        operation_id="conversations_open",
        request=ConversationIn,
        parameters=[OPTIONAL_KEY],
        responses={
            200: ConversationOut,
            201: OpenApiResponse(ConversationOut, description="A group, which is always new."),
        },
    )
    def post(self, request: Request) -> Response:
        """Return the direct conversation with somebody, or open a group.

        One name and no title: the one conversation of the two, opened where there is none. A
        title, or more than one name: a new group.
        """
        party_id = party_of(request)
        asked = self.read(request, ConversationIn)
        if len(asked["with"]) == 1 and "title" not in asked:
            opened = talk_to(party_id=party_id, other=asked["with"][0])
            return Response(conversation_shape(conversation_for(party_id, opened.public_id)))
        return keyed_post(
            request,
            run=lambda: gather(
                actor=actor_of(request),
                title=asked.get("title", ""),
                others=asked["with"],
            ),
            render=lambda group: (
                HTTPStatus.CREATED,
                conversation_shape(conversation_for(party_id, group.public_id)),
            ),
            required=False,
        )


class ConversationView(ApiView):
    """One conversation."""

    @extend_schema(operation_id="conversations_read", responses={200: ConversationOut})
    def get(self, request: Request, conversation_id: str) -> Response:
        """Return a conversation of the caller's."""
        found = conversation_for(party_of(request), conversation_id)
        return Response(conversation_shape(found))

    @extend_schema(
        operation_id="conversations_rename", request=TitleIn, responses={200: ConversationOut}
    )
    def patch(self, request: Request, conversation_id: str) -> Response:
        """Give a group another title."""
        actor = actor_of(request)
        title = self.read(request, TitleIn)["title"]
        rename_group(actor=actor, conversation_id=conversation_id, title=title)
        return Response(conversation_shape(conversation_for(actor.party_id, conversation_id)))


class MessagesView(ApiView):
    """What was said in a conversation."""

    @extend_schema(
        operation_id="messages_list", parameters=[HistoryQuery], responses={200: HistoryOut}
    )
    def get(self, request: Request, conversation_id: str) -> Response:
        """List messages: the newest first, or with ``after_seq`` the oldest first."""
        asked = self.read_query(request, HistoryQuery)
        party_id = party_of(request)
        rows, following = history(
            party_id,
            conversation_id,
            before_seq=asked.get("before_seq"),
            after_seq=asked.get("after_seq"),
            limit=asked["limit"],
        )
        next_seq = None if following is None else str(following)
        return Response(page_out([message_for_reader(row, party_id) for row in rows], next_seq))

    @extend_schema(
        operation_id="messages_send",
        request=MessageIn,
        responses={
            201: MessageOut,
            200: OpenApiResponse(MessageOut, description="It was stored before."),
        },
    )
    def post(self, request: Request, conversation_id: str) -> Response:
        """Say something; with the same ``client_id`` it is said once."""
        said = self.read(request, MessageIn)
        sent = send_message(
            sender=actor_of(request),
            conversation_id=conversation_id,
            client_id=said["client_id"],
            kind=said["type"],
            content=content_of(said),
            reply_to=said.get("reply_to"),
        )
        code = HTTPStatus.CREATED if sent.is_new else HTTPStatus.OK
        return Response(message_for_reader(sent.message, sent.message.sender_id), status=code)


class ReadView(ApiView):
    """The caller's read marker in a conversation."""

    @extend_schema(operation_id="messages_mark_read", request=ReadIn, responses={200: ReadOut})
    def post(self, request: Request, conversation_id: str) -> Response:
        """Raise the read marker; a smaller number changes nothing."""
        seq = self.read(request, ReadIn)["seq"]
        marker = mark_read(party_id=party_of(request), conversation_id=conversation_id, seq=seq)
        return Response({"read_seq": marker})


class UpdatesView(ApiView):
    """The feed, for those who ask instead of listening."""

    @extend_schema(
        operation_id="updates_list", parameters=[UpdatesQuery], responses={200: UpdatesOut}
    )
    def get(self, request: Request) -> Response:
        """List what concerns the caller after a cursor, in order.

        Without ``after`` it begins at the beginning; ``after=now`` returns no news and the
        cursor from which only news to come is read.
        """
        asked = self.read_query(request, UpdatesQuery)
        after = asked.get("after")
        if after == NOW:
            return Response({"data": [], "next": write_cursor(newest_cursor()), "complete": True})
        start = None if after is None else read_cursor(after)
        page = updates(party_of(request), start, asked["limit"])
        body = page_out([feed_item_shape(item) for item in page.items], write_cursor(page.next))
        return Response({**body, "complete": page.is_complete})
