"""Businesses in a conversation hear of it by events too; between people nothing is published."""

from collections.abc import Mapping
from typing import Literal

from core.events import publish
from core.transactions import joins
from messaging.enums import ConversationKind
from messaging.models import Conversation, Member
from people.enums import PartyKind
from people.queries import PartyFacts

Change = Literal["edited", "deleted", "reacted"]


@joins
def tell_businesses_of_message(
    *, conversation: Conversation, message_id: str, businesses: list[int]
) -> None:
    """Tell that businesses were written to.

    Publishes: ``message.created`` with the message, the conversation and the businesses' keys,
    parted by commas; nothing where there is none.

    Transaction: joins.
    """
    if businesses:
        publish(
            "message.created",
            message_id=message_id,
            conversation_id=conversation.public_id,
            recipients=_listed(businesses),
        )


@joins
def tell_businesses_of_change(
    *, conversation: Conversation, message_id: str, actor_id: int, what: Change
) -> None:
    """Tell that somebody changed what was said, or feels something about it.

    Publishes: ``message.edited``, ``message.deleted`` or ``message.reacted`` with the message,
    the conversation, who did it, and the other businesses' keys, parted by commas; nothing where
    there is none.

    Transaction: joins.
    """
    businesses = businesses_beside(conversation, actor_id)
    if not businesses:
        return
    ids: dict[str, str | int] = {
        "message_id": message_id,
        "conversation_id": conversation.public_id,
        "actor_id": actor_id,
        "recipients": _listed(businesses),
    }
    publish(f"message.{what}", **ids)


@joins
def tell_businesses_of_marker(
    *,
    conversation: Conversation,
    reader_id: int,
    span: tuple[int, int],
    is_read: bool,
    delivered_seq: int | None = None,
) -> None:
    """Tell businesses that somebody has got, or read, what they may have written.

    Publishes: ``message.delivered`` or ``message.read`` for the messages after the first number
    of the span up to its second; nothing where there is no other business. What is read and was
    not told to be delivered is told to be so first.

    Args:
        conversation: Which.
        reader_id: Whose marker rose.
        span: The marker before, and now.
        is_read: Whether it is the one of what was read.
        delivered_seq: Where it is, up to which number it was delivered before.

    Transaction: joins.
    """
    businesses = businesses_beside(conversation, reader_id)
    if not businesses:
        return
    ids: dict[str, str | int] = {
        "conversation_id": conversation.public_id,
        "reader_id": reader_id,
        "recipients": _listed(businesses),
        "after_seq": span[0],
        "seq": span[1],
    }
    if not is_read:
        publish("message.delivered", **ids)
        return
    if delivered_seq is not None and delivered_seq < span[1]:
        publish("message.delivered", **{**ids, "after_seq": delivered_seq})
    publish("message.read", **ids)


def has_business(conversation: Conversation, parties: Mapping[int, PartyFacts]) -> bool:
    """Tell whether a business takes part.

    Args:
        conversation: Which.
        parties: Both sides of a direct conversation.

    Transaction: none (no query).
    """
    if conversation.kind == ConversationKind.GROUP:
        return conversation.has_business
    return any(each.kind == PartyKind.BUSINESS for each in parties.values())


def businesses_beside(
    conversation: Conversation,
    party_id: int,
    parties: Mapping[int, PartyFacts] | None = None,
) -> list[int]:
    """Return the keys of the businesses that take part, but for one party.

    Args:
        conversation: Which.
        party_id: Who is left out.
        parties: Both sides of a direct conversation, where they are known already.
    """
    if conversation.kind == ConversationKind.DIRECT and parties is not None:
        found = [each.id for each in parties.values() if each.kind == PartyKind.BUSINESS]
        return sorted(key for key in found if key != party_id)
    if conversation.kind == ConversationKind.GROUP and not conversation.has_business:
        return []
    rows = Member.objects.filter(
        conversation=conversation, left_seq__isnull=True, party__kind=PartyKind.BUSINESS
    ).exclude(party_id=party_id)
    return sorted(rows.values_list("party_id", flat=True))


def _listed(keys: list[int]) -> str:
    return ",".join(str(key) for key in keys)
