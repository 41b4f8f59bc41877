"""A message in words: what a list, a preview or a page without a picture of its own shows."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from messaging.queries.facts import MessageFacts

Words = Callable[[Mapping[str, Any]], str]


def words_of(message: MessageFacts) -> str:
    """Return what a message says, in a line of words; a kind nobody knows has its name."""
    if message.deleted_at is not None:
        return _("This message was deleted.")
    known = _WORDS.get(message.kind)
    return known(message.content) if known is not None else _("Message (%s)") % message.kind


def _captioned(word: str, content: Mapping[str, Any]) -> str:
    caption = str(content.get("caption", ""))
    return f"{word}: {caption}" if caption else word


def _place(content: Mapping[str, Any]) -> str:
    named = [str(content[key]) for key in ("name", "address") if content.get(key)]
    where = ", ".join(named) or f"{content.get('latitude')}, {content.get('longitude')}"
    return f"{_('Location')}: {where}"


def _cards(content: Mapping[str, Any]) -> str:
    names = [str(card["name"]["formatted_name"]) for card in content.get("contacts", [])]
    return f"{_('Contact')}: {', '.join(names)}"


def _happened(content: Mapping[str, Any]) -> str:
    """Say what happened in a group."""
    named = ", ".join(str(each["name"]) for each in content.get("parties", []))
    says: dict[str, str] = {
        "created": _("The group was opened."),
        "added": _("Added: %s") % named,
        "left": _("Somebody left the group."),
        "removed": _("Removed: %s") % named,
        "renamed": _("The group is now called %s.") % content.get("title", ""),
        "role": _("Another role: %s") % named,
    }
    return says.get(str(content.get("what")), _("The group has changed."))


_WORDS: Final[Mapping[str, Words]] = {
    "broadcast": lambda content: str(content.get("text", "")),
    "text": lambda content: str(content.get("text", "")),
    "image": lambda content: _captioned(_("Picture"), content),
    "video": lambda content: _captioned(_("Video"), content),
    "document": lambda content: _captioned(str(content.get("filename") or _("Document")), content),
    "audio": lambda content: _("Voice message") if content.get("voice") else _("Audio"),
    "sticker": lambda _content: _("Sticker"),
    "location": _place,
    "contact": _cards,
    "request": lambda _content: _("Request for money"),
    "system": _happened,
    "product": lambda content: str(content.get("name", "")),
}
