"""Finding those who are to be talked to, by party id or phone number."""

import re
from collections.abc import Sequence
from typing import Final

from core.errors import InputInvalid, NotFound
from people.queries import PartyFacts, parties_by_public_ids, party_by_phone

_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
# Each number is a question of its own to the directory.
MAX_PHONES: Final = 50


def phones_among(names: Sequence[str]) -> list[str]:
    """Return the phone numbers among some names, which are rationed before anything is told."""
    return [name for name in names if _PHONE.fullmatch(name)]


def find_parties(names: Sequence[str]) -> list[PartyFacts]:
    """Return who is meant, each once, in the order of their names.

    Raises:
        NotFound: One of them is nobody.
        InputInvalid: There are too many phone numbers for one call.
    """
    phones = phones_among(names)
    if len(phones) > MAX_PHONES:
        raise InputInvalid(field_errors={"with": [{"code": "too_many_phones"}]})
    public_ids = set(names) - set(phones)
    known: dict[str, PartyFacts | None] = dict(parties_by_public_ids(public_ids))
    known.update({phone: party_by_phone(phone) for phone in dict.fromkeys(phones)})
    found: dict[int, PartyFacts] = {}
    for name in names:
        party = known.get(name)
        if party is None:
            raise NotFound
        found[party.id] = party
    return list(found.values())
