"""Small pictures, made after the upload was answered."""

from datetime import timedelta
from typing import Final

from core.clock import wall_now
from core.transactions import owns, refuse_owner
from messaging.enums import ThumbnailState
from messaging.files import vault
from messaging.files.errors import MediaBroken
from messaging.files.images import make_thumbnail
from messaging.models import MediaFile

# What nobody made by then, the clock makes.
LATE: Final = timedelta(seconds=30)
AT_ONCE: Final = 100


def add_thumbnail(*, media_id: str) -> ThumbnailState | None:
    """Make the small picture of a file that waits for it; making it again changes nothing.

    Changes: a file in the vault, then the row's ``thumbnail``: ``ready``, or ``failed`` where the
    kept file cannot be read.

    Args:
        media_id: ``med_…``.

    Returns:
        How it went; None where nothing waited.

    Transaction: owns (the last step; the picture is made before it).
    """
    refuse_owner("messaging.services.thumbnails.add_thumbnail")
    row = MediaFile.objects.filter(
        public_id=media_id, thumbnail=ThumbnailState.WAITING, removed_at__isnull=True
    ).first()
    if row is None:
        return None
    try:
        with vault.read(row.storage_key) as file:
            small = make_thumbnail(file)
    except (MediaBroken, FileNotFoundError):
        return _note(row=row, state=ThumbnailState.FAILED)
    with small:
        vault.replace(vault.thumbnail_key(row.storage_key), small)
    return _note(row=row, state=ThumbnailState.READY)


def add_late_thumbnails() -> int:
    """Make what the workers did not; return how many.

    Transaction: none (each is one of ``add_thumbnail``).
    """
    late = MediaFile.objects.filter(
        thumbnail=ThumbnailState.WAITING,
        created_at__lt=wall_now() - LATE,
        removed_at__isnull=True,
    ).order_by("created_at", "id")
    waiting = list(late.values_list("public_id", flat=True)[:AT_ONCE])
    return sum(add_thumbnail(media_id=media_id) is not None for media_id in waiting)


@owns
def _note(*, row: MediaFile, state: ThumbnailState) -> ThumbnailState:
    """Write how it went.

    Transaction: owns.
    """
    waiting = MediaFile.objects.filter(pk=row.pk, thumbnail=ThumbnailState.WAITING)
    waiting.update(thumbnail=state)
    return state
