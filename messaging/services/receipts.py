"""Telling how far somebody has got: to whom, and to whom not."""

from typing import Any, Final

from core.transactions import joins
from messaging.enums import ConversationKind, FeedKind
from messaging.models import Conversation
from messaging.services.feed import append_feed, append_for_party
from messaging.services.writing import other_side
from people.queries import blocked_between, parties_by_ids

# In a larger group a receipt of each for each message would be a million pieces of news; there
# the markers rise in silence, and whoever wants to know asks for a message's receipts.
TOLD_UP_TO: Final = 32


def hides_marks(conversation: Conversation, party_id: int) -> bool:
    """Tell whether a party's markers stand still: between two of whom one blocks the other.

    What is not raised can be seen nowhere, and nothing that was seen before is taken back, which
    would tell of the block. In a group both go on reading, and its receipts are the group's.
    ``messaging_deliver`` asks the same of its conversations.

    Transaction: none (one query, or none).
    """
    other = other_side(conversation, party_id)
    return other is not None and blocked_between(party_id, other)


@joins
def tell_receipt(*, conversation: Conversation, party_id: int, read: int, delivered: int) -> None:
    """Tell the members how far one has got; nobody in a large group.

    Changes: one ``FeedRow`` ``receipt``.

    Args:
        conversation: Where, locked.
        party_id: Whose markers rose.
        read: The one of what was read.
        delivered: The one of what was brought.

    Transaction: joins.
    """
    if conversation.kind == ConversationKind.GROUP and conversation.member_count > TOLD_UP_TO:
        return
    append_feed(
        conversation_id=conversation.pk,
        kind=FeedKind.RECEIPT.value,
        payload=_shape(conversation, party_id, read, delivered),
    )


@joins
def tell_own_devices(*, conversation: Conversation, party_id: int, read: int) -> None:
    """Tell a party's own devices, and nobody else, how far it has read.

    Changes: one ``FeedRow`` ``receipt`` of the party's.

    Transaction: joins.
    """
    append_for_party(
        party_id=party_id,
        kind=FeedKind.RECEIPT.value,
        payload=_shape(conversation, party_id, read, read),
        at_least=0,
    )


def _shape(conversation: Conversation, party_id: int, read: int, delivered: int) -> dict[str, Any]:
    return {
        "conversation": conversation.public_id,
        "party": parties_by_ids({party_id})[party_id].public_id,
        "read_seq": read,
        "delivered_seq": delivered,
    }
