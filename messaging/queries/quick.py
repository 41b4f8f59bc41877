"""A page of a conversation by one statement, for those who speak to Postgres without the ORM.

It returns what ``history`` returns to those who take part; whoever has left reads by that one.
``tests/messaging/test_hot_reading.py`` compares them. The messages come as one JSON text, which is
read at once: fifty rows of fourteen values cost more on their way than in the tables.

**The stamp.** Whatever changes a message, a reaction or a receipt of a conversation also writes
the conversation's row, in the same transaction and under its lock: it takes the news' place in the
feed. So the row's version (its ``xmin``, the transaction that wrote it) is another one after each
change that committed, and the same as long as there was none. With the reader's beginning and the
lowest markers, which rise in silence in large groups, it tells whether a page that was built before
still is what would be built now.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from messaging.queries.cursors import MAX_POSITION
from messaging.queries.facts import MessageFacts, ReactionFacts, state_of
from people.access import BEARER_SQL

_CALLER: Final = BEARER_SQL.replace("%s", "%(token)s::bytea")
_PAGE: Final = """
WITH caller(person_id, party_id, party, device_id, device) AS ({caller})
SELECT place.party_id, talk.id, talk.public_id, lowest.read_seq, lowest.delivered_seq, state.stamp,
       page.messages
  FROM caller
  JOIN messaging_conversation AS talk ON talk.public_id = %(talk)s::text
  JOIN messaging_member AS place
    ON place.conversation_id = talk.id AND place.party_id = caller.party_id
   AND place.left_seq IS NULL
  CROSS JOIN LATERAL (
       SELECT min(other.read_seq) AS read_seq, min(other.delivered_seq) AS delivered_seq
         FROM messaging_member AS other
        WHERE other.conversation_id = talk.id AND other.left_seq IS NULL
          AND other.party_id <> place.party_id) AS lowest
  CROSS JOIN LATERAL (
       SELECT concat_ws('.', talk.xmin, place.joined_seq, lowest.read_seq, lowest.delivered_seq)
              AS stamp) AS state
  CROSS JOIN LATERAL (
       SELECT json_agg(json_build_array(
                  said.public_id, said.seq, sender.public_id, said.sender_id, said.author_id,
                  said.client_id, said.kind, said.content, earlier.public_id, said.created_at,
                  said.edited_at, said.warnings, said.deleted_at,
                  (SELECT json_agg(json_build_array(each.emoji, each.count, each.mine)
                                   ORDER BY each.count DESC, each.emoji)
                     FROM (SELECT felt.emoji, count(*) AS count,
                                  bool_or(felt.party_id = place.party_id) AS mine
                             FROM messaging_reaction AS felt
                            WHERE felt.message_id = said.id
                            GROUP BY felt.emoji) AS each))
                  ORDER BY said.seq {order})::text AS messages
         FROM (SELECT * FROM messaging_message AS one
                WHERE state.stamp <> %(known)s::text AND one.conversation_id = talk.id
                  AND one.seq > greatest(%(after)s::bigint, place.joined_seq)
                  AND one.seq < %(before)s::bigint
                  AND one.seq <= talk.last_seq
                ORDER BY one.seq {order} LIMIT %(limit)s::bigint) AS said
         JOIN people_party AS sender ON sender.id = said.sender_id
         LEFT JOIN messaging_message AS earlier ON earlier.id = said.reply_to_id) AS page
"""
NEWEST_FIRST_SQL: Final = _PAGE.format(order="DESC", caller=_CALLER)
OLDEST_FIRST_SQL: Final = _PAGE.format(order="ASC", caller=_CALLER)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a conversation, as ``history`` takes it.

    Attributes:
        talk: The conversation's public id.
        before_seq: Only older ones, or None.
        after_seq: Only newer ones, or None.
        limit: How many at most.
    """

    talk: str
    before_seq: int | None
    after_seq: int | None
    limit: int

    @property
    def sql(self) -> str:
        """The statement for the order in which ``history`` would answer."""
        is_forward = self.after_seq is not None and self.before_seq is None
        return OLDEST_FIRST_SQL if is_forward else NEWEST_FIRST_SQL

    def values(self, token: bytes, known: str = "") -> dict[str, Any]:
        """Return its parameters; one message more than asked for tells whether there are more.

        Args:
            token: The digest of the token of whoever asks.
            known: The stamp of the same page that this reader got before.
        """
        return {
            "token": token,
            "known": known,
            "talk": self.talk,
            "before": MAX_POSITION if self.before_seq is None else self.before_seq,
            "after": 0 if self.after_seq is None else self.after_seq,
            "limit": self.limit + 1,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        party_id: Who asks.
        stamp: The same for the same page as long as nothing of it changes.
        is_known: Whether it is the stamp that the reader had: then no messages were read.
        messages: The messages.
        next: The ``seq`` to go on from, or None.
    """

    party_id: int
    stamp: str
    is_known: bool
    messages: list[MessageFacts]
    next: int | None


def read_page(page: Page, rows: Sequence[Sequence[Any]], known: str = "") -> Found | None:
    """Return a page; None for who is nobody, or has no such conversation now."""
    if not rows:
        return None
    party_id, *_rest, stamp, text = rows[0]
    said = json.loads(text) if text is not None else []
    messages = [_facts(rows[0], each) for each in said[: page.limit]]
    following = messages[-1].seq if len(said) > page.limit else None
    return Found(party_id, stamp, stamp == known, messages, following)


def _facts(row: Sequence[Any], said: Sequence[Any]) -> MessageFacts:
    party_id, talk_id, talk, read, delivered, _stamp, _text = row
    seq, sender_id = said[1], said[3]
    return MessageFacts(
        public_id=said[0],
        conversation=talk,
        conversation_id=talk_id,
        seq=seq,
        sender=said[2],
        sender_id=sender_id,
        author_id=said[4],
        client_id=said[5],
        kind=said[6],
        content=said[7],
        reply_to=said[8],
        created_at=datetime.fromisoformat(said[9]),
        edited_at=_moment(said[10]),
        warnings=tuple(said[11]),
        deleted_at=_moment(said[12]),
        reactions=tuple(ReactionFacts(*each) for each in said[13] or ()),
        state=state_of(seq, read=read or 0, delivered=delivered or 0)
        if sender_id == party_id
        else None,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
