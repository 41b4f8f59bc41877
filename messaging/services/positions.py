"""Places in the feed and in a conversation, handed out under the conversation's lock."""

from datetime import datetime
from typing import Final, NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, Func

from core.transactions import joins

_OWN_XID: Final = "pg_current_xact_id()::text::bigint"
_TAKE_SEQ: Final = """
UPDATE messaging_conversation
   SET last_seq = last_seq + 1,
       last_at = greatest(last_at, %s),
       feed_xid = greatest(feed_xid, pg_current_xact_id()::text::bigint)
 WHERE id = %s
RETURNING last_seq, feed_xid
"""
_TAKE_POSITION: Final = """
UPDATE messaging_conversation
   SET feed_xid = greatest(feed_xid, pg_current_xact_id()::text::bigint)
 WHERE id = %s
RETURNING feed_xid
"""


class OwnXid(Func):
    """The 64-bit id of the database transaction that is writing."""

    template = _OWN_XID
    output_field = BigIntegerField()


class Place(NamedTuple):
    """Where a new message stands: its number, and its conversation's feed position."""

    seq: int
    feed_xid: int


@joins
def take_seq(*, conversation_id: int, moment: datetime) -> Place:
    """Count one message in a conversation.

    Changes: the conversation's counter, activity and feed position. Its row stays locked
    until the transaction ends, so numbers follow the order of commits and have no gaps.

    Transaction: joins.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_SEQ, [moment, conversation_id])
        return Place(*cursor.fetchone())


@joins
def take_position(*, conversation_id: int) -> int:
    """Return the feed position for a row about a conversation.

    Changes: the conversation's feed position: never below its last one, so that the feed of
    one conversation keeps the order in which its lock was held (``docs/stream.md``).

    Transaction: joins.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_POSITION, [conversation_id])
        return int(cursor.fetchone()[0])
