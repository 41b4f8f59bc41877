"""Figures of talk: what was measured, beside the peer's, and against its goals."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Plan:
    """How long everything takes.

    Attributes:
        seconds: Length of each half of a pair.
        pairs: How many pairs.
        idle: How many streams are held open.
        group: How many members the large group has.
    """

    seconds: float
    pairs: int
    idle: int
    group: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing.

    Attributes:
        name: What was measured.
        unit: What ours and the peer's are counted in.
        ours: The median of ours.
        peer: The median of the peer's; None where there is none.
        ratio: How many times better ours is, the median of the pairs; None without a peer.
        goal: In words; empty where the figure is told only.
        verdict: ``reached``, ``floor`` or ``missed``; empty without a goal.
        notes: What else was seen.
        scene: The scene that measured it.
    """

    name: str
    unit: str
    ours: float
    peer: float | None = None
    ratio: float | None = None
    goal: str = ""
    verdict: str = ""
    notes: dict[str, Any] = field(default_factory=dict)
    scene: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the figure for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted of a number, and what is the least.

    Attributes:
        target: What is wanted.
        floor: What is the least (or the most, where less is better).
        is_less: Whether less is better.
        unit: What it is counted in; by itself times the peer's.
    """

    target: float
    floor: float
    is_less: bool = False
    unit: str = "×"

    @property
    def words(self) -> str:
        """The goal in words."""
        sign = "≤" if self.is_less else "≥"
        return f"{sign} {self.target:g} / {self.floor:g} {self.unit}"

    def verdict(self, value: float) -> str:
        """Say whether a value reaches the target, the floor, or neither."""
        reaches: Callable[[float], bool] = value.__le__ if self.is_less else value.__ge__
        if reaches(self.target):
            return "reached"
        return "floor" if reaches(self.floor) else "missed"


def alone(name: str, unit: str, values: Sequence[float], goal: Goal | None, **notes: Any) -> Figure:
    """Return a figure that no peer stands beside."""
    ours = round(median(values), 2)
    words, verdict = ("", "") if goal is None else (goal.words, goal.verdict(ours))
    return Figure(name, unit, ours, goal=words, verdict=verdict, notes=notes)


def beside(
    name: str,
    unit: str,
    pairs: Sequence[tuple[float, float]],
    goal: Goal | None,
    *,
    is_less: bool = False,
    **notes: Any,
) -> Figure:
    """Return a figure of pairs: ours and the peer's.

    Args:
        name: What was measured.
        unit: What it is counted in.
        pairs: Ours and the peer's, of the same seconds.
        goal: Of the ratio.
        is_less: Whether less is better.
        **notes: What else was seen.
    """
    ratios = [(theirs / ours) if is_less else (ours / theirs) for ours, theirs in pairs]
    ratio = round(median(ratios), 2)
    notes["ratios"] = [round(each, 1) for each in ratios]
    return Figure(
        name,
        unit,
        round(median(ours for ours, _ in pairs), 2),
        round(median(theirs for _, theirs in pairs), 2),
        ratio,
        "" if goal is None else goal.words,
        "" if goal is None else goal.verdict(ratio),
        notes,
    )
