"""What other rooms ask about single messages of a conversation."""

from datetime import datetime

from core.errors import NotFound
from messaging.models import Message


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
