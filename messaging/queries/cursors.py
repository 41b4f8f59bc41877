"""Where a reader of the feed stands: an opaque text outside, an ordered pair inside."""

import base64
import binascii
import re
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from core.errors import InputInvalid

MAX_POSITION = 2**63 - 1
_FORM = re.compile(rb"([0-9]{1,19})\.([0-9]{1,19})")
_LONGEST = 64


class FeedCursor(NamedTuple):
    """Everything up to and including this position was read; pairs compare in feed order."""

    xid: int
    row_id: int


START = FeedCursor(0, 0)


def write_cursor(cursor: FeedCursor) -> str:
    """Return the cursor as the opaque text that clients keep."""
    plain = f"{cursor.xid}.{cursor.row_id}".encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def read_cursor(text: str) -> FeedCursor:
    """Return the position that a client's text stands for.

    Raises:
        InputInvalid: The text is not one that we wrote.
    """
    if len(text) > _LONGEST:
        raise InputInvalid(_("The cursor is not one of this feed."))
    try:
        plain = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (ValueError, binascii.Error) as error:
        raise InputInvalid(_("The cursor is not one of this feed.")) from error
    found = _FORM.fullmatch(plain)
    if found is None:
        raise InputInvalid(_("The cursor is not one of this feed."))
    cursor = FeedCursor(int(found[1]), int(found[2]))
    if max(cursor) > MAX_POSITION or write_cursor(cursor) != text:
        raise InputInvalid(_("The cursor is not one of this feed."))
    return cursor
