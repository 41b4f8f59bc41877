"""The marker of whoever speaks: their own words are never unread to them."""

from django.db.models import BigIntegerField, Case, F, Value, When

from core.transactions import joins
from messaging.models import Member, Message


@joins
def mark_own(*, conversation_id: int, party_id: int, seq: int) -> None:
    """Note that a person spoke: whoever writes has seen what came before.

    Changes: the markers of the party's ``Member``.

    Transaction: joins.
    """
    Member.objects.filter(conversation_id=conversation_id, party_id=party_id).update(
        read_seq=seq, delivered_seq=seq
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
    """Return how many of a member's own messages lie past a number that it has now read up to.

    Args:
        place: The member, as it was.
        seq: The number.
        last_seq: The last message that it sees.

    Transaction: none (one query, or none).
    """
    if place.own_after_seq != place.read_seq or not place.own_after:
        return 0
    mine = Message.objects.filter(conversation_id=place.conversation_id, sender_id=place.party_id)
    return mine.filter(seq__gt=seq, seq__lte=last_seq).count()
