"""News as bytes of ``text/event-stream``."""

import json
from dataclasses import dataclass
from typing import Final

from messaging.queries import FeedCursor, FeedItem, feed_item_shape, write_cursor

HEARTBEAT: Final = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class Frame:
    """One piece of news, encoded once for all who get it.

    Attributes:
        cursor: Its place in the feed.
        data: What is sent.
        talk: For a new message its conversation's key, else None.
        seq: For a new message its number, else 0.
        sender: For a new message the sender's public id, else an empty text.
    """

    cursor: FeedCursor
    data: bytes
    talk: int | None = None
    seq: int = 0
    sender: str = ""


def frame_of(item: FeedItem) -> Frame:
    """Encode a piece of news."""
    shape = feed_item_shape(item)
    body = json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
    data = f"id: {shape['id']}\nevent: {item.kind}\ndata: {body}\n\n".encode()
    if item.kind != "message.created":
        return Frame(item.cursor, data)
    payload = item.payload
    return Frame(
        item.cursor, data, item.conversation_id, int(payload["seq"]), str(payload["sender"])
    )


def opening(cursor: FeedCursor, *, retry_ms: int) -> bytes:
    """Return the first frame: from here on, and how soon to come back after a break."""
    return (
        f'retry: {retry_ms}\nid: {write_cursor(cursor)}\nevent: ready\ndata: {{"kind":"ready"}}\n\n'
    ).encode()
