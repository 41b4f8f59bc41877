"""Opening conversations."""

import re
from typing import Final

from django.db import connection

from core.clock import business_now
from core.errors import InputInvalid, NotFound
from core.ids import new_id
from core.transactions import joins, owns
from messaging.enums import ConversationKind
from messaging.models import Conversation
from people.queries import (
    PartyFacts,
    blocked_between,
    party_by_phone,
    party_by_public_id,
)
from people.services.lookups import ration_lookups

_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")


@joins
def open_direct(*, party_id: int, other_id: int) -> Conversation:
    """Return the direct conversation of two parties, opening it where there is none.

    Changes: at most one ``Conversation`` and its two ``Member`` rows; however many open it at
    once, there is one for the pair. Blocks are not asked: a payment is shown even so.

    Raises:
        InputInvalid: Both are the same party.

    Transaction: joins.
    """
    if party_id == other_id:
        raise InputInvalid("A conversation needs somebody else.")
    low, high = sorted((party_id, other_id))
    found = _direct(low, high)
    if found is None:
        found = _make_direct(low, high)
    return found


def talk_to(*, party_id: int, other: str) -> Conversation:
    """Open a conversation for a caller; finding somebody by number is rationed.

    Raises:
        TooManyRequests: The caller has looked up too many numbers.
        All that ``open_conversation`` raises.

    Transaction: owns (the ration and the conversation, one after the other).
    """
    if _PHONE.fullmatch(other):
        ration_lookups(party_id=party_id, phones=[other])
    return open_conversation(party_id=party_id, other=other)


@owns
def open_conversation(*, party_id: int, other: str) -> Conversation:
    """Open the direct conversation with somebody, named by party id or phone number.

    Changes: as ``open_direct``.

    Args:
        party_id: Who opens it.
        other: ``pty_…`` or a phone number in E.164.

    Raises:
        NotFound: Nobody is there, or one of the two blocked the other: the same answer.
        InputInvalid: It is the caller.

    Transaction: owns.
    """
    counterpart = _find(other)
    if counterpart is not None and counterpart.id == party_id:
        raise InputInvalid("A conversation needs somebody else.")
    if counterpart is None or blocked_between(party_id, counterpart.id):
        raise NotFound
    return open_direct(party_id=party_id, other_id=counterpart.id)


def _find(other: str) -> PartyFacts | None:
    if _PHONE.fullmatch(other):
        return party_by_phone(other)
    return party_by_public_id(other)


def _direct(low: int, high: int) -> Conversation | None:
    return Conversation.objects.filter(
        kind=ConversationKind.DIRECT, low_party_id=low, high_party_id=high
    ).first()


def _make_direct(low: int, high: int) -> Conversation:
    """Insert or wait for whoever inserts the same; the unique pair decides."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT messaging_open_direct_v1(%s, %s, %s, %s)",
            [low, high, new_id("cnv"), business_now()],
        )
        made = cursor.fetchone()[0]
    return Conversation.objects.get(id=made)
