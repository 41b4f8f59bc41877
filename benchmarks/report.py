"""Showing figures, and writing them down."""

import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import psutil

from benchmarks.figures import Figure

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "performance.md"
_SMALL = 0.1
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def show(figure: Figure) -> None:
    """Say a figure in one line."""
    goal = "" if figure.goal is None else f" (goal {figure.goal}: {_verdict(figure)})"
    cpu = "" if figure.cpu_us is None else f", {figure.cpu_us} µs CPU"
    sys.stdout.write(
        f"{figure.name}: {figure.ours}/s beside {figure.reference}/s,"
        f" {figure.ratio} ×{goal}{cpu} {figure.notes}\n"
    )
    sys.stdout.flush()


def write(figures: list[Figure], proven: Any, scenes: Sequence[str], *, is_quick: bool) -> None:
    """Write the results as JSON, and the table into the page.

    Figures of scenes that were not played stay as the run before wrote them.
    """
    played = {each.scene for each in figures}
    figures = figures + [each for each in _written() if each.scene not in played]
    figures.sort(key=lambda each: scenes.index(each.scene))
    found = {
        "machine": machine(),
        "profile": "quick" if is_quick else "whole",
        "proof": proven.plain(),
        "figures": [each.plain() for each in figures],
    }
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if PAGE.exists():
        put_table(BEGIN, END, _table(figures))


def machine() -> dict[str, object]:
    """Say what was measured on."""
    return {
        "processors": psutil.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def put_table(begin: str, end: str, table: str) -> None:
    """Write a table into the page, between its two marks."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


def _written() -> list[Figure]:
    """Return the figures of the run before, of scenes that say which they are."""
    if not RESULTS.exists():
        return []
    found = json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]
    known = {each.name for each in fields(Figure)}
    return [
        Figure(**{name: value for name, value in each.items() if name in known})
        for each in found
        if each.get("scene")
    ]


def _table(figures: list[Figure]) -> str:
    lines = [
        "| what | ours /s | reference /s | ratio | goal | CPU µs | log bytes |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in figures:
        goal = "" if each.goal is None else f"≥ {each.goal} {_verdict(each)}"
        cpu = "" if each.cpu_us is None else f"{each.cpu_us:.0f}"
        log = "" if each.wal_bytes is None else f"{each.wal_bytes:,.0f}"
        lines.append(
            f"| {each.name} | {each.ours:,.0f} | {each.reference:,.0f} | {_ratio(each)} |"
            f" {goal} | {cpu} | {log} |"
        )
    return "\n".join(lines)


def _ratio(figure: Figure) -> str:
    """Return a ratio with two digits that count."""
    return f"{figure.ratio:.2f}" if figure.ratio >= _SMALL else f"{figure.ratio:.3f}"


def _verdict(figure: Figure) -> str:
    return "reached" if figure.is_reached else "missed"
