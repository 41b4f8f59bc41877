"""Run each check of the house, show its seconds, and sum up.

All checks run even when one fails: a person wants the whole list. Their output is shown as it
comes. The last line is that of pytest, or ``N passed, N failed``, counting tests and checks, when
something besides the tests failed.
"""

import argparse
import contextlib
import ctypes.util
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Where tests/processes/brokers.py finds them.
_BROKERS = {
    "RabbitMQ": ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/rabbitmq/sbin/rabbitmq-server"),
    "Redis": ("redis-server", "valkey-server"),
}
# Where tests/processes/bots.py finds them.
_CLIENTS = ("node", "npm")
_NOWHERE = "postgresql:///none?host=/nonexistent"
_CLOSING_LINE = re.compile(r"^=*\s*(\d+ (passed|failed|error).* in [\d.]+s.*?)\s*=*$")
_NOT_RUN = {
    "Chromium": "THE BROWSER CHECKS DID NOT RUN. Install chromium.",
    "zbar": "NOBODY READ OUR QR CODES. Install libzbar0.",
    "RabbitMQ": "NOTHING RAN ON RABBITMQ. Install rabbitmq-server; no service of it is needed.",
    "Node": "THE CLIENTS FROM NPM DID NOT RUN. Install nodejs and npm.",
    "Redis": "NOTHING RAN ON REDIS. Install redis-server; no service of it is needed.",
}
# More than so many did not lose a race.
_FEW = 20
# All of continuous integration shall be well under an hour; this is for what hangs, not for a
# machine that is half as fast.
_TESTS_SECONDS = 75 * 60
_LONG_SECONDS = 24 * 60 * 60
_TELLING_SECONDS = 3
_ECHO_SECONDS = 0.2
_COUNTS = re.compile(r"(\d+) (passed|failed|errors?)\b")


@dataclass
class Check:
    """One command and how it went."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    code: int = 0
    seconds: float = 0.0
    closing_line: str = ""
    limit_seconds: float = 15 * 60

    def run(self) -> None:
        """Run the command, echo its output, remember how it ended; end it past its limit."""
        sys.stdout.write(f"\n── {self.name}\n")
        sys.stdout.flush()
        begun = time.monotonic()
        # Through a file and not a pipe: of a pipe, whoever is left behind holds the end open.
        with tempfile.NamedTemporaryFile() as file:
            process = subprocess.Popen(  # noqa: S603 - our own commands.
                self.command,
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=file,
                stderr=subprocess.STDOUT,
            )
            said = self._echo(process, Path(file.name))
        self.code = process.wait()
        self.seconds = time.monotonic() - begun
        closing = [match.group(1) for line in said if (match := _CLOSING_LINE.match(line.strip()))]
        self.closing_line = closing[-1] if closing else ""

    def _echo(self, process: "subprocess.Popen[bytes]", file: Path) -> list[str]:
        """Show what a process writes as it comes, until it ends; return its lines."""
        said = b""
        deadline = time.monotonic() + self.limit_seconds
        with file.open("rb") as written:
            while True:
                is_running = process.poll() is None
                new = written.read()
                said += new
                sys.stdout.buffer.write(new)
                sys.stdout.flush()
                if not is_running:
                    return said.decode(errors="replace").splitlines()
                if time.monotonic() > deadline:
                    end_all(process.pid)
                time.sleep(_ECHO_SECONDS)


def end_all(pid: int) -> None:
    """Let a process and its descendants say where they stand, where they can, and kill them."""
    sys.stdout.write("\n!! This takes too long and is ended. It stood here:\n")
    sys.stdout.flush()
    first = psutil.Process(pid)
    family = [first, *first.children(recursive=True)]
    for process in filter(tells, family):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGUSR1)
    time.sleep(_TELLING_SECONDS)
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def tells(process: psutil.Process) -> bool:
    """Tell whether it would survive SIGUSR1, as the processes of pytest do (tests/stuck.py)."""
    status = Path("/proc", str(process.pid), "status")
    try:
        caught = re.search(r"^SigCgt:\s*(\w+)$", status.read_text("utf-8"), re.MULTILINE)
    except OSError:
        return False
    return caught is not None and bool(int(caught.group(1), 16) >> (signal.SIGUSR1 - 1) & 1)


def tool(name: str) -> str:
    """Return the path of a program of this virtual environment."""
    return str(Path(sys.executable).parent / name)


def manage(name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Check:
    """Return a check by a command of the product that needs no database, and gets none."""
    command = [sys.executable, "-W", "ignore::RuntimeWarning", "manage.py", *arguments]
    return Check(name, command, {"DATABASE_URL": _NOWHERE, **(environment or {})})


def find_browser() -> str:
    """Return the path of Chromium, or nothing."""
    named = os.environ.get("TROCO_CHROMIUM", "")
    found = [shutil.which(name) for name in ((named,) if named else _BROWSERS)]
    return next((path for path in found if path), "")


def missing_brokers() -> list[str]:
    """Return the brokers that the tests cannot start, for lack of their programs."""
    return [
        name
        for name, programs in _BROKERS.items()
        if not any(shutil.which(program) for program in programs)
    ]


def live_environment() -> dict[str, str]:
    """Settings as a live instance would have them, for Django's own deployment check."""
    return {
        "TROCO_MODE": "live",
        "TROCO_PUBLIC_URL": "https://troco.example",
        "TROCO_ALLOWED_HOSTS": "troco.example",
        "TROCO_SECRET_KEY": secrets.token_urlsafe(64),
        "TROCO_PIN_PEPPER": secrets.token_urlsafe(32),
        "TROCO_RECEIPT_KEY": secrets.token_urlsafe(32),
        "TROCO_SIMULATOR_SECRET": "",
        "TROCO_CODE_GATEWAY_URL": "https://codes.example/send",
    }


