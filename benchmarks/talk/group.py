"""One message to everybody of a large group: how long it takes, what it writes, whom it delays."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.house import House
from benchmarks.serving import read_answer
from benchmarks.talk import crowd, hear
from benchmarks.talk.ears import Ears
from benchmarks.talk.figures import Figure, Goal, Plan, alone, beside
from benchmarks.talk.load import Make, Where, part_ms
from benchmarks.talk.synapse import Peer
from benchmarks.talk.world import gather, saying, spread
from messaging.services.groups import create_group
from messaging.services.writing import Sender

MESSAGES = 20
ROWS = Goal(1, 1, is_less=True, unit="row")
# Two who talk meanwhile, so often a second, while the group is spoken to so often.
_BESIDE = 100
_SPOKEN = 5
_PATIENCE_SECONDS = 20.0


@dataclass
class Group:
    """A group whose members all listen.

    Attributes:
        where: The front.
        make: What makes the owner's requests.
        count: How many hear what the owner says.
        heard: For each message when each of them heard it.
    """

    where: Where
    make: Make
    count: int
    heard: dict[bytes, list[float]] = field(default_factory=dict)

    def hear(self, _stream: int, data: bytes) -> None:
        """Note what a stream has brought."""
        now = time.perf_counter()
        for name in hear.NAME.findall(data):
            self.heard.setdefault(name, []).append(now)

    def say(self) -> list[float]:
        """Say something and return after how many seconds each has heard it."""
        request = self.make()
        name = json.loads(request.partition(b"\r\n\r\n")[2])["client_id"].encode()
        with socket.create_connection(self.where, timeout=30) as wire:
            started = time.perf_counter()
            wire.sendall(request)
            read_answer(wire)
        until = started + _PATIENCE_SECONDS
        while len(self.heard.get(name, ())) < self.count and time.perf_counter() < until:
            time.sleep(0.002)
        times = [at - started for at in self.heard.get(name, ())]
        return times + [_PATIENCE_SECONDS] * (self.count - len(times))


def play(plan: Plan, house: House, where: Where, front: int, peer: Peer) -> Iterator[Figure]:
    """Yield how long a message takes to everybody of a large group, beside the peer's.

    Then what it writes, and how long a message of two others takes meanwhile.
    """
    name = f"a group of {plan.group}"
    with _group(plan.group, where) as group, crowd.listening(peer, plan.group) as theirs:
        rows = _rows(house)
        ours = [group.say() for _ in range(MESSAGES)]
        written = (_rows(house) - rows) / MESSAGES
        others = [theirs.say() for _ in range(plan.pairs)]
        pairs = [(_ms(max(mine)), _ms(max(its))) for mine, its in zip(ours, others, strict=False)]
        whole = [_ms(max(each)) for each in ours]
        yield beside(f"{name}: all have heard", "ms", pairs, None, is_less=True, all_ms=whole)
        each = [time for times in ours for time in times]
        for part in (0.5, 0.99):
            what = f"{name}: one has heard, p{round(part * 100)}"
            yield alone(what, "ms", [part_ms(each, part)], None)
        yield alone(f"{name}: rows of news for a message", "rows", [written], ROWS)
        yield from _beside(name, plan, hear.Stage(house, where, front, ()), group)


def _beside(name: str, plan: Plan, stage: hear.Stage, group: Group) -> Iterator[Figure]:
    """Yield how long a message between two others takes while the group is spoken to."""
    phones = gather(4)
    stage = hear.Stage(stage.house, stage.where, stage.front, phones[1::2])
    talking = [saying(*each) for each in spread(phones, 2)]
    with _again_and_again(group.say, 1 / _SPOKEN):
        run = hear.run(stage, talking, _BESIDE, plan.seconds)
    what = f"{name} spoken to {_SPOKEN} times a second: delivery between two others"
    notes = {"lost": run["lost"], "twice": run["twice"], "offered /s": _BESIDE}
    yield alone(f"{what}, p50", "ms", [run["p50"]], None, **notes)
    yield alone(f"{what}, p99", "ms", [run["p99"]], None)


@contextmanager
def _group(count: int, where: Where) -> Iterator[Group]:
    """Open a group of so many, and let all but its owner listen."""
    everybody = gather(count)
    public_id = create_group(
        actor=Sender(everybody[0].party_id, None),
        title="Everybody",
        others=[each.party for each in everybody[1:]],
    ).public_id
    group = Group(where, saying(everybody[0], public_id), count - 1)
    ears = Ears(where, group.hear)
    ears.open(everybody[1:])
    ears.listen()
    try:
        yield group
    finally:
        ears.close()


@contextmanager
def _again_and_again(say: Callable[[], object], pause: float) -> Iterator[None]:
    """Say something every so many seconds while the lines inside run."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            started = time.perf_counter()
            say()
            stop.wait(max(0.0, pause - (time.perf_counter() - started)))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _rows(house: House) -> int:
    return int(house.ask("SELECT count(*) FROM messaging_feedrow"))
