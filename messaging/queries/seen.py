"""What of messaging a party may see at all; every other read begins here."""

from django.db.models import F, Q, QuerySet

from core.errors import NotFound
from messaging.models import Member, Message


def seen_messages(party_id: int) -> QuerySet[Message]:
    """Return the messages that a party may see: of its conversations, while it took part."""
    member = "conversation__members"
    return Message.objects.filter(
        Q(**{f"{member}__left_seq__isnull": True}) | Q(seq__lte=F(f"{member}__left_seq")),
        seq__gt=F(f"{member}__joined_seq"),
        **{f"{member}__party_id": party_id},
    )


def place_for(party_id: int, public_id: str) -> Member:
    """Return a party's place in a conversation, with the conversation.

    Raises:
        NotFound: There is none with that id, or the party never was a member.
    """
    found = (
        Member.objects.filter(party_id=party_id, conversation__public_id=public_id)
        .select_related("conversation")
        .first()
    )
    if found is None:
        raise NotFound
    return found
