"""Reads of messaging; other rooms use these names and nothing below."""

from messaging.queries.cursors import START, FeedCursor, read_cursor, write_cursor
from messaging.queries.facts import (
    ConversationFacts,
    InboxRow,
    MemberFacts,
    MessageFacts,
    conversation_shape,
    inbox_shape,
    member_shape,
    message_for_reader,
    message_shape,
)
from messaging.queries.feed import FeedItem, FeedPage, feed_item_shape, newest_cursor, updates
from messaging.queries.marks import Receipts, receipts_of
from messaging.queries.presence import is_presence_shared, presence_in
from messaging.queries.reports import open_reports
from messaging.queries.search import search
from messaging.queries.talk import (
    conversation_for,
    direct_between,
    history,
    inbox,
    inbox_among,
    log_of,
    members_of,
    message_for,
    sender_names,
    unread_of,
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
    "Receipts",
    "conversation_for",
    "conversation_shape",
    "direct_between",
    "feed_item_shape",
    "history",
    "inbox",
    "inbox_among",
    "inbox_shape",
    "is_presence_shared",
    "log_of",
    "member_shape",
    "members_of",
    "message_for",
    "message_for_reader",
    "message_shape",
    "newest_cursor",
    "open_reports",
    "presence_in",
    "read_cursor",
    "receipts_of",
    "search",
    "sender_names",
    "unread_of",
    "updates",
    "write_cursor",
]
