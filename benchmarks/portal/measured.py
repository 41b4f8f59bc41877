"""What one page costs: statements, time until it is whole, and the processor's part of it."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

MOST_MS = 300
MOST_STATEMENTS = 15
_OK = 200


class NotShown(RuntimeError):
    """A page answered something else than itself."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One page.

    Attributes:
        path: Its address below ``/portal``.
        statements: What it asked of the database.
        wall_ms: Half of its answers were whole within this.
        cpu_ms: Of that, what this process worked; the rest is the database's.
    """

    path: str
    statements: int
    wall_ms: float
    cpu_ms: float


def measure(client: Client, path: str, times: int) -> Measured:
    """Open a page several times, once before to warm up, and return what it costs.

    Raises:
        NotShown: It is not there.
    """
    address = f"/portal{path}"
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    statements = len(asked)  # The next request forgets them.
    if answer.status_code != _OK:
        raise NotShown(f"{path}: {answer.status_code}")
    wall, cpu = [], []
    for _ in range(times):
        worked, began = time.process_time(), time.perf_counter()
        client.get(address)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
    return Measured(path, statements, _ms(wall), _ms(cpu))


def is_within_goal(measured: Measured) -> bool:
    """Tell whether a page is quick and asks little."""
    return measured.wall_ms <= MOST_MS and measured.statements <= MOST_STATEMENTS


def verdict(found: Sequence[Measured]) -> str:
    """Say which pages are over a bound, and by how much; if none is, which is the slowest."""
    over = [each for each in found if not is_within_goal(each)]
    if over:
        told = ", ".join(
            f"`{each.path}` ({each.wall_ms:.0f} ms, {each.statements} statements)" for each in over
        )
        return f"Over a bound: {told}."
    slowest = max(found, key=lambda each: each.wall_ms)
    return f"Every page is within both bounds; the slowest is `{slowest.path}`."


def _ms(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)
