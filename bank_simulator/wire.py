"""Sending an answer, whole or spoiled, and ending a connection without one."""

import asyncio
import os
from collections.abc import MutableMapping
from typing import Any

from bank_simulator.web import Answer, FileAnswer, Receive, Send

PIECE_BYTES = 1_000_000


async def send_ending(send: Send, ending: Answer | FileAnswer) -> bool:
    """Send an answer; returns whether the connection shall be cut off after it."""
    if isinstance(ending, Answer):
        await _begin(send, ending.status, len(ending.body), ending.content_type, ending.retry_after)
        await send({"type": "http.response.body", "body": ending.body})
        return False
    with ending.content:
        size = ending.content.seek(0, os.SEEK_END)
        ending.content.seek(0)
        await _begin(send, ending.status, size, ending.content_type)
        await _send_pieces(send, ending)
    if ending.cut_after is not None and ending.cut_after < size:
        return True
    await send({"type": "http.response.body", "body": b""})
    return False


async def _send_pieces(send: Send, ending: FileAnswer) -> None:
    """Send the file, all of it or as much as comes before the cut."""
    piece_bytes = 1 if ending.seconds_per_byte else PIECE_BYTES
    left = ending.cut_after
    while True:
        wanted = piece_bytes if left is None else min(piece_bytes, left)
        piece = await asyncio.to_thread(ending.content.read, wanted)
        if not piece:
            return
        await asyncio.sleep(ending.seconds_per_byte)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        left = None if left is None else left - len(piece)


async def hang_up(scope: MutableMapping[str, Any], receive: Receive, hold_seconds: float) -> None:
    """Close the connection without another word, once held long enough."""
    await asyncio.sleep(hold_seconds)
    scope["state"]["transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _begin(
    send: Send, status: int, size: int, content_type: str, retry_after: int | None = None
) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(size).encode()),
        (b"cache-control", b"no-store"),
    ]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
