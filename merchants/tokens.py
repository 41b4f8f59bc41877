"""Shop keys and the tokens of links: how they look, and the hash under which they are kept.

Only the SHA-256 of a key is stored, so a stolen table opens nothing. A key has 256 random bits;
a slow hash would add nothing to that. The prefix says which kind of instance it is for
(ruling 10) and lets scanners for lost secrets find it.
"""

import hashlib
import secrets

from django.conf import settings

_BYTES = 32
_LENGTH = len("sk_test_") + 43  # Base64url of 32 bytes.
_HINT = 4
_LINK_BYTES = 24


def key_prefix() -> str:
    """Return how every key of this instance begins."""
    return "sk_test_" if settings.TROCO_MODE == "sandbox" else "sk_live_"


def new_key() -> str:
    """Return a fresh key."""
    return key_prefix() + secrets.token_urlsafe(_BYTES)


def key_digest(key: str) -> bytes | None:
    """Return the 32 bytes under which a key is stored, or None for what is no key of ours."""
    if len(key) != _LENGTH or not key.startswith(key_prefix()) or not key.isascii():
        return None
    return hashlib.sha256(key.encode()).digest()


def key_hint(key: str) -> str:
    """Return what of a key may be shown later: its beginning and its last four characters."""
    return f"{key_prefix()}…{key[-_HINT:]}"


def link_token() -> str:
    """Return a fresh token for a link that opens one thing to whoever has it."""
    return secrets.token_urlsafe(_LINK_BYTES)


def link_digest(token: str) -> bytes:
    """Return the 32 bytes under which a link's token is kept."""
    return hashlib.sha256(token.encode()).digest()
