"""Tests have the same names in every process that collects them."""

import os
import subprocess
import sys

from tests.tidy.source import ROOT


def collect(seed: str) -> list[str]:
    """Return the ids of all tests as one process finds them."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    answer = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return [line for line in answer.stdout.splitlines() if line.startswith("tests/")]


def test_every_process_collects_the_same() -> None:
    """Workers that find other names run nothing at all: a name may hold no time, chance or set."""
    first, second = collect("1"), collect("2")
    assert first == second
    assert len(first) > 4000
