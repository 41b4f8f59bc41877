"""The load: threads that send bytes made ready beforehand and read until each answer is whole."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.serving import read_answer

Where = tuple[str, int]
Make = Callable[[], bytes]
"""Returns the bytes of a client's next request."""

_OK = (b"HTTP/1.1 200", b"HTTP/1.1 201")


@dataclass(frozen=True, slots=True)
class Heard:
    """What the load saw.

    Attributes:
        per_second: Answers each second, of all clients.
        count: How many answers were good.
        refused: How many were not.
        p50_ms: Half of the answers came within this.
        p99_ms: Nearly all of them.
    """

    per_second: float
    count: int
    refused: int
    p50_ms: float
    p99_ms: float


def press(where: Where, clients: Sequence[Make], seconds: float) -> Heard:
    """Let each client ask again and again, each on a connection of its own."""
    times: list[list[float]] = [[] for _ in clients]
    refused = [0] * len(clients)
    gate = threading.Barrier(len(clients) + 1)

    def drive(at: int) -> None:
        with socket.create_connection(where, timeout=30) as wire:
            gate.wait()
            until = time.perf_counter() + seconds
            while (started := time.perf_counter()) < until:
                wire.sendall(clients[at]())
                refused[at] += not read_answer(wire).startswith(_OK)
                times[at].append(time.perf_counter() - started)

    threads = [threading.Thread(target=drive, args=(at,)) for at in range(len(clients))]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    every = [each for client in times for each in client]
    good = len(every) - sum(refused)
    return Heard(good / took, good, sum(refused), part_ms(every, 0.5), part_ms(every, 0.99))


def part_ms(times: Sequence[float], part: float) -> float:
    """Return the time within which a part of all came, in milliseconds."""
    ordered = sorted(times)
    return round(ordered[int(len(ordered) * part)] * 1000, 2) if ordered else float("nan")
