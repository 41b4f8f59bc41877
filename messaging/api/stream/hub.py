"""Who listens in this process, and handing each the news that concerns it.

An open stream is this: a connection, who listens, and how far it has been told. It has no task
of its own and no request any more, so that thousands of them fit into one process
(``docs/performance.md`` has the figure). What waits for all of them is done by ``Keeper``.
"""

import asyncio
import json
from collections.abc import Iterable
from typing import Any, Final, cast

from messaging.access import Knock, Listener
from messaging.api.stream.delivery import Delivery
from messaging.api.stream.frames import Frame, frame_of
from messaging.enums import FeedKind
from messaging.queries import START, FeedCursor, FeedItem

# About a quarter of a megabyte for a listener that takes nothing; past it it is cut off and
# resumes from its cursor.
MAX_WAITING: Final = 256
# What may lie in the connection's own buffer before news wait here, in bytes.
_ROOM: Final = 32_768


class Subscriber(asyncio.Protocol):
    """One open stream: where it goes, what waits for it, and why it has to end.

    ``reason`` is empty while it may go on. While it catches up, news wait; from ``go_live`` on
    they are written as they come. ``doubts`` counts what was told of its listener's right to
    listen, ``settled`` how much of it was looked into; until all of it was, news wait as well.
    """

    __slots__ = (
        "delivery",
        "doubts",
        "is_live",
        "is_paused",
        "knock",
        "listener",
        "quiet_since",
        "reason",
        "sent",
        "settled",
        "transport",
        "waiting",
    )

    def __init__(self, knock: Knock, listener: Listener, delivery: Delivery) -> None:
        """Begin with nothing waiting and no connection."""
        self.knock = knock
        self.listener = listener
        self.delivery = delivery
        self.waiting: list[Frame] = []
        self.sent: FeedCursor = START
        self.reason = ""
        self.transport: asyncio.Transport | None = None
        self.is_live = False
        self.is_paused = False
        self.quiet_since = 0.0
        self.doubts = self.settled = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection over from the request that opened it."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=_ROOM)
        self.quiet_since = _now()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature.
        """Note that the client is gone."""
        self.reason = self.reason or "gone"
        self.waiting.clear()

    def data_received(self, data: bytes) -> None:
        """Take nothing: a client of a stream has nothing more to say."""

    def eof_received(self) -> bool:
        """Close when the client does."""
        return False

    def pause_writing(self) -> None:
        """Note that the client takes nothing just now, and since when."""
        self.is_paused = True
        self.quiet_since = _now()

    def resume_writing(self) -> None:
        """Go on with what waited."""
        self.is_paused = False
        self.quiet_since = _now()
        if self.is_listening:
            self._flush()

    def offer(self, frame: Frame) -> None:
        """Tell a frame now, or let it wait for the stream; too many end it."""
        if self.reason:
            return
        if self.is_listening and not self.waiting:
            self.tell((frame,))
        elif len(self.waiting) >= MAX_WAITING:
            self.end("slow")
        else:
            self.waiting.append(frame)

    def tell(self, frames: Iterable[Frame]) -> None:
        """Write frames, but for those that were written before."""
        fresh = [frame for frame in frames if frame.cursor > self.sent]
        if not fresh:
            return
        self.sent = fresh[-1].cursor
        self.write(fresh[0].data if len(fresh) == 1 else b"".join(each.data for each in fresh))
        self.delivery.note_sent(self.listener, fresh)

    def write(self, data: bytes) -> None:
        """Write bytes, unless the client is gone."""
        if self.transport is not None and not self.reason:
            self.quiet_since = _now()
            self.transport.write(data)

    @property
    def is_doubted(self) -> bool:
        """Whether it is not known that its listener may still listen."""
        return self.settled < self.doubts

    @property
    def is_listening(self) -> bool:
        """Whether news can be written at once."""
        return self.is_live and not self.is_paused and not self.is_doubted

    def go_live(self) -> None:
        """Have caught up: tell what waited, and from now on what comes."""
        self.is_live = True
        if self.is_listening:
            self._flush()

    def trust(self, doubts: int) -> None:
        """Go on: the listener was let in again after so many doubts; those since then stand."""
        self.settled = max(self.settled, doubts)
        if self.is_listening:
            self._flush()

    def end(self, reason: str) -> None:
        """End the stream; a client that takes nothing is cut off."""
        if self.reason:
            return
        self.reason = reason
        self.waiting.clear()
        if self.transport is not None:
            if self.is_paused:
                self.transport.abort()
            else:
                self.transport.close()

    def _flush(self) -> None:
        frames, self.waiting = self.waiting, []
        self.tell(frames)


class Hub:
    """All listeners of this process, by party.

    ``turns`` counts what was told of anybody's right to listen: whoever was let in before the
    latest of it has to be asked again.
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self._by_party: dict[int, set[Subscriber]] = {}
        self.turns = 0
        self.doubted = asyncio.Event()

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
            if item.kind == FeedKind.ACCESS:
                self._doubt(item.payload["person"])
                continue
            groups = [g for g in map(self._by_party.get, item.party_ids) if g]
            frame = frame_of(item) if groups else None
            for group in groups:
                for subscriber in tuple(group):
                    if frame is not None:
                        subscriber.offer(frame)
            if item.kind == FeedKind.DEVICE:
                self._cut_device(item.payload)

    def people(self) -> set[int]:
        """Return the parties who listen to their own news; a business's listeners are not it."""
        return {
            each.listener.party_id
            for each in self.everyone()
            if each.listener.is_own and not each.reason
        }

    def whisper(self, text: str) -> None:
        """Pass a whisper on to those it names; it has no place in the feed and no id.

        Whoever is catching up, or takes nothing just now, does not hear it.
        """
        said = json.loads(text)
        shape = {"kind": said["kind"], "data": said["data"]}
        body = json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
        data = f"event: {said['kind']}\ndata: {body}\n\n".encode()
        for party_id in said["to"]:
            for subscriber in tuple(self._by_party.get(party_id, ())):
                if subscriber.is_listening:
                    subscriber.write(data)

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
        self.turns += 1
        for subscriber in self.everyone():
            if subscriber.listener.device_public_id == payload.get("device"):
                subscriber.end("removed")

    def _doubt(self, person_id: int) -> None:
        """Tell a person's streams nothing more before it was asked whether they may listen."""
        self.turns += 1
        for subscriber in self.everyone():
            if subscriber.listener.person_id == person_id:
                subscriber.doubts += 1
                self.doubted.set()


def _now() -> float:
    return asyncio.get_running_loop().time()
