"""Who of a conversation is there now, or when last, as far as both sides want it known."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.clock import wall_now
from messaging.enums import ConversationKind
from messaging.models import Member, Presence
from messaging.queries.seen import place_for
from people.queries import PartyFacts, parties_by_ids, party_ids_blocked_with

# In a larger group presence and typing are nobody's business.
SMALL_GROUP: Final = 32


@dataclass(frozen=True)
class Seen:
    """Whether somebody is there, and when last."""

    party: PartyFacts
    is_online: bool
    last_seen: datetime | None


def is_presence_shared(party_id: int) -> bool:
    """Tell whether a party lets others know when it is there; so it is until it says no."""
    return not Presence.objects.filter(party_id=party_id, is_shared=False).exists()


def presence_in(party_id: int, conversation: str) -> list[Seen]:
    """Return who else of a conversation is there, as far as both sides share it.

    Whoever hides their own presence sees nobody's; nor across a block, nor in a large group.

    Raises:
        NotFound: There is none with that id, or the party never was a member.
    """
    if not is_presence_shared(party_id):
        place_for(party_id, conversation)
        return []
    keys = near_to(party_id, conversation)
    rows = Presence.objects.filter(party_id__in=keys, is_shared=True, seen_at__isnull=False)
    found = {row.party_id: row for row in rows}
    parties = parties_by_ids(found)
    now = wall_now()
    return [
        Seen(parties[key], _is_online(row, now), row.seen_at) for key, row in sorted(found.items())
    ]


def near_to(party_id: int, conversation: str) -> list[int]:
    """Return the keys of those who may know that a member is there or is typing.

    Raises:
        NotFound: There is none with that id, or the party never was a member.
    """
    place = place_for(party_id, conversation)
    is_group = place.conversation.kind == ConversationKind.GROUP
    is_large = is_group and place.conversation.member_count > SMALL_GROUP
    if is_large or place.left_seq is not None:
        return []
    rows = Member.objects.filter(conversation=place.conversation, left_seq__isnull=True).exclude(
        party_id__in=[party_id]
    )
    others = rows.exclude(party_id__in=party_ids_blocked_with(party_id))
    return sorted(others.values_list("party_id", flat=True))


def _is_online(row: Presence, now: datetime) -> bool:
    return row.online_until is not None and row.online_until > now
