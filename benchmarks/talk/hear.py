"""From saying to hearing, at a fixed rate."""

import json
import re
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.house import House
from benchmarks.meters import CpuMeter
from benchmarks.serving import read_answer
from benchmarks.talk.ears import Ears
from benchmarks.talk.figures import Figure, Goal, Plan, alone
from benchmarks.talk.load import Make, Where, part_ms
from benchmarks.talk.world import Phone, saying, spread

SENDERS = 16
RATES = (500, 1000)
P50 = Goal(3, 3, is_less=True, unit="ms")
P99 = {500: Goal(50, 50, is_less=True, unit="ms"), 1000: Goal(15, 15, is_less=True, unit="ms")}
NAME = re.compile(rb'"client_id":"([0-9a-f]+-\d+)"')


class Clock:
    """When each message was sent, and when it was heard."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self.sent: dict[bytes, float] = {}
        self.heard: dict[bytes, float] = {}
        self.twice = 0

    def hear(self, _stream: int, data: bytes) -> None:
        """Note what a stream has brought."""
        now = time.perf_counter()
        for name in NAME.findall(data):
            self.twice += name in self.heard
            self.heard[name] = now

    def times(self) -> list[float]:
        """Return how long each message took, in seconds."""
        return [self.heard[name] - at for name, at in self.sent.items() if name in self.heard]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it is played: the server's house, the front and its process, and who hears."""

    house: House
    where: Where
    front: int
    hearing: Sequence[Phone]


def play(
    plan: Plan, house: House, where: Where, front: int, phones: Sequence[Phone]
) -> list[Figure]:
    """Return how long a message takes to its receiver's stream at each rate."""
    figures = []
    talking = spread(phones, SENDERS)
    stage = Stage(house, where, front, [phones[2 * at + 1] for at in range(SENDERS)])
    for rate in RATES:
        runs = [
            run(stage, [saying(*each) for each in talking], rate, plan.seconds)
            for _ in range(plan.pairs)
        ]
        notes = {
            "lost": sum(each["lost"] for each in runs),
            "twice": sum(each["twice"] for each in runs),
            "offered /s": rate,
            "sent /s": [round(each["rate"]) for each in runs],
            "CPU µs a message": [round(each["cpu"]) for each in runs],
        }
        name = f"delivery at {rate}/s"
        figures.append(alone(f"{name}, p50", "ms", [each["p50"] for each in runs], P50, **notes))
        figures.append(alone(f"{name}, p99", "ms", [each["p99"] for each in runs], P99[rate]))
    return figures


def run(stage: Stage, senders: Sequence[Make], rate: int, seconds: float) -> dict[str, float]:
    """Say so many messages a second, and return what was heard of them and when."""
    clock, each_second = Clock(), rate / len(senders)
    ears = Ears(stage.where, clock.hear)
    ears.open(stage.hearing)
    ears.listen()
    meter = CpuMeter([stage.house.server_id, stage.front])
    started = time.perf_counter()
    threads = [
        threading.Thread(target=_pace, args=(stage.where, make, clock, each_second, seconds))
        for make in senders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    until = time.monotonic() + 5
    while len(clock.heard) < len(clock.sent) and time.monotonic() < until:
        time.sleep(0.01)
    spent = meter.read().each(len(clock.sent))
    ears.close()
    times = clock.times()
    return {
        "p50": part_ms(times, 0.5),
        "p99": part_ms(times, 0.99),
        "lost": len(clock.sent) - len(times),
        "twice": clock.twice,
        "rate": len(clock.sent) / took,
        "cpu": spent,
    }


def _pace(where: Where, make: Make, clock: Clock, each_second: float, seconds: float) -> None:
    """Say something at even times, whatever the answers do to the clock."""
    started = time.perf_counter()
    with socket.create_connection(where, timeout=30) as wire:
        for number in range(int(each_second * seconds)):
            due = started + number / each_second
            time.sleep(max(0.0, due - time.perf_counter()))
            request = make()
            name = json.loads(request.partition(b"\r\n\r\n")[2])["client_id"].encode()
            clock.sent[name] = time.perf_counter()
            wire.sendall(request)
            read_answer(wire)
