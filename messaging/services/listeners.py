"""Telling the streams that somebody may not listen any more, in the feed's own order."""

from core.transactions import joins
from messaging.enums import FeedKind
from messaging.services.feed import append_feed
from people.queries import person_by_id


@joins
def doubt_listeners(*, person_id: int, party_id: int | None = None) -> None:
    """Have every stream of a person asked again whether it may go on, before anything else is told.

    Changes: one ``FeedRow`` ``access``, which nobody is told; nothing where the person has no party
    and listens to none.

    Args:
        person_id: Who lost a token, a session or a place.
        party_id: The business whose news the person heard; None for their own party.

    Transaction: joins.
    """
    person = person_by_id(person_id)
    where = party_id or (person.party_id if person is not None else None)
    if where is not None:
        append_feed(party_id=where, kind=FeedKind.ACCESS.value, payload={"person": person_id})
