"""Reading the feed so that nothing is skipped and nothing moves (``docs/stream.md``).

Every statement here reads only rows below the oldest transaction that is still running, in
the same statement's snapshot, ordered by ``(xid, id)``. Rows below that horizon are final:
whoever has read them all may remember the horizon itself as the next starting point.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.api import moment_out
from core.errors import InputInvalid
from messaging.enums import FeedKind
from messaging.queries.cursors import START, FeedCursor, write_cursor

MAX_PAGE = 500
_HORIZON: Final = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_COLUMNS: Final = "f.xid, f.id, f.kind, f.payload, f.created_at, f.conversation_id"
_BETWEEN: Final = "(f.xid, f.id) > (%(xid)s, %(row_id)s) AND f.xid < seen.horizon"

# A member of a group hears from where it joined on, and up to where it left.
_MEMBER_HEARS: Final = (
    "(f.xid, f.id) >= (m.from_xid, m.from_row)"
    " AND (m.until_xid IS NULL OR (f.xid, f.id) <= (m.until_xid, m.until_row))"
)

# A conversation whose latest feed position lies before the cursor is not opened at all.
PARTY_SQL: Final = f"""
WITH seen AS (SELECT {_HORIZON} AS horizon)
SELECT seen.horizon, f.* FROM seen LEFT JOIN LATERAL (
  SELECT * FROM (
    (SELECT {_COLUMNS} FROM messaging_feedrow f
      WHERE f.party_id = %(party_id)s AND {_BETWEEN}
      ORDER BY f.xid, f.id LIMIT %(limit)s)
    UNION ALL
    (SELECT f.* FROM messaging_member m
      JOIN messaging_conversation c ON c.id = m.conversation_id AND c.feed_xid >= %(xid)s
      CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM messaging_feedrow f
          WHERE f.conversation_id = m.conversation_id AND {_BETWEEN} AND {_MEMBER_HEARS}
          ORDER BY f.xid, f.id LIMIT %(limit)s) f
      WHERE m.party_id = %(party_id)s)
  ) both_kinds ORDER BY xid, id LIMIT %(limit)s
) f ON true
"""  # noqa: S608 - built of constants of this file.

HORIZON_SQL: Final = f"SELECT {_HORIZON}"

# What one process reads for all its listeners, with the parties that each row concerns, and
# whether committed rows wait behind an older transaction.
TAIL_SQL: Final = f"""
WITH seen AS (SELECT {_HORIZON} AS horizon)
SELECT seen.horizon, f.*,
  EXISTS (SELECT 1 FROM messaging_feedrow w WHERE w.xid >= seen.horizon) AS is_held_back
FROM seen LEFT JOIN LATERAL (
  SELECT {_COLUMNS},
    CASE WHEN f.party_id IS NOT NULL THEN ARRAY[f.party_id] ELSE ARRAY(
      SELECT m.party_id FROM messaging_member m
       WHERE m.conversation_id = f.conversation_id AND {_MEMBER_HEARS})
    END AS party_ids
  FROM messaging_feedrow f WHERE {_BETWEEN} ORDER BY f.xid, f.id LIMIT %(limit)s
) f ON true ORDER BY f.xid, f.id
"""  # noqa: S608 - built of constants of this file.


@dataclass(frozen=True)
class FeedItem:
    """One piece of news."""

    cursor: FeedCursor
    kind: str
    payload: dict[str, Any]
    created_at: datetime
    conversation_id: int | None
    party_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class FeedPage:
    """News in order, where to go on from, and whether that is the end for now."""

    items: tuple[FeedItem, ...]
    next: FeedCursor
    is_complete: bool


def updates(party_id: int, after: FeedCursor | None, limit: int = 100) -> FeedPage:
    """Return what concerns a party after a position, in feed order.

    Args:
        party_id: Whose news: rows addressed to it and rows of its conversations.
        after: Where the reader stands; None for the beginning.
        limit: How many at most; held to 1 to 500.

    Raises:
        InputInvalid: The position lies ahead of the database, so it is of another one.
    """
    limit = max(1, min(limit, MAX_PAGE))
    start = after or START
    with connection.cursor() as cursor:
        cursor.execute(PARTY_SQL, _values(start, limit, party_id))
        rows = cursor.fetchall()
    page = page_of(rows, start, limit)
    told = tuple(item for item in page.items if item.kind != FeedKind.ACCESS)
    return FeedPage(told, page.next, page.is_complete)


def tail(after: FeedCursor, limit: int = MAX_PAGE) -> FeedPage:
    """Return what is new for anybody, in feed order, each with the parties it concerns.

    Args:
        after: Where the reader stands.
        limit: How many at most; held to 1 to 500.

    Raises:
        InputInvalid: The position lies ahead of the database, so it is of another one.
    """
    limit = max(1, min(limit, MAX_PAGE))
    with connection.cursor() as cursor:
        cursor.execute(TAIL_SQL, tail_values(after, limit))
        rows = cursor.fetchall()
    return page_of(rows, after, limit)


def newest_cursor() -> FeedCursor:
    """Return the position from which a reader gets only what is still to come."""
    with connection.cursor() as cursor:
        cursor.execute(HORIZON_SQL)
        row = cursor.fetchone()
    return FeedCursor(int(row[0]), 0)


def page_of(rows: list[tuple[Any, ...]], start: FeedCursor, limit: int) -> FeedPage:
    """Build a page from the rows of ``PARTY_SQL`` or ``TAIL_SQL``.

    Raises:
        InputInvalid: The position lies ahead of the database, so it is of another one.
    """
    horizon = int(rows[0][0])
    if start.xid > horizon:
        raise InputInvalid(_("The cursor is not one of this feed: read everything again."))
    items = tuple(_item(row) for row in rows if row[1] is not None)
    if len(items) == limit:
        return FeedPage(items, items[-1].cursor, is_complete=False)
    return FeedPage(items, FeedCursor(horizon, 0), is_complete=True)


def tail_values(start: FeedCursor, limit: int) -> dict[str, int]:
    """Return the parameters of ``TAIL_SQL``."""
    return {"xid": start.xid, "row_id": start.row_id, "limit": limit}


def is_held_back(rows: list[tuple[Any, ...]]) -> bool:
    """Say whether the rows of ``TAIL_SQL`` end before rows that are committed already."""
    return bool(rows[0][-1])


def feed_item_shape(item: FeedItem) -> dict[str, Any]:
    """Return a piece of news as it stands in answers and on the stream."""
    return {
        "id": write_cursor(item.cursor),
        "kind": item.kind,
        "created_at": moment_out(item.created_at),
        "data": item.payload,
    }


def _values(start: FeedCursor, limit: int, party_id: int) -> dict[str, int]:
    return {**tail_values(start, limit), "party_id": party_id}


def _item(row: tuple[Any, ...]) -> FeedItem:
    payload = json.loads(row[4]) if isinstance(row[4], str) else row[4]
    parties = tuple(row[7]) if len(row) > 7 else ()  # noqa: PLR2004 - the tail has one more.
    return FeedItem(FeedCursor(row[1], row[2]), row[3], payload, row[5], row[6], parties)
