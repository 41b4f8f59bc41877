"""Markers: how far each side has read, and how far the stream has brought it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.db.models.functions import Greatest

from core.errors import InputInvalid
from core.transactions import owns
from messaging.enums import FeedKind
from messaging.models import Conversation, Member
from messaging.services.access import lock_conversation
from messaging.services.feed import append_feed
from people.queries import parties_by_ids


@dataclass(frozen=True)
class Delivered:
    """The stream has brought a party's device everything up to ``seq``."""

    conversation_id: int
    party_id: int
    seq: int


@owns
def mark_read(*, party_id: int, conversation_id: str, seq: int) -> int:
    """Raise a party's read marker; a smaller number than before changes nothing.

    Changes: the ``Member``'s markers, and one ``FeedRow`` ``receipt`` where one rose.

    Args:
        party_id: Who has read.
        conversation_id: The conversation's public id.
        seq: The last message read.

    Returns:
        The marker as it is now.

    Raises:
        NotFound: No such conversation for this party.
        InputInvalid: There is no such message yet.

    Transaction: owns.
    """
    conversation = lock_conversation(party_id=party_id, public_id=conversation_id)
    if not 0 <= seq <= conversation.last_seq:
        raise InputInvalid(field_errors={"seq": [{"code": "out_of_range"}]})
    own = Member.objects.filter(conversation=conversation, party_id=party_id)
    if own.filter(read_seq__lt=seq).update(
        read_seq=seq, delivered_seq=Greatest(F("delivered_seq"), seq)
    ):
        _tell(conversation, own.get())
    return own.get().read_seq


@owns
def mark_delivered(*, marks: Iterable[Delivered]) -> int:
    """Raise delivery markers, many at once.

    Changes: ``Member`` rows that rise, and one ``FeedRow`` ``receipt`` for each of them.
    A mark past the last message is held to it.

    Returns:
        How many rose.

    Transaction: owns.
    """
    wanted = {(m.conversation_id, m.party_id): m.seq for m in sorted(marks, key=_by_seq)}
    locked = (
        Conversation.objects.filter(pk__in={key[0] for key in wanted})
        .select_for_update()
        .order_by("id")
    )
    talks = {row.pk: row for row in locked}
    rose = 0
    for (conversation_id, party_id), seq in sorted(wanted.items()):
        if conversation_id in talks:
            rose += _raise_delivered(talks[conversation_id], party_id, seq)
    return rose


def _by_seq(mark: Delivered) -> int:
    return mark.seq


def _raise_delivered(conversation: Conversation, party_id: int, seq: int) -> int:
    seq = min(seq, conversation.last_seq)
    own = Member.objects.filter(conversation=conversation, party_id=party_id)
    rose = own.filter(delivered_seq__lt=seq).update(delivered_seq=seq)
    if rose:
        _tell(conversation, own.get())
    return rose


def _tell(conversation: Conversation, member: Member) -> None:
    append_feed(
        conversation_id=conversation.pk,
        kind=FeedKind.RECEIPT.value,
        payload=_shape(conversation, member),
    )


def _shape(conversation: Conversation, member: Member) -> dict[str, Any]:
    return {
        "conversation": conversation.public_id,
        "party": parties_by_ids({member.party_id})[member.party_id].public_id,
        "read_seq": member.read_seq,
        "delivered_seq": member.delivered_seq,
    }
