"""What nobody sent, and what a crash left behind, goes away by the clock.

A row is condemned first: from then on no message can show its file. Then the file goes, then the
row. Dying between any two of these leaves something that the next turn finds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from core.clock import wall_now
from core.transactions import owns, refuse_owner
from messaging.files import vault
from messaging.models import MediaFile

# A row follows its file within seconds; whatever takes an hour was cut short.
GRACE: Final = timedelta(hours=1)
# For how long nothing may have run, before what it left has to be looked for by hand.
DAYS_BACK: Final = 8
AT_ONCE: Final = 500


def remove_unsent() -> int:
    """Remove files that no message showed in time; return how many.

    Changes: each one's row is condemned, its files removed, the row deleted.

    Transaction: none (each step owns its own).
    """
    refuse_owner("messaging.services.leftovers.remove_unsent")
    now = wall_now()
    due = MediaFile.objects.filter(expires_at__lt=now).order_by("expires_at", "id")
    condemned = [row for row in due[:AT_ONCE] if _condemn(row=row, now=now)]
    for row in condemned:
        vault.remove(vault.thumbnail_key(row.storage_key))
        vault.remove(row.storage_key)
        _forget(row=row)
    return len(condemned)


def remove_strays() -> int:
    """Remove files that no row knows: their process died before it wrote one; return how many.

    Only the last days are looked at, and nothing that was written within the last hour.

    Transaction: none (files only).
    """
    refuse_owner("messaging.services.leftovers.remove_strays")
    before = wall_now() - GRACE
    removed = vault.forget_incoming(before=before)
    for day in vault.days_back(wall_now(), DAYS_BACK):
        keys = vault.keys_of(day)
        for start in range(0, len(keys), AT_ONCE):
            removed += sum(
                _remove_old(key, before) for key in _strays(keys[start : start + AT_ONCE])
            )
    return removed


@owns
def _condemn(*, row: MediaFile, now: datetime) -> bool:
    """Let no message show a file any more, unless one does by now.

    Transaction: owns.
    """
    unsent = MediaFile.objects.filter(pk=row.pk, expires_at__lt=now)
    return bool(unsent.update(removed_at=row.removed_at or now))


@owns
def _forget(*, row: MediaFile) -> None:
    """Delete the row of a file that is gone.

    Transaction: owns.
    """
    MediaFile.objects.filter(pk=row.pk, removed_at__isnull=False).delete()


def _strays(keys: Sequence[str]) -> list[str]:
    """Return the keys that belong to no row; a thumbnail belongs to its picture's."""
    owners = {key: vault.owner_of(key) for key in keys}
    known = set(
        MediaFile.objects.filter(storage_key__in=set(owners.values())).values_list(
            "storage_key", flat=True
        )
    )
    return [key for key, owner in owners.items() if owner not in known]


def _remove_old(key: str, before: datetime) -> bool:
    try:
        if vault.written_at(key) >= before:
            return False
    except FileNotFoundError:
        return False
    vault.remove(key)
    return True
