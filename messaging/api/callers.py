"""On whose behalf a call is made."""

from rest_framework.request import Request

from core.errors import Forbidden
from messaging.services.writing import Sender
from people.api.callers import person_of


def party_of(request: Request) -> int:
    """Return the key of the caller's own party.

    Raises:
        Unauthenticated: The call came without a token.
        Forbidden: The person has no party: staff do not chat.
    """
    party_id = person_of(request).party_id
    if party_id is None:
        raise Forbidden
    return party_id


def actor_of(request: Request) -> Sender:
    """Return who speaks or acts in a conversation: the caller's party, and the person."""
    return Sender(party_of(request), person_of(request).pk)
