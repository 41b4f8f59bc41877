"""Public identifiers: opaque, prefixed, ordered by time.

An identifier is ``<prefix>_<26 characters>``: 48 bits of milliseconds, then 80 random bits,
in Crockford's base 32, the layout of a ULID (https://github.com/ulid/spec, read 2026-11).
Ids made later sort later, so indexes on them grow at one end; the random part comes from
``secrets``, so that nobody can guess a neighbour's id. Knowing an id gives no right: every
read goes through an access door all the same.
"""

import re
import secrets
import uuid

from core.clock import wall_now

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NAMESPACE = uuid.UUID("5b0f3c9e-6d54-5b7e-9d07-1f3f0f6e7a11")
_RANDOM_BITS = 80
_LENGTH = 26
_TIME_LENGTH = 10
_OURS = re.compile(f"[a-z]{{2,4}}_([{_ALPHABET}]{{{_TIME_LENGTH}}})[{_ALPHABET}]{{16}}")
_DIGITS = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")
# 26 November 2026: UUIDs of facts that were made from then on begin with the fact's own time.
_ORDERED_SINCE = 1_795_651_200_000
_VERSION_MASK = 0xF << 76
_CUSTOM_VERSION = 8 << 76


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

    It begins with the milliseconds that the fact's own id begins with, so lines that are written
    together lie together in the index, however large it is; the rest is a hash of both arguments.
    That form is RFC 9562's version 8. A fact that was made before, or whose id tells no time, has
    the plain UUIDv5 that it always had.

    Args:
        public_id: The payment, payout or other fact that the transfer is for.
        kind: Which of its transfers, such as ``collect``.
    """
    hashed = uuid.uuid5(_NAMESPACE, f"{public_id}/{kind}")
    ours = _OURS.fullmatch(public_id)
    milliseconds = int(ours[1].translate(_DIGITS), 32) if ours else 0
    if milliseconds < _ORDERED_SINCE or milliseconds >> 48:
        return hashed
    rest = hashed.int & ((1 << 80) - 1) & ~_VERSION_MASK
    return uuid.UUID(int=(milliseconds << 80) | _CUSTOM_VERSION | rest)


def _base32(number: int) -> str:
    """Write a 128-bit number in 26 characters of Crockford's base 32."""
    characters = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, 32)
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))