def static_checks() -> list[Check]:
    """Return the checks that read the source."""
    return [
        Check("ruff check", [tool("ruff"), "check", "."]),
        Check("ruff format", [tool("ruff"), "format", "--check", "."]),
        Check("mypy", [tool("mypy"), "."]),
        Check("import-linter", [tool("lint-imports"), "--no-logo"]),
        Check("djlint", [tool("djlint"), "templates", "--lint", "--quiet"]),
    ]


def product_checks(folder: Path) -> list[Check]:
    """Return the checks that ask the product itself."""
    schema = str(folder / "openapi.yaml")
    deploy = ("check", "--deploy", "--fail-level", "WARNING")
    return [
        manage("deployment", *deploy, environment=live_environment()),
        manage("migrations", "makemigrations", "--check", "--dry-run"),
        manage("OpenAPI", "spectacular", "--validate", "--fail-on-warn", "--file", schema),
        Check("OpenAPI as committed", ["diff", "-u", "docs/openapi.yaml", schema]),
    ]


def find_scanner() -> str:
    """Return the name of the library that reads QR codes, or nothing."""
    return ctypes.util.find_library("zbar") or ""


def find_node() -> str:
    """Return the path of Node where npm is there too, or nothing."""
    found = [shutil.which(name) or "" for name in _CLIENTS]
    return found[0] if all(found) else ""


def tests(*, full: bool, browser: str) -> Check:
    """Return the run of pytest."""
    marks = (
        ("long", full),
        ("browser", bool(browser)),
        ("scanner", bool(find_scanner())),
        ("node", bool(find_node())),
    )
    left_out = [name for name, wanted in marks if not wanted]
    expression = " and ".join(f"not {name}" for name in left_out)
    # Three on two cores: a third of the time a test waits for a process, a bank or a browser.
    # In the order of tests/conftest.py, not with the files of one long test at the end.
    spread = ("-n", "3", "--dist=loadfile", "--no-loadscope-reorder")
    command = [sys.executable, "-m", "pytest", "-q", "--durations=15", *spread]
    if expression:
        command += ["-m", expression]
    return Check(
        "pytest",
        command,
        {"TROCO_CHROMIUM": browser} if browser else {},
        limit_seconds=_LONG_SECONDS if full else _TESTS_SECONDS,
    )


def lost_tests() -> list[str]:
    """Return what the last run of pytest lost: ids of tests, or files without any ``::``."""
    note = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
    return sorted(json.loads(note.read_text(encoding="utf-8"))) if note.exists() else []


