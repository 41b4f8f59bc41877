"""Figures, the pairs they come from, and whether they reach their goals."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from benchmarks.house import House
from benchmarks.meters import CpuMeter, WalMeter
from benchmarks.pgbench import Load, Ran, run_reference


@dataclass(frozen=True, slots=True)
class Plan:
    """How long everything takes.

    Attributes:
        seconds: Length of each half of a pair.
        pairs: How many pairs.
        transfers: How far the books grow.
        payments: Payments of each half of a pair, from SQL.
        requests: Payments over HTTP in each run.
        pin_requests: The same by PIN, which costs a hash each.
    """

    seconds: int
    pairs: int
    transfers: int
    payments: int
    requests: int
    pin_requests: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What pairs gave: rates of ours and of the reference, and what one of ours cost.

    Attributes:
        rates: Ours, one for each pair.
        references: The reference's, likewise.
        cpu_us: Median CPU time of the server for one of ours, in microseconds.
        wal_bytes: Median bytes of the write-ahead log for one of ours.
    """

    rates: list[float]
    references: list[float]
    cpu_us: float
    wal_bytes: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing beside its reference.

    Attributes:
        name: What was measured.
        ours: Median of our rates, each second.
        reference: Median of the reference's rates in the same pairs.
        ratio: Median of the pairs' ratios.
        goal: The least ratio wanted; None where the figure is told only.
        cpu_us: CPU of the server for one of ours, in microseconds.
        notes: What else was seen.
        wal_bytes: Bytes of the write-ahead log for one of ours.
        scene: The scene that measured it.
    """

    name: str
    ours: float
    reference: float
    ratio: float
    goal: float | None
    cpu_us: float | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    wal_bytes: float | None = None
    scene: str = ""

    @property
    def is_reached(self) -> bool | None:
        """Whether the goal was reached; None without one."""
        return None if self.goal is None else self.ratio >= self.goal

    def plain(self) -> dict[str, Any]:
        """Return the figure for JSON."""
        return {**asdict(self), "is_reached": self.is_reached}


def in_pairs(
    house: House,
    plan: Plan,
    *,
    clients: int,
    ours: Callable[[int], Ran],
    each: int = 1,
) -> Measured:
    """Run the reference and ours in turn.

    Args:
        house: Where.
        plan: How long and how often.
        clients: Clients of the reference.
        ours: Runs ours; is told the number of the pair.
        each: How many of what is counted one transaction of ours holds.
    """
    rates: list[float] = []
    references: list[float] = []
    spent: list[float] = []
    logged: list[float] = []
    for number in range(plan.pairs):
        load = Load(clients, plan.seconds)
        references.append(run_reference(house.pgbench, house.reference, load).per_second)
        meter, wal = CpuMeter([house.server_id]), WalMeter(house.owner)
        ran = ours(number)
        spent.append(meter.read().each(ran.transactions * each))
        logged.append(wal.read() / max(ran.transactions * each, 1))
        rates.append(ran.per_second * each)
    return Measured(rates, references, median(spent), median(logged))


def make_figure(
    name: str,
    measured: Measured,
    goal: float | None,
    **notes: Any,
) -> Figure:
    """Return the figure that pairs come to."""
    rates, references = measured.rates, measured.references
    ratios = [mine / theirs for mine, theirs in zip(rates, references, strict=True)]
    notes["ratios"] = [round(each, 2) for each in ratios]
    return Figure(
        name,
        round(median(rates), 1),
        round(median(references), 1),
        round(median(ratios), 2),
        goal,
        round(measured.cpu_us, 1),
        notes,
        round(measured.wal_bytes),
    )
