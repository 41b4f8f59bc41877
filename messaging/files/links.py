"""Addresses that open a file for a while, for those who cannot send a token: pictures in a page.

An address is signed for one file, its original or its thumbnail, and one moment at which it ends.
It names nobody: whoever has it may fetch, so it lives for minutes.
"""

import base64
import hmac
import re
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac

from core.errors import Unauthenticated

ORIGINAL: Final = ""
THUMBNAIL: Final = "/thumbnail"
LIVES_FOR: Final = timedelta(minutes=10)
_SALT: Final = "messaging.files.links"
_FORM: Final = re.compile(r"(\d{10,11})\.([A-Za-z0-9_-]{43})")


def signed_url(media_id: str, part: str, *, until: datetime) -> str:
    """Return an address of this instance that opens a file until a moment.

    Args:
        media_id: ``med_…``.
        part: ``ORIGINAL`` or ``THUMBNAIL``.
        until: Of the wall clock.
    """
    ends = int(until.timestamp())
    base = f"{settings.TROCO_PUBLIC_URL}/v1/media/{media_id}{part}"
    return f"{base}?link={ends}.{_signature(media_id, part, ends)}"


def check_link(media_id: str, part: str, link: str, *, now: datetime) -> None:
    """Refuse a link that is not ours, is for something else, or has ended.

    Raises:
        Unauthenticated: It is so; whether there is such a file is not looked at.
    """
    read = _FORM.fullmatch(link)
    if read is None or int(read[1]) <= now.timestamp():
        raise Unauthenticated
    if not hmac.compare_digest(read[2], _signature(media_id, part, int(read[1]))):
        raise Unauthenticated


def _signature(media_id: str, part: str, ends: int) -> str:
    signed = salted_hmac(_SALT, f"{media_id}{part}@{ends}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")
