"""Finding those who are to be talked to, by party id or phone number."""

import re
from collections.abc import Sequence
from typing import Final

from core.errors import InputInvalid, NotFound
from people.queries import (
    PartyFacts,
    parties_by_public_ids,
    party_by_phone,
    party_ids_blocked_with,
)

_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
# Each number is a question of its own to the directory.
MAX_PHONES: Final = 50


def phones_among(names: Sequence[str]) -> list[str]:
    """Return the phone numbers among some names, which are rationed before anything is told."""
    return [name for name in names if _PHONE.fullmatch(name)]


def reachable_parties(*, party_id: int, names: Sequence[str]) -> list[PartyFacts]:
    """Return who is meant, each once, in the order of their names.

    The same is asked of the database whether somebody is nobody or has a block: how long the
    answer takes tells no more than what it says.

    Args:
        party_id: Who wants to reach them.
        names: Party ids and phone numbers.

    Raises:
        NotFound: One of them is nobody, or there is a block between the two: the same answer.
        InputInvalid: There are too many phone numbers for one call.
    """
    phones = phones_among(names)
    if len(phones) > MAX_PHONES:
        raise InputInvalid(field_errors={"with": [{"code": "too_many_phones"}]})
    known: dict[str, PartyFacts | None] = dict(parties_by_public_ids(set(names) - set(phones)))
    known.update({phone: party_by_phone(phone) for phone in dict.fromkeys(phones)})
    named = [known.get(name) for name in names]
    found = {party.id: party for party in named if party is not None}
    # Nobody blocks themselves: with the asking party the question is asked in any case.
    is_blocked = party_ids_blocked_with(party_id).filter(id__in=[party_id, *found]).exists()
    if is_blocked or None in named:
        raise NotFound
    return list(found.values())
