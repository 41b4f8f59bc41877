"""Keyed hashes: the PIN's, slow, and the sign-in code's, quick.

A 6-digit PIN has a million values, so no hash alone protects it: with Argon2id at these
parameters all of one person's PINs fall in hours on one core. Therefore it is first put
through an HMAC whose key is a setting and never in the database (a stolen dump lets nobody
guess), with the person's id in the message (a hash copied to another row opens nothing).

Source: OWASP Password Storage Cheat Sheet, Argon2id m=19456 t=2 p=1 (read 2026-11).
"""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.errors import TooManyRequests

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(2)
_LONGEST_WAIT_SECONDS = 10.0
# A hash of these parameters that belongs to nobody: checking it costs what checking one costs.
_NOBODYS = _HASHER.hash(b"nobody")


def hash_pin(person_id: int, pin: str) -> str:
    """Return the PHC string under which a PIN is stored.

    Raises:
        TooManyRequests: Too many hashes are being made at this moment.
    """
    with _place():
        return _HASHER.hash(_peppered(person_id, pin))


def is_pin(person_id: int, pin: str, stored: str) -> bool:
    """Tell whether a PIN is the one stored.

    Raises:
        TooManyRequests: Too many hashes are being made at this moment.
    """
    with _place():
        try:
            return _HASHER.verify(stored, _peppered(person_id, pin))
        except (VerificationError, InvalidHashError):
            return False


def spend_as_much() -> None:
    """Work as long as checking a PIN takes, so that a refusal's time tells nothing."""
    is_pin(0, "", _NOBODYS)


def is_outdated(stored: str) -> bool:
    """Tell whether a PIN was stored with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def hash_code(phone: str, code: str) -> bytes:
    """Return the 32 bytes under which a sign-in code is stored."""
    return _keyed(f"sign-in-code:{phone}:{code}")


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
