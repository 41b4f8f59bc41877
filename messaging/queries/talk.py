"""Conversations and messages, always on behalf of one party.

A conversation of others and a conversation that does not exist are the same ``NotFound``.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from core.api import keyset_page
from core.clock import wall_now
from core.errors import NotFound
from messaging.enums import ConversationKind
from messaging.models import Conversation, Member, Message
from messaging.queries.facts import ConversationFacts, InboxRow, MemberFacts, MessageFacts
from messaging.queries.marks import shown_to
from messaging.queries.seen import place_for, seen_messages, whole, whole_place_for
from messaging.queries.stood import as_they_stood
from people.queries import PartyFacts, facts_with, parties_by_ids
from people.queries import facts_of as party_facts

MAX_HISTORY = 200
# The last message that a member sees.
_LAST_SEEN = Coalesce(F("left_seq"), F("conversation__last_seq"))
# How many past its marker are a member's own, which it need not read.
_OWN = Case(
    When(own_after_seq=F("read_seq"), then=F("own_after")),
    default=Value(0, BigIntegerField()),
)
_UNREAD = _LAST_SEEN - F("read_seq") - _OWN


def inbox(
    party_id: int,
    cursor: str | None = None,
    limit: int = 50,
    *,
    name: str = "",
    is_unread: bool = False,
    is_archived: bool = False,
) -> tuple[list[InboxRow], str | None]:
    """Return a party's conversations, the latest first, with unread counts and last messages.

    Args:
        party_id: Whose inbox.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.
        name: A part of another member's name or of the title; empty: any.
        is_unread: Only those with messages that the party has not read.
        is_archived: Those that were put out of sight, instead of the others.

    Returns:
        The lines, and the next page's cursor or None. Always three questions to the database.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows = _own(party_id, name, is_unread=is_unread)
    shown = rows.filter(_archived() if is_archived else ~_archived())
    return _inbox_page(party_id, shown, cursor, limit)


def inbox_among(
    party_id: int,
    among: Q,
    cursor: str | None,
    limit: int,
    *,
    name: str = "",
    is_unread: bool = False,
) -> tuple[list[InboxRow], str | None]:
    """Return those of a party's conversations that another room names, as ``inbox`` does.

    Args:
        party_id: Whose inbox.
        among: Said of ``conversation``, which the rows of the inbox have.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.
        name: A part of another member's name or of the title; empty: any.
        is_unread: Only those with messages that the party has not read.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows = _own(party_id, name, is_unread=is_unread)
    return _inbox_page(party_id, rows.filter(~_archived()).filter(among), cursor, limit)


def _inbox_page(
    party_id: int, rows: QuerySet[Member], cursor: str | None, limit: int
) -> tuple[list[InboxRow], str | None]:
    own, following = keyset_page(
        whole(rows),
        cursor,
        limit,
        fields=("-shown_at", "-conversation_id"),
    )
    conversations = _seen_by(own)
    last = _last_messages(party_id, [m.conversation_id for m in own])
    return [InboxRow(c, last.get(c.id)) for c in conversations], following


def _own(party_id: int, name: str, *, is_unread: bool) -> QuerySet[Member]:
    """Return a party's memberships, narrowed as ``inbox`` says."""
    own = Member.objects.filter(party_id=party_id).annotate(
        shown_at=Coalesce("left_at", "conversation__last_at")
    )
    if is_unread:
        own = own.annotate(past_marker=_UNREAD).filter(past_marker__gt=0)
    if name:
        others = Member.objects.filter(
            conversation=OuterRef("conversation"), party__display_name__icontains=name
        ).exclude(party_id=party_id)
        own = own.filter(Q(Exists(others)) | Q(conversation__title__icontains=name))
    return own


def _archived() -> Q:
    """Say which memberships are out of sight: nothing came since, or it came in silence."""
    is_silent = Q(muted_until__isnull=False, muted_until__gt=wall_now())
    is_quiet = Q(archived_seq__gte=_LAST_SEEN)
    return Q(archived_seq__isnull=False) & (is_quiet | is_silent)


