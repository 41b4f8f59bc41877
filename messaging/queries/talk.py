"""Conversations and messages, always on behalf of one party.

A conversation of others and a conversation that does not exist are the same ``NotFound``.
"""

from collections.abc import Iterable, Sequence

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from core.api import keyset_page
from core.errors import NotFound
from messaging.models import Conversation, Member, Message
from messaging.queries.facts import ConversationFacts, InboxRow, MemberFacts, MessageFacts
from people.queries import PartyFacts, parties_by_ids

MAX_HISTORY = 200


def inbox(
    party_id: int,
    cursor: str | None = None,
    limit: int = 50,
    *,
    name: str = "",
    is_unread: bool = False,
) -> tuple[list[InboxRow], str | None]:
    """Return a party's conversations, the latest first, with unread counts and last messages.

    Args:
        party_id: Whose inbox.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.
        name: A part of another member's name or of the title; empty: any.
        is_unread: Only those with messages that the party has not read.

    Returns:
        The lines, and the next page's cursor or None. Always four questions to the database.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    own, following = keyset_page(
        _own(party_id, name, is_unread=is_unread).select_related("conversation"),
        cursor,
        limit,
        fields=("-conversation__last_at", "-conversation_id"),
    )
    conversations = _with_members([m.conversation for m in own], party_id)
    last = _last_messages([m.conversation_id for m in own])
    return [InboxRow(c, last.get(c.id)) for c in conversations], following


def _own(party_id: int, name: str, *, is_unread: bool) -> QuerySet[Member]:
    """Return a party's memberships, narrowed as ``inbox`` says."""
    own = Member.objects.filter(party_id=party_id)
    if is_unread:
        own = own.filter(conversation__last_seq__gt=F("read_seq"))
    if name:
        others = Member.objects.filter(
            conversation=OuterRef("conversation"), party__display_name__icontains=name
        ).exclude(party_id=party_id)
        own = own.filter(Q(Exists(others)) | Q(conversation__title__icontains=name))
    return own


def conversation_for(party_id: int, public_id: str) -> ConversationFacts:
    """Return a conversation to one of its members.

    Raises:
        NotFound: There is none with that id, or the party is no member.
    """
    return _with_members([_conversation_of(party_id, public_id)], party_id)[0]


def direct_between(party_id: int, other_id: int) -> ConversationFacts | None:
    """Return the direct conversation of a pair as the first sees it, or None."""
    low, high = sorted((party_id, other_id))
    found = Conversation.objects.filter(low_party_id=low, high_party_id=high).first()
    return None if found is None else _with_members([found], party_id)[0]


def history(
    party_id: int,
    conversation_public_id: str,
    before_seq: int | None = None,
    after_seq: int | None = None,
    limit: int = 50,
) -> tuple[list[MessageFacts], int | None]:
    """Return messages of a conversation to one of its members.

    Args:
        party_id: Who asks.
        conversation_public_id: Which conversation.
        before_seq: Only older ones, the newest first (also the order with neither bound).
        after_seq: Only newer ones, the oldest first.
        limit: How many at most; held to 1 to 200.

    Returns:
        The messages, and the ``seq`` to go on from in the same direction, or None at the end.

    Raises:
        NotFound: There is no such conversation for this party.
    """
    conversation = _conversation_of(party_id, conversation_public_id)
    limit = max(1, min(limit, MAX_HISTORY))
    rows = _page(conversation.pk, before_seq, after_seq, limit + 1)
    names = parties_by_ids({row.sender_id for row in rows})
    facts = [_facts(row, conversation.public_id, names) for row in rows[:limit]]
    return facts, facts[-1].seq if len(rows) > limit else None


def message_for(party_id: int, public_id: str) -> MessageFacts:
    """Return one message to a member of its conversation.

    Raises:
        NotFound: There is none with that id for this party.
    """
    row = (
        Message.objects.filter(public_id=public_id, conversation__members__party_id=party_id)
        .select_related("conversation", "reply_to")
        .first()
    )
    if row is None:
        raise NotFound
    return _facts(row, row.conversation.public_id, parties_by_ids({row.sender_id}))


def unread_total(party_id: int) -> int:
    """Return how many messages a party has not read, over all conversations."""
    found = Member.objects.filter(party_id=party_id).aggregate(
        total=Sum(F("conversation__last_seq") - F("read_seq"))
    )
    return int(found["total"] or 0)


def message_facts(row: Message, conversation: Conversation) -> MessageFacts:
    """Return the facts of a message that a service has just written or found."""
    return _facts(row, conversation.public_id, parties_by_ids({row.sender_id}))


def _conversation_of(party_id: int, public_id: str) -> Conversation:
    found = Conversation.objects.filter(public_id=public_id, members__party_id=party_id).first()
    if found is None:
        raise NotFound
    return found


def _page(
    conversation_id: int, before_seq: int | None, after_seq: int | None, count: int
) -> list[Message]:
    rows: QuerySet[Message] = Message.objects.filter(conversation_id=conversation_id)
    if before_seq is not None:
        rows = rows.filter(seq__lt=before_seq)
    if after_seq is not None:
        rows = rows.filter(seq__gt=after_seq)
    forward = after_seq is not None and before_seq is None
    return list(rows.select_related("reply_to").order_by("seq" if forward else "-seq")[:count])


def _last_messages(conversation_ids: Sequence[int]) -> dict[int, MessageFacts]:
    rows = list(
        Message.objects.filter(
            conversation_id__in=conversation_ids, seq=F("conversation__last_seq")
        ).select_related("conversation", "reply_to", "sender")
    )
    return {
        row.conversation_id: _facts_with(row, row.conversation.public_id, row.sender.public_id)
        for row in rows
    }


def _with_members(conversations: Sequence[Conversation], party_id: int) -> list[ConversationFacts]:
    """Add the members to conversations that one party belongs to, in two questions."""
    rows = list(
        Member.objects.filter(conversation_id__in=[c.pk for c in conversations]).order_by("id")
    )
    parties = parties_by_ids({row.party_id for row in rows})
    found: dict[int, list[Member]] = {}
    for row in rows:
        found.setdefault(row.conversation_id, []).append(row)
    return [_conversation_facts(c, found[c.pk], parties, party_id) for c in conversations]


def _conversation_facts(
    conversation: Conversation,
    members: Iterable[Member],
    parties: dict[int, PartyFacts],
    party_id: int,
) -> ConversationFacts:
    sides = {
        m.party_id: MemberFacts(parties[m.party_id], m.read_seq, m.delivered_seq) for m in members
    }
    own = sides.pop(party_id)
    return ConversationFacts(
        id=conversation.pk,
        public_id=conversation.public_id,
        kind=conversation.kind,
        title=conversation.title,
        last_seq=conversation.last_seq,
        last_at=conversation.last_at,
        created_at=conversation.created_at,
        own=own,
        others=tuple(sides.values()),
    )


def _facts(row: Message, conversation: str, parties: dict[int, PartyFacts]) -> MessageFacts:
    return _facts_with(row, conversation, parties[row.sender_id].public_id)


def _facts_with(row: Message, conversation: str, sender: str) -> MessageFacts:
    return MessageFacts(
        public_id=row.public_id,
        conversation=conversation,
        conversation_id=row.conversation_id,
        seq=row.seq,
        sender=sender,
        sender_id=row.sender_id,
        author_id=row.author_id,
        client_id=row.client_id,
        kind=row.kind,
        content=row.content,
        reply_to=None if row.reply_to is None else row.reply_to.public_id,
        created_at=row.created_at,
        edited_at=row.edited_at,
        warnings=tuple(row.warnings),
    )
