"""What is known of a payment before its proof is looked at."""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.prepared import ask
from payments.services.rules import party_id_of
from people.services.tries import PasskeyFacts, passkey_facts

if TYPE_CHECKING:
    from people.models import Person

DIGEST_BYTES = 32
_BEGIN = """
SELECT has_turn, made, digest, is_frozen, passkey, public_key, sign_count
  FROM payments_begin_v1(%s::bigint, %s::text, %s::text, %s::bigint, %s::bytea, %s::int, %s::int)
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """What is known before a proof is looked at.

    Attributes:
        has_turn: Whether the person's turn was given.
        made: The payment that the key has made before.
        digest: That of the payer's own quote, or bytes that nobody can have signed.
        is_frozen: Whether the person's payments are frozen.
        passkey: The passkey that the evidence claims to be of.
    """

    has_turn: bool
    made: int | None
    digest: bytes
    is_frozen: bool
    passkey: PasskeyFacts


def begin(
    person: "Person",
    quote_id: str,
    key: str,
    credential: bytes | None = None,
    lock: tuple[int | None, ...] = (None, None),
) -> Begun:
    """Return what is known before the proof is looked at; one query.

    With a lock it is asked for first; where it was not given nothing else is told.

    Args:
        person: Who pays.
        quote_id: Public id of the quote.
        key: The idempotency key.
        credential: The id of the passkey that the evidence claims to be of.
        lock: Class and key of the advisory lock that is the person's turn.

    Transaction: none (one query).
    """
    row = ask(_BEGIN, [party_id_of(person), quote_id, key, person.id, credential, *lock])
    has_turn, made, digest, is_frozen, *passkey = row or (False, None, None, False, None)
    return Begun(
        has_turn=has_turn,
        made=made,
        digest=bytes(digest) if digest is not None else secrets.token_bytes(DIGEST_BYTES),
        is_frozen=is_frozen,
        passkey=passkey_facts(tuple(passkey)),
    )
