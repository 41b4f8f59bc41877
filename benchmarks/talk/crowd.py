"""The peer's large room: its members ask again and again for what is new, as its clients do."""

import json
import re
import secrets
import selectors
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from benchmarks.serving import read_answer
from benchmarks.talk.synapse import Peer

_AT_ONCE = 4
_PATIENCE_SECONDS = 120.0
_FILTER = json.dumps(
    {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "state": {"lazy_load_members": True},
            "timeline": {"limit": 10},
            "ephemeral": {"types": []},
        },
    }
)
_NEXT = re.compile(rb'"next_batch":\s*"([^"]+)"')
_NAME = re.compile(rb'"body":\s*"(name-[0-9a-f]+)"')


class Room:
    """A room in which everybody but its owner waits for what is new."""

    def __init__(self, peer: Peer, tokens: Sequence[str], room: str, since: str) -> None:
        """Let everybody ask from one place on."""
        self._peer = peer
        self._owner, *self._members = tokens
        self._room = urllib.parse.quote(room)
        self._heard: dict[bytes, list[float]] = {}
        self._selector = selectors.DefaultSelector()
        self._stop = threading.Event()
        self._waiting = [_Waiting(peer, token, since) for token in self._members]
        for each in self._waiting:
            self._selector.register(each.wire, selectors.EVENT_READ, each)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def say(self) -> list[float]:
        """Say something and return after how many seconds each has heard it."""
        name = f"name-{secrets.token_hex(8)}"
        path = f"/_matrix/client/v3/rooms/{self._room}/send/m.room.message/{name}"
        started = time.perf_counter()
        self._peer.call("PUT", path, {"msgtype": "m.text", "body": name}, self._owner)
        until, count = started + _PATIENCE_SECONDS, len(self._members)
        while len(self._heard.get(name.encode(), ())) < count and time.perf_counter() < until:
            time.sleep(0.01)
        times = [at - started for at in self._heard.get(name.encode(), ())]
        return times + [_PATIENCE_SECONDS] * (count - len(times))

    def close(self) -> None:
        """Hang up on all of them."""
        self._stop.set()
        self._thread.join()
        for each in self._waiting:
            each.wire.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            for key, _events in self._selector.select(timeout=0.1):
                answer = key.data.read()
                for name in _NAME.findall(answer):
                    self._heard.setdefault(name, []).append(time.perf_counter())


class _Waiting:
    """One member's question, asked again from the answer's place on."""

    def __init__(self, peer: Peer, token: str, since: str) -> None:
        self.wire = socket.create_connection(peer.where, timeout=60)
        self._token = token
        self._ask(since)

    def read(self) -> bytes:
        """Read an answer, and ask again."""
        with suppress(OSError):
            answer = read_answer(self.wire)
            found = _NEXT.search(answer)
            if found is not None:
                self._ask(found[1].decode())
            return answer
        return b""

    def _ask(self, since: str) -> None:
        query = urllib.parse.urlencode({"timeout": 60_000, "since": since, "filter": _FILTER})
        self.wire.sendall(
            f"GET /_matrix/client/v3/sync?{query} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {self._token}\r\n\r\n".encode()
        )


@contextmanager
def listening(peer: Peer, count: int) -> Iterator[Room]:
    """Yield a room of so many members who listen."""
    tag = secrets.token_hex(3)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        tokens = list(pool.map(lambda at: peer.join(f"crowd{tag}{at}"), range(count)))
    room = peer.open_room(tokens[0], *tokens[1:])
    query = urllib.parse.urlencode({"filter": _FILTER})
    since = peer.call("GET", f"/_matrix/client/v3/sync?{query}", token=tokens[0])["next_batch"]
    found = Room(peer, tokens, room, str(since))
    # Whoever asks for the first time is answered at once; then they wait.
    time.sleep(1.0)
    try:
        found.say()
        yield found
    finally:
        found.close()
