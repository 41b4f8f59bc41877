"""Names of messages, as programs know them."""

import base64
import binascii
from typing import Final

_PREFIX: Final = "wamid."


def wamid(message_id: str) -> str:
    """Return what a message is called here."""
    return _PREFIX + base64.urlsafe_b64encode(message_id.encode()).decode().rstrip("=")


def message_id(name: str) -> str:
    """Return which message is meant; empty where it is none of ours."""
    if not name.startswith(_PREFIX) or not name.isascii():
        return ""
    text = name.removeprefix(_PREFIX)
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
