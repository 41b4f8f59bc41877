"""Sending an answer, whole or spoiled, and ending a connection without one."""

import asyncio
import os
from collections.abc import MutableMapping
from typing import Any

from bank_simulator.web import Answer, Drip, FileAnswer, Receive, Send

PIECE_BYTES = 1_000_000


async def send_ending(send: Send, ending: Answer | FileAnswer | Drip) -> bool:
    """Send an answer; returns whether the connection shall be cut off after it."""
    if isinstance(ending, Answer):
        await _begin(send, ending.status, len(ending.body), ending.content_type, ending.retry_after)
        await send({"type": "http.response.body", "body": ending.body})
        return False
    if isinstance(ending, Drip):
        return await _drip(send, ending)
    with ending.content as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        await _begin(send, 200, size, ending.content_type)
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    return False


async def hang_up(scope: MutableMapping[str, Any], receive: Receive, hold_seconds: float) -> None:
    """Close the connection without another word, once held long enough."""
    await asyncio.sleep(hold_seconds)
    scope["state"]["transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drip(send: Send, drip: Drip) -> bool:
    """Send byte by byte; what a cut leaves out was announced and never comes."""
    await _begin(send, 200, len(drip.body), "application/json")
    body = drip.body[: drip.cut_after]
    pieces = [body] if drip.seconds_per_byte == 0 else [bytes([byte]) for byte in body]
    for piece in pieces:
        await asyncio.sleep(drip.seconds_per_byte)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if len(body) < len(drip.body):
        return True
    await send({"type": "http.response.body", "body": b""})
    return False


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
