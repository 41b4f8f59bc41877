"""Names of messages, as programs know them."""

import base64
import binascii
from typing import Final

_PREFIX: Final = "wamid."


def wamid(message_id: str) -> str:
    """Return what a message is called here."""
    return _PREFIX + base64.urlsafe_b64encode(message_id.encode()).decode().rstrip("=")


def message_id(name: str) -> str:
    """Return which message is meant; empty where it is none of ours.

    News that has no message of its own has a longer name, which begins with the message's.
    """
    if not name.startswith(_PREFIX) or not name.isascii():
        return ""
    text = name.removeprefix(_PREFIX)
    try:
        known = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
    return known.partition("#")[0]
