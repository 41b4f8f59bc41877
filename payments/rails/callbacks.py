"""Reading what a bank tells by itself: signed, recent, and never believed.

A callback says where to look; it moves nothing. So all that is read of it is its name, which
makes it count once, and what it is about. Its outcome is not read at all: the bank is asked.

Source: Standard Webhooks 1.0.0: ``webhook-signature`` holds ``v1,`` and the base64 HMAC-SHA256
of ``id.timestamp.body``, several of them apart by a space while a secret is changed; a message
older or newer than five minutes is refused, because it may be a replay.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

RECENT = timedelta(seconds=300)
LARGEST_BYTES = 20_000
_WHOLE = re.compile(r"[0-9]{1,10}")
_PRINTABLE = re.compile(r"[!-~]{1,128}")
# What a message is about, by the first word of its type.
_NAMED_BY = {
    "instruction": "instruction_id",
    "authorisation": "authorisation_id",
    "capture": "capture_id",
    "refund": "refund_id",
    "chargeback": "authorisation_id",
    "batch": "message_id",
}


class CallbackRefused(Exception):
    """It is not from the bank, not recent, or no message; the text says which, for the log."""


@dataclass(frozen=True, slots=True)
class Callback:
    """What a bank wants us to look at.

    Attributes:
        message_id: The bank's name of the message; the same on every try.
        kind: The message's type, such as ``instruction.executed``.
        bank: The bank's slug.
        about: The id of the instruction or file it is about.
        sent_at: When the bank signed it, by its own wall clock.
    """

    message_id: str
    kind: str
    bank: str
    about: str
    sent_at: datetime


def read_callback(
    headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: datetime
) -> Callback:
    """Check a callback's signature and age, and read what it is about.

    Args:
        headers: In lower case.
        body: The bytes as received; the signature is over them.
        secrets: Those that may have signed it; without one everything is refused.
        now: Wall-clock time.

    Raises:
        CallbackRefused: It is not to be listened to.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not _PRINTABLE.fullmatch(message_id) or not _WHOLE.fullmatch(timestamp):
        raise CallbackRefused("it names neither itself nor its time")
    # Ten digits last until the year 2286; more make moments that no calendar holds.
    sent_at = datetime.fromtimestamp(int(timestamp), tz=UTC)
    signed = f"{message_id}.{timestamp}.".encode() + body
    told = [
        part[3:] for part in headers.get("webhook-signature", "").split(" ") if part[:3] == "v1,"
    ]
    if not any(_is_signature(each, signed, secret) for each in told[:8] for secret in secrets):
        raise CallbackRefused("its signature is wrong")
    if abs(now - sent_at) > RECENT:
        raise CallbackRefused("it is not recent")
    kind, bank, about = _subject(body)
    return Callback(message_id, kind, bank, about, sent_at)


def _is_signature(told: str, signed: bytes, secret: str) -> bool:
    """Tell whether ``secret`` signed these bytes; takes as long for every wrong answer."""
    right = base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest())
    return hmac.compare_digest(told.encode(), right)


def _key(secret: str) -> bytes:
    """Return the key: the base64 after ``whsec_``, or the secret's own bytes."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def _subject(body: bytes) -> tuple[str, str, str]:
    """Return type, bank and id of a message that the bank did sign."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CallbackRefused("it is no JSON") from error
    if not isinstance(said, dict):
        raise CallbackRefused("it is no JSON object")
    kind, bank = said.get("type"), said.get("bank")
    noun = kind.partition(".")[0] if isinstance(kind, str) else ""
    about = said.get(_NAMED_BY.get(noun, ""), "")
    for word in (kind, bank, about):
        if not isinstance(word, str) or not _PRINTABLE.fullmatch(word):
            raise CallbackRefused("it is about nothing that is known here")
    return str(kind)[:64], str(bank)[:32], str(about)[:35]
