"""What others did about messages: how far they got them, what they felt, whom they speak to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import Count, Min, Q

from core.api import keyset_page
from core.errors import Forbidden, NotFound
from messaging.models import Member, Reaction
from messaging.queries.facts import MessageFacts, ReactionFacts, state_of
from messaging.queries.seen import seen_messages
from messaging.queries.stood import as_they_stood
from people.queries import PartyFacts, parties_by_ids


@dataclass(frozen=True)
class Receipt:
    """How far one member has got with a message."""

    party: PartyFacts
    state: str


@dataclass(frozen=True)
class Receipts:
    """A page of receipts, and how many there are of each."""

    rows: tuple[Receipt, ...]
    next: str | None
    members: int
    delivered: int
    read: int


def shown_to(party_id: int, place: Member, rows: Sequence[MessageFacts]) -> list[MessageFacts]:
    """Return messages of one conversation with what others did about them; two questions.

    Whoever has left gets the words as they stood then.

    Args:
        party_id: Who reads.
        place: The reader's place in the conversation.
        rows: Messages of it.
    """
    felt = _reactions(party_id, place, [row.public_id for row in rows])
    lowest = (
        Member.objects.filter(conversation_id=place.conversation_id, left_seq__isnull=True)
        .exclude(party_id=party_id)
        .aggregate(read=Min("read_seq"), delivered=Min("delivered_seq"))
    )
    read, delivered = lowest["read"] or 0, lowest["delivered"] or 0
    return [
        replace(
            row,
            reactions=felt.get(row.public_id, ()),
            state=state_of(row.seq, read=read, delivered=delivered)
            if row.sender_id == party_id
            else None,
        )
        for row in as_they_stood(place.left_at, rows)
    ]


def _reactions(
    party_id: int, place: Member, public_ids: Sequence[str]
) -> dict[str, tuple[ReactionFacts, ...]]:
    """Return what is felt about messages, the most usual first; nothing later than a leaving."""
    rows = Reaction.objects.filter(message__public_id__in=public_ids)
    if place.left_at is not None:
        rows = rows.filter(at__lte=place.left_at)
    counted = (
        rows.values("message__public_id", "emoji")
        .annotate(count=Count("id"), mine=Count("id", filter=Q(party_id=party_id)))
        .order_by("message__public_id", "-count", "emoji")
    )
    found: dict[str, tuple[ReactionFacts, ...]] = {}
    for row in counted:
        key = row["message__public_id"]
        one = ReactionFacts(row["emoji"], row["count"], row["mine"] > 0)
        found[key] = (*found.get(key, ()), one)
    return found


def receipts_of(
    party_id: int, message_id: str, cursor: str | None = None, limit: int = 50
) -> Receipts:
    """Return who has got and read a message, to its sender; the longest there first.

    It concerns everybody else who took part when it was sent and takes part now.

    Args:
        party_id: Who asks.
        message_id: Public id of the message.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.

    Returns:
        A page, and the counts. Four questions to the database.

    Raises:
        NotFound: There is no such message for this party.
        Forbidden: Somebody else sent it.
        InputInvalid: The cursor is not one of this list.
    """
    message = seen_messages(party_id).filter(public_id=message_id).first()
    if message is None:
        raise NotFound
    if message.sender_id != party_id:
        raise Forbidden
    there = Member.objects.filter(
        conversation_id=message.conversation_id, left_seq__isnull=True, joined_seq__lt=message.seq
    ).exclude(party_id=party_id)
    counts = there.aggregate(
        members=Count("id"),
        delivered=Count("id", filter=Q(delivered_seq__gte=message.seq)),
        read=Count("id", filter=Q(read_seq__gte=message.seq)),
    )
    rows, following = keyset_page(there, cursor, limit, fields=("joined_at", "id"))
    parties = parties_by_ids({row.party_id for row in rows})
    return Receipts(
        tuple(
            Receipt(
                parties[row.party_id],
                state_of(message.seq, read=row.read_seq, delivered=row.delivered_seq),
            )
            for row in rows
        ),
        following,
        **counts,
    )
