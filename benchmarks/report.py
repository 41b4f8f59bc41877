"""Showing figures, and writing them down."""

import json
import platform
import sys
from pathlib import Path
from typing import Any

import psutil

from benchmarks.figures import Figure

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "performance.md"
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


def write(figures: list[Figure], proven: Any, *, is_quick: bool) -> None:
    """Write the results as JSON, and the table into the page."""
    found = {
        "machine": {
            "processors": psutil.cpu_count(),
            "python": platform.python_version(),
            "system": platform.system(),
        },
        "profile": "quick" if is_quick else "whole",
        "proof": proven.plain(),
        "figures": [each.plain() for each in figures],
    }
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if PAGE.exists():
        text = PAGE.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}\n{_table(figures)}\n{END}{after}", encoding="utf-8")


def _table(figures: list[Figure]) -> str:
    lines = [
        "| what | ours /s | reference /s | ratio | goal | CPU µs |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for each in figures:
        goal = "" if each.goal is None else f"≥ {each.goal} {_verdict(each)}"
        cpu = "" if each.cpu_us is None else f"{each.cpu_us:.0f}"
        lines.append(
            f"| {each.name} | {each.ours:,.0f} | {each.reference:,.0f} | {each.ratio:.2f} |"
            f" {goal} | {cpu} |"
        )
    return "\n".join(lines)


def _verdict(figure: Figure) -> str:
    return "reached" if figure.is_reached else "missed"
