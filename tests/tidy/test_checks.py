"""What hangs is ended, says where it stood, and holds nobody up; what it left behind neither."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """``script/checks.py``, which is a program and no module of a package."""
    spec = importlib.util.spec_from_file_location("checks", ROOT / "script" / "checks.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "checks", made)
    spec.loader.exec_module(made)
    return made


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_hanging_test_ends_its_process_and_says_where_it_stood() -> None:
    code = "import time, tests.stuck\nwith tests.stuck.bounded(0.3):\n    time.sleep(60)"
    ended = subprocess.run(python(code), cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Timeout (0:00:00.300000)!\n")
    assert ended.stderr.endswith('  File "<string>", line 3 in <module>\n')


def test_a_check_past_its_limit_is_ended_with_its_family(
    checks: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    child = "import time; time.sleep(60)"
    code = (
        "import subprocess, sys, tests.stuck\n"
        "tests.stuck.tell_on_signal()\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "print('begun', child.pid, flush=True)\n"
        "child.wait()"
    )
    check = checks.Check("slow", python(code), limit_seconds=2)
    check.run()
    said = capfd.readouterr().out
    assert check.code == -9
    assert "\nbegun " in said
    assert "!! This takes too long and is ended. It stood here:\n" in said
    assert 'File "<string>", line 5 in <module>' in said
    pid = said.partition("begun ")[2].split()[0]
    assert not Path("/proc", pid).exists() or "zombie" in Path("/proc", pid, "status").read_text()


def test_what_is_left_behind_holds_no_check_up(
    checks: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    left = "import time; time.sleep(60)"
    code = (
        "import subprocess, sys\n"
        f"left = subprocess.Popen([sys.executable, '-c', {left!r}])\n"
        "print(left.pid)\n"
        "print('== 3 passed in 0.10s ==')"
    )
    check = checks.Check("leaves", python(code))
    check.run()
    pid = int(capfd.readouterr().out.split()[2])
    os.kill(pid, signal.SIGKILL)
    assert (check.code, check.closing_line) == (0, "3 passed in 0.10s")
    assert check.seconds < 60
