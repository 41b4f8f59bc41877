"""A page of a conversation by one statement, for those who speak to Postgres without the ORM.

It returns what ``history`` returns; ``tests/messaging/test_hot_doors.py`` compares them.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from messaging.queries.cursors import MAX_POSITION
from messaging.queries.facts import MessageFacts, ReactionFacts, state_of

_PAGE: Final = """
SELECT talk.id, talk.public_id, message.public_id, message.seq, sender.public_id,
       message.sender_id, message.author_id, message.client_id, message.kind, message.content,
       earlier.public_id, message.created_at, message.edited_at, message.warnings,
       message.deleted_at, lowest.read_seq, lowest.delivered_seq, felt.reactions
  FROM messaging_member AS place
  JOIN messaging_conversation AS talk ON talk.id = place.conversation_id
  CROSS JOIN LATERAL (
       SELECT min(other.read_seq) AS read_seq, min(other.delivered_seq) AS delivered_seq
         FROM messaging_member AS other
        WHERE other.conversation_id = talk.id AND other.left_seq IS NULL
          AND other.party_id <> place.party_id) AS lowest
  LEFT JOIN LATERAL (
       SELECT * FROM messaging_message AS one
        WHERE one.conversation_id = talk.id
          AND one.seq > greatest(%(after)s::bigint, place.joined_seq)
          AND one.seq < %(before)s::bigint
          AND one.seq <= coalesce(place.left_seq, talk.last_seq)
        ORDER BY one.seq {order} LIMIT %(limit)s::bigint) AS message ON true
  LEFT JOIN people_party AS sender ON sender.id = message.sender_id
  LEFT JOIN messaging_message AS earlier ON earlier.id = message.reply_to_id
  LEFT JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_array(each.emoji, each.count, each.mine)
                        ORDER BY each.count DESC, each.emoji) AS reactions
         FROM (SELECT one.emoji, count(*) AS count,
                      bool_or(one.party_id = place.party_id) AS mine
                 FROM messaging_reaction AS one
                WHERE one.message_id = message.id
                  AND (place.left_at IS NULL OR one.at <= place.left_at)
                GROUP BY one.emoji) AS each) AS felt ON true
 WHERE talk.public_id = %(talk)s::text AND place.party_id = %(party_id)s::bigint
 ORDER BY message.seq {order}
"""
NEWEST_FIRST_SQL: Final = _PAGE.format(order="DESC")
OLDEST_FIRST_SQL: Final = _PAGE.format(order="ASC")


def history_sql(before_seq: int | None, after_seq: int | None) -> str:
    """Return the statement for the order in which ``history`` would answer."""
    is_forward = after_seq is not None and before_seq is None
    return OLDEST_FIRST_SQL if is_forward else NEWEST_FIRST_SQL


def history_values(
    party_id: int, talk: str, before_seq: int | None, after_seq: int | None, limit: int
) -> dict[str, Any]:
    """Return its parameters; one message more than asked for tells whether there are more."""
    return {
        "party_id": party_id,
        "talk": talk,
        "before": MAX_POSITION if before_seq is None else before_seq,
        "after": 0 if after_seq is None else after_seq,
        "limit": limit + 1,
    }


def read_history(
    party_id: int, rows: Sequence[Sequence[Any]], limit: int
) -> tuple[list[MessageFacts], int | None] | None:
    """Return the messages and the ``seq`` to go on from; None where there is no such talk."""
    if not rows:
        return None
    facts = [_facts(row, party_id) for row in rows[:limit] if row[2] is not None]
    return facts, facts[-1].seq if len(rows) > limit else None


def _facts(row: Sequence[Any], party_id: int) -> MessageFacts:
    is_own = row[5] == party_id
    state = state_of(row[3], read=row[15] or 0, delivered=row[16] or 0) if is_own else None
    return MessageFacts(
        public_id=row[2],
        conversation=row[1],
        conversation_id=row[0],
        seq=row[3],
        sender=row[4],
        sender_id=row[5],
        author_id=row[6],
        client_id=row[7],
        kind=row[8],
        content=_plain(row[9]),
        reply_to=row[10],
        created_at=row[11],
        edited_at=row[12],
        warnings=tuple(_plain(row[13])),
        deleted_at=row[14],
        reactions=tuple(ReactionFacts(*each) for each in _plain(row[17]) or ()),
        state=state,
    )


def _plain(value: Any) -> Any:
    """Return JSON that a connection of Django's would leave as text."""
    return json.loads(value) if isinstance(value, str) else value
