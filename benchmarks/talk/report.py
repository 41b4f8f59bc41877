"""Showing figures of talk, and writing them down beside the money's."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.report import ROOT, machine, put_table
from benchmarks.talk.figures import Figure

RESULTS = ROOT / "benchmarks" / "talk.json"
BEGIN, END = "<!-- talk: begin -->", "<!-- talk: end -->"


def show(figure: Figure) -> None:
    """Say a figure in one line."""
    peer = "" if figure.peer is None else f" beside {figure.peer:,}, {figure.ratio} ×"
    goal = f" (goal {figure.goal}: {figure.verdict})" if figure.goal else ""
    sys.stdout.write(f"{figure.name}: {figure.ours:,} {figure.unit}{peer}{goal} {figure.notes}\n")
    sys.stdout.flush()


def write(figures: Sequence[Figure], scenes: Sequence[str], peer: str) -> None:
    """Write the results as JSON, and the table into the page.

    Figures of scenes that were not played stay as the run before wrote them.
    """
    played = {each.scene for each in figures}
    every = [*figures, *(each for each in _written() if each.scene not in played)]
    every.sort(key=lambda each: scenes.index(each.scene))
    found: dict[str, Any] = {
        "machine": machine(),
        "peer": peer,
        "figures": [each.plain() for each in every],
    }
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    put_table(BEGIN, END, _table(every))


def _written() -> list[Figure]:
    if not RESULTS.exists():
        return []
    found = json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]
    return [Figure(**each) for each in found]


def _table(figures: Sequence[Figure]) -> str:
    lines = [
        "| what | ours | peer | ratio | goal / floor | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for each in figures:
        peer = "" if each.peer is None else f"{each.peer:,g} {each.unit}"
        ratio = "" if each.ratio is None else f"{each.ratio:,.1f} ×"
        lines.append(
            f"| {each.name} | {each.ours:,g} {each.unit} | {peer} | {ratio} |"
            f" {each.goal} | {each.verdict} |"
        )
    return "\n".join(lines)
