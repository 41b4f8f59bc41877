"""Keyed hashes: the PIN's, slow, and the sign-in code's, quick.

A 6-digit PIN has a million values, so no hash alone protects it: with Argon2id at these
parameters all of one person's PINs fall in hours on one core. Therefore it is first put
through an HMAC whose key is a setting and never in the database (a stolen dump lets nobody
guess), with the person's id in the message (a hash copied to another row opens nothing).

A person's duress PIN is kept with the salt of their PIN, so that one slow hash is compared with
both: whether there is a second one costs nothing and shows in nothing.

Source: OWASP Password Storage Cheat Sheet, Argon2id m=19456 t=2 p=1 (read 2026-11).
"""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError
from argon2.low_level import hash_secret
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.errors import TooManyRequests

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(2)
_LONGEST_WAIT_SECONDS = 10.0
# A hash of these parameters that belongs to nobody: checking it costs what checking one costs.
_NOBODYS = _HASHER.hash(b"nobody")


def hash_pin(person_id: int, pin: str, *, like: str = "") -> str:
    """Return the PHC string under which a PIN is stored.

    Args:
        person_id: Whose it is.
        pin: Six digits.
        like: A stored PIN of the person whose salt and parameters shall be used again, so that
            ``find_pin`` can compare both with one hash.

    Raises:
        TooManyRequests: Too many hashes are being made at this moment.
    """
    with _place():
        secret = _peppered(person_id, pin)
        return _made_like(like, secret) if like else _HASHER.hash(secret)


def find_pin(person_id: int, pin: str, kept: Sequence[str]) -> int | None:
    """Return which of a person's stored PINs this is, by its place, or None; one hash.

    Args:
        person_id: Whose they are.
        pin: What was typed.
        kept: PHC strings, all with the salt of the first; an empty one is no PIN, and is
            compared with all the same.

    Raises:
        TooManyRequests: Too many hashes are being made at this moment.
    """
    with _place():
        try:
            made = _made_like(kept[0], _peppered(person_id, pin))
        except InvalidHashError:
            return None
    same = [hmac.compare_digest(made, each or _NOBODYS) for each in kept]
    return same.index(True) if any(same) else None


def is_pin(person_id: int, pin: str, stored: str) -> bool:
    """Tell whether a PIN is the one stored.

    Raises:
        TooManyRequests: Too many hashes are being made at this moment.
    """
    return find_pin(person_id, pin, [stored]) is not None


def spend_as_much() -> None:
    """Work as long as checking a PIN takes, so that a refusal's time tells nothing."""
    is_pin(0, "", _NOBODYS)


def is_outdated(stored: str) -> bool:
    """Tell whether a PIN was stored with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def hash_code(phone: str, code: str) -> bytes:
    """Return the 32 bytes under which a sign-in code is stored."""
    return _keyed(f"sign-in-code:{phone}:{code}")


def _made_like(stored: str, secret: bytes) -> str:
    """Hash with the salt and the parameters of a stored hash.

    Raises:
        InvalidHashError: It is none.
    """
    known = extract_parameters(stored)
    salt = stored.split("$")[4]
    made = hash_secret(
        secret,
        base64.b64decode(salt + "=" * (-len(salt) % 4)),
        time_cost=known.time_cost,
        memory_cost=known.memory_cost,
        parallelism=known.parallelism,
        hash_len=known.hash_len,
        type=known.type,
        version=known.version,
    )
    return made.decode()


def _peppered(person_id: int, pin: str) -> bytes:
    return _keyed(f"pin:{person_id}:{pin}")


def _keyed(text: str) -> bytes:
    if not settings.TROCO_PIN_PEPPER:
        raise ImproperlyConfigured("TROCO_PIN_PEPPER is missing: PINs cannot be kept without it.")
    key = str(settings.TROCO_PIN_PEPPER).encode()
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


@contextmanager
def _place() -> Iterator[None]:
    """Hold one of two places: 19 MiB each, and a machine of two cores still answers others."""
    if not _AT_ONCE.acquire(timeout=_LONGEST_WAIT_SECONDS):
        raise TooManyRequests(retry_after_seconds=5)
    try:
        yield
    finally:
        _AT_ONCE.release()
