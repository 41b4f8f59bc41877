"""How a member keeps a conversation: silent for a time, or out of sight until there is news."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from core.clock import wall_now
from core.errors import InputInvalid
from core.transactions import joins, owns
from messaging.enums import FeedKind
from messaging.models import Member
from messaging.queries.facts import muted_out
from messaging.services.access import lock_for_reader
from messaging.services.feed import append_for_party

FOR_EVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Wish:
    """What a member wants; None leaves it as it is.

    Attributes:
        is_muted: Whether it shall be silent.
        muted_until: Until when, where it shall; ``FOR_EVER`` or None for ever.
        is_archived: Whether it shall be out of sight.
    """

    is_muted: bool | None = None
    muted_until: datetime | None = None
    is_archived: bool | None = None


@owns
def keep_conversation(*, party_id: int, conversation_id: str, wish: Wish) -> None:
    """Mute or archive a conversation for oneself; nobody else is told.

    An archived conversation comes back with the next message, unless it is muted then.

    Changes: the ``Member``, one ``FeedRow`` ``conversation`` for the party's other devices;
    nothing where it is so already.

    Args:
        party_id: Whose view of it.
        conversation_id: The conversation's public id.
        wish: What shall be.

    Raises:
        NotFound: No such conversation for this party.
        InputInvalid: The time is over already.

    Transaction: owns.
    """
    talk = lock_for_reader(party_id=party_id, public_id=conversation_id)
    own = Member.objects.get(conversation=talk, party_id=party_id)
    before = (own.muted_until, own.archived_seq)
    if wish.is_muted is not None:
        own.muted_until = _until(wish) if wish.is_muted else None
    if wish.is_archived is not None:
        last = talk.last_seq if own.left_seq is None else own.left_seq
        own.archived_seq = last if wish.is_archived else None
    if (own.muted_until, own.archived_seq) != before:
        own.save(update_fields=["muted_until", "archived_seq"])
        _tell(own, talk.public_id)


def _until(wish: Wish) -> datetime:
    if wish.muted_until is None:
        return FOR_EVER
    if wish.muted_until <= wall_now():
        raise InputInvalid(field_errors={"muted": [{"code": "in_the_past"}]})
    return min(wish.muted_until, FOR_EVER)


@joins
def _tell(own: Member, public_id: str) -> None:
    payload: dict[str, Any] = {
        "conversation": public_id,
        "muted": muted_out(own.muted_until),
        "archived": own.archived_seq is not None,
    }
    append_for_party(
        party_id=own.party_id, kind=FeedKind.CONVERSATION.value, payload=payload, at_least=0
    )
