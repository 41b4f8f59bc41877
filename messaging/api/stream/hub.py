"""Who listens in this process, and handing each the news that concerns it."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from messaging.access import Listener
from messaging.api.stream.frames import Frame, frame_of
from messaging.queries import FeedItem

# About a quarter of a megabyte for a listener that takes nothing; past it it is cut off and
# resumes from its cursor.
MAX_WAITING: Final = 256


class Subscriber:
    """One open stream: what waits for it, and why it has to end.

    ``reason`` is empty while it may go on.
    """

    __slots__ = ("listener", "reason", "waiting", "wake")

    def __init__(self, listener: Listener) -> None:
        """Begin with nothing waiting."""
        self.listener = listener
        self.waiting: deque[Frame] = deque()
        self.wake = asyncio.Event()
        self.reason = ""

    def offer(self, frame: Frame) -> None:
        """Let a frame wait for the stream; too many end it."""
        if self.reason:
            return
        if len(self.waiting) >= MAX_WAITING:
            self.end("slow")
            return
        self.waiting.append(frame)
        self.wake.set()

    def end(self, reason: str) -> None:
        """Ask the stream to end."""
        self.reason = self.reason or reason
        self.waiting.clear()
        self.wake.set()

    def take(self) -> list[Frame]:
        """Return what waits, and wait for more from now on."""
        self.wake.clear()
        frames = list(self.waiting)
        self.waiting.clear()
        return frames


class Hub:
    """All listeners of this process, by party."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._by_party: dict[int, set[Subscriber]] = {}

    def __len__(self) -> int:
        """Count the open streams."""
        return sum(len(group) for group in self._by_party.values())

    def add(self, subscriber: Subscriber) -> None:
        """Let a stream hear of its party's news from now on."""
        self._by_party.setdefault(subscriber.listener.party_id, set()).add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Forget a stream."""
        group = self._by_party.get(subscriber.listener.party_id)
        if group is not None:
            group.discard(subscriber)
            if not group:
                del self._by_party[subscriber.listener.party_id]

    def tell(self, items: Iterable[FeedItem]) -> None:
        """Hand news to everyone it concerns; it is encoded once, and only if anyone listens."""
        for item in items:
            groups = [g for g in map(self._by_party.get, item.party_ids) if g]
            frame = frame_of(item) if groups else None
            for group in groups:
                for subscriber in tuple(group):
                    if frame is not None:
                        subscriber.offer(frame)
            if item.kind == "device":
                self._cut_device(item.payload)

    def end_all(self, reason: str) -> None:
        """Ask every stream to end, as when the process stops."""
        for subscriber in self.everyone():
            subscriber.end(reason)

    def everyone(self) -> list[Subscriber]:
        """Return all open streams."""
        return [each for group in self._by_party.values() for each in group]

    def _cut_device(self, payload: dict[str, Any]) -> None:
        if payload.get("state") != "removed":
            return
        for subscriber in self.everyone():
            if subscriber.listener.device_public_id == payload.get("device"):
                subscriber.end("removed")
