"""What of messaging a party may see at all; every other read begins here."""

from typing import Final

from django.db.models import F, OuterRef, Q, QuerySet

from core.bundles import count_of
from core.errors import NotFound
from messaging.models import Member, Mention, Message
from people.queries import facts_with

_MEMBER: Final = "conversation__members"
# What a reader who has left may still read as it stands now.
UNCHANGED_SINCE_LEFT: Final = (
    Q(**{f"{_MEMBER}__left_at__isnull": True})
    | Q(edited_at__isnull=True)
    | Q(edited_at__lte=F(f"{_MEMBER}__left_at"))
)


def seen_messages(party_id: int, *conditions: Q) -> QuerySet[Message]:
    """Return the messages that a party may see: of its conversations, while it took part.

    Args:
        party_id: Who reads.
        *conditions: What else has to hold, also of the reader's place in the conversation.
    """
    return Message.objects.filter(
        Q(**{f"{_MEMBER}__left_seq__isnull": True}) | Q(seq__lte=F(f"{_MEMBER}__left_seq")),
        *conditions,
        seq__gt=F(f"{_MEMBER}__joined_seq"),
        **{f"{_MEMBER}__party_id": party_id},
    )


def whole(places: QuerySet[Member]) -> QuerySet[Member]:
    """Load places with conversation and party, and how many unread messages speak to the party."""
    spoken = Mention.objects.filter(
        party=OuterRef("party"),
        conversation=OuterRef("conversation"),
        seq__gt=OuterRef("read_seq"),
    )
    loaded = places.select_related("conversation", *facts_with("party"))
    return loaded.annotate(told_mentions=count_of(spoken))


def place_for(party_id: int, public_id: str) -> Member:
    """Return a party's place in a conversation, with the conversation.

    Raises:
        NotFound: There is none with that id, or the party never was a member.
    """
    return _one(Member.objects.select_related("conversation"), party_id, public_id)


def whole_place_for(party_id: int, public_id: str) -> Member:
    """Return a party's place in a conversation, ``whole``.

    Raises:
        NotFound: There is none with that id, or the party never was a member.
    """
    return _one(whole(Member.objects.all()), party_id, public_id)


def _one(places: QuerySet[Member], party_id: int, public_id: str) -> Member:
    found = places.filter(party_id=party_id, conversation__public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
