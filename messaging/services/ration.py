"""How much somebody may upload in a day: disks are finite.

Counted are the files of the last 24 hours that are still there, so nothing has to be reset, and
what was refused costs nothing.
"""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Sum
from django.utils.translation import gettext_lazy as _

from core.clock import wall_now
from messaging.files.errors import MediaQuotaReached
from messaging.models import MediaFile

WINDOW: Final = timedelta(hours=24)
_SHORTEST_WAIT: Final = 60
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended('messaging.ration', %s))"


def refuse_over_ration(*, owner_party_id: int, byte_count: int, is_last: bool = False) -> None:
    """Refuse a file that is more than a day allows.

    Args:
        owner_party_id: Whose file it is.
        byte_count: Its length, or 0 while it is not known.
        is_last: Whether the row is written next, in the transaction that is open: then uploads
            of one owner that end at once are counted one after another.

    Raises:
        MediaQuotaReached: ``retry_after_seconds`` says when the oldest one leaves the window.

    Transaction: none (with ``is_last`` it takes a lock of the caller's).
    """
    if is_last:
        with connection.cursor() as cursor:
            cursor.execute(_ONE_AT_A_TIME, [owner_party_id])
    now = wall_now()
    recent = MediaFile.objects.filter(owner_id=owner_party_id, created_at__gt=now - WINDOW)
    used = recent.aggregate(files=Count("id"), total=Sum("byte_count"), oldest=Min("created_at"))
    total = int(used["total"] or 0) + byte_count
    if (
        used["files"] < settings.TROCO_MEDIA_DAILY_FILES
        and total <= settings.TROCO_MEDIA_DAILY_BYTES
    ):
        return
    oldest = used["oldest"] or now
    wait = int((oldest + WINDOW - now).total_seconds())
    raise MediaQuotaReached(
        _("You may send %(files)d files and %(megabytes)d MB a day. Try again later.")
        % {
            "files": settings.TROCO_MEDIA_DAILY_FILES,
            "megabytes": settings.TROCO_MEDIA_DAILY_BYTES // 1_000_000,
        },
        retry_after_seconds=max(_SHORTEST_WAIT, wait),
    )
