"""What other rooms and the API get to see of a conversation and a message."""

from dataclasses import dataclass, replace
from datetime import MAXYEAR, datetime
from typing import Any, Final

from core.api import moment_out
from core.clock import wall_now
from people.queries import PartyFacts

DELETED: Final = "deleted"


@dataclass(frozen=True)
class ReactionFacts:
    """How many members feel the same about a message, and whether the reader does."""

    emoji: str
    count: int
    is_mine: bool


@dataclass(frozen=True)
class MessageFacts:
    """One message; ``sender`` and ``conversation`` are public ids.

    ``state`` is told to its sender only: sent, delivered or read, by everybody else.
    """

    public_id: str
    conversation: str
    conversation_id: int
    seq: int
    sender: str
    sender_id: int
    author_id: int | None
    client_id: str | None
    kind: str
    content: dict[str, Any]
    reply_to: str | None
    created_at: datetime
    edited_at: datetime | None
    warnings: tuple[str, ...] = ()
    deleted_at: datetime | None = None
    reactions: tuple[ReactionFacts, ...] = ()
    state: str | None = None

    @property
    def shown_kind(self) -> str:
        """What a reader is told: a message that was deleted shows nothing of what it was."""
        return DELETED if self.deleted_at is not None else self.kind


@dataclass(frozen=True)
class MemberFacts:
    """One side of a conversation, its markers, and in a group its role and time.

    Attributes:
        joined_seq: It sees what comes after this number.
        left_seq: It sees nothing after this number; None while it takes part.
        own_after: How many of the messages past ``read_seq`` are its own.
    """

    party: PartyFacts
    read_seq: int
    delivered_seq: int
    role: str = "member"
    joined_at: datetime | None = None
    joined_seq: int = 0
    left_seq: int | None = None
    muted_until: datetime | None = None
    archived_seq: int | None = None
    own_after: int = 0


@dataclass(frozen=True)
class ConversationFacts:
    """A conversation as one of its members sees it.

    Attributes:
        last_seq: The last message that this member sees.
        last_at: When that was.
        others: The other side of a direct conversation; empty for a group, whose members are a
            list of their own.
        member_count: How many take part now.
        mentions: How many unread messages speak to the reader.
    """

    id: int
    public_id: str
    kind: str
    title: str
    last_seq: int
    last_at: datetime
    created_at: datetime
    own: MemberFacts
    others: tuple[MemberFacts, ...]
    member_count: int = 2
    mentions: int = 0

    @property
    def is_member(self) -> bool:
        """Whether the reader takes part now, or only reads what was said before it left."""
        return self.own.left_seq is None

    def is_muted(self, moment: datetime) -> bool:
        """Whether the reader wants no sound of it now."""
        return self.own.muted_until is not None and self.own.muted_until > moment

    def is_archived(self, moment: datetime) -> bool:
        """Whether the reader has put it out of sight, and nothing has brought it back."""
        kept = self.own.archived_seq
        return kept is not None and (self.last_seq <= kept or self.is_muted(moment))

    @property
    def unread(self) -> int:
        """How many messages of others lie past the reader's own marker."""
        return max(0, self.last_seq - self.own.read_seq - self.own.own_after)

    @property
    def counterpart(self) -> PartyFacts | None:
        """The other side of a direct conversation."""
        return self.others[0].party if len(self.others) == 1 else None


@dataclass(frozen=True)
class InboxRow:
    """A line of the inbox."""

    conversation: ConversationFacts
    last_message: MessageFacts | None


def muted_out(until: datetime | None) -> str | None:
    """Return until when a conversation is silent: a moment, ``forever``, or None."""
    return "forever" if until is not None and until.year == MAXYEAR else moment_out(until)


def state_of(seq: int, *, read: int, delivered: int) -> str:
    """Return how far a message has got with those whose lowest markers these are."""
    if read >= seq:
        return "read"
    return "delivered" if delivered >= seq else "sent"


def message_shape(message: MessageFacts) -> dict[str, Any]:
    """Return a message as it stands in answers and in the feed."""
    return {
        "id": message.public_id,
        "conversation": message.conversation,
        "seq": message.seq,
        "sender": message.sender,
        "client_id": message.client_id,
        "type": message.shown_kind,
        "content": message.content,
        "reply_to": message.reply_to,
        "created_at": moment_out(message.created_at),
        "edited_at": moment_out(message.edited_at),
    }


def message_for_reader(message: MessageFacts, party_id: int) -> dict[str, Any]:
    """Return a message as one of the conversation's members gets it, with its warnings.

    Whoever sent it is not told what it warns of.
    """
    shown = () if message.sender_id == party_id else message.warnings
    return {
        **message_shape(message),
        "warnings": list(shown),
        "state": message.state,
        "reactions": [
            {"emoji": each.emoji, "count": each.count, "mine": each.is_mine}
            for each in message.reactions
        ],
    }


def conversation_shape(conversation: ConversationFacts) -> dict[str, Any]:
    """Return a conversation as it stands in answers."""
    now = wall_now()
    return {
        "id": conversation.public_id,
        "type": conversation.kind,
        "title": conversation.title,
        "members": [member_shape(m) for m in (conversation.own, *conversation.others)],
        "member_count": conversation.member_count,
        "role": conversation.own.role,
        "is_member": conversation.is_member,
        "last_seq": conversation.last_seq,
        "read_seq": conversation.own.read_seq,
        "unread": conversation.unread,
        "mentions": conversation.mentions,
        "muted": muted_out(conversation.own.muted_until) if conversation.is_muted(now) else None,
        "archived": conversation.is_archived(now),
        "last_at": moment_out(conversation.last_at),
        "created_at": moment_out(conversation.created_at),
    }


def inbox_shape(row: InboxRow) -> dict[str, Any]:
    """Return a line of the inbox as it stands in answers."""
    last, talk = row.last_message, row.conversation
    reader = talk.own.party.id
    if last is not None and last.sender_id == reader and talk.others:
        read = min(other.read_seq for other in talk.others)
        delivered = min(other.delivered_seq for other in talk.others)
        last = replace(last, state=state_of(last.seq, read=read, delivered=delivered))
    return {
        **conversation_shape(talk),
        "last_message": None if last is None else message_for_reader(last, reader),
    }


def member_shape(member: MemberFacts) -> dict[str, Any]:
    """Return a member as it stands in answers."""
    return {
        "party": member.party.public_id,
        "kind": member.party.kind,
        "name": member.party.display_name,
        "role": member.role,
        "read_seq": member.read_seq,
        "delivered_seq": member.delivered_seq,
    }
