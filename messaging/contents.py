"""Kinds of message: who may post them, and what their content must have.

What people say with words, files, places and cards is messaging's own, and so are payments,
requests and what happens in a group. The rooms above register theirs from
``config/contents.py``, so messaging never learns what an order is.

Media is checked in two steps: this page looks at the form, and the resolver that is registered
for files says whether the file is the sender's to show and what it is.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from core.errors import InputInvalid
from messaging import checks
from messaging.checks import MAX_TEXT, check_text

MAX_BYTES: Final = 32_768

Check = Callable[[dict[str, Any]], dict[str, Any]]
MediaResolver = Callable[..., dict[str, Any]]


class MessageNotPostable(InputInvalid):
    """Clients post what people say; money and orders are posted by the rooms that own them."""

    words = _("A client may not send a message of this type. It comes from a call of its own.")


@dataclass(frozen=True)
class ContentKind:
    """A kind of message.

    Attributes:
        code: Its stable word, up to 16 characters.
        keys: What a content of this kind must have.
        by_clients: Whether people may post it directly. A bubble that shows money or an order
            may not be posted by a client, or anyone could forge a receipt.
        is_single: Whether a thing is shown once in a conversation and refreshed there, as a
            payment is, or as often as somebody shows it, as a product.
        check: Takes what a person sent and returns what is kept, or refuses it with
            ``InputInvalid`` and its ``field_errors``. A kind that people post has one.
        ref: The key of the content that names the thing shown, where it lives in another room.
        sent: What a person sends of it, where the server adds more; empty: all of it.
        has_media: Whether ``media`` names a file that the resolver of files must know.
        is_editable: Whether its author may change it for a while, words only.
    """

    code: str
    keys: frozenset[str]
    by_clients: bool = False
    is_single: bool = False
    check: Check | None = None
    ref: str = ""
    sent: frozenset[str] = frozenset()
    has_media: bool = False
    is_editable: bool = False

    def said(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return what the person sent of a content that was kept."""
        return {k: v for k, v in content.items() if not self.sent or k in self.sent}


_kinds: dict[str, ContentKind] = {}
_resolvers: list[MediaResolver] = []


def register(kind: ContentKind) -> None:
    """Make a kind known; doing it again replaces it. Called when the process starts."""
    _kinds[kind.code] = kind


def register_media(resolver: MediaResolver) -> None:
    """Say who knows files; called when the process starts.

    Args:
        resolver: Called inside the transaction of the send, after its conversation is locked,
            with ``party_id``, ``conversation_id`` (its key), ``kind`` and ``content``. Returns
            the content with what the server knows of the file, or raises ``InputInvalid``.
    """
    _resolvers[:] = [resolver]


def kind_of(code: str) -> ContentKind | None:
    """Return a kind by its word, or None."""
    return _kinds.get(code)


def _media(code: str, *possible: str) -> ContentKind:
    sent = frozenset({"media", "mentions", *possible})
    return ContentKind(
        code,
        frozenset({"media"}),
        by_clients=True,
        check=lambda content: checks.media_said(content, *possible),
        sent=sent,
        has_media=True,
        is_editable="caption" in possible,
    )


_said = partial(ContentKind, by_clients=True)

for _kind in (
    _said("text", frozenset({"text"}), check=checks.text_said, is_editable=True),
    _media("image", "caption"),
    _media("video", "caption"),
    _media("document", "caption", "filename"),
    _media("audio", "voice"),
    _media("sticker"),
    _said("location", frozenset({"latitude", "longitude"}), check=checks.location_said),
    _said("contact", frozenset({"contacts"}), check=checks.contact_said),
    _said("choice", frozenset({"type", "id", "title"}), check=checks.choice_said),
    ContentKind("system", frozenset({"what"})),
    ContentKind(
        "payment",
        frozenset({"payment", "kind", "state", "amount", "payer", "payee"}),
        is_single=True,
        ref="payment",
    ),
    ContentKind(
        "request",
        frozenset({"request", "state", "amount", "payee", "payer", "expires_at"}),
        is_single=True,
        ref="request",
    ),
):
    register(_kind)


def is_single(kind: str) -> bool:
    """Say whether a thing of this kind is shown once in each conversation."""
    return _kinds[kind].is_single


def check_from_client(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of what a person sends, or refuse it.

    Raises:
        MessageNotPostable: The kind is unknown or is only posted by services.
        InputInvalid: Something of it is missing, malformed, too long or too much.
        TextInvalid: A text holds NUL or half of a surrogate pair.
    """
    known = _kinds.get(kind)
    if known is None or not known.by_clients or known.check is None:
        raise MessageNotPostable(field_errors={"type": [{"code": "invalid_choice"}]})
    kept = known.check(content)
    check_size(kept)
    return kept


def resolve_media(
    *, party_id: int, conversation_id: int, kind: str, content: dict[str, Any]
) -> dict[str, Any]:
    """Return a content with what is known of its file; a kind without one is left as it is.

    Raises:
        InputInvalid: There is no such file of this party's.
    """
    if not _kinds[kind].has_media:
        return content
    for resolver in _resolvers:
        return resolver(
            party_id=party_id, conversation_id=conversation_id, kind=kind, content=content
        )
    raise checks.refuse("media", "not_found")


def check_snapshot(kind: str, content: dict[str, Any]) -> None:
    """Refuse a snapshot that its kind does not allow: a mistake of ours, not of a caller.

    Raises:
        ValueError: The kind is not registered or is a person's to write, a key is missing,
            or it is over 32 KB.
    """
    known = _kinds.get(kind)
    if known is None or (known.by_clients and not known.ref):
        raise ValueError(f"{kind} is no registered kind of snapshot.")
    if not known.keys <= set(content):
        raise ValueError(f"A {kind} message needs {sorted(known.keys - set(content))}.")
    if _size_of(content) > MAX_BYTES:
        raise ValueError(f"The content of a {kind} message is too large.")


def check_size(content: dict[str, Any]) -> None:
    """Refuse a content that is larger than a message may be, in whatever script it is written.

    Raises:
        InputInvalid: As it says.
    """
    if _size_of(content) > MAX_BYTES:
        raise checks.refuse("content", "max_length")


def _size_of(content: dict[str, Any]) -> int:
    return len(json.dumps(content, ensure_ascii=False).encode())


__all__ = [
    "MAX_TEXT",
    "ContentKind",
    "MediaResolver",
    "MessageNotPostable",
    "check_from_client",
    "check_size",
    "check_snapshot",
    "check_text",
    "is_single",
    "kind_of",
    "register",
    "register_media",
    "resolve_media",
]