def judge_alone(first: Check) -> None:
    """Run what failed once more, one test at a time, and let that count.

    Three processes of tests, and the servers that some of them start, share the machine's cores; a
    test that lost a race for them is judged by itself. What passes only then is listed as
    unstable, for somebody to mend first; what fails again has failed. Where tests could not be
    collected, or many failed, it is no race that they lost: nothing is run again.
    """
    lost = lost_tests()
    if not lost or len(lost) > _FEW or not all("::" in name for name in lost):
        return
    again = Check(
        "pytest: what failed, alone",
        [sys.executable, "-m", "pytest", "-q", "-rP", *lost],
        first.environment,
    )
    again.run()
    before = {word: int(count) for count, word in _COUNTS.findall(first.closing_line)}
    after = {word: int(count) for count, word in _COUNTS.findall(again.closing_line)}
    unstable = after.get("passed", 0)
    if again.code == 0 and unstable:
        sys.stdout.write(
            f"\n!! UNSTABLE: {unstable} tests passed only when run alone. Mend them first.\n"
        )
        first.code = 0
        first.closing_line = f"{before.get('passed', 0) + unstable} passed, 0 failed"


def main() -> int:
    """Run everything; return 0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="script/test")
    parser.add_argument("--full", action="store_true", help="also the long programmes")
    parser.add_argument("--require-browser", action="store_true", help="fail without Chromium")
    parser.add_argument("--require-scanner", action="store_true", help="fail without zbar")
    parser.add_argument("--require-brokers", action="store_true", help="fail without brokers")
    parser.add_argument("--require-node", action="store_true", help="fail without Node and npm")
    options = parser.parse_args()
    browser, missing = find_browser(), missing_brokers()
    pytest_check = tests(full=options.full, browser=browser)
    with tempfile.TemporaryDirectory(prefix="troco-checks-") as folder:
        checks = [*static_checks(), *product_checks(Path(folder)), pytest_check]
        for check in checks:
            check.run()
        if pytest_check.code == 1:
            judge_alone(pytest_check)
    if options.require_browser and not browser:
        checks.append(Check("browser: no Chromium was found", [], code=1))
    if options.require_scanner and not find_scanner():
        checks.append(Check("scanner: no zbar was found", [], code=1))
    if options.require_node and not find_node():
        checks.append(Check("node: no Node with npm was found", [], code=1))
    if options.require_brokers:
        checks += [Check(f"brokers: no {name} was found", [], code=1) for name in missing]
    programs = {"Chromium": browser, "zbar": find_scanner(), "Node": find_node()}
    absent = [name for name, found in programs.items() if not found]
    return summarise(checks, pytest_check, [*absent, *missing])


def closing_line(checks: list[Check], pytest_check: Check) -> str:
    """Return pytest's closing line; when another check failed, a count of tests and checks."""
    others = [check for check in checks if check is not pytest_check]
    broken = sum(check.code != 0 for check in others)
    if not broken and pytest_check.closing_line:
        return pytest_check.closing_line
    counts = {word: int(count) for count, word in _COUNTS.findall(pytest_check.closing_line)}
    passed = counts.get("passed", 0) + len(others) - broken
    lost = counts.get("failed", 0) + counts.get("error", 0) + counts.get("errors", 0)
    if pytest_check.code != 0:
        lost = max(lost, 1)
    return f"{passed} passed, {lost + broken} failed"


def summarise(checks: list[Check], pytest_check: Check, missing: list[str]) -> int:
    """Print how each check went, and what could not be checked; return the exit code of all."""
    failed = [check for check in checks if check.code != 0]
    sys.stdout.write("\n── summary\n")
    for check in checks:
        word = "ok    " if check.code == 0 else "FAILED"
        ended = f"  (ended by signal {-check.code})" if check.code < 0 else ""
        sys.stdout.write(f"{word} {check.seconds:7.1f}s  {check.name}{ended}\n")
    for name in missing:
        sys.stdout.write(f"\n!! NO {name.upper()}: {_NOT_RUN[name]}\n")
    sys.stdout.write(f"\n{closing_line(checks, pytest_check)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
