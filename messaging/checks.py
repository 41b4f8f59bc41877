"""Checks of what people say: each returns the content as it is kept, or refuses it.

A check reads nothing of the database. It takes whatever JSON a caller sends, so it trusts no
type, bounds every list and text, and keeps only what it knows.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from core.errors import InputInvalid, TextInvalid

MAX_TEXT: Final = 4096
MAX_CAPTION: Final = 1024
MAX_FILENAME: Final = 240
MAX_MENTIONS: Final = 50
MAX_CONTACTS: Final = 10
MAX_ENTRIES: Final = 10
MAX_LABEL: Final = 200
MAX_URL: Final = 2000
MAX_PRESSED: Final = 256
CHOICES: Final = ("button_reply", "list_reply")

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_ID: Final = re.compile(r"[a-z]{2,5}_[0-9A-Za-z_-]{1,34}")
_URL: Final = re.compile(r"https?://[^\s<>\"\\^`{|}]+", re.IGNORECASE)
_DAY: Final = re.compile(r"(\d{4}|--?)-?\d{2}-?\d{2}", re.ASCII)
_PLACES: Final = 7

_NAME: Final = ("formatted_name", "first_name", "last_name", "middle_name", "prefix", "suffix")
_LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "phones": ("phone", "type", "wa_id"),
    "emails": ("email", "type"),
    "urls": ("url", "type"),
    "addresses": ("street", "city", "state", "zip", "country", "country_code", "type"),
}
_ORG: Final = ("company", "department", "title")


def refuse(field: str, code: str) -> InputInvalid:
    """Return the refusal of one field."""
    return InputInvalid(field_errors={field: [{"code": code}]})


def check_text(text: object, field: str = "text", most: int = MAX_TEXT) -> str:
    """Return a text that can be stored and says something.

    Raises:
        InputInvalid: It is no text, or has no letter or more than ``most``.
        TextInvalid: It holds NUL or half of a surrogate pair.
    """
    if not isinstance(text, str) or not 1 <= len(text) <= most or not text.strip():
        raise refuse(field, "length")
    if _UNSTORABLE.search(text):
        raise TextInvalid
    return text


def check_keys(
    content: object, needed: frozenset[str], possible: frozenset[str], field: str = "content"
) -> dict[str, Any]:
    """Return an object that has what it must have and nothing unknown.

    Raises:
        InputInvalid: It is no object, something is missing or there is something else.
    """
    if not isinstance(content, dict):
        raise refuse(field, "invalid")
    missing = sorted(needed - set(content))
    if missing:
        raise refuse(f"{field}.{missing[0]}", "required")
    if set(content) - needed - possible:
        raise refuse(field, "unknown_field")
    return content


def text_said(content: object) -> dict[str, Any]:
    """Return a text and whom it mentions.

    Raises:
        InputInvalid, TextInvalid: One of them is not right.
    """
    said = check_keys(content, frozenset({"text"}), frozenset({"mentions"}))
    kept: dict[str, Any] = {"text": check_text(said["text"])}
    return {**kept, **_mentions(said)}


def media_said(content: object, *possible: str) -> dict[str, Any]:
    """Return which file is shown and what is said of it.

    Args:
        content: ``{"media": "med_…"}``, and
        *possible: which of ``caption``, ``filename`` and ``voice`` it may also have.

    Raises:
        InputInvalid, TextInvalid: One of them is not right.
    """
    extras = frozenset({*possible, "mentions"} if "caption" in possible else possible)
    said = check_keys(content, frozenset({"media"}), extras)
    kept: dict[str, Any] = {"media": check_id(said["media"], "media")}
    if "caption" in said:
        kept["caption"] = check_text(said["caption"], "caption", MAX_CAPTION)
    if "filename" in said:
        kept["filename"] = check_text(said["filename"], "filename", MAX_FILENAME)
    if "voice" in said:
        if not isinstance(said["voice"], bool):
            raise refuse("voice", "invalid")
        kept["voice"] = said["voice"]
    return {**kept, **_mentions(said)}


def location_said(content: object) -> dict[str, Any]:
    """Return a place on earth, to a centimetre, and what it is called.

    Raises:
        InputInvalid, TextInvalid: A coordinate is out of range, or a text is not right.
    """
    said = check_keys(content, frozenset({"latitude", "longitude"}), frozenset({"name", "address"}))
    kept: dict[str, Any] = {
        "latitude": _degrees(said["latitude"], "latitude", 90),
        "longitude": _degrees(said["longitude"], "longitude", 180),
    }
    return {**kept, **_labels(said, ("name", "address"), "content")}


def contact_said(content: object) -> dict[str, Any]:
    """Return people's cards: a name each, and how to reach them.

    Raises:
        InputInvalid, TextInvalid: There are none or too many, or a card is not right.
    """
    said = check_keys(content, frozenset({"contacts"}), frozenset())
    cards = _listed(said["contacts"], "contacts", MAX_CONTACTS)
    if not cards:
        raise refuse("contacts", "length")
    return {"contacts": [_card(card, f"contacts.{at}") for at, card in enumerate(cards)]}


def choice_said(content: object) -> dict[str, Any]:
    """Return which button or row of an offer somebody pressed.

    Raises:
        InputInvalid, TextInvalid: It is of no known type, or a text is not right.
    """
    said = check_keys(
        content, frozenset({"type", "id", "title"}), frozenset({"description"}), "choice"
    )
    if said["type"] not in CHOICES:
        raise refuse("choice.type", "invalid_choice")
    kept = {"type": said["type"], "id": check_text(said["id"], "choice.id", MAX_PRESSED)}
    return {**kept, **_labels(said, ("title", "description"), "choice")}


def product_said(content: object) -> str:
    """Return the id of the product that is shown.

    Raises:
        InputInvalid: There is none, or something else.
    """
    said = check_keys(content, frozenset({"product"}), frozenset())
    return check_id(said["product"], "product")


def check_id(value: object, field: str) -> str:
    """Return a text that looks like one of our public ids.

    Raises:
        InputInvalid: It does not.
    """
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise refuse(field, "invalid")
    return value


def _mentions(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return whom a message mentions, each once, in their order; nothing where it is nobody."""
    if "mentions" not in said:
        return {}
    named = _listed(said["mentions"], "mentions", MAX_MENTIONS)
    known = list(dict.fromkeys(check_id(each, "mentions") for each in named))
    return {"mentions": known} if known else {}


