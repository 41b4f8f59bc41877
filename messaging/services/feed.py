"""Writing the feed: news for one party, or for every member of a conversation."""

from datetime import datetime
from typing import Any, Final

from django.db.models.functions import Greatest

from core.clock import business_now
from core.events import hint
from core.transactions import joins
from messaging.models import FeedRow
from messaging.services.positions import OwnXid, take_position

CHANNEL: Final = "troco_feed"


@joins
def append_feed(
    *,
    kind: str,
    payload: dict[str, Any],
    party_id: int | None = None,
    conversation_id: int | None = None,
) -> None:
    """Tell news to one party or to the members of one conversation.

    Changes: one ``FeedRow``; for a conversation also its feed position, whose row is locked
    until the end of the transaction. Asks for a hint after the commit.

    Args:
        kind: What it is about: one of ``FeedKind``, or another room's word.
        payload: What clients get to see; ids are public ids.
        party_id: The party it concerns; or else
        conversation_id: the conversation (its key, not its public id).

    Raises:
        ValueError: Not exactly one audience was given.

    Transaction: joins.
    """
    if (party_id is None) == (conversation_id is None):
        raise ValueError("News has one audience: a party or a conversation.")
    if party_id is not None:
        append_for_party(party_id=party_id, kind=kind, payload=payload, at_least=0)
    elif conversation_id is not None:
        xid = take_position(conversation_id=conversation_id)
        append_at(conversation_id=conversation_id, xid=xid, kind=kind, payload=payload)


@joins
def append_at(*, conversation_id: int, xid: int, kind: str, payload: dict[str, Any]) -> int:
    """Tell news of a conversation at a position that this transaction has already taken.

    Changes: one ``FeedRow``. Asks for a hint after the commit.

    Returns:
        The row's key: with ``xid`` its position in the feed.

    Transaction: joins.
    """
    row = FeedRow.objects.create(
        conversation_id=conversation_id,
        kind=kind,
        payload=payload,
        xid=xid,
        created_at=business_now(),
    )
    hint(CHANNEL)
    return row.pk


@joins
def append_for_party(
    *,
    party_id: int,
    kind: str,
    payload: dict[str, Any],
    at_least: int,
    moment: datetime | None = None,
) -> None:
    """Tell news to a party, not before a position that the transaction holds.

    Changes: one ``FeedRow``. Asks for a hint after the commit.

    Args:
        party_id: Whom it concerns.
        kind: What it is about.
        payload: What its clients get to see.
        at_least: A conversation's position, so that the news of one payment stays in the
            order of the conversation that shows it; 0 for none.
        moment: When it happened; now where it is not given.

    Transaction: joins.
    """
    FeedRow.objects.create(
        party_id=party_id,
        kind=kind,
        payload=payload,
        xid=Greatest(OwnXid(), at_least),
        created_at=moment or business_now(),
    )
    hint(CHANNEL)
