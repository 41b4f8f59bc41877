"""Markers: how far each side has read, and how far the stream has brought it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Greatest

from core.errors import InputInvalid
from core.transactions import joins, owns
from messaging.enums import ConversationKind
from messaging.models import Conversation, Member
from messaging.services.access import lock_for_reader
from messaging.services.audience import tell_businesses_of_marker
from messaging.services.own_marks import own_after, read_unseen
from messaging.services.receipts import (
    TOLD_UP_TO,
    hides_marks,
    tell_own_devices,
    tell_receipt,
)

# The rows are locked in one order, so that two streams that mark the same group do not wait for
# each other.
_RAISE_QUIETLY: Final = """
WITH wanted AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS w(talk, party, seq)
), held AS (
    SELECT member.id, least(wanted.seq, coalesce(member.left_seq, talk.last_seq)) AS seq
      FROM messaging_member AS member
      JOIN wanted ON wanted.talk = member.conversation_id AND wanted.party = member.party_id
      JOIN messaging_conversation AS talk ON talk.id = member.conversation_id
     ORDER BY member.id FOR NO KEY UPDATE OF member
)
UPDATE messaging_member AS member SET delivered_seq = held.seq
  FROM held WHERE member.id = held.id AND member.delivered_seq < held.seq
"""

Marks = Mapping[tuple[int, int], int]


@dataclass(frozen=True)
class Delivered:
    """The stream has brought a party's device everything up to ``seq``."""

    conversation_id: int
    party_id: int
    seq: int


@owns
def mark_read(*, party_id: int, conversation_id: str, seq: int) -> int:
    """Raise a party's read marker; a smaller number than before changes nothing.

    Between two of whom one blocks the other the markers that both see stand still: the messages
    are read for the reader alone, and whoever wrote them hears nothing, then or later, until the
    reader reads on when nobody is blocked.

    Changes: the ``Member``'s markers, and one ``FeedRow`` ``receipt`` where one rose, unless it
    is a large group; across a block what is unread to the reader, and a ``receipt`` to them alone.

    Publishes: ``message.read`` where another side is a business, and ``message.delivered`` before
    it for what was not delivered yet.

    Args:
        party_id: Who has read.
        conversation_id: The conversation's public id.
        seq: The last message read.

    Returns:
        How far the party has read now.

    Raises:
        NotFound: No such conversation for this party.
        InputInvalid: There is no such message yet.

    Transaction: owns.
    """
    conversation = lock_for_reader(party_id=party_id, public_id=conversation_id)
    own = Member.objects.get(conversation=conversation, party_id=party_id)
    if not 0 <= seq <= _last_of(own, conversation):
        raise InputInvalid(field_errors={"seq": [{"code": "out_of_range"}]})
    if own.read_seq < seq and hides_marks(conversation, party_id):
        if read_unseen(place=own, seq=seq, last_seq=_last_of(own, conversation)):
            tell_own_devices(conversation=conversation, party_id=party_id, read=seq)
        return seq
    if own.read_seq < seq:
        span, delivered_seq = (own.read_seq, seq), own.delivered_seq
        # A large group's delivery markers may rise meanwhile without the conversation's lock.
        Member.objects.filter(pk=own.pk).update(
            read_seq=seq,
            delivered_seq=Greatest(F("delivered_seq"), seq),
            own_after=own_after(place=own, seq=seq, last_seq=_last_of(own, conversation)),
            own_after_seq=seq,
        )
        own.refresh_from_db(fields=["read_seq", "delivered_seq"])
        _tell(conversation, own)
        tell_businesses_of_marker(
            conversation=conversation,
            reader_id=party_id,
            span=span,
            is_read=True,
            delivered_seq=delivered_seq,
        )
    return own.read_seq


@owns
def mark_delivered(*, marks: Iterable[Delivered]) -> int:
    """Raise delivery markers, many at once.

    Changes: ``Member`` rows that rise, and one ``FeedRow`` ``receipt`` for each of them but in
    large groups. A mark past the last message is held to it. Across a block nothing rises.

    Publishes: ``message.delivered`` where another side is a business.

    Returns:
        How many rose.

    Transaction: owns.
    """
    wanted = {(m.conversation_id, m.party_id): m.seq for m in sorted(marks, key=_by_seq)}
    told = (
        Conversation.objects.filter(pk__in={key[0] for key in wanted})
        .filter(Q(kind=ConversationKind.DIRECT) | Q(member_count__lte=TOLD_UP_TO))
        .select_for_update()
        .order_by("id")
    )
    talks = {row.pk: row for row in told}
    rose = 0
    for (conversation_id, party_id), seq in sorted(wanted.items()):
        if conversation_id in talks:
            rose += _raise_delivered(talks[conversation_id], party_id, seq)
    return rose + _raise_quietly(marks={k: v for k, v in wanted.items() if k[0] not in talks})


def _by_seq(mark: Delivered) -> int:
    return mark.seq


def _last_of(member: Member, conversation: Conversation) -> int:
    """Return the last message that a member sees."""
    return conversation.last_seq if member.left_seq is None else member.left_seq


def _raise_delivered(conversation: Conversation, party_id: int, seq: int) -> int:
    own = Member.objects.filter(conversation=conversation, party_id=party_id).first()
    if own is None:
        return 0
    seq = min(seq, _last_of(own, conversation))
    if own.delivered_seq >= seq or hides_marks(conversation, party_id):
        return 0
    span = (own.delivered_seq, seq)
    own.delivered_seq = seq
    own.save(update_fields=["delivered_seq"])
    _tell(conversation, own)
    tell_businesses_of_marker(
        conversation=conversation, reader_id=party_id, span=span, is_read=False
    )
    return 1


@joins
def _raise_quietly(*, marks: Marks) -> int:
    """Raise the markers of large groups in one statement, which locks no conversation."""
    if not marks:
        return 0
    talks, parties = zip(*marks, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_RAISE_QUIETLY, [list(talks), list(parties), list(marks.values())])
        return int(cursor.rowcount)


def _tell(conversation: Conversation, member: Member) -> None:
    tell_receipt(
        conversation=conversation,
        party_id=member.party_id,
        read=member.read_seq,
        delivered=member.delivered_seq,
    )
