"""Public identifiers: opaque, prefixed, ordered by time.

An identifier is ``<prefix>_<26 characters>``: 48 bits of milliseconds, then 80 random bits,
in Crockford's base 32, the layout of a ULID (https://github.com/ulid/spec, read 2026-11).
Ids made later sort later, so indexes on them grow at one end; the random part comes from
``secrets``, so that nobody can guess a neighbour's id. Knowing an id gives no right: every
read goes through an access door all the same.
"""

import secrets
import uuid

from core.clock import wall_now

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NAMESPACE = uuid.UUID("5b0f3c9e-6d54-5b7e-9d07-1f3f0f6e7a11")
_RANDOM_BITS = 80
_LENGTH = 26


def new_id(prefix: str) -> str:
    """Return a fresh id such as ``pay_01JD…``.

    Args:
        prefix: Two to four lower-case letters that say what the id names.
    """
    milliseconds = int(wall_now().timestamp() * 1000)
    number = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    return f"{prefix}_{_base32(number)}"


def derive_uuid(public_id: str, kind: str) -> uuid.UUID:
    """Return the one UUID that belongs to a fact, such as the collecting of a payment.

    The ledger's ids are derived, never chosen by a client (ruling 5): posting the same fact
    twice meets the same primary key, and a client cannot take an id that a later fact needs.

    Args:
        public_id: The payment, payout or other fact that the transfer is for.
        kind: Which of its transfers, such as ``collect``.
    """
    return uuid.uuid5(_NAMESPACE, f"{public_id}/{kind}")


def _base32(number: int) -> str:
    """Write a 128-bit number in 26 characters of Crockford's base 32."""
    characters = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, 32)
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))
