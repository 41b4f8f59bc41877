"""Noting who is there, for as long as they want it known."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db import connection

from core.clock import wall_now
from core.transactions import owns
from messaging.models import Presence

# A stream is looked after every minute; one whose process died is gone a little later.
ONLINE_FOR: Final = timedelta(seconds=75)

# Rows are written in one order, so that two processes do not wait for each other.
_NOTE: Final = """
INSERT INTO messaging_presence (party_id, seen_at, online_until)
SELECT party, %s::timestamptz, %s::timestamptz FROM unnest(%s::bigint[]) AS party ORDER BY party
    ON CONFLICT (party_id) DO UPDATE
   SET seen_at = excluded.seen_at, online_until = excluded.online_until
 WHERE messaging_presence.is_shared
"""


@owns
def note_presence(*, here: Iterable[int], gone: Iterable[int]) -> None:
    """Note who has a stream open, and whose last one has ended.

    Changes: ``Presence`` rows of those who share it; nothing of those who do not.

    Args:
        here: Keys of parties that listen.
        gone: Keys of parties that listened until now.

    Transaction: owns.
    """
    now = wall_now()
    listening = sorted(set(here))
    left = sorted(set(gone) - set(listening))
    with connection.cursor() as cursor:
        for keys, until in ((listening, now + ONLINE_FOR), (left, now)):
            if keys:
                cursor.execute(_NOTE, [now, until, keys])


@owns
def share_presence(*, party_id: int, is_shared: bool) -> None:
    """Say whether others may know when one is there; who hides it sees nobody else's either.

    Changes: the ``Presence``; hidden, it forgets what it knew.

    Transaction: owns.
    """
    row = (
        {"is_shared": is_shared}
        if is_shared
        else {
            "is_shared": False,
            "seen_at": None,
            "online_until": None,
        }
    )
    Presence.objects.update_or_create(party_id=party_id, defaults=row)
