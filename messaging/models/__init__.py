"""Tables of messaging; nobody else imports them."""

from messaging.models.changes import Mention, MessageVersion, Reaction
from messaging.models.conversations import Conversation, Member
from messaging.models.feed import FeedRow
from messaging.models.media import MediaFile, MediaShown
from messaging.models.messages import Message
from messaging.models.presence import Presence
from messaging.models.reports import Report

__all__ = [
    "Conversation",
    "FeedRow",
    "MediaFile",
    "MediaShown",
    "Member",
    "Mention",
    "Message",
    "MessageVersion",
    "Presence",
    "Reaction",
    "Report",
]
