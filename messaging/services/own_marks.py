"""The marker of whoever speaks: their own words are never unread to them."""

from collections.abc import Mapping
from typing import Final

from django.db import connection
from django.db.models import BigIntegerField, Case, F, Value, When

from core.transactions import joins
from messaging.models import Conversation, Member, Message
from messaging.services.audience import has_business, tell_businesses_of_marker
from messaging.services.receipts import tell_receipt
from people.queries import PartyFacts

_RAISE: Final = """
UPDATE messaging_member AS member SET read_seq = %(seq)s, delivered_seq = %(seq)s
  FROM (SELECT one.id, one.read_seq, one.delivered_seq FROM messaging_member AS one
         WHERE one.conversation_id = %(talk)s AND one.party_id = %(party)s
           FOR NO KEY UPDATE) AS before
 WHERE member.id = before.id
RETURNING before.read_seq, before.delivered_seq
"""


@joins
def mark_own(
    *, conversation: Conversation, party_id: int, seq: int, parties: Mapping[int, PartyFacts]
) -> None:
    """Note that a person spoke: whoever writes has seen what came before.

    Between people the message itself says so. Where a business takes part, its programs and
    screens are told as if it had been read without an answer.

    Changes: the markers of the party's ``Member``; where they pass words of others and a business
    takes part, one ``FeedRow`` ``receipt`` beside.

    Publishes: ``message.delivered`` and ``message.read`` then, as ``mark_read`` does.

    Args:
        conversation: Where, locked.
        party_id: Who spoke.
        seq: The number of what was said.
        parties: Who is known already: both sides of a direct conversation.

    Transaction: joins.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, {"talk": conversation.pk, "party": party_id, "seq": seq})
        read, delivered = cursor.fetchone()
    if read >= seq - 1 or not has_business(conversation, parties):
        return
    tell_receipt(conversation=conversation, party_id=party_id, read=seq, delivered=seq)
    tell_businesses_of_marker(
        conversation=conversation,
        reader_id=party_id,
        span=(read, seq),
        is_read=True,
        delivered_seq=delivered,
    )


@joins
def mark_own_if_read(*, conversation_id: int, party_id: int, seq: int) -> None:
    """Note that something was said for a party: it is no news to it, and hides nothing unread.

    Changes: the markers of the party's ``Member`` where it had read all before, else how many of
    its own lie past them.

    Transaction: joins.
    """
    here, none, one = (Value(number, BigIntegerField()) for number in (seq, 0, 1))
    has_read = When(read_seq=seq - 1, then=here)
    is_counted = When(own_after_seq=F("read_seq"), then=F("own_after") + one)
    Member.objects.filter(conversation_id=conversation_id, party_id=party_id).update(
        own_after=Case(When(read_seq=seq - 1, then=none), is_counted, default=one),
        own_after_seq=Case(has_read, default=F("read_seq")),
        read_seq=Case(has_read, default=F("read_seq")),
        delivered_seq=Case(has_read, default=F("delivered_seq")),
    )


def own_after(*, place: Member, seq: int, last_seq: int) -> int:
    """Return how many messages past a number that a member has now read up to are not unread to it.

    They are its own, and what it has read further on without anybody being told.

    Args:
        place: The member, as it was.
        seq: The number.
        last_seq: The last message that it sees.

    Transaction: none (one query, or none).
    """
    if place.own_after_seq != place.read_seq or not place.own_after:
        return 0
    mine = Message.objects.filter(conversation_id=place.conversation_id, sender_id=place.party_id)
    own = mine.filter(seq__gt=seq, seq__lte=last_seq).count()
    return max(own, place.own_after - (seq - place.read_seq))


@joins
def read_unseen(*, place: Member, seq: int, last_seq: int) -> bool:
    """Note that a member has read while its markers stand still; tell whether that is new.

    Changes: how many past the ``Member``'s marker are not unread to it; nobody else sees that.

    Args:
        place: The member, locked with its conversation.
        seq: The last message read, past the marker.
        last_seq: The last message that it sees.

    Transaction: joins.
    """
    before = place.own_after if place.own_after_seq == place.read_seq else 0
    now = seq - place.read_seq + own_after(place=place, seq=seq, last_seq=last_seq)
    if now <= before:
        return False
    Member.objects.filter(pk=place.pk).update(own_after=now, own_after_seq=place.read_seq)
    return True