def conversation_for(party_id: int, public_id: str) -> ConversationFacts:
    """Return a conversation to one of its members.

    Raises:
        NotFound: There is none with that id, or the party is no member.
    """
    return _seen_by([whole_place_for(party_id, public_id)])[0]


def members_of(
    party_id: int, public_id: str, cursor: str | None = None, limit: int = 50
) -> tuple[list[MemberFacts], str | None]:
    """Return who takes part in a conversation, the longest there first, to one of them.

    Args:
        party_id: Who asks.
        public_id: Which conversation.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.

    Returns:
        The members, and the next page's cursor or None. Two questions to the database.

    Raises:
        NotFound: There is none with that id, or the party is no member now.
        InputInvalid: The cursor is not one of this list.
    """
    place = place_for(party_id, public_id)
    if place.left_seq is not None:
        raise NotFound
    now = Member.objects.filter(conversation=place.conversation, left_seq__isnull=True)
    loaded = now.select_related(*facts_with("party"))
    rows, following = keyset_page(loaded, cursor, limit, fields=("joined_at", "id"))
    return [_member_facts(row) for row in rows], following


def direct_between(party_id: int, other_id: int) -> ConversationFacts | None:
    """Return the direct conversation of a pair as the first sees it, or None."""
    low, high = sorted((party_id, other_id))
    places = Member.objects.filter(
        party_id=party_id, conversation__low_party_id=low, conversation__high_party_id=high
    )
    own = whole(places).first()
    return None if own is None else _seen_by([own])[0]


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
    place = place_for(party_id, conversation_public_id)
    limit = max(1, min(limit, MAX_HISTORY))
    seen = _between(place.conversation_id, place.joined_seq, place.left_seq)
    rows = _page(seen, before_seq, after_seq, limit + 1)
    names = parties_by_ids({row.sender_id for row in rows})
    facts = shown_to(
        party_id, place, [facts_of(r, place.conversation, names) for r in rows[:limit]]
    )
    return facts, facts[-1].seq if len(rows) > limit else None


def log_of(
    talk: ConversationFacts, before_seq: int | None = None, limit: int = 50
) -> tuple[list[MessageFacts], int | None]:
    """Return messages of a conversation that was just read, the newest first; one question.

    As ``history`` does, for its reader's own screen: without reactions, and how far each got is
    told by the markers of ``talk.others``.

    Args:
        talk: The conversation, as its reader sees it.
        before_seq: Only older ones; None: up to the newest.
        limit: How many at most; held to 1 to 200.

    Returns:
        The messages, and the ``seq`` to go on from, or None at the end.
    """
    limit = max(1, min(limit, MAX_HISTORY))
    seen = _between(talk.id, talk.own.joined_seq, talk.own.left_seq).select_related("sender")
    rows = _page(seen, before_seq, None, limit + 1)
    facts = [_facts_with(row, talk.public_id, row.sender.public_id) for row in rows[:limit]]
    left_at = None if talk.is_member else talk.last_at
    return as_they_stood(left_at, facts), facts[-1].seq if len(rows) > limit else None


def message_for(party_id: int, public_id: str) -> MessageFacts:
    """Return one message to a member of its conversation.

    Raises:
        NotFound: There is none with that id for this party.
    """
    row = (
        seen_messages(party_id)
        .filter(public_id=public_id)
        .select_related("conversation", "reply_to")
        .first()
    )
    if row is None:
        raise NotFound
    facts = facts_of(row, row.conversation, parties_by_ids({row.sender_id}))
    place = Member.objects.get(conversation_id=row.conversation_id, party_id=party_id)
    return shown_to(party_id, place, [facts])[0]


def sender_names(messages: Iterable[MessageFacts]) -> dict[int, str]:
    """Return the names of those who said some messages, by their keys; one question."""
    parties = parties_by_ids({message.sender_id for message in messages})
    return {key: party.display_name for key, party in parties.items()}


