"""One child by itself: when it counts as started, how soon it comes back, who hears it."""

import sys
import time
from pathlib import Path

import pytest

from launcher.children import Child

pytestmark = pytest.mark.processes

LINES = 3
_SAYS_AND_ENDS = f"for each in range({LINES}): print('line', each, flush=True)"


class Cast:
    """A child, what it said, and whether it takes connections."""

    def __init__(self, log: Path, script: str) -> None:
        self.said: list[str] = []
        self.is_serving = False
        self.child = Child(
            name="web",
            command=[sys.executable, "-I", "-S", "-c", script],
            environment={},
            log=log,
            show=lambda _name, line: self.said.append(line),
            serves=lambda: self.is_serving,
        )

    def fall(self, *, serving: bool) -> float:
        """Let it start, serve or not, and be killed; return the pause until its restart."""
        self.is_serving = serving
        self.child.start()
        self.child.look()
        assert self.child.process is not None
        self.child.process.kill()
        self.child.process.wait()
        assert self.child.has_fallen()
        return self.child.plan_restart()


@pytest.fixture
def sleeper(tmp_path: Path) -> Cast:
    return Cast(tmp_path / "web.log", "import time; time.sleep(60)")


def test_one_that_does_not_start_is_tried_ever_more_seldom(sleeper: Cast) -> None:
    pauses = [sleeper.fall(serving=False) for _ in range(9)]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert not sleeper.child.is_due()


def test_one_that_served_is_started_at_once_and_forgiven_what_was_before(sleeper: Cast) -> None:
    assert sleeper.fall(serving=False) == 0.5
    assert sleeper.fall(serving=False) == 1.0
    assert [sleeper.fall(serving=True) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert sleeper.child.is_due()
    assert sleeper.fall(serving=False) == 0.5


def test_a_full_disk_costs_lines_of_the_log_and_nobody_stands(tmp_path: Path) -> None:
    full = tmp_path / "web.log"
    full.symlink_to("/dev/full")
    cast = Cast(full, _SAYS_AND_ENDS)
    cast.child.start()
    assert cast.child.process is not None
    assert cast.child.process.wait(timeout=60) == 0
    deadline = time.monotonic() + 60
    while len(cast.said) < LINES:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert cast.said == [f"line {each}" for each in range(LINES)]
