"""Reads of messaging; other rooms use these names and nothing below."""

from messaging.queries.cursors import START, FeedCursor, read_cursor, write_cursor
from messaging.queries.facts import (
    ConversationFacts,
    InboxRow,
    MemberFacts,
    MessageFacts,
    conversation_shape,
    inbox_shape,
    message_for_reader,
    message_shape,
)
from messaging.queries.feed import FeedItem, FeedPage, feed_item_shape, newest_cursor, updates
from messaging.queries.talk import (
    conversation_for,
    direct_between,
    history,
    inbox,
    message_for,
    unread_total,
)

__all__ = [
    "START",
    "ConversationFacts",
    "FeedCursor",
    "FeedItem",
    "FeedPage",
    "InboxRow",
    "MemberFacts",
    "MessageFacts",
    "conversation_for",
    "conversation_shape",
    "direct_between",
    "feed_item_shape",
    "history",
    "inbox",
    "inbox_shape",
    "message_for",
    "message_for_reader",
    "message_shape",
    "newest_cursor",
    "read_cursor",
    "unread_total",
    "updates",
    "write_cursor",
]