def unread_of(party_id: int) -> QuerySet[Member, int]:
    """Return how many messages a party has not read, over all conversations.

    To be a part of another query; it has no row without a conversation.
    """
    own = Member.objects.filter(party_id=party_id).order_by().values("party_id")
    return own.annotate(total=Sum(_UNREAD)).values_list("total", flat=True)


def _between(conversation_id: int, after_seq: int, until_seq: int | None) -> QuerySet[Message]:
    """Return the messages of a conversation that somebody sees who came and perhaps left."""
    rows = Message.objects.filter(conversation_id=conversation_id, seq__gt=after_seq)
    return rows if until_seq is None else rows.filter(seq__lte=until_seq)


def _page(
    rows: QuerySet[Message], before_seq: int | None, after_seq: int | None, count: int
) -> list[Message]:
    if before_seq is not None:
        rows = rows.filter(seq__lt=before_seq)
    if after_seq is not None:
        rows = rows.filter(seq__gt=after_seq)
    forward = after_seq is not None and before_seq is None
    loaded = rows.select_related("reply_to")
    return list(loaded.order_by("seq" if forward else "-seq")[:count])


def _last_messages(party_id: int, conversation_ids: Sequence[int]) -> dict[int, MessageFacts]:
    member = "conversation__members"
    rows = Message.objects.filter(
        conversation_id__in=conversation_ids,
        seq=Coalesce(F(f"{member}__left_seq"), F("conversation__last_seq")),
        **{f"{member}__party_id": party_id},
    ).select_related("conversation", "reply_to", "sender")
    return {
        row.conversation_id: _facts_with(row, row.conversation.public_id, row.sender.public_id)
        for row in rows
    }


def _seen_by(places: Sequence[Member]) -> list[ConversationFacts]:
    """Add the other sides to the conversations of one party's ``whole`` places, in one question.

    A group's members are not loaded: there may be a thousand.
    """
    direct = [p.conversation_id for p in places if p.conversation.kind == ConversationKind.DIRECT]
    own = {place.pk for place in places}
    sides = Member.objects.filter(conversation_id__in=direct).select_related(*facts_with("party"))
    found: dict[int, list[MemberFacts]] = {}
    for row in sides.order_by("id"):
        if row.pk not in own:
            found.setdefault(row.conversation_id, []).append(_member_facts(row))
    return [_conversation_facts(each, found.get(each.conversation_id, ())) for each in places]


def _conversation_facts(place: Member, others: Iterable[MemberFacts]) -> ConversationFacts:
    talk = place.conversation
    is_direct = talk.kind == ConversationKind.DIRECT
    own, last_seq = (
        _member_facts(place),
        talk.last_seq if place.left_seq is None else place.left_seq,
    )
    # Those that were read across a block lie past the marker as well.
    most = max(0, last_seq - own.read_seq - own.own_after)
    return ConversationFacts(
        id=talk.pk,
        public_id=talk.public_id,
        kind=talk.kind,
        title=talk.title,
        last_seq=last_seq,
        last_at=place.left_at or talk.last_at,
        created_at=talk.created_at,
        own=own,
        others=tuple(others),
        member_count=2 if is_direct else talk.member_count,
        mentions=min(place.told_mentions, most),  # type: ignore[attr-defined]  # Counted by ``whole``.
    )


def _member_facts(row: Member) -> MemberFacts:
    return MemberFacts(
        party=party_facts(row.party),
        read_seq=row.read_seq,
        delivered_seq=row.delivered_seq,
        own_after=row.own_after if row.own_after_seq == row.read_seq else 0,
        role=row.role,
        joined_at=row.joined_at,
        joined_seq=row.joined_seq,
        left_seq=row.left_seq,
        muted_until=row.muted_until,
        archived_seq=row.archived_seq,
    )


def facts_of(
    row: Message, conversation: Conversation, parties: Mapping[int, PartyFacts]
) -> MessageFacts:
    """Return the facts of a message whose sender is among the parties."""
    return _facts_with(row, conversation.public_id, parties[row.sender_id].public_id)


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
        deleted_at=row.deleted_at,
    )
