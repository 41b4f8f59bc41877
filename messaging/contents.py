"""Kinds of message: who may post them, and what their content must have.

Text, payment and request are messaging's own. The rooms above register theirs from
``config/contents.py``, so messaging never learns what an order is.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from core.errors import InputInvalid, TextInvalid

MAX_TEXT = 4096
MAX_SNAPSHOT_BYTES = 16_384
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class MessageNotPostable(InputInvalid):
    """Clients post text; snapshots of money and goods are posted by the rooms that own them."""

    words = _("A client may send a message of type text. Other types come from their own calls.")


@dataclass(frozen=True)
class ContentKind:
    """A kind of message.

    Attributes:
        code: Its stable word, up to 16 characters.
        keys: What a content of this kind must have.
        by_clients: Whether people may post it directly. A bubble that shows money or goods
            may not be posted by a client, or anyone could forge a receipt.
        is_single: Whether a thing is shown once in a conversation and refreshed there, as a
            payment is, or as often as somebody shows it, as a product.
    """

    code: str
    keys: frozenset[str]
    by_clients: bool = False
    is_single: bool = False


_kinds: dict[str, ContentKind] = {}


def register(kind: ContentKind) -> None:
    """Make a kind known; doing it again replaces it. Called when the process starts."""
    _kinds[kind.code] = kind


register(ContentKind("text", frozenset({"text"}), by_clients=True))
register(
    ContentKind(
        "payment",
        frozenset({"payment", "kind", "state", "amount", "payer", "payee"}),
        is_single=True,
    )
)
register(
    ContentKind(
        "request",
        frozenset({"request", "state", "amount", "payee", "payer", "expires_at"}),
        is_single=True,
    )
)


def is_single(kind: str) -> bool:
    """Say whether a thing of this kind is shown once in each conversation."""
    return _kinds[kind].is_single


def check_from_client(kind: str, content: dict[str, Any]) -> None:
    """Refuse what a client may not post.

    Raises:
        MessageNotPostable: The kind is unknown or is only posted by services.
        InputInvalid: The text is empty or too long.
        TextInvalid: The text holds NUL or half of a surrogate pair.
    """
    known = _kinds.get(kind)
    if known is None or not known.by_clients:
        raise MessageNotPostable(field_errors={"type": [{"code": "invalid_choice"}]})
    if set(content) != known.keys:
        raise InputInvalid
    check_text(content["text"])


def check_text(text: object) -> None:
    """Refuse a text that cannot be stored or says nothing.

    Raises:
        InputInvalid: It is no text, or not 1 to 4096 characters.
        TextInvalid: It holds NUL or half of a surrogate pair.
    """
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_TEXT or not text.strip():
        raise InputInvalid(field_errors={"text": [{"code": "length"}]})
    if _UNSTORABLE.search(text):
        raise TextInvalid


def check_snapshot(kind: str, content: dict[str, Any]) -> None:
    """Refuse a snapshot that its kind does not allow: a mistake of ours, not of a caller.

    Raises:
        ValueError: The kind is not registered or is a person's to write, a key is missing,
            or it is over 16 KB.
    """
    known = _kinds.get(kind)
    if known is None or known.by_clients:
        raise ValueError(f"{kind} is no registered kind of snapshot.")
    if not known.keys <= set(content):
        raise ValueError(f"A {kind} message needs {sorted(known.keys - set(content))}.")
    if len(json.dumps(content)) > MAX_SNAPSHOT_BYTES:
        raise ValueError(f"The content of a {kind} message is too large.")