def _degrees(value: object, field: str, most: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(field, "invalid")
    if not -most <= value <= most or not math.isfinite(value):
        raise refuse(field, "out_of_range")
    return round(float(value), _PLACES)


def _listed(value: object, field: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise refuse(field, "length")
    return value


def _labels(said: Mapping[str, Any], names: tuple[str, ...], field: str) -> dict[str, str]:
    """Return the short texts that are there."""
    return {
        name: check_text(said[name], f"{field}.{name}", MAX_LABEL) for name in names if name in said
    }


def _card(card: object, field: str) -> dict[str, Any]:
    possible = frozenset({"org", "birthday", *_LISTS})
    said = check_keys(card, frozenset({"name"}), possible, field)
    name = check_keys(
        said["name"], frozenset({"formatted_name"}), frozenset(_NAME), f"{field}.name"
    )
    kept: dict[str, Any] = {"name": _labels(name, _NAME, f"{field}.name")}
    for kind, names in _LISTS.items():
        if kind in said:
            kept[kind] = _entries(said[kind], names, f"{field}.{kind}")
    if "org" in said:
        org = check_keys(said["org"], frozenset(), frozenset(_ORG), f"{field}.org")
        kept["org"] = _labels(org, _ORG, f"{field}.org")
    if "birthday" in said:
        kept["birthday"] = _day(said["birthday"], f"{field}.birthday")
    return kept


def _entries(value: object, names: tuple[str, ...], field: str) -> list[dict[str, str]]:
    """Return the ways to reach somebody; an address of a page is an ordinary one."""
    kept = []
    for at, entry in enumerate(_listed(value, field, MAX_ENTRIES)):
        here = f"{field}.{at}"
        needed = frozenset() if names[0] == "street" else frozenset({names[0]})
        said = check_keys(entry, needed, frozenset(names), here)
        if names[0] == "url":
            url = check_text(said["url"], f"{here}.url", MAX_URL)
            if not _URL.fullmatch(url):
                raise refuse(f"{here}.url", "invalid")
            kept.append({"url": url, **_labels(said, ("type",), here)})
        else:
            kept.append(_labels(said, names, here))
    return kept


def _day(value: object, field: str) -> str:
    day = check_text(value, field, MAX_LABEL)
    if not _DAY.fullmatch(day):
        raise refuse(field, "invalid")
    return day
