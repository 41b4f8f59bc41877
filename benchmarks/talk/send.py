"""Saying something: rate, latency and cost, in many conversations and in one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.house import House
from benchmarks.meters import CpuMeter
from benchmarks.talk.figures import Figure, Goal, Plan, alone, beside
from benchmarks.talk.load import Heard, Make, Where, press
from benchmarks.talk.synapse import Peer
from benchmarks.talk.synapse import saying as peer_saying
from benchmarks.talk.world import Phone, saying, spread

RATE = Goal(100, 50)
LATENCY = Goal(40, 20)
P99 = Goal(10, 10, is_less=True, unit="ms")
CPU = Goal(250, 500, is_less=True, unit="µs")
CLIENTS = (1, 4, 16)


@dataclass(frozen=True, slots=True)
class Side:
    """Ours or the peer: where it is, which processes do its work, and who talks on it."""

    where: Where
    processes: tuple[int, ...]
    many: tuple[Make, ...]
    one: tuple[Make, ...]

    def run(self, *, clients: int, is_one: bool, seconds: float) -> tuple[Heard, float]:
        """Press it; return what was heard and the CPU of a message in microseconds."""
        meter = CpuMeter(self.processes)
        heard = press(self.where, (self.one if is_one else self.many)[:clients], seconds)
        return heard, meter.read().each(heard.count)


def our_side(house: House, where: Where, front: int, phones: Sequence[Phone]) -> Side:
    """Return our side: sixteen who talk, each with somebody, or two of them with each other."""
    talking = spread(phones, max(CLIENTS))
    many = tuple(saying(phone, talk) for phone, talk in talking)
    first, talk = talking[0]
    pair = (first, phones[1])
    one = tuple(saying(pair[at % 2], talk) for at in range(max(CLIENTS)))
    return Side(where, (house.server_id, front), many, one)


def peer_side(house: House, peer: Peer) -> Side:
    """Return the peer's: the same."""
    names = [f"one{at}" for at in range(max(CLIENTS))]
    tokens = [peer.join(name) for name in names]
    others = [peer.join(f"other{at}") for at in range(max(CLIENTS))]
    rooms = [peer.open_room(token, other) for token, other in zip(tokens, others, strict=True)]
    many = tuple(peer_saying(token, room) for token, room in zip(tokens, rooms, strict=True))
    pair = (tokens[0], others[0])
    one = tuple(peer_saying(pair[at % 2], rooms[0]) for at in range(max(CLIENTS)))
    return Side(peer.where, (house.server_id, peer.process_id), many, one)


def play(plan: Plan, ours: Side, peer: Side) -> list[Figure]:
    """Return rates and latencies with 1, 4 and 16 clients, and what a message costs."""
    figures: list[Figure] = []
    for is_one in (False, True):
        place = "one conversation" if is_one else "many conversations"
        for clients in CLIENTS:
            ours.run(clients=clients, is_one=is_one, seconds=0.3)
            runs = [
                (
                    ours.run(clients=clients, is_one=is_one, seconds=plan.seconds),
                    peer.run(clients=clients, is_one=is_one, seconds=plan.seconds),
                )
                for _ in range(plan.pairs)
            ]
            figures += _figures(
                f"{clients} clients, {place}", runs, is_last=clients == max(CLIENTS)
            )
    return figures


Runs = Sequence[tuple[tuple[Heard, float], tuple[Heard, float]]]


def _figures(name: str, runs: Runs, *, is_last: bool) -> list[Figure]:
    def pairs(of: Callable[[Heard], float]) -> list[tuple[float, float]]:
        return [(of(ours[0]), of(theirs[0])) for ours, theirs in runs]

    notes: dict[str, Any] = {
        "p50 ms": median(ours[0].p50_ms for ours, _ in runs),
        "refused": sum(ours[0].refused for ours, _ in runs),
        "peer's p50 ms": median(theirs[0].p50_ms for _, theirs in runs),
        "peer's refused": sum(theirs[0].refused for _, theirs in runs),
    }
    rate = beside(f"send, {name}", "/s", pairs(lambda each: each.per_second), RATE, **notes)
    p99 = beside(
        f"acknowledged, {name}, p99", "ms", pairs(lambda each: each.p99_ms), LATENCY, is_less=True
    )
    if not is_last:
        return [rate, p99]
    cpu = [(ours[1], theirs[1]) for ours, theirs in runs]
    cost = beside(f"CPU of a message, {name}", "µs", cpu, None, is_less=True)
    return [
        rate,
        p99,
        alone(f"CPU of a message, {name}, alone", "µs", [each for each, _ in cpu], CPU),
        alone(f"acknowledged, {name}, p99 alone", "ms", [o[0].p99_ms for o, _ in runs], P99),
        cost,
    ]
