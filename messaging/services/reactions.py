"""What members feel about messages."""

import unicodedata
from typing import Final

from core.clock import business_now
from core.errors import InputInvalid, NotFound
from core.transactions import owns
from messaging.enums import FeedKind
from messaging.models import Message, Reaction
from messaging.services.access import lock_conversation, place_of
from messaging.services.audience import tell_businesses_of_change
from messaging.services.changes import NotChangeable
from messaging.services.feed import append_feed
from messaging.services.writing import Sender, other_side
from people.queries import blocked_between, parties_by_ids

MAX_EMOJI: Final = 32
_KEYCAP: Final = "\u20e3"
# Pictures, their colours and joints; an emoji newer than this Python's tables counts as one.
_PICTURES: Final = frozenset({"So", "Sm", "Sk", "Po", "Pd", "Mn", "Me", "Cf", "Cn"})


@owns
def react(*, actor: Sender, message_id: str, emoji: str) -> None:
    """Say what one feels about a message; another emoji replaces it, an empty text removes it.

    Changes: the party's one ``Reaction``, one ``FeedRow`` ``reaction``; nothing where it is the
    same as before.

    Publishes: ``message.reacted`` where a business takes part.

    Args:
        actor: Who feels it.
        message_id: Public id of the message.
        emoji: One emoji, or an empty text.

    Raises:
        NotFound: No such message for this party, or one side blocked the other.
        NotInGroup: The party has left the group.
        NotChangeable: The message was deleted.
        InputInvalid: It is no emoji.

    Transaction: owns.
    """
    if emoji and not is_emoji(emoji):
        raise InputInvalid(field_errors={"emoji": [{"code": "invalid"}]})
    message = (
        Message.objects.filter(public_id=message_id, conversation__members__party_id=actor.party_id)
        .select_related("conversation")
        .first()
    )
    if message is None:
        raise NotFound
    talk = lock_conversation(party_id=actor.party_id, public_id=message.conversation.public_id)
    message.refresh_from_db(fields=["deleted_at"])
    other = other_side(talk, actor.party_id)
    is_blocked = other is not None and blocked_between(actor.party_id, other)
    place = place_of(conversation=talk, party_id=actor.party_id)
    if is_blocked or message.seq <= place.joined_seq:
        raise NotFound
    if message.deleted_at is not None:
        raise NotChangeable
    if not _keep(message, actor.party_id, emoji):
        return
    append_feed(
        conversation_id=talk.pk,
        kind=FeedKind.REACTION.value,
        payload={
            "conversation": talk.public_id,
            "message": message.public_id,
            "seq": message.seq,
            "party": parties_by_ids({actor.party_id})[actor.party_id].public_id,
            "emoji": emoji or None,
        },
    )
    tell_businesses_of_change(
        conversation=talk, message_id=message.public_id, actor_id=actor.party_id, what="reacted"
    )


def is_emoji(text: str) -> bool:
    """Tell whether a text is a picture, not words; several joined ones are one picture."""
    if not 1 <= len(text) <= MAX_EMOJI or text.isascii():
        return False
    if text.endswith(_KEYCAP):
        return text[0] in "0123456789#*" and len(text) <= len("1\ufe0f\u20e3")
    return all(unicodedata.category(each) in _PICTURES for each in text) and any(
        unicodedata.category(each) in {"So", "Sm", "Po", "Pd", "Cn"} for each in text
    )


def _keep(message: Message, party_id: int, emoji: str) -> bool:
    """Write, replace or remove the one reaction; return whether that changed anything."""
    own = Reaction.objects.filter(message=message, party_id=party_id)
    earlier = own.first()
    if (earlier.emoji if earlier is not None else "") == emoji:
        return False
    if not emoji:
        own.delete()
    elif earlier is not None:
        own.update(emoji=emoji, at=business_now())
    else:
        Reaction.objects.create(message=message, party_id=party_id, emoji=emoji, at=business_now())
    return True
