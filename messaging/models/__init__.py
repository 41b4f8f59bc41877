"""Tables of messaging; nobody else imports them."""

from messaging.models.conversations import Conversation, Member
from messaging.models.feed import FeedRow
from messaging.models.messages import Message

__all__ = ["Conversation", "FeedRow", "Member", "Message"]
