"""How far the feed's readers are behind its writers."""

from django.db import connection

from core.clock import business_now

# Rows at or above the horizon are committed or about to be, and not readable yet.
_OLDEST_HELD_BACK = """
SELECT created_at FROM messaging_feedrow
 WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
 ORDER BY xid, id LIMIT 1
"""


def feed_lag_seconds() -> float:
    """Return for how long the oldest unreadable news has waited; 0 where all can be read.

    One query on the feed's index. A long wait means a database transaction that does not end.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_HELD_BACK)
        row = cursor.fetchone()
    return max(0.0, (business_now() - row[0]).total_seconds()) if row else 0.0
