"""How a message comes to stand in a conversation; the services above decide whether it may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core.errors import TrocoError
from core.ids import new_id
from core.transactions import joins
from messaging.enums import ConversationKind, FeedKind
from messaging.models import Conversation, Message
from messaging.queries.facts import MessageFacts, message_shape
from messaging.queries.talk import facts_of
from messaging.services.feed import append_at
from messaging.services.positions import take_position, take_seq
from people.queries import PartyFacts, parties_by_ids


class ClientIdReused(TrocoError):
    """The sender used this ``client_id`` before, for another message."""

    code = "client_id_reused"
    http_status = 422
    words = _("This client_id was used for another message. Use a new one.")


@dataclass(frozen=True)
class Sender:
    """Who speaks: the party, and the person who acts for it."""

    party_id: int
    person_id: int | None


@dataclass(frozen=True)
class Wording:
    """What a person, or a program, says: its kind, what the kind wants, and what it answers."""

    kind: str
    content: dict[str, Any]
    reply_to: str | None = None


@dataclass(frozen=True)
class Draft:
    """Everything of a message but its number."""

    sender: Sender
    kind: str
    content: dict[str, Any]
    content_ref: str = ""
    client_id: str | None = None
    reply_to: Message | None = None
    warnings: Sequence[str] = ()


class Written(NamedTuple):
    """A message that was just written, and the place of its news in the feed."""

    row: Message
    facts: MessageFacts
    xid: int
    feed_row: int


@joins
def write(
    *,
    conversation: Conversation,
    draft: Draft,
    moment: datetime,
    parties: Mapping[int, PartyFacts] | None = None,
) -> Written:
    """Insert a message into a conversation that this transaction has locked.

    Changes: one ``Message``, the conversation's counter, one ``FeedRow`` ``message.created``.

    Args:
        conversation: Where.
        draft: What.
        moment: When.
        parties: Who is known already; with the sender among them nothing more is asked.

    Raises:
        ClientIdReused: The same ``client_id`` arrived at the same moment elsewhere.

    Transaction: joins.
    """
    known = parties or parties_by_ids({draft.sender.party_id})
    place = take_seq(conversation_id=conversation.pk, moment=moment)
    try:
        row = Message.objects.create(
            public_id=new_id("msg"),
            conversation=conversation,
            seq=place.seq,
            sender_id=draft.sender.party_id,
            author_id=draft.sender.person_id,
            client_id=draft.client_id,
            kind=draft.kind,
            content=draft.content,
            content_ref=draft.content_ref,
            warnings=list(draft.warnings),
            reply_to=draft.reply_to,
            created_at=moment,
        )
    except IntegrityError as error:
        # The same client_id arrived at the same moment in another conversation.
        raise _named(error) from error
    facts = facts_of(row, conversation, known)
    feed_row = append_at(
        conversation_id=conversation.pk,
        xid=place.feed_xid,
        kind=FeedKind.MESSAGE_CREATED.value,
        payload=message_shape(facts),
    )
    return Written(row, facts, place.feed_xid, feed_row)


@joins
def tell_again(*, row: Message, conversation: Conversation, kind: FeedKind) -> int:
    """Tell the members that a message looks different now.

    Changes: the conversation's feed position, one ``FeedRow``.

    Returns:
        The position.

    Transaction: joins.
    """
    xid = take_position(conversation_id=conversation.pk)
    append_at(
        conversation_id=conversation.pk,
        xid=xid,
        kind=kind.value,
        payload=message_shape(facts_of(row, conversation, parties_by_ids({row.sender_id}))),
    )
    return xid


def other_side(conversation: Conversation, party_id: int) -> int | None:
    """Return the other side of a direct conversation; None in a group."""
    if conversation.kind != ConversationKind.DIRECT:
        return None
    low, high = conversation.low_party_id, conversation.high_party_id
    return high if low == party_id else low


def _named(error: IntegrityError) -> Exception:
    return ClientIdReused() if "messaging_message_one_per_client_id" in str(error) else error
