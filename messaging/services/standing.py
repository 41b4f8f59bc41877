"""Files that are shown outside of conversations, for as long as somebody says so."""

from core.clock import wall_now
from core.errors import NotFound
from core.transactions import joins
from messaging.models import MediaFile, MediaShown
from messaging.services.media import UNSENT_FOR


@joins
def hold_media(*, owner_party_id: int, media_id: str) -> int:
    """Let a file stay that its owner shows somewhere else than in a message; return its key.

    Changes: the file does not go away until ``release_media``, also when a message that showed it
    is taken back meanwhile. Each hold is released once.

    Args:
        owner_party_id: Whose file it is.
        media_id: ``med_…``.

    Raises:
        NotFound: This party has no such file.

    Transaction: joins.
    """
    rows = MediaFile.objects.select_for_update().filter(
        owner_id=owner_party_id, public_id=media_id, removed_at__isnull=True
    )
    row = rows.first()
    if row is None:
        raise NotFound
    row.expires_at, row.holds = None, row.holds + 1
    row.save(update_fields=["expires_at", "holds"])
    return row.pk


@joins
def release_media(*, media_key: int) -> None:
    """Let a file go that nobody shows any more; one that a message shows, or another holds, stays.

    Args:
        media_key: The row's key, as ``hold_media`` gave it.

    Transaction: joins.
    """
    row = MediaFile.objects.select_for_update().filter(pk=media_key).first()
    if row is None:
        return
    # What was held before holds were counted has none.
    row.holds = max(row.holds - 1, 0)
    if not row.holds and not MediaShown.objects.filter(media=row).exists():
        row.expires_at = wall_now() + UNSENT_FOR
    row.save(update_fields=["expires_at", "holds"])
