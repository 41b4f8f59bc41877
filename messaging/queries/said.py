"""What other rooms ask about single messages of a conversation."""

from dataclasses import dataclass
from datetime import datetime

from core.errors import NotFound
from messaging.models import Message, Reaction
from messaging.queries.seen import seen_messages


def last_said_at(conversation_id: int, party_id: int) -> datetime | None:
    """Return when a party last said something in a conversation; None for never.

    Args:
        conversation_id: The conversation's key.
        party_id: Whose words count.
    """
    rows = Message.objects.filter(conversation_id=conversation_id, sender_id=party_id)
    return rows.order_by("-seq").values_list("created_at", flat=True).first()


def message_showing(conversation: str, kind: str, content_ref: str) -> str:
    """Return the message that shows a thing in a conversation, by public ids.

    Raises:
        NotFound: It is not shown there.
    """
    rows = Message.objects.filter(kind=kind, content_ref=content_ref)
    found = rows.filter(conversation__public_id=conversation).order_by("id")
    public_id = found.values_list("public_id", flat=True).first()
    if public_id is None:
        raise NotFound
    return public_id


def kind_said(party_id: int, message_id: str) -> str:
    """Return the kind of a message that a party may see; empty where there is none."""
    rows = seen_messages(party_id).filter(public_id=message_id)
    return rows.values_list("kind", flat=True).first() or ""


def felt_about(party_id: int, message_id: str) -> str:
    """Return the emoji with which a party reacted to a message; empty for none."""
    rows = Reaction.objects.filter(message__public_id=message_id, party_id=party_id)
    return rows.values_list("emoji", flat=True).first() or ""


@dataclass(frozen=True, slots=True)
class Saying:
    """What a party said: its name, its sender's own name for it, its number."""

    public_id: str
    client_id: str
    seq: int


def said_by(
    party_id: int, conversation_id: str, *, after_seq: int, until_seq: int, limit: int
) -> list[Saying]:
    """Return what a party itself said in a part of a conversation, in order; one query.

    Args:
        party_id: Who.
        conversation_id: The conversation's public id.
        after_seq: Past this number,
        until_seq: up to this one.
        limit: The first so many.
    """
    rows = Message.objects.filter(
        conversation__public_id=conversation_id,
        sender_id=party_id,
        seq__gt=after_seq,
        seq__lte=until_seq,
    )
    found = rows.order_by("seq").values_list("public_id", "client_id", "seq")[:limit]
    return [Saying(public_id, client_id or "", seq) for public_id, client_id, seq in found]
