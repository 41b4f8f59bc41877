"""Shapes of requests and answers; rules live in the services."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api import StrictSerializer
from messaging.api.saying import PlainText
from messaging.enums import MAX_MEMBERS, MAX_TITLE, MediaKind, MemberRole, ThumbnailState

MAX_SEQ = 2**63 - 1
MAX_QUERY = 200


class ConversationIn(StrictSerializer):
    """With whom to talk: one for a direct conversation; a title or more than one is a group."""

    title = PlainText(max_length=MAX_TITLE, required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add the field whose name is a word of Python's."""
        return {
            **super().get_fields(),
            "with": serializers.ListField(
                child=PlainText(max_length=40),
                min_length=1,
                max_length=MAX_MEMBERS,
                help_text=_("Party ids or phone numbers."),
            ),
        }


class MembersIn(StrictSerializer):
    """Whom to add to a group."""

    add = serializers.ListField(
        child=PlainText(max_length=40),
        min_length=1,
        max_length=MAX_MEMBERS,
        help_text=_("Party ids or phone numbers."),
    )


class RoleIn(StrictSerializer):
    """What a member shall be; ``owner`` hands the group over."""

    role = serializers.ChoiceField(choices=MemberRole.values)


class TitleIn(StrictSerializer):
    """What a group is called."""

    title = PlainText(max_length=MAX_TITLE)


class PageQuery(StrictSerializer):
    """Where a page begins."""

    after = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)


class ReadIn(StrictSerializer):
    """Up to where somebody has read."""

    seq = serializers.IntegerField(min_value=0, max_value=MAX_SEQ)


class InboxQuery(StrictSerializer):
    """Where a page of the inbox begins."""

    archived = serializers.BooleanField(default=False, help_text="Those put out of sight.")

    after = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)


class SearchQuery(PageQuery):
    """What to look for, and where."""

    q = serializers.CharField(min_length=1, max_length=MAX_QUERY)
    conversation = serializers.CharField(max_length=40, required=False)


class HistoryQuery(StrictSerializer):
    """Which part of a conversation."""

    before_seq = serializers.IntegerField(min_value=0, max_value=MAX_SEQ, required=False)
    after_seq = serializers.IntegerField(min_value=0, max_value=MAX_SEQ, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)


class UpdatesQuery(StrictSerializer):
    """Where a reader of the feed stands."""

    after = serializers.CharField(max_length=64, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=500, default=100)


class MemberOut(serializers.Serializer[Any]):
    """One side of a conversation."""

    party = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=MemberRole.values)
    read_seq = serializers.IntegerField()
    delivered_seq = serializers.IntegerField()


class MembersOut(serializers.Serializer[Any]):
    """A page of those who take part, the longest there first."""

    data = MemberOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class AddedOut(serializers.Serializer[Any]):
    """How many were added; who took part already is not counted."""

    added = serializers.IntegerField()


class ReactionOut(serializers.Serializer[Any]):
    """How many members feel the same about a message."""

    emoji = serializers.CharField()
    count = serializers.IntegerField()
    mine = serializers.BooleanField()


class MessageOut(serializers.Serializer[Any]):
    """A message."""

    id = serializers.CharField()
    conversation = serializers.CharField()
    seq = serializers.IntegerField()
    sender = serializers.CharField()
    client_id = serializers.CharField(allow_null=True)
    type = serializers.CharField()
    content = serializers.DictField()
    reply_to = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="For whoever received it: return_elsewhere."
    )
    state = serializers.CharField(
        allow_null=True,
        help_text="Of one's own: sent, delivered or read by everybody else.",
    )
    reactions = ReactionOut(many=True)


class ConversationOut(serializers.Serializer[Any]):
    """A conversation as one of its members sees it."""

    id = serializers.CharField()
    type = serializers.CharField()
    title = serializers.CharField()
    members = MemberOut(
        many=True, help_text="Both sides of a direct conversation; of a group only yourself."
    )
    member_count = serializers.IntegerField()
    role = serializers.ChoiceField(choices=MemberRole.values)
    is_member = serializers.BooleanField(help_text="False: you left, and read what was before.")
    last_seq = serializers.IntegerField()
    read_seq = serializers.IntegerField()
    unread = serializers.IntegerField()
    mentions = serializers.IntegerField(help_text="Unread messages that speak to you by name.")
    muted = serializers.CharField(allow_null=True, help_text="Until when, or forever.")
    archived = serializers.BooleanField()
    last_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class InboxRowOut(ConversationOut):
    """A line of the inbox."""

    last_message = MessageOut(allow_null=True)


class InboxOut(serializers.Serializer[Any]):
    """A page of the inbox."""

    data = InboxRowOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class HistoryOut(serializers.Serializer[Any]):
    """A page of messages; ``next`` is the seq to go on from in the same direction."""

    data = MessageOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class FoundOut(serializers.Serializer[Any]):
    """A page of messages that were found, the newest first."""

    data = MessageOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class ReadOut(serializers.Serializer[Any]):
    """The read marker as it is now."""

    read_seq = serializers.IntegerField()


class FeedItemOut(serializers.Serializer[Any]):
    """One piece of news; ``id`` is the cursor after it."""

    id = serializers.CharField()
    kind = serializers.CharField()
    created_at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]  # The contract names it so.


class UpdatesOut(serializers.Serializer[Any]):
    """A page of news; ``next`` is never null: ask again with it."""

    data = FeedItemOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField()
    complete = serializers.BooleanField()


class MediaIn(serializers.Serializer[Any]):
    """The form in which a file comes."""

    file = serializers.FileField(help_text="One file. Its name is kept, its declared type is not.")


class MediaOut(serializers.Serializer[Any]):
    """A file as it is kept."""

    id = serializers.CharField()
    number = serializers.CharField(help_text="The same in digits only.")
    kind = serializers.ChoiceField(choices=MediaKind.values)
    mime_type = serializers.CharField(help_text="What its bytes are.")
    filename = serializers.CharField()
    byte_count = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of the bytes as they are kept, in hexadecimal.")
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    thumbnail = serializers.ChoiceField(choices=ThumbnailState.values)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="When it goes away unless a message shows it."
    )


class MediaLinkOut(MediaOut):
    """A file, with addresses that open it for a while."""

    url = serializers.CharField()
    thumbnail_url = serializers.CharField(allow_null=True)
    url_expires_at = serializers.DateTimeField()
