"""The door for whoever brings a bearer token: who is this, by one query.

A removed device has no hash any more; its token stops working with the next request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from people.tokens import token_digest

# For those who speak to Postgres without the ORM; its one parameter is the token's digest, as
# ``people.tokens.token_digest`` makes it.
BEARER_SQL = """
SELECT person.id, party.id, party.public_id, device.id, device.public_id
  FROM people_device device
  JOIN people_person person ON person.id = device.person_id AND person.is_active
  JOIN people_party party ON party.id = person.party_id
 WHERE device.token_hash = %s AND device.removed_at IS NULL
"""

# For the same: the moment, the token's digest, and when the device must have been seen to be left
# alone (``people.services.devices.note_seen``).
NOTE_SEEN_SQL = """
UPDATE people_device SET last_seen_at = %s::timestamptz
 WHERE token_hash = %s::bytea AND last_seen_at <= %s::timestamptz
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: ids only."""

    person_id: int
    party_id: int
    party_public_id: str
    device_id: int
    device_public_id: str


def read_caller(row: Sequence[Any]) -> Caller:
    """Return what ``BEARER_SQL`` found."""
    return Caller(*row)


def bearer_identity(token: str) -> Caller | None:
    """Return who a bearer token belongs to, or None; one query."""
    digest = token_digest(token)
    if digest is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(BEARER_SQL, [digest])
        row = cursor.fetchone()
    return read_caller(row) if row else None
