"""Bearer tokens: how they look, and the hash under which they are kept.

Only the SHA-256 of a token is stored, so a stolen table lets nobody in. A token has 256 random
bits; a slow hash would add nothing to that.
"""

import hashlib
import secrets

PREFIX = "trc_"
_BYTES = 32
_LENGTH = len(PREFIX) + 43  # Base64url of 32 bytes.


def new_token() -> str:
    """Return a fresh token; its prefix lets scanners for lost secrets find it."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def token_digest(token: str) -> bytes | None:
    """Return the 32 bytes under which a token is stored, or None for what is no token."""
    if len(token) != _LENGTH or not token.startswith(PREFIX) or not token.isascii():
        return None
    return hashlib.sha256(token.encode()).digest()
