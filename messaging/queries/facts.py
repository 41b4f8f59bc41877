"""What other rooms and the API get to see of a conversation and a message."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.api import moment_out
from people.queries import PartyFacts


@dataclass(frozen=True)
class MessageFacts:
    """One message; ``sender`` and ``conversation`` are public ids."""

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


@dataclass(frozen=True)
class MemberFacts:
    """One side of a conversation and its markers."""

    party: PartyFacts
    read_seq: int
    delivered_seq: int


@dataclass(frozen=True)
class ConversationFacts:
    """A conversation as one of its members sees it."""

    id: int
    public_id: str
    kind: str
    title: str
    last_seq: int
    last_at: datetime
    created_at: datetime
    own: MemberFacts
    others: tuple[MemberFacts, ...]

    @property
    def unread(self) -> int:
        """How many messages lie past the reader's own marker."""
        return self.last_seq - self.own.read_seq

    @property
    def counterpart(self) -> PartyFacts | None:
        """The other side of a direct conversation."""
        return self.others[0].party if len(self.others) == 1 else None


@dataclass(frozen=True)
class InboxRow:
    """A line of the inbox."""

    conversation: ConversationFacts
    last_message: MessageFacts | None


def message_shape(message: MessageFacts) -> dict[str, Any]:
    """Return a message as it stands in answers and in the feed."""
    return {
        "id": message.public_id,
        "conversation": message.conversation,
        "seq": message.seq,
        "sender": message.sender,
        "client_id": message.client_id,
        "type": message.kind,
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
    return {**message_shape(message), "warnings": list(shown)}


def conversation_shape(conversation: ConversationFacts) -> dict[str, Any]:
    """Return a conversation as it stands in answers."""
    return {
        "id": conversation.public_id,
        "type": conversation.kind,
        "title": conversation.title,
        "members": [_member_shape(m) for m in (conversation.own, *conversation.others)],
        "last_seq": conversation.last_seq,
        "read_seq": conversation.own.read_seq,
        "unread": conversation.unread,
        "last_at": moment_out(conversation.last_at),
        "created_at": moment_out(conversation.created_at),
    }


def inbox_shape(row: InboxRow) -> dict[str, Any]:
    """Return a line of the inbox as it stands in answers."""
    last, reader = row.last_message, row.conversation.own.party.id
    return {
        **conversation_shape(row.conversation),
        "last_message": None if last is None else message_for_reader(last, reader),
    }


def _member_shape(member: MemberFacts) -> dict[str, Any]:
    return {
        "party": member.party.public_id,
        "kind": member.party.kind,
        "name": member.party.display_name,
        "read_seq": member.read_seq,
        "delivered_seq": member.delivered_seq,
    }
